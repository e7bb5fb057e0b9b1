/** Calls of the runtime where they do not belong: docs/runtime.md says what happens. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {LimitError, loadPlannerSync, UsageError} from '../../bindings/index.ts';
import {MODE, type RuntimeExports} from '../../bindings/runtime/instance.ts';
import {createRuntime, runtimeOver} from '../../bindings/runtime.ts';

const module = new WebAssembly.Module(readFileSync(new URL('../../build/runtime.wasm', import.meta.url)));
const BASE = 1 << 16;
const BYTES = 1 << 18;
const SIGNATURE = 7;
const FOREIGN_ARENA = 1 << 24;

/** A worker, with the functions bound to it. */
function newWorker(mode = 0) {
  const exports = new WebAssembly.Instance(module).exports as unknown as RuntimeExports;
  exports.memory!.grow(1 + BYTES / 65536);
  assert.equal(exports.create(BASE, BYTES, 6, mode), BASE);
  const words = (at: number, count: number) => new Uint32Array(exports.memory!.buffer, at >>> 0, count);
  /** Lays out a plan of one slot per key, each of 64 bytes behind the one before. */
  const layOut = (keys: readonly number[], arena = mode & MODE.FOREIGN ? FOREIGN_ARENA : 0) => {
    const plan = exports.newPlan(BASE, SIGNATURE, keys.length, 1, arena, 64 * keys.length) >>> 0;
    words(exports.columns(plan), 3 * keys.length).set([
      ...keys,
      ...keys.map(() => 64),
      ...keys.map((_, i) => 64 * i),
    ]);
    return plan;
  };
  const iterate = (act: () => void) => {
    const isPlanned = exports.begin(BASE, SIGNATURE) === 1;
    act();
    exports.end(BASE);
    return isPlanned;
  };
  const malloc = (key: number, bytes = 64) => exports.malloc(BASE, key, bytes) >>> 0;
  return {exports, words, layOut, iterate, malloc};
}

test('a plan is sealed once: sealed again with live blocks in it, nothing is changed', () => {
  const {exports, layOut, iterate, malloc} = newWorker();
  const plan = layOut([1]);
  assert.equal(exports.seal(BASE, plan), 1);
  let first = 0;
  iterate(() => {
    first = malloc(1);
  });
  assert.equal(exports.seal(BASE, plan), 0);
  iterate(() => assert.notEqual(malloc(1), first, 'two live blocks at one address'));
  assert.equal(exports.live(BASE), 2);
});

test('a plan that was replaced cannot be sealed again, and keeps its live blocks', () => {
  const {exports, layOut, iterate, malloc} = newWorker();
  const [old, next] = [layOut([1]), layOut([1])];
  exports.seal(BASE, old);
  let block = 0;
  iterate(() => {
    block = malloc(1);
  });
  exports.seal(BASE, next);
  assert.equal(exports.seal(BASE, old), 0);
  assert.equal(exports.isHeld(BASE, old), 1);
  assert.equal(exports.free(BASE, block), 0);
  exports.collect(BASE);
  assert.equal(exports.isHeld(BASE, old), 0);
});

test('a plan that was dropped by retire, or is none at all, cannot be sealed', () => {
  const {exports, layOut} = newWorker();
  const plan = layOut([1]);
  exports.retire(BASE, SIGNATURE);
  assert.equal(exports.isHeld(BASE, plan), 0);
  for (const at of [plan, 0, 1, BASE, 0xffffffff]) assert.equal(exports.seal(BASE, at), 0);
});

test('the plan that is sealed last serves, whichever was laid out first; one not sealed yet stays', () => {
  const {exports, layOut, iterate, malloc} = newWorker();
  const [first, second, third] = [layOut([1]), layOut([2]), layOut([3])];
  assert.equal(exports.seal(BASE, second), 1);
  assert.equal(exports.seal(BASE, first), 1);
  exports.collect(BASE);
  assert.equal(exports.isHeld(BASE, second), 0);
  assert.equal(exports.isHeld(BASE, third), 1);
  iterate(() => exports.free(BASE, malloc(1)));
  assert.equal(exports.misses(BASE), 0);
  assert.equal(exports.seal(BASE, third), 1);
});

