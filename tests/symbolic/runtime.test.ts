/** The runtime serves iterations of varying length from one plan for all values, and falls back where they differ from it. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync} from '../../bindings/index.ts';
import {createRuntime, type Runtime} from '../../bindings/runtime.ts';
import {seeded} from '../random.ts';

const planner = loadPlannerSync();
const DIMENSIONS = [
  {name: 'batch', min: 1, max: 16},
  {name: 'seq', min: 4, max: 64},
];

interface Block {
  readonly key: number;
  readonly bytes: (batch: number, seq: number) => number;
  /** Allocations after which it is freed. */
  readonly life: number;
}

const LAYERS: readonly Block[] = Array.from({length: 6}, () => [
  {key: 1, bytes: (batch: number, seq: number) => 64 * batch * seq, life: 3},
  {key: 2, bytes: (batch: number, seq: number) => 8 * batch * seq * seq, life: 2},
  {key: 3, bytes: (_: number, seq: number) => 128 * seq + 40, life: 5},
]).flat();

/** Runs an iteration; throws where two live blocks share a byte. */
function iterate(runtime: Runtime, batch: number, seq: number, blocks = LAYERS): void {
  runtime.begin({batch, seq});
  const live: {address: number; bytes: number; end: number}[] = [];
  const freeDue = (now: number) => {
    for (const block of live.filter(({end}) => end <= now)) {
      assert.ok(runtime.free(block.address));
      live.splice(live.indexOf(block), 1);
    }
  };
  for (const [now, {key, bytes, life}] of blocks.entries()) {
    freeDue(now);
    const size = bytes(batch, seq);
    const address = runtime.malloc(key, size);
    for (const other of live)
      assert.ok(
        address + size <= other.address || other.address + other.bytes <= address,
        `${key} at ${now}`,
      );
    live.push({address, bytes: size, end: now + life});
  }
  freeDue(Number.POSITIVE_INFINITY);
  runtime.end();
}

/** It plans for all values by itself. */
const runtimeOf = () =>
  createRuntime({
    bytes: 64 << 20,
    planner,
    dimensions: DIMENSIONS,
    planOptions: {nodeLimit: 5000},
  });

test('after recordings at some values, iterations at all others are served at once, without fallbacks', () => {
  const runtime = runtimeOf();
  for (const [batch, seq] of [
    [1, 8],
    [4, 8],
    [1, 16],
    [3, 32],
  ] as const)
    iterate(runtime, batch, seq);
  assert.deepEqual(runtime.family, {isPlanned: true});
  const before = runtime.statistics;
  const random = seeded(5);
  for (let k = 0; k < 200; k++) iterate(runtime, 1 + random(16), 4 + random(61));
  const {served, ...after} = runtime.statistics;
  assert.equal(served - before.served, 200 * LAYERS.length);
  for (const name of ['larger', 'blocked', 'extra', 'unknown', 'unplanned', 'missing'] as const)
    assert.equal(after[name], before[name], name);
  assert.equal(after.live, 0);
});

test('an iteration that differs from the plan is served by fallbacks, and never gets bytes that are in use', () => {
  const runtime = runtimeOf();
  for (const [batch, seq] of [
    [2, 8],
    [4, 8],
    [2, 16],
    [4, 16],
  ] as const)
    iterate(runtime, batch, seq);
  assert.equal(runtime.family.isPlanned, true);
  const random = seeded(9);
  for (let k = 0; k < 100; k++) {
    const odd = LAYERS.flatMap(block => {
      const kind = random(6);
      if (kind === 0) return [];
      if (kind === 1)
        return [{...block, bytes: (batch: number, seq: number) => block.bytes(batch, seq) + random(999)}];
      return kind === 2 ? [block, {...block, key: 7}] : [{...block, life: 1 + random(8)}];
    });
    iterate(runtime, 1 + random(16), 4 + random(61), odd);
  }
  assert.ok(runtime.statistics.served > 0 && runtime.statistics.larger > 0);
  assert.equal(runtime.statistics.live, 0);
});

