/**
 * The order of work on the streams of a device, as vector clocks. A position is a point in the order in which the host enqueued
 * work: 1, 2, …; it is 0 where there was none. Mattern, "Virtual Time and Global States of Distributed Systems" (1989).
 */

/**
 * Clocks of the pieces of a problem's buffers. The pieces of buffer i are its lifetime without its gaps, in order of time: piece p of it is
 * row `i + gapIndex[i] + p` of the columns below, and each row has an entry for each stream.
 *
 * Piece x is *before* piece y where x ends at the tick at which y starts or earlier, and `death` of x is at most `birth` of y on every
 * stream. Two buffers *conflict* unless each piece of one is before, or after, each piece of the other. Where `next` is there, the plan
 * repeats: x before y also needs `death` of y to be at most `next` of x on every stream.
 */
export interface Clocks {
  /** Names of the streams, for people. */
  readonly streams: readonly string[];
  /** Per row and stream: work enqueued there up to this position is over before the piece begins. */
  readonly birth: Uint32Array;
  /** Per row and stream: the position of the last use of the piece there; 0 where it is not used there. */
  readonly death: Uint32Array;
  /** Per row and stream: `birth` in the next iteration, in positions of this one; absent where the plan does not repeat. */
  readonly next?: Uint32Array;
}

/** The clocks of a piece of a buffer's lifetime, as people state them: a position for each of `Problem.streams`. */
export interface BufferClocks {
  /** Work enqueued on the stream up to this position is over before the piece begins. */
  readonly birth: readonly number[];
  /** Position of the last use of the piece on the stream; 0 where it is not used there. */
  readonly death: readonly number[];
  /** `birth` in the next iteration, in positions of this one; of every buffer where the plan repeats, else of none. */
  readonly next?: readonly number[];
}
