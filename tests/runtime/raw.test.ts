/** The runtime by its functions alone, as docs/runtime.md describes it for hosts without our bindings. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {COUNTERS, type RuntimeExports} from '../../bindings/runtime/instance.ts';

const module = new WebAssembly.Module(readFileSync(new URL('../../build/runtime.wasm', import.meta.url)));
const BASE = 65536;
const BYTES = 1 << 20;
const SIGNATURE = 7;

test('a host records, lays out a plan, and is served from it', () => {
  const runtime = new WebAssembly.Instance(module).exports as unknown as RuntimeExports;
  const memory = runtime.memory!;
  memory.grow(1 + BYTES / 65536);
  const words = (at: number, count: number) => new Uint32Array(memory.buffer, at >>> 0, count);
  const worker = runtime.create(BASE, BYTES, 6, 0);
  assert.equal(worker, BASE);

  const iterate = () => {
    const isPlanned = runtime.begin(worker, SIGNATURE);
    const a = runtime.malloc(worker, 1, 1000);
    const b = runtime.malloc(worker, 2, 500);
    assert.equal(runtime.free(worker, a), 0);
    const c = runtime.malloc(worker, 1, 1000);
    assert.equal(runtime.free(worker, b), 0);
    assert.equal(runtime.free(worker, c), 0);
    runtime.end(worker);
    return {isPlanned, addresses: [a, b, c]};
  };

  assert.equal(runtime.record(worker), 1);
  assert.equal(iterate().isPlanned, 0);
  assert.equal(runtime.stopRecording(worker), 1);
  assert.equal(runtime.numRows(worker), 3);
  assert.deepEqual([...words(runtime.rows(worker), 9)], [1, 1000, 2, 2, 500, 3, 1, 1000, 3]);

  // a and c share bytes; offsets are multiples of the worker's alignment, 64
  const plan = runtime.newPlan(worker, SIGNATURE, 3, 1, 0, 1536);
  words(runtime.columns(plan), 9).set([...[1, 2, 1], ...[1000, 500, 1000], ...[0, 1024, 0]]);
  assert.equal(runtime.seal(worker, plan), 1);
  const {isPlanned, addresses} = iterate();
  const [a, b, c] = addresses as [number, number, number];
  assert.equal(isPlanned, 1);
  assert.deepEqual([b - a, c], [1024, a]);
  const counters = new BigUint64Array(memory.buffer, runtime.counters(worker), COUNTERS.length);
  assert.equal(Number(counters[COUNTERS.indexOf('served')]), 3);
});

test('an invalid plan is refused: beyond its arena, misaligned, with an unused key', () => {
  const runtime = new WebAssembly.Instance(module).exports as unknown as RuntimeExports;
  runtime.memory!.grow(1 + BYTES / 65536);
  const worker = runtime.create(BASE, BYTES, 6, 0);
  const refused = [
    [1, 1000, 1024],
    [1, 1000, 32],
    [0xffffffff, 1000, 0],
  ];
  for (const columns of refused) {
    const plan = runtime.newPlan(worker, SIGNATURE, 1, 1, 0, 1536);
    new Uint32Array(runtime.memory!.buffer, runtime.columns(plan), 3).set(columns);
    assert.equal(runtime.seal(worker, plan), 0);
    assert.equal(runtime.isHeld(worker, plan), 0);
    assert.equal(runtime.begin(worker, SIGNATURE), 0);
    runtime.end(worker);
  }
});

test('regions that cannot be are refused', () => {
  const runtime = new WebAssembly.Instance(module).exports as unknown as RuntimeExports;
  const refused: readonly [number, number, number, number][] = [
    [0, BYTES, 6, 0],
    [BASE + 8, BYTES, 6, 0],
    [BASE, 1000, 6, 0],
    [BASE, 0xffffffff, 6, 0],
    [BASE, BYTES, 3, 0],
    [BASE, BYTES, 21, 0],
    [BASE, BYTES, 6, 1 + 4],
  ];
  for (const [base, bytes, alignmentBits, mode] of refused)
    assert.equal(runtime.create(base, bytes, alignmentBits, mode), 0);
});
