/** Buffers that something keeps apart from another though the host frees one before it allocates the other: a missing wait. */
import {firstIndex} from '../../model/binary-search.ts';
import type {Clocks} from '../../model/clocks.ts';
import type {ProblemColumns} from '../../model/problem.ts';

/** How many of the buffers there are, in time near linear: extremes of all later pieces, and of all earlier ones, decide. */
export function countUnordered(problem: ProblemColumns): number {
  const {clocks} = problem.constraints ?? {};
  if (!clocks) return 0;
  const pieces = piecesOf(problem);
  const {birth, death, next} = clocks;
  const width = clocks.streams.length;
  const byStart = pieces.order((a, b) => pieces.start[a]! - pieces.start[b]! || a - b);
  const byEnd = pieces.order((a, b) => pieces.end[a]! - pieces.end[b]! || a - b);
  const reversed = byStart.slice().reverse();
  const found = new Set<number>();
  const note = (
    sorted: Uint32Array,
    rowsOf: (piece: number) => number,
    isBroken: (extremes: Extremes, row: number, seen: number) => boolean,
  ): void => {
    const extremes = new Extremes(sorted, width, birth, death, next);
    for (let piece = 0; piece < pieces.count; piece++)
      if (isBroken(extremes, piece, rowsOf(piece))) found.add(pieces.buffer[piece]!);
  };
  // later pieces: those that start where it ends, or after that
  note(
    reversed,
    piece =>
      pieces.count - firstIndex(0, pieces.count, i => pieces.start[byStart[i]!]! >= pieces.end[piece]!),
    (of, piece, seen) => of.isAfterBroken(piece, seen),
  );
  note(
    byEnd,
    piece => firstIndex(0, pieces.count, i => pieces.end[byEnd[i]!]! > pieces.start[piece]!),
    (of, piece, seen) => of.isBeforeBroken(piece, seen),
  );
  return found.size;
}

/** Of the first pieces of an order, per stream: the earliest birth, the latest death, the earliest next birth. */
class Extremes {
  readonly #columns: Pick<Clocks, 'birth' | 'death' | 'next'>;
  readonly #width: number;
  readonly #birth: Uint32Array;
  readonly #death: Uint32Array;
  readonly #next: Uint32Array | undefined;

  constructor(
    sorted: Uint32Array,
    width: number,
    birth: Uint32Array,
    death: Uint32Array,
    next?: Uint32Array,
  ) {
    this.#columns = next ? {birth, death, next} : {birth, death};
    this.#width = width;
    this.#birth = runningOf(sorted, width, birth, 0xffffffff, Math.min);
    this.#death = runningOf(sorted, width, death, 0, Math.max);
    this.#next = next && runningOf(sorted, width, next, 0xffffffff, Math.min);
  }

  /** Whether a piece is not before one of the first `seen`. */
  isAfterBroken(piece: number, seen: number): boolean {
    return this.#some(
      (own, first) => {
        const {death, next} = this.#columns;
        return death[own]! > this.#birth[first]! || (next !== undefined && this.#death[first]! > next[own]!);
      },
      piece,
      seen,
    );
  }

  /** Whether one of the first `seen` is not before a piece. */
  isBeforeBroken(piece: number, seen: number): boolean {
    return this.#some(
      (own, first) => {
        const {birth, death} = this.#columns;
        return (
          this.#death[first]! > birth[own]! || (this.#next !== undefined && death[own]! > this.#next[first]!)
        );
      },
      piece,
      seen,
    );
  }

  #some(test: (own: number, first: number) => boolean, piece: number, seen: number): boolean {
    for (let u = 0; u < this.#width; u++)
      if (test(piece * this.#width + u, seen * this.#width + u)) return true;
    return false;
  }
}

/** Row `n`: of the first `n`. */
function runningOf(
  sorted: Uint32Array,
  width: number,
  column: Uint32Array,
  empty: number,
  combine: (a: number, b: number) => number,
): Uint32Array {
  const running = new Uint32Array((sorted.length + 1) * width).fill(empty, 0, width);
  sorted.forEach((piece, n) => {
    for (let u = 0; u < width; u++)
      running[(n + 1) * width + u] = combine(running[n * width + u]!, column[piece * width + u]!);
  });
  return running;
}

/** The pieces of all lifetimes, in the order of the rows of clocks. */
function piecesOf({count, start, end, gapIndex, gapStart, gapEnd}: ProblemColumns) {
  const total = count + gapStart.length;
  const pieces = {
    count: total,
    buffer: new Uint32Array(total),
    start: new Uint32Array(total),
    end: new Uint32Array(total),
    order: (compare: (a: number, b: number) => number) =>
      Uint32Array.from({length: total}, (_, piece) => piece).sort(compare),
  };
  let piece = 0;
  for (let i = 0; i < count; i++) {
    let from = start[i]!;
    for (let gap = gapIndex[i]!; gap <= gapIndex[i + 1]!; gap++) {
      const isLast = gap === gapIndex[i + 1]!;
      pieces.buffer[piece] = i;
      pieces.start[piece] = from;
      pieces.end[piece++] = isLast ? end[i]! : gapStart[gap]!;
      if (!isLast) from = gapEnd[gap]!;
    }
  }
  return pieces;
}
