/** The planner's input: buffers to place, as objects for people and as columns for everything else. */

import {checkConstraints} from './check-constraints.ts';
import {
  areAny,
  type Constraints,
  constraintsOf,
  type Scope,
  STATED_FIELDS,
  type Stated,
} from './constraints.ts';
import {UsageError} from './errors.ts';
import {type Bytes, checkAlignment, checkBytes, checkFields, checkTick, show, type Tick} from './numbers.ts';

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
  /** Bytes; where given, the buffer must stand exactly there. */
  readonly offset?: Bytes;
  /** Half-open parts `[from, to)` of the lifetime in which the buffer holds nothing, ascending, apart. */
  readonly gaps?: readonly (readonly [Tick, Tick])[];
  /** Bytes; where it would best stand, as in an earlier plan. A plan without hints is never better than one with. */
  readonly hint?: Bytes;
  /** Names of the pools that it may lie in; all of them where absent. */
  readonly pools?: readonly string[];
  /** How often all of it is read or written, an integer: what a better pool gains. Default 2, one of each. */
  readonly accesses?: number;
}

/** Buffers that share one arena, or several where constraints say so. */
export interface Problem extends Stated {
  readonly buffers: readonly BufferInfo[];
  /** Bytes the arena may hold at most; unlimited where absent. */
  readonly capacity?: Bytes;
  /** Alignment of the buffers that have none of their own, bytes, a power of two; 1 where absent. */
  readonly alignment?: Bytes;
  /** What programs bind together; keeps apart what one of them reads and what it writes. */
  readonly scopes?: readonly Scope[];
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
  /** Bytes, or `NO_OFFSET`, per buffer: where it would best stand. */
  readonly hint?: Float64Array;
  /** Pools, aliases, separation; absent where there are none. */
  readonly constraints?: Constraints;
}

/** Whether a problem is given as columns. */
export function isColumns(problem: Problem | ProblemColumns): problem is ProblemColumns {
  return 'count' in problem;
}

/**
 * Columns of a problem, every field checked.
 * @throws UsageError naming the field, what was expected and what was given.
 */
export function toColumns(problem: Problem | ProblemColumns): ProblemColumns {
  if (typeof problem !== 'object' || problem === null)
    throw new UsageError(`problem: expected an object, got ${show(problem)}`);
  const columns = isColumns(problem) ? problem : columnsOf(problem);
  if (columns.capacity !== undefined) checkBytes(columns.capacity, 'capacity');
  if (columns.defaultAlignment !== undefined) checkAlignment(columns.defaultAlignment, 'alignment');
  checkLengths(columns);
  for (let i = 0; i < columns.count; i++) checkBuffer(columns, i);
  if (columns.hint !== undefined) checkHints(columns.hint, columns.count);
  const {constraints, count, size, capacity} = columns;
  if (areAny(constraints)) checkConstraints(constraints, count, size, capacity);
  return columns;
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

/** The buffers of `index` as a problem of their own. */
export function select(columns: ProblemColumns, index: Uint32Array): ProblemColumns {
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
  return {
    ...columns,
    count: index.length,
    start: Uint32Array.from(index, i => columns.start[i]!),
    end: Uint32Array.from(index, i => columns.end[i]!),
    size: Float64Array.from(index, i => columns.size[i]!),
    alignment: Float64Array.from(index, i => columns.alignment[i]!),
    offset: Float64Array.from(index, i => columns.offset[i]!),
    gapIndex,
    gapStart,
    gapEnd,
    ...(columns.hint ? {hint: Float64Array.from(index, i => columns.hint![i]!)} : {}),
  };
}

function checkHints(hints: Float64Array, count: number): void {
  if (hints.length !== count) throw new UsageError(`hint: expected ${count} entries, got ${hints.length}`);
  for (let i = 0; i < count; i++) {
    if (hints[i] !== NO_OFFSET) checkBytes(hints[i], `buffers[${i}].hint`);
  }
}

function checkLengths(columns: ProblemColumns): void {
  if (!Number.isSafeInteger(columns.count) || columns.count < 0) {
    throw new UsageError(`count: expected a number of buffers, got ${show(columns.count)}`);
  }
  for (const name of ['start', 'end', 'size', 'alignment', 'offset'] as const) {
    if (columns[name].length !== columns.count) {
      throw new UsageError(`${name}: expected ${columns.count} entries, got ${columns[name].length}`);
    }
  }
  const {gapIndex, gapStart, gapEnd} = columns;
  if (gapIndex.length !== columns.count + 1) {
    throw new UsageError(`gapIndex: expected ${columns.count + 1} entries, got ${gapIndex.length}`);
  }
  if (gapIndex[0] !== 0 || gapIndex[columns.count] !== gapStart.length || gapStart.length !== gapEnd.length) {
    throw new UsageError('gapIndex: expected to run from 0 to the number of gaps');
  }
}

function checkBuffer(columns: ProblemColumns, i: number): void {
  const start = columns.start[i]!;
  const end = columns.end[i]!;
  if (end < start) throw new UsageError(`buffers[${i}].end: expected at least start (${start}), got ${end}`);
  checkBytes(columns.size[i], `buffers[${i}].size`);
  const alignment = columns.alignment[i]!;
  if (alignment !== NO_ALIGNMENT) checkAlignment(alignment, `buffers[${i}].alignment`);
  const offset = columns.offset[i]!;
  if (offset !== NO_OFFSET) {
    checkBytes(offset, `buffers[${i}].offset`);
    checkBytes(offset + columns.size[i]!, `buffers[${i}].offset + size`);
  }
  let from = start;
  const lastGap = columns.gapIndex[i + 1]!;
  if (lastGap < columns.gapIndex[i]!) throw new UsageError(`gapIndex[${i + 1}]: expected to rise`);
  for (let g = columns.gapIndex[i]!; g < lastGap; g++) {
    const gap = `buffers[${i}].gaps[${g - columns.gapIndex[i]!}]`;
    if (columns.gapStart[g]! <= from) {
      throw new UsageError(`${gap}: expected to begin after ${from}, got ${columns.gapStart[g]}`);
    }
    if (columns.gapEnd[g]! <= columns.gapStart[g]! || columns.gapEnd[g]! >= end) {
      throw new UsageError(
        `${gap}: expected to end after its begin (${columns.gapStart[g]}) and before ${end}, got ${columns.gapEnd[g]}`,
      );
    }
    from = columns.gapEnd[g]!;
  }
}

const BUFFER_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'size',
  'start',
  'end',
  'alignment',
  'offset',
  'gaps',
  'hint',
  'pools',
  'accesses',
]);
const PROBLEM_FIELDS: ReadonlySet<string> = new Set(['buffers', 'capacity', 'alignment', ...STATED_FIELDS]);

