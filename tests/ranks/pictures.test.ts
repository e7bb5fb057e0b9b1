/** The pictures of a run: marks of small literal runs, and that no outlier disappears among thousands of ranks. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Picture} from '../../bindings/pictures/picture.ts';
import {renderSvg} from '../../bindings/pictures/svg/svg.ts';
import {runPictures} from '../../bindings/ranks/pictures.ts';
import {coordinatesPicture} from '../../bindings/ranks/views/coordinates.ts';
import {rankGroupsPicture} from '../../bindings/ranks/views/groups.ts';
import {growthPicture} from '../../bindings/ranks/views/growth.ts';
import {partsOf, ranksPicture} from '../../bindings/ranks/views/memory.ts';
import {fourRanks, GIB, MIB, madeRun, rankOf, runOf} from './runs.ts';

/** Series, rank, and bytes from and to of every box. */
function boxesOf(picture: Picture) {
  return picture.layers.flatMap(layer =>
    layer.kind === 'boxes'
      ? Array.from(layer.y0, (from, i) => [
          picture.series[layer.series[i]!]!.name,
          Math.floor(layer.x0[i]!),
          from,
          layer.y1[i]!,
        ])
      : [],
  );
}

function pointsOf(picture: Picture) {
  return picture.layers.flatMap(layer =>
    layer.kind === 'points'
      ? Array.from(layer.x, (x, i) => [picture.series[layer.series[i]!]!.name, x, layer.y[i]!])
      : [],
  );
}

const marksOf = (picture: Picture) =>
  picture.layers.flatMap(layer => (layer.kind === 'marks' ? layer.marks : []));

test('a bar has the planned, the recoverable and the rest of reserved, or the live peak alone', () => {
  const picture = ranksPicture(fourRanks());
  assert.deepEqual(boxesOf(picture), [
    ['planned, with persistent blocks', 0, 0, 6 * GIB],
    ['recoverable', 0, 6 * GIB, 8 * GIB],
    ['live peak, where reserved is unknown', 1, 0, 6 * GIB],
    ['planned, with persistent blocks', 2, 0, 6 * GIB],
    ['recoverable', 2, 6 * GIB, 11 * GIB],
    ['the rest of reserved', 2, 11 * GIB, 12 * GIB],
  ]);
  assert.deepEqual(
    pointsOf(picture).map(([name, x]) => [name, x]),
    [
      ['outlier of its group', 2.5],
      ['not analysed', 3.5],
    ],
  );
  assert.deepEqual(marksOf(picture), [{x: 2.5, y: 12 * GIB, text: 'rank 2 limits the run'}]);
  assert.deepEqual(picture.x.categories, ['0', '1', '2', 'last.pickle']);
});

test('the table of the ranks has every figure, empty where it is not known', () => {
  const {table} = ranksPicture(fourRanks());
  assert.equal(table.count, 4);
  assert.deepEqual(table.row(1), [
    '1',
    'run/snapshot_rank1.pickle',
    'A',
    6 * GIB,
    '',
    6 * GIB,
    '',
    3 * MIB,
    '',
    2_500_000,
    '',
  ]);
  assert.deepEqual(table.row(2).slice(8), ['fragmentation', 2_500_000, 'reserved, failed-request']);
  assert.deepEqual(table.row(3).slice(3), ['', '', '', '', '', 'not analysed: the file is empty', '', '']);
});

test('a plan that needs more than was reserved does not make the bar longer', () => {
  assert.deepEqual(partsOf(rankOf(0, {reserved: 5, planned: 7, recoverable: 0})), [5, 0, 0, 0]);
  assert.deepEqual(partsOf(rankOf(0, {reserved: 5, planned: null, recoverable: null})), [0, 0, 5, 0]);
  assert.deepEqual(partsOf(rankOf(0, {reserved: null, peak: null})), [0, 0, 0, 0]);
});

test('of thousands of ranks, the columns of pixels keep the one that needs most and the one that needs least', () => {
  const ranks = Array.from({length: 4096}, (_, rank) =>
    rankOf(rank, {
      reserved: rank === 1000 ? 20 * GIB : rank === 3001 ? 7 * GIB : 10 * GIB,
      planned: 6 * GIB,
      recoverable: 1 * GIB,
    }),
  );
  const picture = ranksPicture(runOf(ranks));
  const svg = renderSvg(picture, {isAlone: false, plotHeight: 320});
  const places = [...svg.matchAll(/[MLHV](-?[\d.]+)(?:[ ,](-?[\d.]+))?/g)];
  assert.ok(places.length < 20_000, `${places.length} places`);
  const [line = ''] = [...svg.matchAll(/<path class="l2"[^>]* d="([^"]*)"/g)]
    .map(([, path]) => path!)
    .sort((a, b) => b.length - a.length);
  const heights = [...line.matchAll(/[ML]([\d.]+),([\d.]+)/g)].map(([, x, y]) => ({
    x: Number(x),
    y: Number(y),
  }));
  const middle = heights[0]!.y;
  const [highest, lowest] = [Math.min(...heights.map(({y}) => y)), Math.max(...heights.map(({y}) => y))];
  assert.ok(middle - highest > 50, 'the rank that needs most is seen');
  assert.ok(lowest - middle > 10, 'the rank that needs least is seen');
  const placeOf = (y: number) => heights.find(one => one.y === y)!.x;
  assert.ok(placeOf(highest) < placeOf(lowest));
});

