/**
 * Several iterations of a cyclic step, one after the other, every instance of a buffer for itself: the blocks that an
 * arena planned for the step must hold. Made from the pairs' own times, not from the gaps of the step's problem, so
 * that a plan checked against it is checked independently.
 */
import {LimitError, UsageError} from '../../model/errors.ts';
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../../model/problem.ts';
import type {StepProblem} from './step.ts';

export interface UnrolledStep {
  /** Linear lifetimes over `times` iterations. */
  readonly problem: ProblemColumns;
  /** Per unrolled buffer: the buffer of the step whose offset it must be placed at. */
  readonly buffer: Uint32Array;
}

/**
 * @param times iterations, at least 1.
 * @throws {UsageError} where the step is linear: its carried buffers are not joined over the border.
 */
export function unroll(step: StepProblem, times: number): UnrolledStep {
  if (step.lifetimes !== 'cyclic')
    throw new UsageError(`step.lifetimes: expected cyclic, got ${step.lifetimes}`);
  if (!Number.isSafeInteger(times) || times < 1)
    throw new UsageError(`times: expected an integer from 1, got ${times}`);
  const total = times * step.ticks;
  if (total > 0xffffffff)
    throw new LimitError(`${times} iterations of ${step.ticks} ticks go beyond tick 2^32 - 1`);
  const rows: [buffer: number, start: number, end: number][] = [];
  const isCarried = new Set<number>();
  for (const {buffer, slots, start, end, periods} of step.twins) {
    for (let slot = 0; slot < slots; slot++) isCarried.add(buffer + slot);
    for (let k = -periods; k < times; k++) {
      const from = Math.max(0, start + k * step.ticks);
      const to = Math.min(total, end + (k + periods) * step.ticks);
      if (from < to) rows.push([buffer + ((k + periods * slots) % slots), from, to]);
    }
  }
  for (let buffer = 0; buffer < step.problem.count; buffer++) {
    if (isCarried.has(buffer)) continue;
    for (let k = 0; k < times; k++) {
      const shift = k * step.ticks;
      rows.push([buffer, step.problem.start[buffer]! + shift, step.problem.end[buffer]! + shift]);
    }
  }
  return {problem: toColumns(step.problem, rows), buffer: Uint32Array.from(rows, row => row[0])};
}

function toColumns(
  step: ProblemColumns,
  rows: readonly (readonly [number, number, number])[],
): ProblemColumns {
  const count = rows.length;
  return {
    count,
    start: Uint32Array.from(rows, row => row[1]),
    end: Uint32Array.from(rows, row => row[2]),
    size: Float64Array.from(rows, row => step.size[row[0]]!),
    alignment: new Float64Array(count).fill(NO_ALIGNMENT),
    offset: new Float64Array(count).fill(NO_OFFSET),
    gapIndex: new Uint32Array(count + 1),
    gapStart: new Uint32Array(0),
    gapEnd: new Uint32Array(0),
    ...(step.defaultAlignment === undefined ? {} : {defaultAlignment: step.defaultAlignment}),
  };
}
