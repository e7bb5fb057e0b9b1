/** Problems as people state them become columns, and columns of anybody are checked: the edge of the planner. */

import {checkClocks} from './check-clocks.ts';
import {checkConstraints} from './check-constraints.ts';
import {areAny, constraintsOf, STATED_FIELDS} from './constraints.ts';
import {UsageError} from './errors.ts';
import {type Bytes, checkAlignment, checkBytes, checkFields, checkTick, show} from './numbers.ts';
import {
  type BufferInfo,
  isColumns,
  NO_ALIGNMENT,
  NO_OFFSET,
  type Problem,
  type ProblemColumns,
} from './problem.ts';
import {checkHold, checkSizes} from './sizes.ts';

/**
 * Columns of a problem, every field checked.
 * @throws UsageError naming the field, the expected and the given value.
 */
export function toColumns(problem: Problem | ProblemColumns): ProblemColumns {
  if (typeof problem !== 'object' || problem === null)
    throw new UsageError(`problem: expected an object, got ${show(problem)}`);
  const columns = isColumns(problem) ? checked(problem) : columnsOf(problem);
  if (columns.capacity !== undefined) checkBytes(columns.capacity, 'capacity');
  if (columns.defaultAlignment !== undefined) checkAlignment(columns.defaultAlignment, 'alignment');
  for (let i = 0; i < columns.count; i++) checkTimes(columns, i);
  const {constraints, count, size, capacity} = columns;
  if (areAny(constraints)) checkConstraints(constraints, count, size, capacity);
  if (constraints?.clocks)
    checkClocks({...constraints, clocks: constraints.clocks}, count + columns.gapStart.length);
  if (constraints?.sizes) checkSizes(constraints.sizes, columns);
  if (constraints?.hold) checkHold(constraints.hold, columns, constraints.inPlace !== undefined);
  return columns;
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

/** Columns in which every value is valid for its column. */
function checked(columns: ProblemColumns): ProblemColumns {
  checkLengths(columns);
  const {count, size, alignment, offset, hint} = columns;
  for (let i = 0; i < count; i++) {
    checkBytes(size[i], `buffers[${i}].size`);
    if (alignment[i] !== NO_ALIGNMENT) checkAlignment(alignment[i], `buffers[${i}].alignment`);
    if (offset[i] !== NO_OFFSET) checkOffset(offset[i], size[i]!, i);
  }
  if (hint !== undefined) checkHints(hint, count);
  return columns;
}

function checkOffset(offset: unknown, size: Bytes, i: number): void {
  checkBytes(offset, `buffers[${i}].offset`);
  checkBytes(offset + size, `buffers[${i}].offset + size`);
}

/** Whether the gaps of buffer `i` are inside its lifetime, ascending and apart. */
function checkTimes(columns: ProblemColumns, i: number): void {
  const start = columns.start[i]!;
  const end = columns.end[i]!;
  if (end < start) throw new UsageError(`buffers[${i}].end: expected at least start (${start}), got ${end}`);
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
  'part',
  'clocks',
  'sizes',
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
  if (buffer.offset !== undefined) checkOffset(buffer.offset, buffer.size, i);
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
