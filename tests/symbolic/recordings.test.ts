/** Two or three recordings of different sizes as one problem with dimensions. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  fitRecordings,
  loadPlannerSync,
  planSymbolic,
  type RecordedProblem,
  type Term,
  toColumns,
} from '../../bindings/index.ts';
import {fitRecorded} from '../../bindings/model/fit-recorded.ts';
import {type Random, seeded} from '../random.ts';
import {bytesAt} from './oracle.ts';

const planner = loadPlannerSync();
const BATCH = {name: 'batch', min: 1, max: 64, multipleOf: 1};
const SEQ = {name: 'seq', min: 16, max: 512, multipleOf: 16};

test('the simplest form is found: one term if it fits, and more only where it does not', () => {
  const fit = (sizes: number[], values: number[][], rounding?: number) =>
    fitRecorded(
      [BATCH, SEQ].slice(0, values[0]!.length),
      values.map(one => Float64Array.from(one)),
      sizes,
      rounding,
    );
  assert.deepEqual(fit([80, 160], [[8], [16]]), {size: [[10, 'batch']], kind: 'checked'});
  assert.deepEqual(fit([64, 256, 1024], [[8], [16], [32]]), {size: [[1, 'batch', 'batch']], kind: 'checked'});
  assert.deepEqual(fit([87, 167], [[8], [16]]), {size: [[10, 'batch'], [7]], kind: 'assumed'});
  assert.deepEqual(fit([87, 167, 327], [[8], [16], [32]]), {size: [[10, 'batch'], [7]], kind: 'checked'});
  assert.deepEqual(fit([7, 7], [[8], [16]]), {size: 7, kind: 'checked'});
  assert.equal(fit([100, 50], [[8], [16]]), undefined);
  const both = [
    [8, 32],
    [16, 32],
    [8, 64],
  ];
  assert.deepEqual(fit([8 * 1024, 16 * 1024, 8 * 4096], both)?.size, [[1, 'batch', 'seq', 'seq']]);
  assert.deepEqual(fit([2560, 5120, 5120], both)?.size, [[10, 'batch', 'seq']]);
  // 3 bytes for each 16 of seq
  assert.deepEqual(fit([6, 6, 12], both)?.size, [[3, 'seq/16']]);
  assert.deepEqual(fit([1024, 2048], [[3], [6]], 512), {size: [[342, 'batch']], kind: 'rounded'});
  assert.equal(fit([5000, 1000], [[8], [16]], 512), undefined);
});

interface Piece {
  readonly operation: string;
  readonly terms: readonly Term[];
  readonly start: number;
  readonly end: number;
}

function program(random: Random): Piece[] {
  return Array.from({length: 6 + random(12)}, (_, k) => {
    const forms: Term[][] = [
      [[1 + random(99)]],
      [[4 * (1 + random(9)), 'batch']],
      [[2, 'batch', 'seq']],
      [[1, 'batch', 'seq', 'seq']],
    ];
    return {operation: `op${random(4)}`, terms: forms[random(4)]!, start: k, end: k + 1 + random(5)};
  });
}

test('300 seeded programs: forms of all common buffers, what is extra is left out, and no two that meet share bytes', () => {
  let different = 0;
  for (let seed = 0; seed < 300; seed++) {
    const random = seeded(seed);
    const pieces = program(random);
    const all = [
      {batch: 2, seq: 16},
      {batch: 4, seq: 16},
      {batch: 2, seq: 48},
      {batch: 6, seq: 32},
    ];
    const isDifferent = random(2) === 0;
    const extras: number[] = [];
    const recordings: RecordedProblem[] = all.map((values, r) => {
      const own: Piece[] = pieces.map(piece => ({...piece, end: piece.end + (isDifferent ? random(3) : 0)}));
      const extra = isDifferent ? random(3) : 0;
      extras.push(extra);
      for (let k = 0; k < extra; k++)
        own.splice(random(own.length), 0, {operation: `extra ${r} ${k}`, terms: [[50]], start: 0, end: 0});
      // ticks anew, in the order that there is now
      const buffers = own.map((piece, place) => ({
        id: `b${place}`,
        size: bytesAt(piece.terms, values),
        start: 3 * place,
        end: 3 * place + 3 * (1 + Math.max(0, piece.end - piece.start)) - (isDifferent ? random(2) : 0),
      }));
      return {values, problem: toColumns({buffers}), operations: own.map(one => one.operation)};
    });
    const found = fitRecordings([BATCH, SEQ], recordings);
    if (!found.haveSameLifetimes) different++;
    assert.equal(
      found.leftOut.filter(one => one.operation.startsWith('extra')).length,
      extras.reduce((a, b) => a + b, 0),
    );
    assert.deepEqual(
      found.buffers.map(({size}) => all.map(values => bytesAt(size, values))),
      pieces.map(({terms}) => all.map(values => bytesAt(terms, values))),
      `seed ${seed}`,
    );
    const plan = planSymbolic(planner, found.problem, {nodeLimit: 500});
    recordings.forEach(({values, problem, operations}) => {
      const own = Array.from({length: problem.count}, (_, i) => i).filter(
        i => !operations![i]!.startsWith('extra'),
      );
      const {offsets, sizes} = plan.at(values);
      for (const [a, i] of own.entries())
        for (const [b, j] of own.entries()) {
          if (b >= a || problem.start[i]! >= problem.end[j]! || problem.start[j]! >= problem.end[i]!)
            continue;
          assert.ok(
            offsets[a]! + sizes[a]! <= offsets[b]! || offsets[b]! + sizes[b]! <= offsets[a]!,
            `seed ${seed}`,
          );
        }
    });
  }
  assert.ok(different > 50 && different < 299, `${different}`);
});

test('recordings that say nothing are refused', () => {
  const problem = toColumns({buffers: [{size: 8, start: 0, end: 1}]});
  const at = (batch: number) => ({values: {batch}, problem});
  assert.throws(() => fitRecordings([BATCH], [at(2)]), /recordings: expected at least 2, got 1/);
  assert.throws(
    () => fitRecordings([BATCH], [at(2), at(2)]),
    /recordings\[1\]: has the values of recordings\[0\]/,
  );
  assert.throws(
    () => fitRecordings([BATCH], [at(2), at(99)]),
    /values\.batch: expected an integer from 1 to 64, got 99/,
  );
  const other = {values: {batch: 4}, problem, operations: ['other']};
  assert.throws(
    () => fitRecordings([BATCH], [at(2), other]),
    /no allocation of the first one is in all others/,
  );
  const shared = toColumns({
    buffers: [
      {size: 8, start: 0, end: 1},
      {size: 8, start: 0, end: 1},
    ],
    share: [[0, 1]],
  });
  assert.throws(
    () => fitRecordings([BATCH], [at(2), {values: {batch: 4}, problem: shared}]),
    /recordings\[1\]: has streams, pools/,
  );
});
