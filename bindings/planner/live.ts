/** The live part of a problem, which the core sees, and its violations by the indices of the whole. */

import type {CoreProblem} from '../core/core.ts';
import {LimitError} from '../model/errors.ts';
import {VIOLATION_KINDS} from '../model/names.ts';
import type {Violation} from '../model/plan.ts';
import {type Bytes, type ProblemColumns, select} from '../model/problem.ts';

/** At most so many violations are reported. */
const MOST_VIOLATIONS = 100;
/** Σ sizes above this could wrap the core's 64-bit sums. */
const MOST_TOTAL = 2 ** 62;

/** The buffers that hold bytes at some time, and their indices in the problem. */
export interface Live {
  readonly columns: ProblemColumns;
  readonly index: Uint32Array;
  /** Number of buffers in the problem. */
  readonly total: number;
}

/** Leaves out buffers without size or lifetime; their offset is 0. */
export function liveOnly(columns: ProblemColumns): Live {
  const {count: total, start, end, size} = columns;
  const index = new Uint32Array(total);
  let count = 0;
  let sum = 0;
  for (let i = 0; i < total; i++) {
    if (size[i]! > 0 && end[i]! > start[i]!) index[count++] = i;
    sum += size[i]!;
  }
  if (sum > MOST_TOTAL) throw new LimitError(`the sizes sum to ${sum} bytes; at most 2^62 can be planned`);
  if (count === total) return {columns, index, total};
  return {columns: select(columns, index.subarray(0, count)), index: index.subarray(0, count), total};
}

/** Violations of a plan, by the indices of the live buffers; offsets in bytes, of these. */
export function violationsOf(
  core: CoreProblem,
  offsets: Float64Array,
  capacity: Bytes | undefined,
): Violation[] {
  const triples = core.verify(offsets, capacity, MOST_VIOLATIONS);
  const found: Violation[] = [];
  for (let k = 0; k < triples.length; k += 3) {
    const kind = VIOLATION_KINDS[triples[k]!]!;
    const a = triples[k + 1]!;
    found.push(kind === 'overlap' ? {kind, a, b: triples[k + 2]!} : {kind, a});
  }
  return found;
}

/** The same violation by the indices of the problem. */
export function inProblem({index}: Live, {kind, a, b}: Violation): Violation {
  return b === undefined ? {kind, a: index[a]!} : {kind, a: index[a]!, b: index[b]!};
}
