/** What `fitOperators` answers with. */
import type {Bytes} from '../../model/numbers.ts';
import type {Plan} from '../../model/plan.ts';
import type {ProblemColumns} from '../../model/problem.ts';

/**
 * One step; step k takes tick k. `run`: an operator runs for the first time. `again`: it runs once more, and makes its outputs anew.
 * `out`: a tensor is copied out of the arena; the copy stays. `in`: it is copied back into a buffer of its own.
 */
export interface FitStep {
  readonly kind: 'run' | 'again' | 'out' | 'in';
  /** For `run` and `again`: the operator by its index in the problem. */
  readonly operator?: number;
  /** For `out` and `in`: the tensor by its index in the problem; it is no view. */
  readonly tensor?: number;
}

/**
 * What is known of a schedule.
 * - `optimal`: no schedule costs less whose first runs are in this order; where it costs nothing, none at all does.
 * - `feasible`: a verified schedule and plan within the capacity.
 * - `infeasible`: proven that there is none with the first runs in this order.
 * - `unknown`: none was found, which proves nothing.
 */
export type FitStatus = 'optimal' | 'feasible' | 'infeasible' | 'unknown';

/** A moment at which the capacity is too small, whatever is computed again or moved. Bytes. */
export interface FitObstacle {
  /** When: at the start (the inputs), while an operator runs, or at the end (the outputs). */
  readonly at: 'start' | 'operator' | 'end';
  /** The operator by its index in the problem. */
  readonly operator?: number;
  /** Bytes that must be there. */
  readonly needed: Bytes;
  /** Those among them that the operator reads and writes itself; the others can be neither computed again nor moved. */
  readonly own: Bytes;
}

/** The result of `fitOperators`. */
export interface FitSchedule {
  readonly status: FitStatus;
  readonly capacity: Bytes;
  /** First runs: operators by their index in the problem. */
  readonly order: Uint32Array;
  /** What the schedule costs beyond one run of each operator, in the unit of the operators' `cost`; NaN where there is none. */
  readonly cost: number;
  /** No schedule with the first runs in this order costs less; of none Infinity where proven infeasible. */
  readonly costBound: number;
  /** Empty where there is none. */
  readonly steps: readonly FitStep[];
  /** Operators that run again, and what that costs. */
  readonly again: {readonly runs: number; readonly cost: number};
  /** Moves in both directions, their bytes, and what they cost. */
  readonly moved: {readonly moves: number; readonly bytes: Bytes; readonly cost: number};
  /** Present with a schedule: its buffers, and their plan, which is within the capacity. */
  readonly planned?: PlannedSchedule;
  /** Present where one moment alone is proof that nothing fits. */
  readonly obstacle?: FitObstacle;
}

/** The buffers of a schedule. A tensor that is computed again or moved back has a buffer for each time it is there. */
export interface PlannedSchedule {
  /** Ticks are steps. */
  readonly problem: ProblemColumns;
  /** Per buffer: the tensor, by its index in the problem; no view. */
  readonly tensorOf: Uint32Array;
  readonly plan: Plan;
}