test('sizes that are no form leave each value with a plan of its own, and the reason is given', () => {
  const runtime = createRuntime({bytes: 8 << 20, planner, dimensions: [{name: 'n', min: 1, max: 100}]});
  for (const n of [10, 20, 30, 10, 20, 30]) {
    runtime.begin({n});
    const address = runtime.malloc(1, 1000 - n);
    runtime.free(address);
    runtime.end();
  }
  assert.equal(runtime.family.isPlanned, false);
  assert.match(runtime.family.reason!, /the sizes of allocation 0 are no sum of products/);
  assert.equal(runtime.statistics.served, 3);
  assert.throws(() => runtime.begin({n: 101}), /values\.n: expected an integer from 1 to 100, got 101/);
  assert.throws(
    () => createRuntime().begin({n: 1}),
    /begin: expected a signature, or values with the option dimensions/,
  );
});

test('few plans are kept, so that many values do not fill the memory, and forget drops all of them', () => {
  const runtime = createRuntime({bytes: 4 << 20, planner, dimensions: [{name: 'n', min: 1, max: 4096}]});
  const run = (n: number) => {
    runtime.begin({n});
    const [a, b] = [runtime.malloc(1, 64 * n), runtime.malloc(2, 128 * n)];
    runtime.free(a);
    runtime.free(b);
    runtime.end();
  };
  for (const n of [8, 16, 24]) run(n);
  for (let n = 30; n < 2000; n += 7) run(n);
  assert.ok(runtime.signatures.length <= 8, `${runtime.signatures.length}`);
  assert.equal(runtime.statistics.unplanned, 4);
  runtime.forget();
  runtime.collect();
  assert.deepEqual([runtime.signatures, runtime.family.isPlanned], [[], false]);
});

test('without a planner in the options, plan and planAsync make the plan of all values', async () => {
  for (const isAsync of [false, true]) {
    const runtime = createRuntime({bytes: 4 << 20, dimensions: [{name: 'n', min: 1, max: 64}]});
    const run = async (n: number) => {
      runtime.begin({n});
      const [a, b] = [runtime.malloc(1, 64 * n), runtime.malloc(2, 128 * n)];
      runtime.free(a);
      runtime.free(b);
      runtime.end();
      if (!runtime.wantsPlan) return;
      if (isAsync) await runtime.planAsync(planner, {nodeLimit: 1000});
      else runtime.plan(planner, {nodeLimit: 1000});
    };
    for (const n of [8, 16, 24, 33]) await run(n);
    assert.equal(runtime.family.isPlanned, true);
    assert.equal(runtime.statistics.served, 4);
    assert.equal(runtime.wantsPlan, false);
  }
  const runtime = createRuntime({
    bytes: 4 << 20,
    dimensions: [{name: 'n', min: 1, max: 64}],
    planner: {plan: (...args) => planner.plan(...args)},
  });
  for (const n of [8, 16]) {
    runtime.begin({n});
    runtime.free(runtime.malloc(1, 64 * n));
    runtime.end();
  }
  assert.deepEqual(runtime.family, {isPlanned: false, reason: 'the planner has no lowerBound'});
});

test('a form that was assumed wrongly costs one iteration: the next is recorded, and the plan is made anew', () => {
  const runtime = createRuntime({bytes: 4 << 20, planner, dimensions: [{name: 'n', min: 1, max: 64}]});
  const run = (n: number) => {
    runtime.begin({n});
    // 256 and 640 bytes at 8 and 16, as 2n² + 128 has, too
    runtime.free(runtime.malloc(1, n * n + 24 * n));
    runtime.end();
  };
  for (const n of [8, 16, 12]) run(n);
  assert.deepEqual([runtime.family.isPlanned, runtime.statistics.larger], [true, 1]);
  run(13);
  const {served} = runtime.statistics;
  for (const n of [9, 10, 11, 12, 14, 15]) run(n);
  assert.equal(runtime.statistics.served - served, 6);
  assert.equal(runtime.statistics.larger, 1);
});
