/**
 * Level of detail: no more marks than can be seen, whatever the number of rows. What a pixel shows is exact: the
 * least and the most of a line, all bands of a stack at one moment, the filled part of a cell.
 */
import {CellGrid, type Cells, type Frame} from './cells.ts';
import type {BoxLayer, LineLayer, PointLayer, StackLayer} from './picture.ts';

/** Boxes that are drawn one by one, and cells in place of all others. */
export interface ReducedBoxes {
  /** Indices into the layer, ascending, and the corners of each: x0, y0, x1, y1, pixels within the frame. */
  readonly single: Uint32Array;
  readonly corners: Float64Array;
  readonly cells: Cells;
  /** Boxes that are only in the cells, and the sum of their areas in units of the axes (bytes × ticks). */
  readonly merged: number;
  readonly mergedArea: number;
}

/** From this number of boxes on, some are usually smaller than a pixel. */
const MANY_BOXES = 1000;

/** The note that explains a picture of so many boxes. */
export function shadeNotes(count: number): string[] {
  return count > MANY_BOXES
    ? ['Boxes smaller than a pixel are drawn together: the shade shows how much of the area they fill.']
    : [];
}

export interface BoxDetail {
  /** Boxes drawn one by one, at most; the largest ones. */
  readonly most: number;
  /** Pixels of a cell. */
  readonly cell: number;
}

/** Boxes of less than a pixel in a direction go into cells, and all but the largest `most`. */
export function reduceBoxes(layer: BoxLayer, frame: Frame, {most, cell}: BoxDetail): ReducedBoxes {
  const corners = cornersOf(layer, frame);
  const {isSingle, singles} = chooseSingles(corners, layer.count, most);
  const grid = new CellGrid(frame, cell, 1 + layer.series.reduce((a, b) => Math.max(a, b), 0));
  const single = new Uint32Array(singles);
  const kept = new Float64Array(4 * singles);
  let [next, merged, mergedArea] = [0, 0, 0];
  for (let i = 0; i < layer.count; i++) {
    const at = 4 * i;
    if (corners[at + 2]! <= corners[at]! || corners[at + 3]! <= corners[at + 1]!) continue;
    if (isSingle[i] === 1) {
      for (let k = 0; k < 4; k++) kept[4 * next + k] = corners[at + k]!;
      single[next++] = i;
    } else {
      merged++;
      mergedArea += (layer.x1[i]! - layer.x0[i]!) * (layer.y1[i]! - layer.y0[i]!);
      grid.add(corners, at, layer.series[i]!);
    }
  }
  return {single, corners: kept, cells: grid.cells(), merged, mergedArea};
}

/** In pixels, cut to the frame. */
function cornersOf({count, x0, x1, y0, y1}: BoxLayer, {left, right, top, bottom, x, y}: Frame): Float64Array {
  const corners = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    const a = x(x0[i]!);
    const b = x(x1[i]!);
    // most of a million boxes are outside a zoomed window: their corners stay 0
    if (a >= right || b <= left) continue;
    const c = y(y0[i]!);
    const d = y(y1[i]!);
    corners[4 * i] = Math.max(left, a);
    corners[4 * i + 1] = Math.max(top, Math.min(c, d));
    corners[4 * i + 2] = Math.min(right, b);
    corners[4 * i + 3] = Math.min(bottom, Math.max(c, d));
  }
  return corners;
}

function chooseSingles(
  corners: Float64Array,
  count: number,
  most: number,
): {isSingle: Uint8Array; singles: number} {
  const isSingle = new Uint8Array(count);
  const areas = new Float64Array(count);
  let visible = 0;
  for (let i = 0; i < count; i++) {
    const [width, height] = [
      corners[4 * i + 2]! - corners[4 * i]!,
      corners[4 * i + 3]! - corners[4 * i + 1]!,
    ];
    if (width < 1 || height < 1) continue;
    areas[i] = width * height;
    visible++;
  }
  const least = visible <= most ? 0 : areas.slice().sort()[count - most]!;
  let singles = 0;
  for (let i = 0; i < count && singles < most; i++) {
    if (areas[i]! === 0 || areas[i]! < least) continue;
    isSingle[i] = 1;
    singles++;
  }
  return {isSingle, singles};
}

