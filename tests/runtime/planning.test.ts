/** When and where plans are made, kept and refused: in workers, in too little memory, from a file. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {LimitError, loadPlannerSync, UsageError} from '../../bindings/index.ts';
import {createRuntime, type Runtime} from '../../bindings/runtime.ts';

const planner = loadPlannerSync();
const KIB = 1 << 10;

/** One iteration of blocks that overlap in pairs. @returns addresses */
function iterate(runtime: Runtime, sizes: readonly number[], signature = ''): number[] {
  runtime.begin(signature);
  const addresses: number[] = [];
  for (const [i, bytes] of sizes.entries()) {
    addresses.push(runtime.malloc(runtime.key(`op${i}`), bytes));
    if (i > 0) assert.ok(runtime.free(addresses[i - 1]!));
  }
  assert.ok(runtime.free(addresses.at(-1)!));
  runtime.end();
  return addresses;
}

test('iterations go on while a plan is made in workers, and are served from it afterwards', async () => {
  // the built package, since a worker is a file of its own
  const built = (await import(
    new URL('../../dist/index.js', import.meta.url).href
  )) as typeof import('../../bindings/index.ts');
  const runtime = createRuntime({bytes: 1024 * KIB});
  const sizes = [4096, 2048, 4096, 1000];
  iterate(runtime, sizes);
  const planning = runtime.planAsync(await built.loadPlanner(), {threads: 2, nodeLimit: 1e4});
  for (let i = 0; i < 5; i++) iterate(runtime, sizes);
  assert.equal(runtime.statistics.served, 0);
  await planning;
  iterate(runtime, sizes);
  assert.deepEqual([runtime.statistics.served, runtime.statistics.plans], [4, 1]);
});

test('where memory is too short for a wider plan, the one in use goes on serving', () => {
  const runtime = createRuntime({bytes: 640 * KIB});
  const narrow = [100 * KIB, 100 * KIB, 100 * KIB];
  iterate(runtime, narrow);
  runtime.plan(planner);
  runtime.begin();
  for (const i of [0, 1]) assert.ok(runtime.free(runtime.malloc(runtime.key(`op${i}`), 300 * KIB)));
  runtime.end();
  assert.equal(runtime.statistics.larger, 2);
  assert.ok(runtime.wantsPlan);
  runtime.plan(planner); // of 600 KiB, for which there is no room beside the tables
  assert.deepEqual([runtime.statistics.plans, runtime.wantsPlan], [1, false]);
  const before = runtime.statistics;
  iterate(runtime, narrow);
  assert.equal(runtime.statistics.served, before.served + 3);
});

test('a first plan that does not fit is refused with the bytes that it needs', () => {
  const runtime = createRuntime({bytes: 512 * KIB});
  iterate(runtime, [150 * KIB, 150 * KIB, 150 * KIB]);
  const held = runtime.malloc(1, 300 * KIB);
  assert.throws(
    () => runtime.plan(planner),
    (error: Error) => error instanceof LimitError && /a plan of 307200 bytes/.test(error.message),
  );
  runtime.free(held);
  runtime.plan(planner);
  iterate(runtime, [150 * KIB, 150 * KIB, 150 * KIB]);
  assert.equal(runtime.statistics.served, 3);
});

test('two signatures that cannot be distinguished are refused', () => {
  const runtime = createRuntime({bytes: 1024 * KIB});
  runtime.begin('1m8dp3v2b');
  runtime.end();
  assert.throws(() => runtime.begin('2ljypsra'), UsageError); // of one hash
});

test('padding is part of every block and of the plan', () => {
  const runtime = createRuntime({bytes: 1024 * KIB, planner, padding: 64});
  iterate(runtime, [1024, 1024]);
  const [a, b] = iterate(runtime, [1024, 1024]);
  assert.equal(Math.abs(b! - a!), 1088);
  assert.equal(runtime.statistics.peak, 2176);
});

/** A step whose block `kept` outlives its own next allocation. @returns addresses of `kept` */
function train(runtime: Runtime, steps: number): number[] {
  const kept: number[] = [];
  for (let step = 0; step < steps; step++) {
    runtime.begin();
    const a = runtime.malloc(runtime.key('a'), 512);
    kept.push(runtime.malloc(runtime.key('kept'), 1024));
    if (step > 0) assert.ok(runtime.free(kept[step - 1]!));
    assert.ok(runtime.free(a));
    runtime.end();
  }
  assert.ok(runtime.free(kept.at(-1)!));
  return kept;
}

test('a cyclic plan is saved, and served from in another process', () => {
  const runtime = createRuntime({bytes: 1024 * KIB, planner});
  train(runtime, 12);
  const other = createRuntime({bytes: 1024 * KIB});
  other.load(runtime.save(), runtime.fingerprint);
  const kept = train(other, 12);
  const {served, unplanned, blocked} = other.statistics;
  assert.deepEqual({served, unplanned, blocked}, {served: 24, unplanned: 0, blocked: 0});
  assert.equal(new Set(kept).size, 2, 'two addresses, in turn');
});
