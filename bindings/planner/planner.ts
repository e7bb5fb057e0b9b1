/** The planner: checks problems and options, and has the planner of the problem's kind do the rest. */

import type {CoreSource} from '../core/core.ts';
import {areAny, haveParts} from '../model/constraints.ts';
import {UsageError} from '../model/errors.ts';
import {checkAsyncPlanOptions, checkPlanOptions} from '../model/options.ts';
import {
  ALGORITHMS,
  type Algorithm,
  type AsyncPlanOptions,
  type Bounds,
  type Plan,
  type PlanOptions,
  type Violation,
} from '../model/plan.ts';
import {
  alignmentOf,
  type Bytes,
  NO_ALIGNMENT,
  NO_OFFSET,
  type Problem,
  type ProblemColumns,
  withoutParts,
} from '../model/problem.ts';
import {toColumns} from '../model/to-columns.ts';
import {ClocksPlanner} from './clocks-planner.ts';
import {ConstrainedPlanner} from './constrained-planner.ts';
import {PartsPlanner} from './parts-planner.ts';
import {PlainPlanner} from './plain-planner.ts';
import type {BoundsOptions, ProblemPlanner, VerifiedPlan, VerifyOptions} from './problem-planner.ts';
import type {Seat} from './seats/seat.ts';
import type {WorkerSource} from './worker-pool.ts';

export type {VerifiedPlan} from './problem-planner.ts';

/** Plans problems. Holds one instance of the core; plans are values of their own and outlive it. */
export class Planner {
  /** Names that `PlanOptions.algorithm` takes. */
  readonly algorithms: readonly Algorithm[] = ALGORITHMS;
  readonly #plain: PlainPlanner;
  readonly #constrained: ProblemPlanner;
  readonly #clocks: ProblemPlanner;
  readonly #parts: ProblemPlanner;

  constructor(source: CoreSource, workers: WorkerSource) {
    this.#plain = new PlainPlanner(source, workers);
    this.#constrained = new ConstrainedPlanner(this.#plain);
    this.#clocks = new ClocksPlanner(this.#plain, () => this.#parts);
    this.#parts = new PartsPlanner(this.#plain, this.#constrained, this.#clocks);
  }

  /**
   * The best plan found within the budgets, verified. Outcomes such as "infeasible" are in `status`.
   * @throws UsageError for an invalid field or option; LimitError beyond 2^53 bytes or the core's memory; CoreError for a
   * bug in stowage.
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
    const columns = checkedColumns(problem, options);
    return this.#for(columns).plan(columns, options);
  }

  /**
   * As `plan`, with the same result, and this thread stays free: a problem of up to 4,000 buffers begins here, for 100 ms at most
   * and with pauses, and goes on in workers. Idle workers end after some seconds, and do not keep the process alive. A time limit or an abort takes effect at once and returns the best plan
   * so far. A time limit that passes before the first plan is extended to it.
   * @throws as `plan`; the signal's reason where it is aborted before the first plan; HostError where the host starts
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
    options.signal?.throwIfAborted();
    const columns = checkedColumns(problem, options);
    return this.#for(columns).planAsync(columns, options);
  }

  /**
   * A seat, the far side of `AsyncPlanOptions.seats`: it executes, in a thread, what solves elsewhere send it, of one problem at a
   * time. Its sender is trusted with this machine's time, not with more.
   * @example
   * ```js
   * import {loadPlanner} from 'stowage';
   *
   * const planner = await loadPlanner();
   * const buffers = Array.from({length: 100}, (_, i) => ({size: 1 + (i % 7), start: i, end: i + 5}));
   * // in another process, or on another machine
   * const seat = (await loadPlanner()).openSeat();
   * const seats = [{send: request => seat.answer(request)}];
   * const plan = await planner.planAsync({buffers}, {seats, nodeLimit: 100_000});
   * seat.close();
   * console.log(plan.status, plan.peak);
   * // prints feasible 26
   * ```
   */
  openSeat(): Seat {
    return this.#plain.openSeat();
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
  lowerBound(problem: Problem | ProblemColumns, options: BoundsOptions = {}): Bytes {
    return this.bounds(problem, options).lowerBound;
  }

  /**
   * The lower bound, the most bytes live together, and the ticks of the bound.
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
  bounds(problem: Problem | ProblemColumns, options: BoundsOptions = {}): Bounds {
    checkPlanOptions(options);
    const columns = checkedColumns(problem, options);
    return this.#for(columns).bounds(columns, options);
  }

  /**
   * The violations of a plan's offsets, at most 100; none for a valid plan.
   * @throws UsageError for an invalid problem, or a number of offsets that differs from that of its buffers.
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
  verify(problem: Problem | ProblemColumns, plan: VerifiedPlan, options: VerifyOptions = {}): Violation[] {
    const {alignment, capacity} = options;
    checkPlanOptions({alignment, capacity});
    const columns = withPartsInUse(toColumns(problem));
    if (plan.offsets.length !== columns.count) {
      throw new UsageError(`offsets: expected ${columns.count} entries, got ${plan.offsets.length}`);
    }
    return this.#for(columns).verify(columns, plan, options);
  }

  #for({constraints}: ProblemColumns): ProblemPlanner {
    if (constraints?.parts) return this.#parts;
    if (constraints?.clocks) return this.#clocks;
    return areAny(constraints) ? this.#constrained : this.#plain;
  }
}

/** A single part is no constraint. */
function withPartsInUse(columns: ProblemColumns): ProblemColumns {
  const {constraints} = columns;
  return constraints?.parts && !haveParts(constraints) ? withoutParts(columns) : columns;
}

/** Columns whose fixed offsets keep to the alignments in force. */
function checkedColumns(problem: Problem | ProblemColumns, {alignment}: BoundsOptions): ProblemColumns {
  const columns = withPartsInUse(toColumns(problem));
  const isApart = columns.constraints?.parts !== undefined;
  if (isApart && columns.hint?.some(hint => hint !== NO_OFFSET))
    throw new UsageError('hint: a problem with parts takes no hints, because its parts move as a whole');
  const followers = followersOf(columns);
  for (let i = 0; i < columns.count; i++) {
    const offset = columns.offset[i]!;
    if (offset === NO_OFFSET) continue;
    if (isApart)
      throw new UsageError(
        `buffers[${i}].offset: a problem with parts takes no fixed offsets, because its parts move as a whole`,
      );
    const isAnywhere = followers.has(i) && columns.alignment[i] === NO_ALIGNMENT;
    const own = isAnywhere ? 1 : alignmentOf(columns, i, alignment);
    if (offset % own !== 0) {
      throw new UsageError(
        `buffers[${i}].offset: expected a multiple of its alignment (${own}), got ${offset}`,
      );
    }
  }
  return columns;
}

/** Buffers whose place depends on another: they have no alignment but their own. */
function followersOf({constraints}: ProblemColumns): ReadonlySet<number> {
  const {share = [], views = []} = constraints ?? {};
  return new Set([...share.flatMap(group => group.slice(1)), ...views.map(({buffer}) => buffer)]);
}
