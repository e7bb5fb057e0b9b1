/** Limits against every rank of a run. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {checkRun, type RunCheck, type RunLimits} from '../../bindings/ranks/check.ts';
import {mergeRun} from '../../bindings/ranks/merge.ts';
import {folderOf, type Planted, shareOf} from './results.ts';

const RANKS: readonly Planted[] = [
  {name: 'rank0'},
  {name: 'rank1'},
  {name: 'rank2', peak: 1300, reserved: 1500, needed: 1400},
  {name: 'rank3', liveAfter: [500, 600, 700]},
];

function checksOf(ranks: readonly Planted[], limits: RunLimits, before?: readonly Planted[]): RunCheck[] {
  const folder = folderOf(ranks);
  return checkRun(folder, mergeRun(folder), limits, before && mergeRun(folderOf(before)));
}

/** `name: passed value/limit failed ranks`. */
function told(checks: readonly RunCheck[]): string[] {
  return checks.map(({name, passed, value, limit, ranks, worst}) => {
    const failed = ranks.filter(one => !one.passed).map(({rank}) => rank);
    return `${passed ? 'ok' : 'FAILED'} ${name} ${value}/${limit} worst ${worst?.rank} failed ${failed}`;
  });
}

test('each limit is compared with each rank, and the worst one is named', () => {
  assert.deepEqual(
    told(checksOf(RANKS, {capacity: 1400, maxReserved: 1300, maxPeak: 900, maxGrowth: 99, maxOutliers: 2})),
    [
      'ok complete 0/0 worst undefined failed ',
      'FAILED max-peak 1400/900 worst 2 failed 0,1,2,3',
      'FAILED max-reserved 1500/1300 worst 2 failed 2',
      'ok capacity 1400/1400 worst 2 failed ',
      'FAILED max-growth 100/99 worst 3 failed 3',
      'ok max-outliers 2/2 worst undefined failed ',
    ],
  );
  const [, outliers] = checksOf(RANKS, {maxOutliers: 1});
  assert.deepEqual(
    [outliers!.passed, outliers!.reason],
    [false, 'rank 2 (peak, reserved, planned), rank 3 (growth)'],
  );
});

test('a gate does not pass over what was not looked at', () => {
  const whole = folderOf(
    [...RANKS, {name: 'rank4', failure: 'cut short'}],
    [shareOf(['rank0', 'rank9'], 2, 3)],
  );
  const folder = {...whole, damage: ['files/x.json: damaged']};
  const [complete] = checkRun(folder, mergeRun(folder), {});
  assert.deepEqual(
    [complete!.passed, complete!.value, complete!.reason],
    [
      false,
      5,
      '2 shares not begun (1, 3), 1 file without a result (rank9), 1 file not readable (rank4), 1 file of the folder damaged',
    ],
  );
  const [empty] = checkRun({shares: [], files: [], results: new Map()}, mergeRun(folderOf([])), {});
  assert.equal(empty!.passed, false, 'a folder of no file says nothing');
  const results = new Map([...whole.results].map(([key, result]) => [key, {...result, figures: []}]));
  const bare = {...folderOf(RANKS), results};
  assert.match(checkRun(bare, mergeRun(bare), {maxPeak: 1})[0]!.reason, /4 results without figures/);
});

test('a figure that is not known fails, with the reason, and is the worst one', () => {
  const [, reserved, growth] = checksOf([...RANKS, {name: 'rank4', reserved: null, liveAfter: [1, 2]}], {
    maxReserved: 10_000,
    maxGrowth: 10_000,
  });
  assert.deepEqual(
    [reserved!.passed, reserved!.value, reserved!.worst!.rank, reserved!.reason],
    [false, null, 4, 'unknown: not recorded'],
  );
  assert.deepEqual(
    [growth!.passed, growth!.worst!.rank, growth!.reason],
    [false, 4, 'unknown: fewer than three whole iterations'],
  );
});

test('a run is compared with one of before, rank by rank, with a tolerance', () => {
  assert.deepEqual(told(checksOf(RANKS, {}, RANKS)).slice(1), [
    'ok baseline-ranks 0/0 worst undefined failed ',
    'ok baseline-recording 900/900 worst 0 failed ',
    'ok baseline-reserved 1200/1200 worst 0 failed ',
    'ok baseline-planned 1000/1000 worst 0 failed ',
  ]);
  const grown = RANKS.map(one => (one.name === 'rank1' ? {...one, peak: 950, reserved: null} : one));
  assert.deepEqual(told(checksOf(grown, {tolerance: 5}, RANKS)).slice(2), [
    'FAILED baseline-recording 950/945 worst 1 failed 1',
    'FAILED baseline-reserved null/1260 worst 1 failed 1',
    'ok baseline-planned 1000/1050 worst 0 failed ',
  ]);
  const [, ranks] = checksOf(RANKS.slice(1), {}, RANKS);
  assert.deepEqual([ranks!.passed, ranks!.reason], [false, 'only one of the two runs has rank 0']);
});
