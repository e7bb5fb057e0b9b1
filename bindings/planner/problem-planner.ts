/** What a planner can do with a checked problem. Plain and constrained problems have an implementation each. */
import type {AsyncPlanOptions, Bounds, Plan, PlanOptions, Violation} from '../model/plan.ts';
import type {Bytes, ProblemColumns} from '../model/problem.ts';

/** The parts of a plan that `verify` reads; arenas where the problem has pools or separation. */
export interface VerifiedPlan {
  readonly offsets: ArrayLike<Bytes>;
  readonly arenaOf?: ArrayLike<number>;
  readonly arenas?: readonly {readonly pool: number}[];
}

export type BoundsOptions = Pick<PlanOptions, 'alignment'>;
export type VerifyOptions = Pick<PlanOptions, 'alignment' | 'capacity'>;

/** Methods and errors as those of `Planner`; problems and options are checked already. */
export interface ProblemPlanner {
  plan(columns: ProblemColumns, options: PlanOptions): Plan;
  planAsync(columns: ProblemColumns, options: AsyncPlanOptions): Promise<Plan>;
  bounds(columns: ProblemColumns, options: BoundsOptions): Bounds;
  verify(columns: ProblemColumns, plan: VerifiedPlan, options: VerifyOptions): Violation[];
}