test('a recording that begins within an iteration has all allocations from there on', () => {
  const {exports, words, layOut, iterate, malloc} = newWorker();
  exports.seal(BASE, layOut([1, 2, 3]));
  iterate(() => {
    const blocks = [malloc(1)];
    exports.record(BASE);
    blocks.push(malloc(2), malloc(3));
    for (const block of blocks) exports.free(BASE, block);
  });
  assert.equal(exports.stopRecording(BASE), 1);
  assert.deepEqual([...words(exports.rows(BASE), 3 * exports.numRows(BASE))], [2, 64, 2, 3, 64, 2]);
  assert.equal(exports.stopRecording(BASE), 0);
});

test('in a foreign heap no slot is at address 0, and no arena beyond 4 GiB', () => {
  for (const arena of [0, 2 ** 32 - 64]) {
    const {exports, layOut} = newWorker(MODE.FOREIGN);
    assert.equal(exports.seal(BASE, layOut([1, 2], arena)), 0);
    assert.equal(exports.begin(BASE, SIGNATURE), 0);
  }
});

test('with canaries a block covers what was asked for, not what the plan has for it', () => {
  const {exports, layOut, iterate, malloc} = newWorker(MODE.CANARIES);
  exports.seal(BASE, layOut([1]));
  iterate(() => {
    const block = malloc(1, 20);
    assert.equal(exports.servedNow(BASE), 1);
    assert.deepEqual([exports.covers(BASE, block, 20), exports.covers(BASE, block, 21)], [1, 0]);
  });
});

test('an interruption lasts until resume or the end of an iteration; unpaired calls change nothing', () => {
  const {exports, layOut, iterate, malloc} = newWorker();
  exports.seal(BASE, layOut([1, 2]));
  for (let i = 0; i < 6; i++) {
    exports.resume(BASE);
    exports.end(BASE);
    exports.interrupt(BASE);
    exports.interrupt(BASE);
    iterate(() => {
      const outside = malloc(1);
      assert.equal(exports.servedNow(BASE), 0);
      exports.resume(BASE);
      exports.resume(BASE);
      const blocks = [malloc(1), malloc(2), outside];
      assert.equal(exports.servedNow(BASE), 2);
      assert.equal(new Set(blocks).size, 3);
      for (const block of blocks) assert.equal(exports.free(BASE, block), 0);
      exports.interrupt(BASE);
    });
    iterate(() => {
      for (const block of [malloc(1), malloc(2)]) exports.free(BASE, block);
      assert.equal(exports.servedNow(BASE), 2);
    });
  }
});

const planner = loadPlannerSync();

test('padding is a number of bytes, and a block with it has at most 4 GiB less 1 MiB', () => {
  for (const padding of [-64, Number.NaN, 0.5, 2 ** 53])
    assert.throws(() => createRuntime({padding}), UsageError);
  const runtime = createRuntime({padding: 2 ** 32});
  assert.throws(() => runtime.malloc(1, 100), LimitError);
});

test('a plan that arrives for a signature that was forgotten meanwhile is discarded', async () => {
  const runtime = createRuntime();
  runtime.begin();
  runtime.free(runtime.malloc(1, 100));
  runtime.end();
  const planning = runtime.planAsync({planAsync: async (...problem) => planner.plan(...problem)});
  runtime.forget('');
  await planning;
  runtime.begin();
  runtime.free(runtime.malloc(1, 100));
  assert.deepEqual([runtime.signatures, runtime.statistics.served], [[], 0]);
});

/** A heap that gives each address once. */
function newHeap() {
  const freed: number[] = [];
  let next = 1 << 16;
  const malloc = (bytes: number) => {
    next += Math.ceil((bytes + 1) / 64) * 64;
    return next - Math.ceil((bytes + 1) / 64) * 64;
  };
  return {malloc, free: (address: number) => freed.push(address), freed};
}

test('over a foreign heap, blocks from outside an iteration end no row of its recording', () => {
  const runtime = runtimeOver(newHeap(), {planner});
  for (let i = 0; i < 8; i++) {
    runtime.begin();
    const block = runtime.malloc(1, 100);
    runtime.interrupt();
    const outside = runtime.malloc(2, 100);
    runtime.resume();
    runtime.free(outside);
    const next = runtime.malloc(3, 100);
    assert.notEqual(next, block);
    runtime.free(next);
    runtime.free(block);
    runtime.end();
    runtime.free(runtime.malloc(4, 100));
  }
  const {blocked, larger, extra, unknown, served} = runtime.statistics;
  assert.deepEqual({blocked, larger, extra, unknown}, {blocked: 0, larger: 0, extra: 0, unknown: 0});
  assert.ok(served >= 12);
});
