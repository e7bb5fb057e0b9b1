/** The pieces of a problem's buffers with their clocks, and the relation "before" between them. */
import type {Clocks} from '../model/clocks.ts';
import type {ProblemColumns} from '../model/problem.ts';

/** The order of pieces as numbers: each threshold of a piece that is before another is at most the other's value. */
export interface Dimension {
  /** Per piece. */
  readonly threshold: Float64Array;
  readonly value: Float64Array;
}

/** The pieces of the live buffers of a problem, in order of buffers and of time. */
export class Pieces {
  readonly count: number;
  readonly streams: number;
  /** Pieces of buffer i: `first[i] … first[i + 1] − 1`. */
  readonly first: Uint32Array;
  /** Per piece: its buffer. */
  readonly buffer: Uint32Array;
  /** Per piece, ticks. */
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly birth: Uint32Array;
  readonly death: Uint32Array;
  readonly next: Uint32Array | undefined;

  /** All buffers must be live. */
  constructor({count: buffers, start, end, gapIndex, gapStart, gapEnd, constraints}: ProblemColumns) {
    const {streams, birth, death, next}: Clocks = constraints!.clocks!;
    this.count = buffers + gapStart.length;
    this.streams = streams.length;
    this.birth = birth;
    this.death = death;
    this.next = next;
    this.first = new Uint32Array(buffers + 1);
    this.buffer = new Uint32Array(this.count);
    this.start = new Uint32Array(this.count);
    this.end = new Uint32Array(this.count);
    let piece = 0;
    for (let i = 0; i < buffers; i++) {
      for (let gap = gapIndex[i]!; gap <= gapIndex[i + 1]!; gap++) {
        this.buffer[piece] = i;
        this.start[piece] = gap > gapIndex[i]! ? gapEnd[gap - 1]! : start[i]!;
        this.end[piece++] = gap < gapIndex[i + 1]! ? gapStart[gap]! : end[i]!;
      }
      this.first[i + 1] = piece;
    }
  }

  /** Whether the bytes of p may be those of q later. */
  isBefore(p: number, q: number): boolean {
    return this.end[p]! <= this.start[q]! && this.isKnown(p, this.birth, q) && this.#isOverInNext(p, q);
  }

  /** Whether what uses p is over where the row of q in `clock` begins. */
  isKnown(p: number, clock: Uint32Array, q: number): boolean {
    const {streams, death} = this;
    for (let s = 0; s < streams; s++) {
      if (death[p * streams + s]! > clock[q * streams + s]!) return false;
    }
    return true;
  }

  #isOverInNext(p: number, q: number): boolean {
    return this.next === undefined || this.isKnown(q, this.next, p);
  }

  /** Whether two buffers need bytes of their own. */
  conflict(i: number, j: number): boolean {
    for (let p = this.first[i]!; p < this.first[i + 1]!; p++) {
      for (let q = this.first[j]!; q < this.first[j + 1]!; q++) {
        if (!this.isBefore(p, q) && !this.isBefore(q, p)) return true;
      }
    }
    return false;
  }

  /** The order of one iteration, dimension by dimension; with `cyclic` the whole relation. */
  dimensions(isCyclic: boolean): Dimension[] {
    const {next} = this;
    const most = 2 ** 32;
    return [
      {threshold: Float64Array.from(this.end), value: Float64Array.from(this.start)},
      ...Array.from({length: this.streams}, (_, s) => ({
        threshold: this.#column(this.death, s),
        value: this.#column(this.birth, s),
      })),
      ...(isCyclic && next
        ? Array.from({length: this.streams}, (_, s) => ({
            threshold: this.#column(next, s).map(value => most - value),
            value: this.#column(this.death, s).map(value => most - value),
          }))
        : []),
    ];
  }

  #column(clock: Uint32Array, s: number): Float64Array {
    return Float64Array.from({length: this.count}, (_, p) => clock[p * this.streams + s]!);
  }
}
