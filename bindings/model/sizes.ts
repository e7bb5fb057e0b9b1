/** Sizes that change and bytes that are held: as people state them they become columns, and columns are checked. */
import {UsageError} from './errors.ts';
import {type Bytes, checkBytes, checkCount, checkFields, checkTick, show, type Tick} from './numbers.ts';

/**
 * From `tick` on a buffer uses its first `bytes` bytes, or those from byte `from` up to byte `to`, counted from its offset: XLA's
 * slices, MiniMalloc's gap windows. `[tick, 0]`: none.
 */
export type SizeFrom = readonly [tick: Tick, bytes: Bytes] | readonly [tick: Tick, from: Bytes, to: Bytes];

/** Which of its bytes a buffer uses when; all of them before its first entry. */
export interface Sizes {
  /** Entries of buffer i: `index[i] … index[i + 1] − 1` of the columns below; `count + 1` entries. */
  readonly index: Uint32Array;
  /** From this tick on, ascending, within the buffer's lifetime. */
  readonly tick: Uint32Array;
  /** The bytes from the first to the one after the last that are used, from the buffer's offset on. */
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/** Ticks that bytes wait after the end of a piece of a lifetime before another buffer may use them. */
export interface Hold {
  readonly ticks: number;
  /** The plan repeats after so many ticks, so that what is held at its end waits at its beginning; absent where it does not repeat. */
  readonly period?: number;
}

interface SizedBuffer {
  readonly sizes?: readonly SizeFrom[];
}

/** @throws UsageError naming the field. */
export function sizesOf(buffers: readonly SizedBuffer[]): {readonly sizes?: Sizes} {
  if (!buffers.some(buffer => buffer?.sizes !== undefined)) return {};
  const [index, tick, from, to] = [[0], [], [], []] as [number[], number[], number[], number[]];
  buffers.forEach(({sizes = []}, i) => {
    if (!Array.isArray(sizes))
      throw new UsageError(`buffers[${i}].sizes: expected an array, got ${show(sizes)}`);
    (sizes as readonly SizeFrom[]).forEach((entry, k) => {
      const place = `buffers[${i}].sizes[${k}]`;
      if (!Array.isArray(entry) || entry.length < 2 || entry.length > 3)
        throw new UsageError(
          `${place}: expected a tick and bytes, or a tick and the first byte and the one after the last, got ${show(entry)}`,
        );
      checkTick(entry[0], `${place}[0]`);
      for (let at = 1; at < entry.length; at++) checkBytes(entry[at], `${place}[${at}]`);
      tick.push(entry[0]);
      from.push(entry.length === 3 ? entry[1] : 0);
      to.push(entry.length === 3 ? entry[2]! : entry[1]);
    });
    index.push(tick.length);
  });
  if (tick.length === 0) return {};
  return {
    sizes: {
      index: Uint32Array.from(index),
      tick: Uint32Array.from(tick),
      from: Float64Array.from(from),
      to: Float64Array.from(to),
    },
  };
}

/** What `checkSizes` reads of the columns. */
interface Lifetimes {
  readonly count: number;
  readonly start: ArrayLike<Tick>;
  readonly end: ArrayLike<Tick>;
  readonly size: ArrayLike<Bytes>;
  readonly gapIndex: ArrayLike<number>;
  readonly gapStart: ArrayLike<Tick>;
  readonly gapEnd: ArrayLike<Tick>;
}

/** @throws UsageError naming the field. */
export function checkSizes(sizes: Sizes, columns: Lifetimes): void {
  const {index, tick, from, to} = sizes;
  const {count, start, end, size} = columns;
  if (index.length !== count + 1 || index[0] !== 0 || index[count] !== tick.length)
    throw new UsageError(`sizes.index: expected ${count + 1} entries from 0 to the number of sizes`);
  if (from.length !== tick.length || to.length !== tick.length)
    throw new UsageError(`sizes: expected ${tick.length} entries in from and to`);
  for (let i = 0; i < count; i++) {
    if (index[i + 1]! < index[i]!) throw new UsageError(`sizes.index[${i + 1}]: expected to rise`);
    for (let k = index[i]!; k < index[i + 1]!; k++) {
      const place = `buffers[${i}].sizes[${k - index[i]!}]`;
      if (tick[k]! < start[i]! || tick[k]! >= end[i]!)
        throw new UsageError(
          `${place}: expected a tick of the lifetime (${start[i]} to ${end[i]! - 1}), got ${tick[k]}`,
        );
      if (k > index[i]! && tick[k]! <= tick[k - 1]!)
        throw new UsageError(`${place}: expected a tick after ${tick[k - 1]}, got ${tick[k]}`);
      checkBytes(from[k], `${place}[1]`);
      if (!(to[k]! >= from[k]! && to[k]! <= size[i]!))
        throw new UsageError(
          `${place}: expected ${from[k] === 0 ? '' : `an end from ${from[k]} `}to at most the size of the buffer (${size[i]} bytes, its largest), got ${to[k]}`,
        );
    }
    if (index[i + 1]! > index[i]! && !isEverUsed(sizes, columns, i))
      throw new UsageError(
        `buffers[${i}].sizes: expected bytes at some tick outside of its gaps; a buffer that never holds anything has size 0`,
      );
  }
}

/** Whether any of its bytes is used at some tick outside of its gaps. */
function isEverUsed(sizes: Sizes, columns: Lifetimes, i: number): boolean {
  const {gapIndex, gapStart, gapEnd} = columns;
  let gap = gapIndex[i]!;
  return stretchesOf(columns, sizes, i).some(({start, end, from, to}) => {
    while (gap < gapIndex[i + 1]! && gapEnd[gap]! <= start) gap++;
    const isInGap = gap < gapIndex[i + 1]! && gapStart[gap]! <= start && end <= gapEnd[gap]!;
    return from < to && !isInGap;
  });
}

/** The sizes of the buffers of `index`; none where none of them has any. */
export function selectSizes(sizes: Sizes, selected: Uint32Array): {readonly sizes?: Sizes} {
  const entries: number[] = [];
  const index = new Uint32Array(selected.length + 1);
  selected.forEach((i, place) => {
    for (let k = sizes.index[i]!; k < sizes.index[i + 1]!; k++) entries.push(k);
    index[place + 1] = entries.length;
  });
  if (entries.length === 0) return {};
  return {
    sizes: {
      index,
      tick: Uint32Array.from(entries, k => sizes.tick[k]!),
      from: Float64Array.from(entries, k => sizes.from[k]!),
      to: Float64Array.from(entries, k => sizes.to[k]!),
    },
  };
}

/** The sizes of buffer `i` as people state them; none where it has none. */
export function sizesAt(sizes: Sizes | undefined, i: number): SizeFrom[] {
  const stated: SizeFrom[] = [];
  if (sizes === undefined) return stated;
  for (let k = sizes.index[i]!; k < sizes.index[i + 1]!; k++) {
    const [tick, from, to] = [sizes.tick[k]!, sizes.from[k]!, sizes.to[k]!];
    stated.push(from === 0 ? [tick, to] : [tick, from, to]);
  }
  return stated;
}

/** Stretches of ticks of a buffer's lifetime in which it uses the same bytes; without regard to gaps. */
export interface SizedStretch {
  readonly start: Tick;
  readonly end: Tick;
  readonly from: Bytes;
  readonly to: Bytes;
}

/** The whole lifetime of buffer `i`, in order of time. */
export function stretchesOf(
  {start, end, size}: Lifetimes,
  {index, tick, from, to}: Sizes,
  i: number,
): SizedStretch[] {
  const stretches: SizedStretch[] = [];
  const [first, last] = [index[i]!, index[i + 1]!];
  const begin = first < last ? tick[first]! : end[i]!;
  if (begin > start[i]!) stretches.push({start: start[i]!, end: begin, from: 0, to: size[i]!});
  for (let k = first; k < last; k++) {
    const until = k + 1 < last ? tick[k + 1]! : end[i]!;
    stretches.push({start: tick[k]!, end: until, from: from[k]!, to: to[k]!});
  }
  return stretches;
}

/** The same between the gaps of the buffer, without those in which it uses nothing; one for each piece where it has no sizes. */
export function usesOf(columns: Lifetimes, sizes: Sizes | undefined, i: number): SizedStretch[] {
  const {start, end, size, gapIndex, gapStart, gapEnd} = columns;
  const stretches = sizes
    ? stretchesOf(columns, sizes, i)
    : [{start: start[i]!, end: end[i]!, from: 0, to: size[i]!}];
  const uses: SizedStretch[] = [];
  let gap = gapIndex[i]!;
  for (const stretch of stretches) {
    let begin = stretch.start;
    while (gap < gapIndex[i + 1]! && gapEnd[gap]! <= begin) gap++;
    for (let g = gap; g < gapIndex[i + 1]! && gapStart[g]! < stretch.end; g++) {
      if (begin < gapStart[g]!) uses.push({...stretch, start: begin, end: gapStart[g]!});
      begin = gapEnd[g]!;
    }
    if (begin < stretch.end || !sizes) uses.push({...stretch, start: begin});
  }
  return sizes ? uses.filter(({from, to}) => from < to) : uses;
}

/** @throws UsageError naming the field. */
export function holdOf({hold, period}: {readonly hold?: number; readonly period?: number}): {
  readonly hold?: Hold;
} {
  if (hold === undefined) {
    if (period !== undefined)
      throw new UsageError('period: expected "hold" with it: only bytes that are held cross the border');
    return {};
  }
  // no ticks are no constraint
  if (hold === 0) return {};
  return {hold: {ticks: hold, ...(period === undefined ? {} : {period})}};
}

const HOLD_FIELDS: ReadonlySet<string> = new Set(['ticks', 'period']);
const MOST_TICKS = 2 ** 32 - 1;

/** @throws UsageError naming the field. */
export function checkHold(hold: Hold, {count, end}: Lifetimes, isInPlace: boolean): void {
  if (isInPlace)
    throw new UsageError(
      'hold: cannot be combined with inPlace, where an output uses the bytes of its input at once; leave one of them out',
    );
  checkFields(hold, HOLD_FIELDS, 'hold');
  checkCount(hold.ticks, 'hold');
  const {ticks, period} = hold;
  if (period !== undefined) checkTick(period, 'period');
  for (let i = 0; i < count; i++) {
    if (period !== undefined && end[i]! > period)
      throw new UsageError(
        `period: expected no tick of a lifetime after it, and buffer ${i} ends at ${end[i]}, after ${period}`,
      );
    if (period === undefined && end[i]! + ticks > MOST_TICKS)
      throw new UsageError(
        `hold: expected ticks up to 2^32 - 1, and buffer ${i} is held until ${end[i]! + ticks}`,
      );
  }
}
