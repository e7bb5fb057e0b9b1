/** Plans problems with constraints, by plain problems that the plain planner solves. */
import {solveAsync, solveSync} from '../constraints/drivers.ts';
import {ConstrainedSolve} from '../constraints/solve.ts';
import type {Subproblem} from '../constraints/subproblems.ts';
import {verifyConstrained} from '../constraints/verify.ts';
import type {AsyncPlanOptions, Bounds, Plan, PlanOptions, Violation} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {BoundsOptions, ProblemPlanner, VerifiedPlan, VerifyOptions} from './problem-planner.ts';

export class ConstrainedPlanner implements ProblemPlanner {
  readonly #plain: ProblemPlanner;

  constructor(plain: ProblemPlanner) {
    this.#plain = plain;
  }

  plan(columns: ProblemColumns, options: PlanOptions): Plan {
    const solve = new ConstrainedSolve(columns, options);
    return solveSync(solve.run(this.#boundsOf(solve)), subproblem =>
      this.#plain.plan(subproblem.columns, subproblem.options),
    );
  }

  planAsync(columns: ProblemColumns, {threads = 1, signal, ...options}: AsyncPlanOptions): Promise<Plan> {
    const solve = new ConstrainedSolve(columns, options);
    const inWorkers = {threads, ...(signal ? {signal} : {})};
    const solvers = {
      here: (subproblem: Subproblem) => this.#plain.plan(subproblem.columns, subproblem.options),
      inWorkers: (subproblem: Subproblem) =>
        this.#plain.planAsync(subproblem.columns, {...subproblem.options, ...inWorkers}),
    };
    return solveAsync(solve, solve.run(this.#boundsOf(solve)), solvers, signal);
  }

  bounds(columns: ProblemColumns, options: BoundsOptions): Bounds {
    return this.#boundsOf(new ConstrainedSolve(columns, options));
  }

  #boundsOf(solve: ConstrainedSolve): Bounds {
    return solve.boundsOf(this.#plain.bounds(solve.relaxed, {}));
  }

  verify(columns: ProblemColumns, plan: VerifiedPlan, {alignment, capacity}: VerifyOptions): Violation[] {
    const {arenas, ...rest} = plan;
    const pools = arenas ? {pools: arenas.map(({pool}) => pool)} : {};
    return verifyConstrained(columns, {...rest, ...pools}, alignment, capacity);
  }
}