function columnsOf(problem: Problem): ProblemColumns {
  checkFields(problem, PROBLEM_FIELDS, 'problem');
  const {buffers, capacity, alignment} = problem;
  if (!Array.isArray(buffers)) throw new UsageError(`buffers: expected an array, got ${show(buffers)}`);
  const count = buffers.length;
  buffers.forEach(checkShape);
  const gaps = (buffers as readonly BufferInfo[]).flatMap(buffer => buffer.gaps ?? []);
  const columns = {
    count,
    start: new Uint32Array(count),
    end: new Uint32Array(count),
    size: new Float64Array(count),
    alignment: new Float64Array(count),
    offset: new Float64Array(count),
    gapIndex: new Uint32Array(count + 1),
    gapStart: new Uint32Array(gaps.length),
    gapEnd: new Uint32Array(gaps.length),
    ids: buffers.map((buffer, i) => buffer.id ?? String(i)),
    ...(capacity === undefined ? {} : {capacity}),
    ...(alignment === undefined ? {} : {defaultAlignment: alignment}),
  };
  for (let i = 0; i < count; i++) fillColumns(columns, buffers[i], i);
  const constraints = constraintsOf(problem, buffers);
  return {...columns, ...hintsOf(buffers), ...(constraints === undefined ? {} : {constraints})};
}

/** What `fillColumns` relies on: fields of the right kind, whatever their values. */
function checkShape(buffer: BufferInfo, i: number): void {
  checkFields(buffer, BUFFER_FIELDS, `buffers[${i}]`);
  const {id, gaps} = buffer;
  if (id !== undefined && (typeof id !== 'string' || /[",\r\n]/.test(id)))
    throw new UsageError(
      `buffers[${i}].id: expected a name without commas, quotes and line breaks, got ${show(id)}`,
    );
  if (gaps === undefined) return;
  if (!Array.isArray(gaps)) throw new UsageError(`buffers[${i}].gaps: expected an array, got ${show(gaps)}`);
  gaps.forEach((gap, k) => {
    if (!Array.isArray(gap) || gap.length !== 2)
      throw new UsageError(`buffers[${i}].gaps[${k}]: expected two ticks, got ${show(gap)}`);
  });
}

function hintsOf(buffers: readonly BufferInfo[]): Pick<ProblemColumns, 'hint'> {
  if (!buffers.some(({hint}) => hint !== undefined)) return {};
  buffers.forEach(({hint}, i) => {
    if (hint !== undefined) checkBytes(hint, `buffers[${i}].hint`);
  });
  return {hint: Float64Array.from(buffers, ({hint}) => hint ?? NO_OFFSET)};
}

function fillColumns(columns: ProblemColumns, buffer: BufferInfo, i: number): void {
  checkTick(buffer.start, `buffers[${i}].start`);
  checkTick(buffer.end, `buffers[${i}].end`);
  columns.start[i] = buffer.start;
  columns.end[i] = buffer.end;
  checkBytes(buffer.size, `buffers[${i}].size`);
  columns.size[i] = buffer.size;
  if (buffer.alignment !== undefined) checkAlignment(buffer.alignment, `buffers[${i}].alignment`);
  columns.alignment[i] = buffer.alignment ?? NO_ALIGNMENT;
  if (buffer.offset !== undefined) checkBytes(buffer.offset, `buffers[${i}].offset`);
  columns.offset[i] = buffer.offset ?? NO_OFFSET;
  let g = columns.gapIndex[i]!;
  for (const [from, to] of buffer.gaps ?? []) {
    checkTick(from, `buffers[${i}].gaps`);
    checkTick(to, `buffers[${i}].gaps`);
    columns.gapStart[g] = from;
    columns.gapEnd[g++] = to;
  }
  columns.gapIndex[i + 1] = g;
}
