/** Small runs with all figures, and what holds of every run. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {mergeRun} from '../../bindings/ranks/merge.ts';
import type {BatchFolder} from '../../bindings/ranks/result.ts';
import {folderOf, type Planted, shareOf} from './results.ts';

/** Four ranks of one group; rank 2 holds more by `conv`. */
const FOUR: readonly Planted[] = [
  {name: 'run/rank0.pickle', operations: {add: 400, conv: 500}},
  {name: 'run/rank1.pickle', operations: {add: 400, conv: 500}},
  {
    name: 'run/rank2.pickle',
    peak: 1300,
    reserved: 1500,
    needed: 1400,
    operations: {add: 400, conv: 900},
    settings: [{allocator: 'expandable_segments:True', reserved: 1410, failed: 0, served: 0}],
  },
  {name: 'run/rank3.pickle', operations: {add: 400, conv: 500}},
];

test('a run of four ranks: who limits it, the typical rank, the outlier and what differs', () => {
  const run = mergeRun(folderOf(FOUR));
  assert.deepEqual(run.limit, {
    file: 'run/rank2.pickle',
    rank: 2,
    reason: 'reserved',
    bytes: 1500,
    next: 1200,
  });
  assert.deepEqual(run.setting, {
    allocator: 'expandable_segments:True',
    reserved: 1410,
    failed: 0,
    served: 0,
    file: 'run/rank2.pickle',
    recorded: 1500,
  });
  const sum = (bytes: number) => ({blocks: 1, bytes, liveBlocks: 1, liveBytes: bytes});
  assert.deepEqual(run.groups, [
    {
      name: '1',
      members: [0, 1, 2, 3],
      typical: 0,
      outliers: [
        {
          rank: 2,
          reasons: ['peak', 'reserved', 'planned'],
          operations: [{name: 'conv', before: sum(500), after: sum(900)}],
        },
      ],
    },
  ]);
  const {key: _, ...rank} = run.ranks[2]!;
  assert.deepEqual(rank, {
    file: 'run/rank2.pickle',
    rank: 2,
    coordinates: {},
    failure: null,
    device: 'cuda:0',
    microseconds: 1_000_000,
    peak: 1300,
    reserved: 1500,
    planned: 1400,
    isProven: true,
    recoverable: 100,
    verdict: null,
    growth: 0,
    group: 0,
  });
  assert.deepEqual([run.missing, run.warnings, run.versions], [{shares: [], files: []}, [], ['1.0.0']]);
});

test('a failed request limits the run before all that reserve more', () => {
  const run = mergeRun(
    folderOf([...FOUR, {name: 'run/rank4.pickle', request: 300, verdict: 'fragmentation', peak: 1100}]),
  );
  assert.deepEqual(run.limit, {
    file: 'run/rank4.pickle',
    rank: 4,
    reason: 'failed-request',
    bytes: 1100,
    next: null,
  });
  assert.deepEqual(
    run.groups[0]!.outliers.map(({rank, reasons}) => [rank, reasons.includes('failed-request')]),
    [
      [2, false],
      [4, true],
    ],
  );
  assert.equal(run.setting, null, 'the setting that helps rank 2 says nothing of rank 4');
});

test('ranks are compared by live bytes where one does not show what it reserved', () => {
  const run = mergeRun(folderOf([...FOUR, {name: 'run/rank4.pickle', reserved: null, peak: 1350}]));
  assert.deepEqual(run.limit, {file: 'run/rank4.pickle', rank: 4, reason: 'peak', bytes: 1350, next: 1300});
  assert.deepEqual(run.warnings, [
    '1 of 5 recordings does not show reserved bytes, so ranks are compared by live bytes',
  ]);
});

test('shares that have not begun, and files of begun shares without a result, are named', () => {
  const shares = [shareOf(['rank0', 'rank1', 'rank2'], 2, 4), shareOf(['rank5'], 4, 4)];
  const folder = folderOf([{name: 'rank0'}, {name: 'rank1'}], shares);
  const results = new Map([...folder.results].slice(0, 1));
  assert.deepEqual(mergeRun({...folder, results}).missing, {
    shares: [1, 3],
    files: ['rank1', 'rank2', 'rank5'],
  });
});

