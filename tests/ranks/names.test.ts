/** Ranks and coordinates from the names of files. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {compareNames, rankNameOf} from '../../bindings/ranks/names.ts';

const rankOf = (name: string) => rankNameOf({name}).rank;
const coordinatesOf = (name: string) => rankNameOf({name}).coordinates;

test('the rank that a name states', () => {
  for (const [name, rank] of [
    ['rank3.pickle', 3],
    ['rank_0003.pickle', 3],
    ['snapshot_rank-12.pickle.gz', 12],
    ['run7/Rank=5/snapshot.pickle', 5],
    ['rank12/snapshot.pickle', 12],
    ['ranks/4/snapshot.pickle', 4],
    ['snapshot_3.pickle', 3],
    ['memory-17.json.gz', 17],
    ['0007.pickle', 7],
    ['step100_rank3.pickle', 3],
    ['rank3_step100.pickle', 3],
    ['rank3_2026-11-29T12-30-00.pickle', 3],
    ['rank1/rank2.pickle', 2],
    ['rank3/snapshot_100.pickle', 3],
    ['global_rank9_local_rank1.pickle', 9],
    ['https://host/run/rank6.pickle', 6],
  ] as const)
    assert.equal(rankOf(name), rank, name);
});

test('steps, dates, versions, times and words are no ranks', () => {
  for (const name of [
    'step100.pickle',
    'step_100.pickle',
    'iteration-5.pickle',
    'checkpoint_global_step_2000.pickle',
    'epoch_3.pickle',
    'snapshot_20261129.pickle',
    'snapshot_2026-11-29.pickle',
    'snapshot_12-30-45.pickle',
    'host_Nov_29.pickle',
    'snapshot_1732876800.pickle',
    'resnet50.training.json.gz',
    'mobilenet_v2.pickle',
    'frank3.pickle',
    'local_rank3.pickle',
    'ranking7.pickle',
    'rank.pickle',
    'rank12345678.pickle',
    'snapshot.pickle',
    'snapshot_.pickle',
    '',
    '/',
  ])
    assert.equal(rankOf(name), null, name);
});

test('coordinates that a name states, with those of its folders', () => {
  assert.deepEqual(coordinatesOf('snapshot_dp0_tp1_pp2.pickle'), {dp: 0, tp: 1, pp: 2});
  assert.deepEqual(coordinatesOf('dp0tp1pp2.pickle'), {dp: 0, tp: 1, pp: 2});
  assert.deepEqual(coordinatesOf('node2_gpu5.pickle'), {node: 2, gpu: 5});
  assert.deepEqual(coordinatesOf('node-2/local_rank_3.pickle'), {node: 2, local_rank: 3});
  assert.deepEqual(coordinatesOf('PP=1/tp0/x.pickle'), {pp: 1, tp: 0});
  assert.deepEqual(coordinatesOf('http1.pickle'), {}, 'tp within a word');
  assert.deepEqual(coordinatesOf('__proto__/constructor1.pickle'), {});
  assert.equal(rankOf('snapshot_dp0_tp1_pp2.pickle'), null, 'the last coordinate is no rank');
});

test("the manifest's rank wins", () => {
  assert.equal(rankNameOf({name: 'rank3', rank: 7}).rank, 7);
  assert.equal(rankNameOf({name: 'rank3', rank: 0}).rank, 0);
});

test('names in the order of the numbers in them, whatever their length', () => {
  const names = ['dp10', 'dp2', 'dp02', 'dp2_tp1', 'a', `dp${'9'.repeat(400)}`, 'dp', '2', '10', ''];
  assert.deepEqual([...names].sort(compareNames), [
    '',
    '2',
    '10',
    'a',
    'dp',
    'dp02',
    'dp2',
    'dp2_tp1',
    'dp10',
    `dp${'9'.repeat(400)}`,
  ]);
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
      assert.equal(Math.sign(compareNames(a, b)), -Math.sign(compareNames(b, a)) || 0);
      assert.equal(compareNames(a, b) === 0, a === b);
      const [x, y, z] = [a, b, c].sort(compareNames);
      assert.ok(compareNames(x!, y!) <= 0 && compareNames(y!, z!) <= 0 && compareNames(x!, z!) <= 0);
    }),
  );
});

test('whatever a name is, its rank is a whole number or unknown, at once', () => {
  const word = fc.constantFrom('rank', 'ranks', 'dp', '_', '/', '.', '-', '0', '7', '\n', '\u202e', 'step');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map(words => words.join('')),
      ),
      name => {
        const {rank} = rankNameOf({name});
        assert.ok(rank === null || (Number.isSafeInteger(rank) && rank >= 0));
      },
    ),
  );
  for (const part of ['rank', '1', '_', 'rank_', 'local_', 'dp1', '/', ' '])
    assert.equal(typeof rankNameOf({name: part.repeat(50_000)}).coordinates, 'object');
});
