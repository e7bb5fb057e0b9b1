/** Plans problems with clocks of streams, by plain problems, by parts, and by their conflicts. */
import {ClocksSolve} from '../concurrency/solve.ts';
import {violationsOfClocks} from '../concurrency/verify.ts';
import {solveAsync, solveSync} from '../constraints/drivers.ts';
import type {Subproblem} from '../constraints/subproblems.ts';
import type {AsyncPlanOptions, Bounds, Plan, PlanOptions, Violation} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {BoundsOptions, ProblemPlanner, VerifiedPlan, VerifyOptions} from './problem-planner.ts';

export class ClocksPlanner implements ProblemPlanner {
  readonly #plain: ProblemPlanner;
  /** Asked when needed: parts are planned by this planner in turn. */
  readonly #parts: () => ProblemPlanner;

  constructor(plain: ProblemPlanner, parts: () => ProblemPlanner) {
    this.#plain = plain;
    this.#parts = parts;
  }

  plan(columns: ProblemColumns, options: PlanOptions): Plan {
    const solve = new ClocksSolve(columns, options);
    return solveSync(solve.run(this.#plainBounds(options)), subproblem => this.#here(subproblem));
  }

  async planAsync(
    columns: ProblemColumns,
    {threads = 1, seats = [], opportunistic = false, signal, ...options}: AsyncPlanOptions,
  ): Promise<Plan> {
    const solve = new ClocksSolve(columns, options);
    const inWorkers = {threads, seats, opportunistic, ...(signal ? {signal} : {})};
    let isElsewhere = false;
    const solvers = {
      here: (subproblem: Subproblem) => this.#here(subproblem),
      inWorkers: async (subproblem: Subproblem) => {
        const planner = this.#for(subproblem.columns);
        const plan = await planner.planAsync(subproblem.columns, {...subproblem.options, ...inWorkers});
        isElsewhere ||= plan.boundElsewhere === true;
        return plan;
      },
    };
    const plan = await solveAsync(solve, solve.run(this.#plainBounds(options)), solvers, signal);
    // a bound of a part may be in that of the whole
    return isElsewhere ? {...plan, boundElsewhere: true} : plan;
  }

  bounds(columns: ProblemColumns, options: BoundsOptions): Bounds {
    const solve = new ClocksSolve(columns, options);
    return solveSync(solve.bounds(this.#plainBounds(options)), subproblem => this.#here(subproblem));
  }

  verify(columns: ProblemColumns, plan: VerifiedPlan, {alignment, capacity}: VerifyOptions): Violation[] {
    return violationsOfClocks(columns, plan.offsets, alignment, capacity);
  }

  #here({columns, options}: Subproblem): Plan {
    return this.#for(columns).plan(columns, options);
  }

  #for({constraints}: ProblemColumns): ProblemPlanner {
    return constraints?.parts ? this.#parts() : this.#plain;
  }

  #plainBounds({alignment}: BoundsOptions): (columns: ProblemColumns) => Bounds {
    return columns => this.#plain.bounds(columns, alignment === undefined ? {} : {alignment});
  }
}
