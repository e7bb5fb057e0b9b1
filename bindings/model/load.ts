/** The load over time, and which buffers make it at an instant. */
import {firstIndex} from './binary-search.ts';
import type {Bytes, Tick} from './numbers.ts';
import type {ProblemColumns} from './problem.ts';

/** Ticks `[start, end)` in which the set of live buffers does not change, and Σ of their sizes. */
export interface Instant {
  readonly start: Tick;
  readonly end: Tick;
  /** Bytes live there. */
  readonly bytes: Bytes;
}

/** The piece `[start, end)` of a buffer's lifetime that holds a tick. */
export interface Piece {
  readonly start: Tick;
  readonly end: Tick;
  /** Index into the problem's gaps of the one behind the piece, if that is a gap of the same buffer. */
  readonly nextGap: number;
}

/** Whether buffer `i` holds something at some time. */
export function isEverLive({size, start, end}: ProblemColumns, i: number): boolean {
  return size[i]! > 0 && end[i]! > start[i]!;
}

/** The piece of buffer `i` that holds `tick`; undefined where the buffer is not live then. */
export function pieceAt(columns: ProblemColumns, i: number, tick: Tick): Piece | undefined {
  const {gapIndex, gapStart} = columns;
  let nextGap = gapIndex[i]!;
  while (nextGap < gapIndex[i + 1]! && gapStart[nextGap]! <= tick) nextGap++;
  const piece = pieceBefore(columns, i, nextGap);
  return isEverLive(columns, i) && piece.start <= tick && tick < piece.end ? piece : undefined;
}

/** All pieces of buffer `i`, in order of time. */
export function piecesOf(columns: ProblemColumns, i: number): Piece[] {
  const pieces: Piece[] = [];
  for (let gap = columns.gapIndex[i]!; gap <= columns.gapIndex[i + 1]!; gap++) {
    pieces.push(pieceBefore(columns, i, gap));
  }
  return pieces;
}

function pieceBefore(columns: ProblemColumns, i: number, nextGap: number): Piece {
  const {start, end, gapIndex, gapStart, gapEnd} = columns;
  return {
    start: nextGap > gapIndex[i]! ? gapEnd[nextGap - 1]! : start[i]!,
    end: nextGap < gapIndex[i + 1]! ? gapStart[nextGap]! : end[i]!,
    nextGap,
  };
}

/** The load of a problem at every tick, in O(n log n). */
export class LoadOverTime {
  /** Ticks at which a piece begins or ends, ascending, each once. */
  readonly ticks: Uint32Array;
  /** Bytes live from each of them to the next; as many, the last one 0. */
  readonly bytes: Float64Array;

  constructor(columns: ProblemColumns) {
    const {starts, ends, sizes} = piecesOfAll(columns);
    const all = new Uint32Array(2 * starts.length);
    all.set(starts);
    all.set(ends, starts.length);
    this.ticks = distinct(all.sort());
    this.bytes = this.#sums(starts, ends, sizes);
  }

  /**
   * The first of the instants within `windows` at which most bytes are live; windows begin and end where pieces do.
   * All zero where there is no window.
   */
  heaviest(windows: readonly Pick<Piece, 'start' | 'end'>[]): Instant {
    const covers = this.#sums(
      Uint32Array.from(windows, ({start}) => start),
      Uint32Array.from(windows, ({end}) => end),
      new Float64Array(windows.length).fill(1),
    );
    let best = -1;
    for (let k = 0; k < covers.length; k++) {
      if (covers[k]! > 0 && (best < 0 || this.bytes[k]! > this.bytes[best]!)) best = k;
    }
    if (best < 0) return {start: 0, end: 0, bytes: 0};
    return {start: this.ticks[best]!, end: this.ticks[best + 1]!, bytes: this.bytes[best]!};
  }

  /** Σ over all ticks of the bytes live above `bytes`: how much of a problem is too much. */
  above(bytes: Bytes): number {
    let sum = 0;
    for (let k = 0; k + 1 < this.ticks.length; k++) {
      sum += Math.max(0, this.bytes[k]! - bytes) * (this.ticks[k + 1]! - this.ticks[k]!);
    }
    return sum;
  }

  /** Σ of the weights of the intervals that cover each stretch between two ticks. */
  #sums(starts: Uint32Array, ends: Uint32Array, weights: Float64Array): Float64Array<ArrayBuffer> {
    const sums = new Float64Array(this.ticks.length);
    for (let k = 0; k < starts.length; k++) {
      sums[this.#place(starts[k]!)]! += weights[k]!;
      sums[this.#place(ends[k]!)]! -= weights[k]!;
    }
    for (let k = 1; k < sums.length; k++) sums[k]! += sums[k - 1]!;
    return sums;
  }

  /** Index of a tick that is known to be there. */
  #place(tick: Tick): number {
    return firstIndex(0, this.ticks.length - 1, k => this.ticks[k]! >= tick);
  }
}

/** The pieces of all buffers that are ever live, as columns: a million of them are no objects. */
function piecesOfAll(columns: ProblemColumns): {starts: Uint32Array; ends: Uint32Array; sizes: Float64Array} {
  const {count, start, end, size, gapIndex, gapStart, gapEnd} = columns;
  const most = count + gapStart.length;
  const [starts, ends, sizes] = [new Uint32Array(most), new Uint32Array(most), new Float64Array(most)];
  let pieces = 0;
  for (let i = 0; i < count; i++) {
    if (!isEverLive(columns, i)) continue;
    for (let gap = gapIndex[i]!; gap <= gapIndex[i + 1]!; gap++) {
      starts[pieces] = gap > gapIndex[i]! ? gapEnd[gap - 1]! : start[i]!;
      ends[pieces] = gap < gapIndex[i + 1]! ? gapStart[gap]! : end[i]!;
      sizes[pieces++] = size[i]!;
    }
  }
  return {
    starts: starts.subarray(0, pieces),
    ends: ends.subarray(0, pieces),
    sizes: sizes.subarray(0, pieces),
  };
}

function distinct(ascending: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  return ascending.filter((tick, k) => k === 0 || tick !== ascending[k - 1]);
}

/** Peak of offsets, bytes: max(offset + size) over the buffers that are ever live. */
export function peakOf(columns: ProblemColumns, offsets: ArrayLike<Bytes>): Bytes {
  let peak = 0;
  for (let i = 0; i < columns.count; i++) {
    if (isEverLive(columns, i)) peak = Math.max(peak, offsets[i]! + columns.size[i]!);
  }
  return peak;
}