test('groups have points of their own, outliers the last series, over all others, with a text', () => {
  const picture = rankGroupsPicture(fourRanks());
  assert.deepEqual(pointsOf(picture), [
    ['group A', 0.5, 8 * GIB],
    ['group A', 1.5, 6 * GIB],
    ['outlier of its group', 2.5, 12 * GIB],
  ]);
  assert.deepEqual(marksOf(picture), [{x: 2.5, y: 12 * GIB, text: 'rank 2: 12 GiB'}]);
  assert.deepEqual(picture.table.row(0), ['A', 3, '0–2', 'rank 0', 8 * GIB, 6 * GIB, 12 * GIB, '2']);
  assert.ok(picture.y.domain[0] > 0 && picture.y.domain[1] > 12 * GIB);
});

test('more groups than colours share one', () => {
  const count = 9;
  const run = runOf(
    Array.from({length: count}, (_, rank) => rankOf(rank, {group: rank})),
    {
      groups: Array.from({length: count}, (_, i) => ({
        name: `g${i}`,
        members: [i],
        typical: i,
        outliers: [],
      })),
    },
  );
  const {series} = rankGroupsPicture(run);
  assert.deepEqual(
    series.map(({name}) => name),
    ['group g0', 'group g1', 'group g2', 'group g3', 'group g4', 'group g5', '3 other groups'],
  );
});

test('a rank that grows has a line from 0 on', () => {
  const picture = growthPicture(fourRanks());
  const [line] = picture.layers;
  assert.ok(line?.kind === 'line');
  assert.deepEqual(
    [[...line.x], [...line.y]],
    [
      [0, 1, 2],
      [0, 3 * MIB, 6 * MIB],
    ],
  );
  assert.deepEqual(picture.table.row(1), ['rank 1', 1, 103 * MIB, 3 * MIB]);
});

test('coordinates that differ span a map; boxes grow with bytes', () => {
  const ranks = [0, 1, 2, 3].map(rank =>
    rankOf(rank, {coordinates: {dp: 0, tp: rank % 2, pp: Math.floor(rank / 2)}, reserved: (8 + rank) * GIB}),
  );
  const picture = coordinatesPicture(runOf(ranks))!;
  assert.equal(picture.title, 'Memory by tp, pp');
  assert.deepEqual(
    [picture.y.categories, picture.x.categories],
    [
      ['tp 0', 'tp 1'],
      ['pp 0', 'pp 1'],
    ],
  );
  const [boxes] = picture.layers;
  assert.ok(boxes?.kind === 'boxes');
  const sides = Array.from(boxes.x0, (from, i) => boxes.x1[i]! - from);
  assert.deepEqual(
    sides,
    [...sides].sort((a, b) => a - b),
  );
  assert.deepEqual([...boxes.x0].map(Math.floor), [0, 0, 1, 1]);
  assert.deepEqual([...boxes.y0].map(Math.floor), [0, 1, 0, 1]);
  assert.deepEqual(picture.table.row(3), ['rank 3', 1, 1, 11 * GIB]);
});

test('there is no map where fewer than two coordinates differ, or not all ranks have them', () => {
  assert.equal(
    coordinatesPicture(runOf([rankOf(0, {coordinates: {tp: 0}}), rankOf(1, {coordinates: {tp: 1}})])),
    undefined,
  );
  const some = [
    rankOf(0, {coordinates: {tp: 0, pp: 0}}),
    rankOf(1, {coordinates: {tp: 1, pp: 1}}),
    rankOf(2),
  ];
  assert.equal(coordinatesPicture(runOf(some)), undefined);
});

for (const count of [1, 2, 8, 64, 1000]) {
  test(`${count} ranks: every picture has a table of at least as many facts as ranks or groups, and is drawn`, () => {
    const run = madeRun(count);
    const pictures = runPictures(run);
    assert.ok(pictures.length >= 2);
    for (const picture of pictures) {
      assert.ok(picture.table.count > 0, picture.name);
      for (let i = 0; i < picture.table.count; i++)
        assert.equal(picture.table.row(i).length, picture.table.columns.length);
      assert.doesNotMatch(renderSvg(picture), /NaN|undefined|Infinity/, picture.name);
    }
    assert.equal(pictures[0]!.table.count, count);
  });
}

test('a run without any rank, and one without any analysis, have pictures without marks or none', () => {
  assert.deepEqual(runPictures(runOf([])), []);
  const failed = {
    ...rankOf(0),
    failure: 'no',
    peak: null,
    reserved: null,
    planned: null,
    recoverable: null,
    group: null,
  };
  assert.deepEqual(
    runPictures(runOf([failed])).map(({name}) => name),
    ['ranks'],
  );
});
