/** Fits operators into a capacity that their order alone does not keep to: some run again, some tensors are moved out and back. */
import {CoreError, UsageError} from '../../model/errors.ts';
import {checkBoolean, checkBytes, checkCount, checkFields, show} from '../../model/numbers.ts';
import type {OperatorProblem} from '../../model/operators.ts';
import type {AsyncPlanOptions, Plan, PlanOptions} from '../../model/plan.ts';
import type {Bytes, ProblemColumns} from '../../model/problem.ts';
import type {Planner} from '../../planner/planner.ts';
import {checkOrder, listedOrder, toGraph} from '../graph.ts';
import {answerOf, plannedOf} from './answer.ts';
import {obstructionOf} from './bound.ts';
import {type FitRules, fitGraphOf} from './graph.ts';
import type {FitSchedule} from './schedule.ts';
import {searched} from './search.ts';
import {verifySchedule} from './verify.ts';

/** How to fit. */
export interface FitOptions {
  /** Bytes; overrides the problem's. One of the two must be there. */
  readonly capacity?: Bytes;
  /** Whether operators with a `cost` may run again. Default true. */
  readonly recompute?: boolean;
  /**
   * Bytes that are moved, in either direction, for one unit of the operators' cost, above 0; nothing is moved where absent. A move of a tensor
   * costs its bytes divided by this, rounded up. Moves and runs are not overlapped: all costs add up.
   */
  readonly offload?: number;
  /** First runs: operators by index, each after those that it needs. Default: as listed. */
  readonly order?: ArrayLike<number>;
  /** Integer 0 … 2^32 − 1; same seed, same schedule. Default 1. */
  readonly seed?: number;
  /** Steps of the search, of some hundred nanoseconds, at most; the schedule is then the same everywhere. Default 3,000,000. */
  readonly nodeLimit?: number;
  /** Milliseconds after which the search ends with the best so far, the first at least; the schedule then depends on the machine. */
  readonly timeLimitMs?: number;
}

/** How to fit without occupying the thread. */
export interface AsyncFitOptions extends FitOptions {
  /** Aborted, it ends the search with the best schedule so far; before the first, with the signal's reason as error. */
  readonly signal?: AbortSignal;
  /** Workers to plan buffers in at most. Default 1. */
  readonly threads?: number;
}

const FIELDS: ReadonlySet<string> = new Set([
  'capacity',
  'recompute',
  'offload',
  'order',
  'seed',
  'nodeLimit',
  'timeLimitMs',
]);
const ASYNC_FIELDS: ReadonlySet<string> = new Set([...FIELDS, 'signal', 'threads']);
const DEFAULT_NODES = 3_000_000;
/** Buffers are packed with so many nodes where the first plans do not fit. */
const PACKING_NODES = 300_000;
/** How long this thread is occupied at a stretch, milliseconds. */
const LONGEST_STRETCH_MS = 30;
/** How long after an abort a first schedule is waited for, milliseconds. */
const LONGEST_END_MS = 300;

/**
 * The least that must be computed again or moved, so that the operators run within `capacity` bytes, with the buffers planned and
 * verified. Operators without `cost` run once. Checkmate (Jain et al., 2020) and POET (Patil et al., 2022) state the same question.
 * @throws UsageError for an invalid problem or option; LimitError beyond 2^53 bytes; CoreError for a bug in stowage.
 * @example
 * ```js
 * import {fitOperators, loadPlanner} from 'stowage';
 *
 * const planner = await loadPlanner();
 * const tensors = [{size: 2}, {size: 10}, {size: 1}, {size: 12}, {size: 1}, {size: 1, output: true}];
 * const operators = [
 *   {inputs: [0], outputs: [1], cost: 7},
 *   {inputs: [1], outputs: [2], cost: 1},
 *   {inputs: [2, 0], outputs: [3], cost: 2},
 *   {inputs: [3], outputs: [4], cost: 2},
 *   {inputs: [1, 4], outputs: [5], cost: 1},
 * ];
 * const fit = fitOperators(planner, {tensors, operators}, {capacity: 16});
 * console.log(fit.status, fit.cost, fit.steps.map(({kind, operator}) => `${kind} ${operator}`).join(', '));
 * // prints optimal 7 run 0, run 1, run 2, run 3, again 0, run 4
 * ```
 */
export function fitOperators(
  planner: Planner,
  problem: OperatorProblem,
  options: FitOptions = {},
): FitSchedule {
  checkOptions(options, FIELDS);
  const deadline = performance.now() + (options.timeLimitMs ?? Number.POSITIVE_INFINITY);
  const run = fitting(planner, problem, options);
  let next = run.next();
  while (!next.done) {
    const columns = next.value;
    next = run.next(
      columns ? planner.plan(columns, packing(columns)) : performance.now() > deadline ? true : undefined,
    );
  }
  return next.value;
}

