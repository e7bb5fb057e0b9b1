/**
 * Plain problems by definition, for up to some hundred buffers: conflicts, load, faults of a plan, four greedy planners, and
 * brute force. Byte counts above 2^53 − 1 become infinite, so that no rounded number is compared.
 */

/** A buffer as a case states it; `alignment` in bytes is always given. */
export interface Plain {
  readonly size: number;
  readonly start: number;
  readonly end: number;
  readonly alignment: number;
  readonly gaps?: readonly (readonly [number, number])[];
  readonly offset?: number;
  readonly hint?: number;
}

const MOST = Number.MAX_SAFE_INTEGER;

const sum = (a: number, b: number): number => (a > MOST - b ? Number.POSITIVE_INFINITY : a + b);
/** Exact up to 2^53: divisor and factor are powers of two. */
const aligned = (bytes: number, alignment: number): number => {
  const up = Math.ceil(bytes / alignment) * alignment;
  return up > MOST ? Number.POSITIVE_INFINITY : up;
};

/** Whether it ever holds a byte. */
export const isLive = ({size, start, end}: Plain): boolean => size > 0 && end > start;

/** The intervals in which it holds bytes. */
export function piecesOf({start, end, gaps = []}: Plain): [number, number][] {
  const edges = [start, ...gaps.flat(), end];
  return Array.from({length: edges.length / 2}, (_, k) => [edges[2 * k]!, edges[2 * k + 1]!]);
}

/** For each buffer those that hold bytes at an instant with it. */
export function conflictsOf(buffers: readonly Plain[]): number[][] {
  const pieces = buffers.map(buffer => (isLive(buffer) ? piecesOf(buffer) : []));
  return buffers.map((_, i) =>
    buffers.flatMap((_, j) => {
      const meets = pieces[i]!.some(([from, to]) =>
        pieces[j]!.some(([begin, end]) => from < end && begin < to),
      );
      return i !== j && meets ? [j] : [];
    }),
  );
}

/** Most bytes held at an instant; infinite above 2^53 − 1. */
export function loadOf(buffers: readonly Plain[]): number {
  const births = buffers.filter(isLive).flatMap(buffer => piecesOf(buffer).map(([from]) => from));
  const at = (tick: number) =>
    buffers.reduce((bytes, buffer) => {
      const holds = isLive(buffer) && piecesOf(buffer).some(([from, to]) => from <= tick && tick < to);
      return holds ? sum(bytes, buffer.size) : bytes;
    }, 0);
  return Math.max(0, ...new Set(births.map(at)));
}

/** The highest end of a live buffer, bytes. */
export function topOf(buffers: readonly Plain[], offsets: ArrayLike<number>): number {
  return buffers.reduce(
    (top, buffer, i) => (isLive(buffer) ? Math.max(top, sum(offsets[i]!, buffer.size)) : top),
    0,
  );
}

/** What is wrong with a plan, in words; undefined where nothing is. */
export function faultOf(
  buffers: readonly Plain[],
  conflicts: readonly (readonly number[])[],
  offsets: ArrayLike<number>,
): string | undefined {
  if (offsets.length !== buffers.length) return `${offsets.length} offsets for ${buffers.length} buffers`;
  for (const [i, buffer] of buffers.entries()) {
    const offset = offsets[i]!;
    if (!Number.isSafeInteger(offset) || offset < 0) return `buffer ${i} at ${offset}`;
    if (!isLive(buffer)) continue;
    if (sum(offset, buffer.size) > MOST) return `buffer ${i} ends above 2^53 - 1`;
    if (buffer.offset === undefined && offset % buffer.alignment !== 0)
      return `buffer ${i} at ${offset} is misaligned`;
    if (buffer.offset !== undefined && buffer.offset !== offset)
      return `buffer ${i} at ${offset}, fixed at ${buffer.offset}`;
    const over = conflicts[i]!.find(j => j < i && meet(buffers, offsets, i, j));
    if (over !== undefined) return `buffers ${over} and ${i} share bytes`;
  }
  return undefined;
}

