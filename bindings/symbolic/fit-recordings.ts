/**
 * Recordings of one program at several values of its dimensions become one problem with dimensions. Allocations are matched by their
 * order and operation; sizes become the simplest forms (`fit-recorded`). What has no partner, and what has a size that no form has, is
 * left out and reported.
 */

import {haveParts} from '../model/constraints.ts';
import {checkedValues} from '../model/dimension-values.ts';
import {UsageError} from '../model/errors.ts';
import {withSizes} from '../model/fit-problems.ts';
import {type FitKind, fitRecorded} from '../model/fit-recorded.ts';
import {alignmentOf, idOf, NO_OFFSET, type ProblemColumns, select, withoutParts} from '../model/problem.ts';
import type {Dimension, DimensionValues, SymbolicColumns, SymbolicSize} from '../model/symbolic.ts';
import {checkedDimensions} from '../model/symbolic-columns.ts';

/** One recording: its iteration as a problem. */
export interface RecordedProblem {
  readonly values: DimensionValues;
  readonly problem: ProblemColumns;
  /** Per buffer: the operation that allocated it; `''` where unknown. */
  readonly operations?: readonly string[];
}

/** A buffer of the problem, and how its size was found. */
export interface FittedBuffer {
  readonly id: string;
  readonly operation: string;
  readonly size: SymbolicSize;
  readonly kind: FitKind;
}

/** A buffer that is not in the problem. */
export interface LeftOut {
  /** Index of the recording; the first where it is in all. */
  readonly recording: number;
  readonly id: string;
  readonly operation: string;
  /** Bytes, in that recording, or in all of them. */
  readonly sizes: readonly number[];
  /** `unmatched`: not in all recordings; `no-form`: its sizes are those of no form. */
  readonly reason: 'unmatched' | 'no-form';
}

export interface FittedRecordings {
  readonly problem: SymbolicColumns;
  readonly buffers: readonly FittedBuffer[];
  readonly leftOut: readonly LeftOut[];
  /** Whether all recordings have the same lifetimes; else each buffer lives as long as in the recording where it lives longest. */
  readonly haveSameLifetimes: boolean;
}

/** Cells of the table that two recordings are matched in. */
const MOST_CELLS = 5e7;

/**
 * @param dimensions their ranges; all values of the recordings are within
 * @throws UsageError for fewer than two recordings, values outside of the ranges, the same values twice, and recordings that have
 * constraints or nothing in common
 */
export function fitRecordings(
  dimensions: readonly Dimension[],
  recordings: readonly RecordedProblem[],
): FittedRecordings {
  const checked = checkedDimensions(dimensions);
  if (recordings.length < 2)
    throw new UsageError(`recordings: expected at least 2, got ${recordings.length}`);
  const values = recordings.map(one => checkedValues(checked, one.values));
  values.forEach((value, k) => {
    const other = values.findIndex((one, m) => m < k && one.every((number, d) => number === value[d]));
    if (other >= 0) throw new UsageError(`recordings[${k}]: has the values of recordings[${other}]`);
  });
  const plain = recordings.map((one, k) => ({...one, problem: withoutConstraints(one.problem, k)}));
  const rows = matched(plain);
  if (rows[0]!.length === 0)
    throw new UsageError('recordings: no allocation of the first one is in all others');
  const haveSameLifetimes = areTimedAlike(plain, rows);
  const leftOut = unmatchedOf(plain, rows);
  const buffers: FittedBuffer[] = [];
  const kept: number[] = [];
  for (let m = 0; m < rows[0]!.length; m++) {
    const sizes = plain.map(({problem}, k) => problem.size[rows[k]![m]!]!);
    const first = rows[0]![m]!;
    const about = {id: idOf(plain[0]!.problem, first), operation: plain[0]!.operations?.[first] ?? ''};
    const fit = fitRecorded(checked, values, sizes, alignmentOf(plain[0]!.problem, first));
    if (!fit) leftOut.push({recording: 0, ...about, sizes, reason: 'no-form'});
    else {
      kept.push(m);
      buffers.push({...about, ...fit});
    }
  }
  const whole = haveSameLifetimes ? select(plain[0]!.problem, rows[0]!) : merged(plain, rows);
  const {capacity: _, ...problem} = select(whole, Uint32Array.from(kept));
  const sizes = buffers.map(({size}) => size);
  return {problem: withSizes(checked, problem, sizes), buffers, leftOut, haveSameLifetimes};
}

function withoutConstraints(problem: ProblemColumns, k: number): ProblemColumns {
  const plain = problem.constraints && !haveParts(problem.constraints) ? withoutParts(problem) : problem;
  if (plain.constraints)
    throw new UsageError(
      `recordings[${k}]: has streams, pools or other constraints, which a problem with dimensions cannot have`,
    );
  return {...plain, offset: new Float64Array(plain.count).fill(NO_OFFSET)};
}

