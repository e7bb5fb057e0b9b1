/** The planner: checks a problem, lets the core solve it within the budgets, verifies every plan before it leaves. */

import {solveAsync, solveSync} from '../constraints/drivers.ts';
import {ConstrainedSolve} from '../constraints/solve.ts';
import type {Subproblem} from '../constraints/subproblems.ts';
import {verifyConstrained} from '../constraints/verify.ts';
import {Core, type CoreSource} from '../core/core.ts';
import {areAny} from '../model/constraints.ts';
import {UsageError} from '../model/errors.ts';
import {peakOf} from '../model/load.ts';
import {HEURISTICS} from '../model/names.ts';
import {checkAsyncPlanOptions, checkPlanOptions} from '../model/options.ts';
import {
  ALGORITHMS,
  type Algorithm,
  type AsyncPlanOptions,
  type Bounds,
  NO_BOUNDS,
  type Plan,
  type PlanOptions,
  type Violation,
} from '../model/plan.ts';
import {
  alignmentOf,
  type Bytes,
  checkAlignment,
  checkBytes,
  NO_OFFSET,
  type Problem,
  type ProblemColumns,
} from '../model/problem.ts';
import {toColumns} from '../model/to-columns.ts';
import {boundsOf, Executor, type FoundPlan} from './executor.ts';
import {withHintsFixed} from './hints.ts';
import {inProblem, type Live, liveOnly, violationsOf} from './live.ts';
import {Solve} from './solve.ts';
import {solveInPool} from './solve-in-pool.ts';
import {WorkerPool, type WorkerSource} from './worker-pool.ts';

/** Plans problems. Holds one instance of the core; plans are values of their own and outlive it. */
export class Planner {
  /** Names that `PlanOptions.algorithm` takes. */
  readonly algorithms: readonly Algorithm[] = ALGORITHMS;
  readonly #core: Core;
  readonly #workers: WorkerSource;

  constructor(source: CoreSource, workers: WorkerSource) {
    this.#core = new Core(source);
    this.#workers = workers;
  }

  /**
   * The best plan found within the budgets, verified. Outcomes such as "infeasible" are in `status`.
   * @throws UsageError for a field or option that is not what it must be; LimitError beyond 2^53 bytes or the core's
   * memory; CoreError for a bug of ours.
   * @example
   * ```js
   * import {loadPlanner} from 'stowage';
   *
   * const planner = await loadPlanner();
   * const buffers = [
   *   {id: 'a', size: 8, start: 0, end: 3},
   *   {id: 'b', size: 4, start: 2, end: 5},
   * ];
   * const plan = planner.plan({buffers, alignment: 4}, {capacity: 16});
   * console.log(plan.status, plan.peak, [...plan.offsets]);
   * // prints optimal 12 [ 0, 8 ]
   * ```
   */
  plan(problem: Problem | ProblemColumns, options: PlanOptions = {}): Plan {
    checkPlanOptions(options);
    const columns = toColumns(problem);
    checkFixedOffsets(columns, options.alignment);
    return areAny(columns.constraints)
      ? this.#planConstrained(columns, options)
      : this.#plan(columns, options);
  }