/**
 * A line as points x, y in pixels. Where several of its values fall into one column of pixels, it goes through the
 * first, the least, the most and the last of them.
 */
export function reduceLine({x, y, isStepped}: LineLayer, frame: Frame): number[] {
  const points: number[] = [];
  const [first, last] = seenOf(x, frame);
  for (let i = first; i < last; ) {
    const column = Math.floor(frame.x(x[i]!));
    let end = i + 1;
    let [least, most] = [i, i];
    while (end < last && Math.floor(frame.x(x[end]!)) === column) {
      if (y[end]! < y[least]!) least = end;
      if (y[end]! > y[most]!) most = end;
      end++;
    }
    const shown =
      end - i <= 4 ? range(i, end) : [...new Set([i, Math.min(least, most), Math.max(least, most), end - 1])];
    for (const at of shown) {
      const px = frame.x(x[at]!);
      if (isStepped && at > first) points.push(px, points.at(-1) ?? frame.y(y[at - 1]!));
      points.push(px, frame.y(y[at]!));
    }
    i = end;
  }
  return points;
}

/** The part `[first, last)` of ascending values that is seen, and one value more at either end. */
function seenOf(x: Float64Array, {left, right, x: pixelOf}: Frame): [first: number, last: number] {
  const before = (pixel: number) => {
    let [low, high] = [0, x.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pixelOf(x[middle]!) < pixel) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [Math.max(0, before(left) - 1), Math.min(x.length, before(right + 1) + 1)];
}

function range(from: number, to: number): number[] {
  return Array.from({length: to - from}, (_, k) => from + k);
}

/** A stack in columns of pixels. */
export interface ReducedStack {
  /** Boundaries, pixels; one more than there are moments. */
  readonly x: Float64Array;
  /** Index into the layer's values that each column shows: where the sum of all bands is largest. */
  readonly moments: Uint32Array;
}

/** Every column shows one moment of those that fall into it, that at which the sum is largest: peaks stay exact. */
export function reduceStack({x, bands}: StackLayer, frame: Frame): ReducedStack {
  const boundaries: number[] = [];
  const moments: number[] = [];
  const [first, last] = seenOf(x, frame);
  const count = Math.min(x.length - 1, last);
  const sumAt = (i: number) => bands.reduce((sum, band) => sum + band[i]!, 0);
  for (let i = first; i < count; ) {
    const start = frame.x(x[i]!);
    let [end, best] = [i + 1, i];
    let most = sumAt(i);
    while (end < count && frame.x(x[end + 1]!) <= Math.floor(start) + 1) {
      const sum = sumAt(end);
      if (sum > most) [best, most] = [end, sum];
      end++;
    }
    boundaries.push(start);
    moments.push(best);
    i = end;
  }
  if (count > first) boundaries.push(frame.x(x[count]!));
  return {x: Float64Array.from(boundaries), moments: Uint32Array.from(moments)};
}

/** Points that are drawn, and how many points each replaces. */
export interface ReducedPoints {
  /** Indices into the layer: the first of each place. */
  readonly index: Uint32Array;
  readonly count: Uint32Array;
}

/** Draws the first of the points of a series that fall into the same square of `cell` pixels. */
export function reducePoints({count, x, y, series}: PointLayer, frame: Frame, cell: number): ReducedPoints {
  const columns = Math.ceil((frame.right - frame.left) / cell) + 1;
  const rows = Math.ceil((frame.bottom - frame.top) / cell) + 1;
  const places = new Map<number, number>();
  const index: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < count; i++) {
    const [px, py] = [frame.x(x[i]!), frame.y(y[i]!)];
    if (px < frame.left || px > frame.right || py < frame.top || py > frame.bottom) continue;
    const column = Math.floor((px - frame.left) / cell);
    const row = Math.floor((py - frame.top) / cell);
    const place = (series[i]! * rows + row) * columns + column;
    const known = places.get(place);
    if (known !== undefined) counts[known]!++;
    else {
      places.set(place, index.length);
      index.push(i);
      counts.push(1);
    }
  }
  return {index: Uint32Array.from(index), count: Uint32Array.from(counts)};
}