test('an incomplete batch counts as missing unless a whole one has all its files', () => {
  const half = shareOf(['rank0'], 1, 2, 'older version');
  const whole = shareOf(['rank0', 'rank1'], 1, 1, 'newer version');
  const ranks = [{name: 'rank0'}, {name: 'rank1'}];
  assert.deepEqual(mergeRun(folderOf(ranks, [half, whole])).missing, {shares: [], files: []});
  const more = shareOf(['rank0', 'rank2'], 1, 2, 'longer list');
  assert.deepEqual(mergeRun(folderOf(ranks, [more, whole])).missing, {shares: [2], files: ['rank2']});
});

test('a run of mixed versions, options and ranks says so', () => {
  const run = mergeRun(
    folderOf([
      {name: 'a/rank0.pickle', version: '1.0.0', options: {alignment: 512, seed: 1}},
      {name: 'b/rank0.pickle', version: '1.1.0', options: {alignment: 512, seed: 2}, warnings: ['odd']},
      {name: 'problem.csv', isProblem: true, version: '1.1.0', options: {alignment: 512}},
    ]),
  );
  assert.deepEqual(run.versions, ['1.0.0', '1.1.0']);
  assert.deepEqual(run.options, {alignment: 512});
  assert.deepEqual(run.warnings, [
    'the results are of 2 versions of stowage (1.0.0, 1.1.0), whose figures may differ: run the batch again with one of them',
    'files were analysed with different options (seed), so their figures may not be comparable',
    '2 files are of rank 0 (a/rank0.pickle, b/rank0.pickle): each counts as a rank of its own; a manifest can state the ranks',
    '1 file is no recording (problem.csv) and in no group: a problem or a model has no rank',
    'b/rank0.pickle: odd',
  ]);
  assert.deepEqual([run.ranks[2]!.planned, run.ranks[2]!.group], [1000, null]);
});

test('a file that could not be read is a rank with its reason, and in no group', () => {
  const folder = folderOf([{name: 'rank0'}, {name: 'rank1', failure: 'no known format'}]);
  const absent = {...folder.files[0]!, name: 'rank2', key: null, failure: {message: 'gone', exitCode: 3}};
  const {ranks, groups, missing} = mergeRun({...folder, files: [...folder.files, absent]});
  assert.deepEqual(
    ranks.map(({failure, group}) => [failure, group]),
    [
      [null, 0],
      ['no known format', null],
      ['gone', null],
    ],
  );
  assert.deepEqual([groups[0]!.members, missing.files], [[0], []]);
});

test('an empty folder is an empty run', () => {
  const {ranks, limit, groups, warnings} = mergeRun({shares: [], files: [], results: new Map()});
  assert.deepEqual([ranks, limit, groups, warnings], [[], null, [], []]);
});

const RANK = fc.record({
  name: fc.stringMatching(/^(rank|snapshot_dp)?[0-9]{1,2}(\.pickle)?$/),
  peak: fc.integer({min: 1, max: 50}),
  reserved: fc.option(fc.integer({min: 1, max: 50})),
  sites: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.integer({min: 1, max: 4})),
  liveAfter: fc.array(fc.integer({min: 0, max: 3}), {maxLength: 5}),
});

test('the order of files, results and shares changes nothing', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(RANK, {maxLength: 24, selector: ({name}) => name}),
      fc.infiniteStream(fc.nat()),
      (planted, keys) => {
        const folder = folderOf(planted, [shareOf(['rank0', 'rank1'], 1, 3), shareOf(['rank2'], 3, 3)]);
        const mixed = <T>(values: Iterable<T>): T[] =>
          [...values]
            .map(value => ({value, key: keys.next().value as number}))
            .sort((a, b) => a.key - b.key)
            .map(({value}) => value);
        const other: BatchFolder = {
          shares: mixed(folder.shares),
          files: mixed(folder.files),
          results: new Map(mixed(folder.results)),
        };
        assert.deepEqual(mergeRun(other), mergeRun(folder));
      },
    ),
  );
});