/** Per recording: its buffers that are in all recordings, in their order, which is one and the same in all. */
function matched(recordings: readonly RecordedProblem[]): Uint32Array[] {
  const keys = recordings.map(keysOf);
  let common = Uint32Array.from(keys[0]!.order);
  let rows: Uint32Array[] = [common];
  for (let k = 1; k < recordings.length; k++) {
    const pairs = longestCommon(
      Array.from(common, i => keys[0]!.keys[i]!),
      Array.from(keys[k]!.order, i => keys[k]!.keys[i]!),
    );
    rows = [
      ...rows.map(row => Uint32Array.from(pairs, ([a]) => row[a]!)),
      Uint32Array.from(pairs, ([, b]) => keys[k]!.order[b]!),
    ];
    common = rows[0]! as Uint32Array<ArrayBuffer>;
  }
  return rows;
}

/** Buffers by the begin of their lifetimes, and what must be equal of partners. */
function keysOf({problem, operations}: RecordedProblem): {order: Uint32Array; keys: string[]} {
  const {start, count, gapIndex} = problem;
  const order = Uint32Array.from({length: count}, (_, i) => i).sort((a, b) => start[a]! - start[b]! || a - b);
  const keys = Array.from(
    {length: count},
    (_, i) => `${operations?.[i] ?? ''} ${gapIndex[i + 1]! - gapIndex[i]!}`,
  );
  return {order, keys};
}

/** Pairs of places of a longest common subsequence, ascending. */
function longestCommon(a: readonly string[], b: readonly string[]): [number, number][] {
  let from = 0;
  while (from < a.length && from < b.length && a[from] === b[from]) from++;
  let same = 0;
  while (same < a.length - from && same < b.length - from && a.at(-1 - same) === b.at(-1 - same)) same++;
  const [n, m] = [a.length - from - same, b.length - from - same];
  if (n * m > MOST_CELLS)
    throw new UsageError(
      `recordings: ${n} and ${m} allocations differ in their order or operations, more than can be compared: record the same iteration of the same program`,
    );
  const lengths = new Uint32Array((n + 1) * (m + 1));
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      lengths[i * (m + 1) + j] =
        a[from + i] === b[from + j]
          ? lengths[(i + 1) * (m + 1) + j + 1]! + 1
          : Math.max(lengths[(i + 1) * (m + 1) + j]!, lengths[i * (m + 1) + j + 1]!);
  const pairs: [number, number][] = Array.from({length: from}, (_, k) => [k, k]);
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (a[from + i] === b[from + j]) pairs.push([from + i++, from + j++]);
    else if (lengths[(i + 1) * (m + 1) + j]! >= lengths[i * (m + 1) + j + 1]!) i++;
    else j++;
  }
  for (let k = same; k > 0; k--) pairs.push([a.length - k, b.length - k]);
  return pairs;
}

function unmatchedOf(recordings: readonly RecordedProblem[], rows: readonly Uint32Array[]): LeftOut[] {
  return recordings.flatMap(({problem, operations}, recording) => {
    const inAll = new Set(rows[recording]);
    const missing = Array.from({length: problem.count}, (_, i) => i).filter(i => !inAll.has(i));
    return missing.map(i => ({
      recording,
      id: idOf(problem, i),
      operation: operations?.[i] ?? '',
      sizes: [problem.size[i]!],
      reason: 'unmatched' as const,
    }));
  });
}

/** Whether all recordings have all buffers in common, at the same ticks. */
function areTimedAlike(recordings: readonly RecordedProblem[], rows: readonly Uint32Array[]): boolean {
  const first = recordings[0]!.problem;
  return recordings.every(({problem}, k) => {
    if (problem.count !== rows[k]!.length) return false;
    return rows[k]!.every((i, m) => {
      const other = rows[0]![m]!;
      const isSame = problem.start[i] === first.start[other] && problem.end[i] === first.end[other];
      const gaps = problem.gapIndex[i + 1]! - problem.gapIndex[i]!;
      return (
        isSame &&
        Array.from({length: gaps}, (_, g) => g).every(
          g =>
            problem.gapStart[problem.gapIndex[i]! + g] === first.gapStart[first.gapIndex[other]! + g] &&
            problem.gapEnd[problem.gapIndex[i]! + g] === first.gapEnd[first.gapIndex[other]! + g],
        )
      );
    });
  });
}

/**
 * Lifetimes on a clock that all recordings have: tick m is the begin of the common buffer m. A buffer ends before the first one that begins
 * at or after its end in every recording; so what is live together in any recording is live together here. Gaps are filled.
 */
function merged(recordings: readonly RecordedProblem[], rows: readonly Uint32Array[]): ProblemColumns {
  const count = rows[0]!.length;
  const end = new Uint32Array(count);
  recordings.forEach(({problem}, k) => {
    const starts = Array.from(rows[k]!, i => problem.start[i]!);
    for (let m = 0; m < count; m++) {
      let [low, high] = [m + 1, count];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle]! >= problem.end[rows[k]![m]!]!) high = middle;
        else low = middle + 1;
      }
      end[m] = Math.max(end[m]!, low);
    }
  });
  const {problem} = recordings[0]!;
  const chosen = select(problem, rows[0]!);
  return {
    ...chosen,
    start: Uint32Array.from({length: count}, (_, m) => m),
    end,
    gapIndex: new Uint32Array(count + 1),
    gapStart: new Uint32Array(0),
    gapEnd: new Uint32Array(0),
  };
}
