/** The planner's input: buffers to place, as objects for people and as columns for everything else. */
import {UsageError} from './errors.ts';

/** A size, offset or alignment: integer bytes, 0 … 2^53 − 1. */
export type Bytes = number;
/** A point of logical time: integer, 0 … 2^32 − 1. */
export type Tick = number;

/** One buffer to place. Named so because `Buffer` is a Node global. */
export interface BufferInfo {
  /** Name in reports; the buffer's index where absent. No commas, quotes or line breaks. */
  readonly id?: string;
  /** Bytes; a buffer of size 0 is kept and gets offset 0. */
  readonly size: Bytes;
  /** First tick of the lifetime `[start, end)`. */
  readonly start: Tick;
  /** First tick after the lifetime; `end === start` is kept and gets offset 0. */
  readonly end: Tick;
  /** Bytes, a power of two that the offset must be a multiple of. */
  readonly alignment?: Bytes;
  /** Bytes; where given, the buffer must stand exactly there. */
  readonly offset?: Bytes;
  /** Half-open parts `[from, to)` of the lifetime in which the buffer holds nothing, ascending, apart. */
  readonly gaps?: readonly (readonly [Tick, Tick])[];
}

/** Buffers that share one arena. */
export interface Problem {
  readonly buffers: readonly BufferInfo[];
  /** Bytes the arena may hold at most; unlimited where absent. */
  readonly capacity?: Bytes;
  /** Alignment of the buffers that have none of their own, bytes, a power of two; 1 where absent. */
  readonly alignment?: Bytes;
}

/** `ProblemColumns.alignment` of a buffer that has none of its own. */
export const NO_ALIGNMENT = 0;
/** `ProblemColumns.offset` of a buffer that may stand anywhere. */
export const NO_OFFSET = -1;

/** The same problem as flat columns, one entry per buffer: what importers make and the core reads. */
export interface ProblemColumns {
  readonly count: number;
  /** Ticks. */
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** Bytes. */
  readonly size: Float64Array;
  /** Bytes, or `NO_ALIGNMENT`. */
  readonly alignment: Float64Array;
  /** Bytes, or `NO_OFFSET`. */
  readonly offset: Float64Array;
  /** Gaps of buffer i: entries `gapIndex[i] … gapIndex[i + 1] − 1` of the next two; `count + 1` entries. */
  readonly gapIndex: Uint32Array;
  readonly gapStart: Uint32Array;
  readonly gapEnd: Uint32Array;
  /** Names; index where absent. */
  readonly ids?: readonly string[];
  readonly capacity?: Bytes;
  /** As in `Problem`. */
  readonly defaultAlignment?: Bytes;
}