  #plan(columns: ProblemColumns, options: PlanOptions): Plan {
    const live = liveOnly(columns);
    const solve = this.#solveOf(live, options);
    return this.#core.withProblem(live.columns, options.alignment, core =>
      solve.runIn(new Executor(core, live.columns)),
    );
  }

  #planConstrained(columns: ProblemColumns, options: PlanOptions): Plan {
    const solve = new ConstrainedSolve(columns, plainOf(options));
    return solveSync(solve.run(this.#constrainedBounds(solve)), subproblem =>
      this.#plan(subproblem.columns, subproblem.options),
    );
  }

  #solveOf(live: Live, options: PlanOptions): Solve {
    const capacity = options.capacity ?? live.columns.capacity;
    return new Solve(live, capacity, options, this.#hinted(live.columns, options.alignment));
  }

  /** The plan that hints give, where they give one. */
  #hinted(columns: ProblemColumns, alignment: Bytes | undefined): FoundPlan | undefined {
    const fixed = withHintsFixed(columns, alignment);
    if (fixed === undefined) return undefined;
    const offsets = this.#core.withProblem(fixed, alignment, core =>
      core.plan(HEURISTICS.indexOf('greedy-by-size')),
    );
    if (offsets === undefined) return undefined;
    const violations = this.#core.withProblem(columns, alignment, core =>
      violationsOf(core, offsets, undefined),
    );
    if (violations.length > 0) return undefined;
    return {algorithm: 'hints', offsets, peak: peakOf(columns, offsets), violations};
  }

  /**
   * As `plan`, in workers: this thread stays free, and a time limit or an abort is heard at once, the best plan so far
   * being the answer. A time limit that passes before the first plan is stretched to it.
   * @throws as `plan`; the signal's reason where it is aborted before the first plan; CoreError where the host grants
   * no workers.
   * @example
   * ```js
   * import {loadPlanner} from 'stowage';
   *
   * const planner = await loadPlanner();
   * const buffers = Array.from({length: 100}, (_, i) => ({size: 1 + (i % 7), start: i, end: i + 5}));
   * const signal = AbortSignal.timeout(60_000);
   * const plan = await planner.planAsync({buffers}, {threads: 2, signal, nodeLimit: 100_000});
   * console.log(plan.status, plan.peak);
   * // prints feasible 26
   * ```
   */
  async planAsync(problem: Problem | ProblemColumns, options: AsyncPlanOptions = {}): Promise<Plan> {
    checkAsyncPlanOptions(options);
    const {threads = 1, signal} = options;
    signal?.throwIfAborted();
    const columns = toColumns(problem);
    if (!areAny(columns.constraints)) {
      checkFixedOffsets(columns, options.alignment);
      return this.#planInPool(columns, options);
    }
    const solve = new ConstrainedSolve(columns, plainOf(options));
    const answers = {
      now: (subproblem: Subproblem) => this.#plan(subproblem.columns, subproblem.options),
      later: (subproblem: Subproblem) =>
        this.#planInPool(subproblem.columns, {...subproblem.options, threads, ...(signal ? {signal} : {})}),
    };
    return solveAsync(solve, solve.run(this.#constrainedBounds(solve)), answers, signal);
  }

  async #planInPool(columns: ProblemColumns, options: AsyncPlanOptions): Promise<Plan> {
    const {threads = 1, signal} = options;
    const live = liveOnly(columns);
    const solve = this.#solveOf(live, options);
    const pool = new WorkerPool(live.columns, options.alignment, this.#workers, threads);
    try {
      return await solveInPool(solve, pool, signal, options.timeLimitMs);
    } finally {
      pool.terminate();
    }
  }

  /**
   * Bytes no plan of the problem can undercut.
   * @throws as `plan`.
   * @example
   * ```js
   * import {loadPlanner} from 'stowage';
   *
   * const planner = await loadPlanner();
   * const buffers = [
   *   {id: 'a', size: 8, start: 0, end: 3},
   *   {id: 'b', size: 4, start: 2, end: 5},
   * ];
   * console.log(planner.lowerBound({buffers}), planner.lowerBound({buffers}, {alignment: 16}));
   * // prints 12 20
   * ```
   */
  lowerBound(problem: Problem | ProblemColumns, options: Pick<PlanOptions, 'alignment'> = {}): Bytes {
    return this.bounds(problem, options).lowerBound;
  }

  /**
   * The lower bound, the load under it, and where they stand.
   * @throws as `plan`.
   * @example
   * ```js
   * import {loadPlanner} from 'stowage';
   *
   * const planner = await loadPlanner();
   * const buffers = [
   *   {id: 'a', size: 8, start: 0, end: 3},
   *   {id: 'b', size: 4, start: 2, end: 5},
   * ];
   * const {load, start, end} = planner.bounds({buffers});
   * console.log(load, start, end);
   * // prints 12 2 3
   * ```
   */
  bounds(problem: Problem | ProblemColumns, options: Pick<PlanOptions, 'alignment'> = {}): Bounds {
    checkPlanOptions(options);
    const columns = toColumns(problem);
    if (areAny(columns.constraints)) return this.#constrainedBounds(new ConstrainedSolve(columns, options));
    checkFixedOffsets(columns, options.alignment);
    return this.#bounds(columns, options.alignment);
  }

  #bounds(columns: ProblemColumns, alignment?: Bytes): Bounds {
    const {columns: live} = liveOnly(columns);
    if (live.count === 0) return NO_BOUNDS;
    return this.#core.withProblem(live, alignment, boundsOf);
  }

  #constrainedBounds(solve: ConstrainedSolve): Bounds {
    return solve.boundsOf(this.#bounds(solve.relaxed));
  }

  /**
   * What is wrong with a plan's offsets, at most 100 violations; none for a valid plan.
   * @throws UsageError for a problem or a number of offsets that is not what it must be.
   * @example
   * ```js
   * import {loadPlanner} from 'stowage';
   *
   * const planner = await loadPlanner();
   * const buffers = [
   *   {id: 'a', size: 8, start: 0, end: 3},
   *   {id: 'b', size: 4, start: 2, end: 5},
   * ];
   * console.log(planner.verify({buffers}, {offsets: [0, 6]}));
   * // prints [ { kind: 'overlap', a: 0, b: 1 } ]
   * ```
   */
  verify(
    problem: Problem | ProblemColumns,
    plan: VerifiedPlan,
    options: Pick<PlanOptions, 'alignment' | 'capacity'> = {},
  ): Violation[] {
    if (options.capacity !== undefined) checkBytes(options.capacity, 'options.capacity');
    if (options.alignment !== undefined) checkAlignment(options.alignment, 'options.alignment');
    const columns = toColumns(problem);
    if (plan.offsets.length !== columns.count) {
      throw new UsageError(`offsets: expected ${columns.count} entries, got ${plan.offsets.length}`);
    }
    if (areAny(columns.constraints)) {
      const {arenas, ...rest} = plan;
      const pools = arenas ? {pools: arenas.map(({pool}) => pool)} : {};
      return verifyConstrained(columns, {...rest, ...pools}, options.alignment, options.capacity);
    }
    const live = liveOnly(columns);
    const capacity = options.capacity ?? columns.capacity;
    if (live.columns.count === 0) return [];
    const offsets = Float64Array.from(live.index, i => plan.offsets[i]!);
    return this.#core.withProblem(live.columns, options.alignment, core =>
      violationsOf(core, offsets, capacity).map(violation => inProblem(live, violation)),
    );
  }
}

/** What of a plan is verified; arenas where the problem has pools or separation. */
export interface VerifiedPlan {
  readonly offsets: ArrayLike<Bytes>;
  readonly arenaOf?: ArrayLike<number>;
  readonly arenas?: readonly {readonly pool: number}[];
}

/** Only what a constrained solve knows. */
function plainOf({threads, signal, ...options}: AsyncPlanOptions): PlanOptions {
  return options;
}

function checkFixedOffsets(columns: ProblemColumns, override: Bytes | undefined): void {
  for (let i = 0; i < columns.count; i++) {
    const offset = columns.offset[i]!;
    if (offset === NO_OFFSET) continue;
    const alignment = alignmentOf(columns, i, override);
    if (offset % alignment !== 0) {
      throw new UsageError(
        `buffers[${i}].offset: expected a multiple of its alignment (${alignment}), got ${offset}`,
      );
    }
  }
}
