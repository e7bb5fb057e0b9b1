/** Plans problems with constraints, by plain problems that the plain planner solves. */
import {solveAsync, solveSync} from '../constraints/drivers.ts';
import {ConstrainedSolve} from '../constraints/solve.ts';
import type {Solving, Subproblem} from '../constraints/subproblems.ts';
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
    return this.#solved(solve.run(this.#plainBounds));
  }

  async planAsync(
    columns: ProblemColumns,
    {threads = 1, seats = [], opportunistic = false, signal, ...options}: AsyncPlanOptions,
  ): Promise<Plan> {
    const solve = new ConstrainedSolve(columns, options);
    const inWorkers = {threads, seats, opportunistic, ...(signal ? {signal} : {})};
    let isElsewhere = false;
    const solvers = {
      here: (subproblem: Subproblem) => this.#plain.plan(subproblem.columns, subproblem.options),
      inWorkers: async (subproblem: Subproblem) => {
        const plan = await this.#plain.planAsync(subproblem.columns, {...subproblem.options, ...inWorkers});
        isElsewhere ||= plan.boundElsewhere === true;
        return plan;
      },
    };
    const plan = await solveAsync(solve, solve.run(this.#plainBounds), solvers, signal);
    // a bound of a part may be in that of the whole
    return isElsewhere ? {...plan, boundElsewhere: true} : plan;
  }

  bounds(columns: ProblemColumns, options: BoundsOptions): Bounds {
    return this.#solved(new ConstrainedSolve(columns, options).bounds(this.#plainBounds));
  }

  readonly #plainBounds = (columns: ProblemColumns): Bounds => this.#plain.bounds(columns, {});

  #solved<T>(run: Solving<T>): T {
    return solveSync(run, ({columns, options}) => this.#plain.plan(columns, options));
  }

  verify(columns: ProblemColumns, plan: VerifiedPlan, {alignment, capacity}: VerifyOptions): Violation[] {
    const {arenas, ...rest} = plan;
    const pools = arenas ? {pools: arenas.map(({pool}) => pool)} : {};
    return verifyConstrained(columns, {...rest, ...pools}, alignment, capacity);
  }
}
