/**
 * The allocations of one iteration, in their order: the clock of runtimes that serve a program's requests one by one. Their
 * clock ticks at every allocation; a problem's clock may tick at anything.
 */
import {firstIndex} from './binary-search.ts';
import {areAny} from './constraints.ts';
import {LimitError, UsageError} from './errors.ts';
import {alignmentOf, type Bytes, idOf, NO_OFFSET, type ProblemColumns, withoutParts} from './problem.ts';
import {show} from './shown.ts';

export interface Allocation {
  /** Name in reports and plans. */
  readonly id: string;
  /** Allocations of different keys never share bytes: the streams of a device, numbered as they appear. */
  readonly key: number;
  /** Bytes as requested, above 0. */
  readonly size: Bytes;
  /** Allocations of the iteration before its free, itself among them; null where it outlives the iteration. */
  readonly end: number | null;
}

/**
 * The allocations of a problem: by start tick, of equal ones the first buffer first. Buffers that are never live are none.
 * @throws UsageError for a problem with what no request of a program has: gaps, fixed offsets, alignments above `unit`
 * bytes, constraints.
 */
export function allocationsOf(problem: ProblemColumns, unit: Bytes): readonly Allocation[] {
  const {start, end, size, constraints} = problem;
  if (areAny(withoutParts(problem).constraints))
    throw new UsageError('the problem has constraints, which an order of allocations does not express');
  const index = Array.from({length: problem.count}, (_, i) => i).filter(
    i => size[i]! > 0 && end[i]! > start[i]!,
  );
  for (const i of index) checkRequest(problem, i, unit);
  index.sort((a, b) => start[a]! - start[b]! || a - b);
  const keyOf = numbered<number>();
  return index.map(i => ({
    id: idOf(problem, i),
    key: keyOf(constraints?.parts?.of[i] ?? 0),
    size: size[i]!,
    end: firstIndex(0, index.length, row => start[index[row]!]! >= end[i]!),
  }));
}

function checkRequest(problem: ProblemColumns, i: number, unit: Bytes): void {
  const place = `buffer ${show(idOf(problem, i))}`;
  if (problem.gapIndex[i + 1]! > problem.gapIndex[i]!)
    throw new UsageError(`${place}: it has gaps, and an allocation has none`);
  if (problem.offset[i] !== NO_OFFSET)
    throw new UsageError(`${place}: it has a fixed offset, and an allocation has none`);
  const alignment = alignmentOf(problem, i);
  if (alignment > unit)
    throw new UsageError(
      `${place}: its alignment is ${alignment} bytes, and allocations are aligned to ${unit}`,
    );
}

/** Numbers values as they appear, from 0. */
export function numbered<T>(): (value: T) => number {
  const numbers = new Map<T, number>();
  return value => {
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
}

/**
 * The problem of the allocations that end: each key is a part, and all sizes are multiples of `unit`, bytes, so that ranges
 * of the arena are.
 */
export function problemOf(allocations: readonly Allocation[], unit: Bytes): ProblemColumns {
  const rows = [...allocations.keys()].filter(row => allocations[row]!.end !== null);
  const planned = rows.map(row => allocations[row]!);
  const count = rows.length;
  const names = Array.from(new Set(planned.map(({key}) => key))).sort((a, b) => a - b);
  const parts = {
    names: names.map(key => `stream ${key}`),
    of: Uint32Array.from(planned, ({key}) => names.indexOf(key)),
  };
  return {
    count,
    start: Uint32Array.from(rows),
    end: Uint32Array.from(planned, ({end}) => end!),
    size: Float64Array.from(planned, ({id, size}) => roundedUp(id, size, unit)),
    // its own, so that no option lowers it
    alignment: new Float64Array(count).fill(unit),
    offset: new Float64Array(count).fill(NO_OFFSET),
    gapIndex: new Uint32Array(count + 1),
    gapStart: new Uint32Array(0),
    gapEnd: new Uint32Array(0),
    ids: planned.map(({id}) => id),
    ...(names.length > 1 ? {constraints: {parts}} : {}),
  };
}

function roundedUp(id: string, size: Bytes, unit: Bytes): Bytes {
  const bytes = Math.ceil(size / unit) * unit;
  if (!Number.isSafeInteger(bytes))
    throw new LimitError(`buffer ${show(id)}: ${size} bytes are above 2^53 - 1`);
  return bytes;
}
