/** The LSTM cell of MemoMalloc's author (arXiv 2203.00448), run: a view extends its owner's life. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync, UsageError} from '../../bindings/index.ts';
import {createRuntime, type Runtime} from '../../bindings/runtime.ts';

/** First and last operation, closed, and bytes; the third is viewed by `chunk` from operation 4 on. */
const RANGES = [
  [0, 3, 1024],
  [1, 3, 1024],
  [3, 8, 1024],
  [5, 10, 256],
  [6, 14, 256],
  [7, 10, 256],
  [8, 9, 256],
  [9, 12, 256],
  [10, 12, 256],
  [13, 14, 256],
] as const;
const GATES = 2;
const CHUNK = 4;
const LAST_OPERATION = 14;

const planner = loadPlannerSync();

/** Longest first, over the operations as clock, which is what the published offsets are for. */
function longestFirst(withAlias: boolean) {
  const buffers = RANGES.map(([start, last, size], i) => ({
    start,
    end: (i === GATES && !withAlias ? CHUNK : last) + 1,
    size,
  }));
  return {plan: () => planner.plan({buffers}, {algorithm: 'greedy-by-longest', alignment: 64})};
}

/** One run of the cell. @returns what the users of the view read */
function run(runtime: Runtime, withAlias: boolean, read: (gates: number) => number): number[] {
  const addresses: number[] = [];
  const seen: number[] = [];
  runtime.begin();
  for (let operation = 0; operation <= LAST_OPERATION; operation++) {
    for (const [i, [first, , bytes]] of RANGES.entries()) {
      if (first !== operation) continue;
      addresses[i] = runtime.malloc(runtime.key(`op${i}`), bytes);
      runtime.view(addresses[i]!, bytes).fill(i + 1);
    }
    if (operation === CHUNK) {
      if (withAlias) runtime.retain(addresses[GATES]!);
      runtime.free(addresses[GATES]!); // its owner needs it no more
    }
    if (operation > CHUNK && operation <= RANGES[GATES][1]) seen.push(read(addresses[GATES]!));
    for (const [i, [, last]] of RANGES.entries()) {
      if (last === operation && (i !== GATES || withAlias)) runtime.free(addresses[i]!);
    }
  }
  runtime.end();
  return seen;
}

function cell(withAlias: boolean): Runtime {
  const runtime = createRuntime({bytes: 1 << 20, planner: longestFirst(withAlias), poison: true});
  run(runtime, withAlias, () => 0);
  assert.equal(runtime.statistics.plans, 1);
  return runtime;
}

test('with the alias the plan takes 3,328 bytes, and its users read the bytes that its owner wrote', () => {
  const runtime = cell(true);
  assert.equal(runtime.statistics.peak, 3328);
  const read = (gates: number) => runtime.view(gates, 1024)[600]!;
  assert.deepEqual(run(runtime, true, read), [3, 3, 3, 3]);
  assert.equal(runtime.statistics.served, RANGES.length);
});

test('without it the plan takes 3,072 bytes, and the omission is caught', () => {
  const runtime = cell(false);
  assert.equal(runtime.statistics.peak, 3072);
  const read = (gates: number) => runtime.view(gates, 1024)[600]!;
  assert.throws(
    () => run(runtime, false, read),
    (error: Error) => error instanceof UsageError && /no live block/.test(error.message),
  );
  const unchecked = cell(false);
  const bytes = new Uint8Array(unchecked.buffer);
  const seen = run(unchecked, false, gates => bytes[gates + 600]!);
  assert.ok(
    seen.every(byte => byte !== 3),
    'poison or another block is read',
  );
});