/** As `fitOperators`, with the same result; this thread stays free. */
export async function fitOperatorsAsync(
  planner: Planner,
  problem: OperatorProblem,
  options: AsyncFitOptions = {},
): Promise<FitSchedule> {
  checkOptions(options, ASYNC_FIELDS);
  const {signal, threads = 1, timeLimitMs = Number.POSITIVE_INFINITY, ...rest} = options;
  signal?.throwIfAborted();
  const deadline = performance.now() + timeLimitMs;
  const run = fitting(planner, problem, rest);
  let began = performance.now();
  let aborted: number | undefined;
  let next = run.next();
  while (!next.done) {
    if (performance.now() - began > LONGEST_STRETCH_MS) {
      await new Promise(resolve => setTimeout(resolve));
      began = performance.now();
    }
    const columns = next.value;
    if (signal?.aborted) {
      aborted ??= performance.now();
      if (performance.now() - aborted > LONGEST_END_MS) throw signal.reason;
    }
    const isOver = signal?.aborted === true || performance.now() > deadline;
    next = run.next(
      columns ? await planner.planAsync(columns, {...packing(columns), threads}) : isOver || undefined,
    );
  }
  if (signal?.aborted && next.value.status === 'unknown') throw signal.reason;
  return next.value;
}

function packing({capacity}: ProblemColumns): PlanOptions & AsyncPlanOptions {
  return {nodeLimit: PACKING_NODES, ...(capacity === undefined ? {} : {capacity})};
}

function checkOptions(options: object, fields: ReadonlySet<string>): void {
  checkFields(options, fields, 'options');
  const {capacity, recompute, offload, seed, nodeLimit, timeLimitMs} = options as FitOptions;
  if (capacity !== undefined) checkBytes(capacity, 'options.capacity');
  if (recompute !== undefined) checkBoolean(recompute, 'options.recompute');
  if (offload !== undefined && !(Number.isFinite(offload) && offload > 0))
    throw new UsageError(
      `options.offload: expected bytes per unit of cost, a number above 0, got ${show(offload)}`,
    );
  if (seed !== undefined) checkCount(seed, 'options.seed');
  if (nodeLimit !== undefined) checkCount(nodeLimit, 'options.nodeLimit', 1);
  if (timeLimitMs !== undefined && !(timeLimitMs > 0))
    throw new UsageError(`options.timeLimitMs: expected a number above 0, got ${show(timeLimitMs)}`);
}

/** Yields buffers to plan, or pauses, in which it can be told to end. */
type Fitting<T> = Generator<ProblemColumns | undefined, T, Plan | true | undefined>;

function* fitting(planner: Planner, problem: OperatorProblem, options: FitOptions): Fitting<FitSchedule> {
  const graph = toGraph(problem);
  const capacity = options.capacity ?? graph.capacity;
  if (capacity === undefined)
    throw new UsageError('fitOperators: expected a capacity to fit, in the options or in the problem');
  const order = Uint32Array.from(options.order ?? listedOrder(graph));
  checkOrder(graph, order);
  const {recompute = true, offload} = options;
  const rules: FitRules = {recompute, ...(offload === undefined ? {} : {bytesPerCost: offload})};
  const fitGraph = fitGraphOf(graph, order, rules);
  const known = {graph, fitGraph, order, capacity};
  const obstruction = obstructionOf(fitGraph, capacity);
  if (obstruction) return answerOf(known, {bound: Number.POSITIVE_INFINITY}, obstruction);
  const {seed = 1, nodeLimit: nodes = DEFAULT_NODES} = options;
  const found = yield* searched(fitGraph, capacity, {seed, nodes}, steps => plannedOf(known, steps));
  const answer = answerOf(known, found);
  check(planner, problem, answer, rules);
  return answer;
}

/** @throws CoreError where the schedule or its plan is wrong. */
function check(planner: Planner, problem: OperatorProblem, answer: FitSchedule, rules: FitRules): void {
  const {planned, steps, cost, capacity} = answer;
  if (!planned) return;
  const {plan, tensorOf} = planned;
  const {start, end} = planned.problem;
  const schedule = {steps, cost, tensorOf, start, end, offsets: plan.offsets};
  const found = verifySchedule(problem, schedule, {capacity, ...rules});
  const violations = planner.verify(planned.problem, plan, {capacity});
  if (found.length + violations.length > 0)
    throw new CoreError(
      `fitOperators: the schedule is wrong: ${found[0] ?? JSON.stringify(violations[0])}; please report this as a bug`,
    );
}