function meet(buffers: readonly Plain[], offsets: ArrayLike<number>, i: number, j: number): boolean {
  return offsets[i]! < offsets[j]! + buffers[j]!.size && offsets[j]! < offsets[i]! + buffers[i]!.size;
}

/** Two fixed buffers that hold the same byte at an instant: then no plan exists. */
export function clashOf(
  buffers: readonly Plain[],
  conflicts: readonly (readonly number[])[],
): readonly [number, number] | undefined {
  const offsets = buffers.map(({offset = -1}) => offset);
  for (const [i, list] of conflicts.entries()) {
    if (buffers[i]!.offset === undefined) continue;
    for (const j of list) if (j < i && offsets[j]! >= 0 && meet(buffers, offsets, i, j)) return [j, i];
  }
  return undefined;
}

/** The lowest place above or between the placed buffers that it meets; infinite where none is below 2^53. */
function lowestPlace(
  buffers: readonly Plain[],
  offsets: readonly number[],
  conflicts: readonly number[],
  i: number,
): number {
  const {size, alignment} = buffers[i]!;
  const placed = conflicts.filter(j => offsets[j]! >= 0).sort((a, b) => offsets[a]! - offsets[b]!);
  let low = 0;
  for (const j of placed) {
    if (sum(low, size) <= offsets[j]!) break;
    low = Math.max(low, aligned(sum(offsets[j]!, buffers[j]!.size), alignment));
  }
  return low;
}

/** Peaks of four greedy planners: each takes the buffers in an order, ties as they come, and places each at its lowest place. */
export function greedyPeaks(
  buffers: readonly Plain[],
  conflicts: readonly (readonly number[])[],
): Readonly<Record<'size' | 'length' | 'area' | 'start', number>> {
  const length = ({start, end}: Plain) => end - start;
  const area = (buffer: Plain) => BigInt(buffer.size) * BigInt(length(buffer));
  const areas = buffers.map(area);
  const peak = (before: (a: number, b: number) => number) => {
    const offsets = buffers.map(({offset = -1}) => offset);
    const order = buffers.flatMap((buffer, i) => (isLive(buffer) && buffer.offset === undefined ? [i] : []));
    for (const i of order.sort(before)) {
      offsets[i] = lowestPlace(buffers, offsets, conflicts[i]!, i);
      if (offsets[i] === Number.POSITIVE_INFINITY) return offsets[i];
    }
    return topOf(buffers, offsets);
  };
  return {
    size: peak((a, b) => buffers[b]!.size - buffers[a]!.size),
    length: peak((a, b) => length(buffers[b]!) - length(buffers[a]!)),
    area: peak((a, b) => Number(areas[b]! > areas[a]!) - Number(areas[b]! < areas[a]!)),
    start: peak((a, b) => buffers[a]!.start - buffers[b]!.start),
  };
}

/**
 * The smallest peak of any plan, for few buffers; infinite where none is below 2^53. Taken in the order of their offsets, the
 * buffers of a best plan can be moved down one after another, so some order with each buffer at its lowest place is as good.
 */
export function bestPeak(
  buffers: readonly Plain[],
  conflicts: readonly (readonly number[])[],
  load: number,
): number {
  const offsets = buffers.map(buffer => (isLive(buffer) ? (buffer.offset ?? -1) : 0));
  let best = Number.POSITIVE_INFINITY;
  const place = (peak: number): void => {
    if (peak >= best || best === load) return;
    let isWhole = true;
    for (let i = 0; i < buffers.length; i++) {
      if (offsets[i]! >= 0) continue;
      isWhole = false;
      const low = lowestPlace(buffers, offsets, conflicts[i]!, i);
      if (low === Number.POSITIVE_INFINITY) continue;
      offsets[i] = low;
      place(Math.max(peak, sum(low, buffers[i]!.size)));
      offsets[i] = -1;
    }
    if (isWhole) best = peak;
  };
  const fixed = buffers.filter(buffer => isLive(buffer) && buffer.offset !== undefined);
  place(fixed.reduce((top, {offset, size}) => Math.max(top, sum(offset!, size)), 0));
  return best;
}
