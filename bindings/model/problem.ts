/** The planner's input: buffers to place, as objects for people and as columns for everything else. */

import type {BufferClocks} from './clocks.ts';
import {areAny, type Constraints, type Scope, type Stated} from './constraints.ts';
import type {Bytes, Tick} from './numbers.ts';
import {selectConstraints} from './select-constraints.ts';
import type {SizeFrom} from './sizes.ts';

export {type Bytes, checkAlignment, checkBytes, type Tick} from './numbers.ts';

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
  /** Bytes; if given, the buffer must be exactly there. */
  readonly offset?: Bytes;
  /** Half-open parts `[from, to)` of the lifetime in which the buffer holds nothing, ascending, apart. */
  readonly gaps?: readonly (readonly [Tick, Tick])[];
  /** Bytes; the preferred offset, as in an earlier plan. A plan without hints is never better than one with. */
  readonly hint?: Bytes;
  /** Names of the pools that it may be in; all of them where absent. */
  readonly pools?: readonly string[];
  /** How often all of it is read or written, an integer: the weight of a pool's cost. Default 2, one of each. */
  readonly accesses?: number;
  /** Part of the arena that it is in: buffers of different parts never share a byte. Default `''`. */
  readonly part?: string;
  /** When it begins and ends on each of the problem's streams: one for each piece, which are the lifetime without its gaps. */
  readonly clocks?: readonly BufferClocks[];
  /** Which of its bytes it uses from a tick on, always at its own offset; all of them before the first entry. `size` is the largest. */
  readonly sizes?: readonly SizeFrom[];
}

/** Buffers that share one arena, or several where constraints say so. */
export interface Problem extends Stated {
  readonly buffers: readonly BufferInfo[];
  /** Bytes the arena may hold at most; unlimited where absent. */
  readonly capacity?: Bytes;
  /** Alignment of the buffers that have none of their own, bytes, a power of two; 1 where absent. */
  readonly alignment?: Bytes;
  /** Buffers that programs bind together; keeps the inputs and outputs of each program apart. */
  readonly scopes?: readonly Scope[];
  /** Names of the streams that the clocks of buffers are of; every buffer has clocks then. */
  readonly streams?: readonly string[];
  /** Ticks that bytes wait after the end of a buffer, a gap's begin or a smaller size before another buffer may use them. */
  readonly hold?: number;
  /** Ticks after which the plan repeats: what is held at its end waits at its beginning. */
  readonly period?: number;
}

/** `ProblemColumns.alignment` of a buffer that has none of its own. */
export const NO_ALIGNMENT = 0;
/** `ProblemColumns.offset` of a buffer that may be anywhere. */
export const NO_OFFSET = -1;

/** The same problem as flat columns, one entry per buffer: importers make it, the core reads it. */
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
  /** Bytes, or `NO_OFFSET`, per buffer: the preferred offset. */
  readonly hint?: Float64Array;
  /** Pools, aliases, separation; absent where there are none. */
  readonly constraints?: Constraints;
}

/** The problem without its parts, if it has any: all buffers may share bytes. */
export function withoutParts(columns: ProblemColumns): ProblemColumns {
  if (!columns.constraints?.parts) return columns;
  const {constraints, ...plain} = columns;
  const {parts: _, ...others} = constraints;
  return areAny(others) ? {...plain, constraints: others} : plain;
}

/** Whether a problem is given as columns. */
export function isColumns(problem: Problem | ProblemColumns): problem is ProblemColumns {
  return 'count' in problem;
}

/** Alignment in force for buffer `i`: its own, else `override`, else the problem's, else 1; bytes. */
export function alignmentOf(columns: ProblemColumns, i: number, override?: Bytes): Bytes {
  const own = columns.alignment[i]!;
  return own === NO_ALIGNMENT ? (override ?? columns.defaultAlignment ?? 1) : own;
}

/** Name of buffer `i`. */
export function idOf(columns: ProblemColumns, i: number): string {
  return columns.ids?.[i] ?? String(i);
}

/** The buffers of `index` as a problem of their own, with their names and the constraints that `selectConstraints` keeps. */
export function select(columns: ProblemColumns, index: Uint32Array): ProblemColumns {
  const {hint, constraints, capacity, defaultAlignment} = columns;
  const selected = constraints && selectConstraints(constraints, index, columns.gapIndex);
  return {
    count: index.length,
    start: Uint32Array.from(index, i => columns.start[i]!),
    end: Uint32Array.from(index, i => columns.end[i]!),
    size: Float64Array.from(index, i => columns.size[i]!),
    alignment: Float64Array.from(index, i => columns.alignment[i]!),
    offset: Float64Array.from(index, i => columns.offset[i]!),
    ...selectGaps(columns, index),
    ids: Array.from(index, i => idOf(columns, i)),
    ...(capacity === undefined ? {} : {capacity}),
    ...(defaultAlignment === undefined ? {} : {defaultAlignment}),
    ...(hint ? {hint: Float64Array.from(index, i => hint[i]!)} : {}),
    ...(selected ? {constraints: selected} : {}),
  };
}

function selectGaps(
  columns: ProblemColumns,
  index: Uint32Array,
): Pick<ProblemColumns, 'gapIndex' | 'gapStart' | 'gapEnd'> {
  const gapIndex = new Uint32Array(index.length + 1);
  index.forEach((i, k) => {
    gapIndex[k + 1] = gapIndex[k]! + columns.gapIndex[i + 1]! - columns.gapIndex[i]!;
  });
  const gapStart = new Uint32Array(gapIndex[index.length]!);
  const gapEnd = new Uint32Array(gapIndex[index.length]!);
  index.forEach((i, k) => {
    gapStart.set(columns.gapStart.subarray(columns.gapIndex[i]!, columns.gapIndex[i + 1]!), gapIndex[k]!);
    gapEnd.set(columns.gapEnd.subarray(columns.gapIndex[i]!, columns.gapIndex[i + 1]!), gapIndex[k]!);
  });
  return {gapIndex, gapStart, gapEnd};
}

/** Bytes that the buffers take when no memory is reused: each behind the one before, aligned. */
export function withoutReuse(columns: ProblemColumns): Bytes {
  let bytes = 0;
  for (let i = 0; i < columns.count; i++) {
    const alignment = alignmentOf(columns, i);
    bytes = Math.ceil(bytes / alignment) * alignment + columns.size[i]!;
  }
  return bytes;
}
