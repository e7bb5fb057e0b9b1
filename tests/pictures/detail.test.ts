/** Level of detail: bounded for any number of rows, and exact. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {toColumns} from '../../bindings/model/to-columns.ts';
import {
  type BoxLayer,
  type Frame,
  type Picture,
  packingPicture,
  reduceBoxes,
  reduceLine,
  reducePoints,
  reduceStack,
  renderSvg,
} from '../../bindings/pictures/index.ts';
import {seeded} from '../random.ts';

/** 0 … 100 over 0 … 100 pixels, y upward. */
const FRAME: Frame = {left: 0, right: 100, top: 0, bottom: 100, x: value => value, y: value => 100 - value};

function boxes(
  rows: readonly (readonly [x0: number, x1: number, y0: number, y1: number, series?: number])[],
): BoxLayer {
  const column = (k: number) => Float64Array.from(rows, row => row[k]!);
  return {
    kind: 'boxes',
    count: rows.length,
    x0: column(0),
    x1: column(1),
    y0: column(2),
    y1: column(3),
    series: Uint8Array.from(rows, row => row[4] ?? 0),
  };
}

/** Boxes that do not overlap: a column of pixels' share each. */
function manyBoxes(count: number): BoxLayer {
  const random = seeded(7);
  return boxes(
    Array.from({length: count}, (_, i) => {
      const x = (100 * i) / count;
      const y = random(90);
      return [x, x + 100 / count, y, y + 1 + random(9), random(3)] as const;
    }),
  );
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

test('visible boxes are drawn exactly, boxes thinner than a pixel go into cells', () => {
  const layer = boxes([
    [10, 30, 0, 50],
    [40, 40.5, 0, 60, 1],
    [50, 90, 10, 10.2],
    [70, 70, 0, 10],
  ]);
  const {single, corners, merged, mergedArea, cells} = reduceBoxes(layer, FRAME, {most: 10, cell: 10});
  assert.deepEqual([...single], [0]);
  assert.deepEqual([...corners], [10, 50, 30, 100]);
  assert.equal(merged, 2);
  assert.ok(Math.abs(mergedArea - (0.5 * 60 + 40 * 0.2)) < 1e-9);
  // column 4 of rows 4 to 9 is filled by the second box to a twentieth
  assert.deepEqual([...cells.series].filter(one => one === 1).length, 6);
  assert.ok(Math.abs(cells.filled[4 * 10 + 4]! - 0.05) < 1e-6);
  assert.ok(Math.abs(cells.filled[8 * 10 + 6]! - 0.02) < 1e-6);
});

test('the cells hold exactly the area of all that is merged, the rest is drawn', () => {
  const layer = manyBoxes(20_000);
  const {single, cells, merged, mergedArea} = reduceBoxes(layer, FRAME, {most: 50, cell: 3});
  assert.equal(single.length + merged, 20_000);
  const area = (i: number) => (layer.x1[i]! - layer.x0[i]!) * (layer.y1[i]! - layer.y0[i]!);
  const all = sum(Array.from({length: layer.count}, (_, i) => area(i)));
  const drawn = sum(Array.from(single, area));
  assert.ok(Math.abs(all - drawn - mergedArea) < 1e-6);
  const inCells = sum(cells.filled) * cells.size ** 2;
  assert.ok(Math.abs(inCells - mergedArea) < 1e-2, `${inCells} against ${mergedArea}`);
});

test('of more boxes than are drawn, the largest are', () => {
  const layer = boxes(Array.from({length: 9}, (_, i) => [10 * i, 10 * i + 1 + i, 0, 10] as const));
  assert.deepEqual([...reduceBoxes(layer, FRAME, {most: 3, cell: 5}).single], [6, 7, 8]);
  // of equals the first
  const equal = boxes(Array.from({length: 9}, (_, i) => [10 * i, 10 * i + 5, 0, 10] as const));
  assert.deepEqual([...reduceBoxes(equal, FRAME, {most: 3, cell: 5}).single], [0, 1, 2]);
});

test('boxes outside the frame are not drawn and not counted', () => {
  const layer = boxes([
    [-20, -10, 0, 10],
    [-10, 10, 0, 10],
    [90, 120, 95, 120],
  ]);
  const {single, corners} = reduceBoxes(layer, FRAME, {most: 10, cell: 5});
  assert.deepEqual([...single], [1, 2]);
  assert.deepEqual([...corners], [0, 90, 10, 100, 90, 0, 100, 5]);
});

test('a line keeps the least and the most of every column of pixels', () => {
  const count = 100_000;
  const random = seeded(3);
  const x = Float64Array.from({length: count}, (_, i) => (100 * i) / count);
  const y = Float64Array.from({length: count}, () => random(1000) / 10);
  [y[12_345], y[67_890]] = [-5, 120];
  const points = reduceLine({kind: 'line', isStepped: true, x, y, series: 0}, FRAME);
  assert.ok(points.length < 2 * 101 * 8, `${points.length / 2} points`);
  const heights = points.filter((_, k) => k % 2 === 1);
  assert.equal(Math.max(...heights), 105);
  assert.equal(Math.min(...heights), -20);
});

test('a short line is drawn as it is, in steps', () => {
  const layer = {
    kind: 'line',
    isStepped: true,
    x: Float64Array.of(0, 10),
    y: Float64Array.of(1, 5),
    series: 0,
  } as const;
  assert.deepEqual(reduceLine(layer, FRAME), [0, 99, 10, 99, 10, 95]);
  assert.deepEqual(reduceLine({...layer, isStepped: false}, FRAME), [0, 99, 10, 95]);
});

test('a stack shows in every column the moment at which its sum is largest, all bands of the same moment', () => {
  const count = 10_000;
  const random = seeded(5);
  const x = Float64Array.from({length: count + 1}, (_, i) => (100 * i) / count);
  const bands = [0, 1].map(() => Float64Array.from({length: count}, () => random(50)));
  [bands[0]![4321], bands[1]![4321]] = [60, 39];
  const reduced = reduceStack({kind: 'stack', x, bands, series: [0, 1]}, FRAME);
  assert.ok(reduced.moments.length <= 101);
  assert.ok(reduced.moments.includes(4321));
  assert.equal(reduced.x.length, reduced.moments.length + 1);
  for (const [k, moment] of reduced.moments.entries()) {
    const [from, to] = [reduced.x[k]!, reduced.x[k + 1]!];
    assert.ok(x[moment]! >= from - 1e-9 && x[moment]! <= to, `${moment} within ${from} to ${to}`);
  }
});

test('points at the same place are drawn once, and counted', () => {
  const layer = {
    kind: 'points',
    count: 5,
    x: Float64Array.of(1, 1.5, 1.2, 50, 200),
    y: Float64Array.of(1, 1.5, 1.2, 50, 50),
    series: Uint8Array.of(0, 0, 1, 0, 0),
    shapes: [0, 1],
  } as const;
  const {index, count} = reducePoints(layer, FRAME, 4);
  assert.deepEqual([...index], [0, 2, 3]);
  assert.deepEqual([...count], [2, 1, 1]);
});

/** A packing without order: nothing merges well. */
function scattered(count: number): Picture {
  const random = seeded(11);
  const problem = toColumns({
    buffers: Array.from({length: count}, (_, i) => {
      const start = random(count);
      return {id: `b${i}`, size: 1 + random(1000), start, end: start + 1 + random(count >> 4)};
    }),
  });
  const offsets = Float64Array.from({length: count}, () => random(count * 10));
  return packingPicture({problem, offsets, peak: count * 10 + 1000, lowerBound: count * 10});
}

test('however many buffers there are, the SVG stays below a limit', () => {
  for (const count of [1000, 50_000, 300_000]) {
    const {length} = renderSvg(scattered(count));
    assert.ok(length < 1.2e6, `${count} buffers: ${length} characters`);
  }
});
