/** The order of operators whose plan is smallest: orders are searched by load, then planned. */

import {UsageError} from '../../model/errors.ts';
import {type Bytes, checkCount, show} from '../../model/numbers.ts';
import type {OperatorProblem} from '../../model/operators.ts';
import type {Plan, PlanOptions} from '../../model/plan.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import type {Planner} from '../../planner/planner.ts';
import {type Graph, toGraph} from '../graph.ts';
import {type Lifetimes, lifetimesOf} from '../lifetimes.ts';
import {checkedOrder} from './checked-order.ts';
import {inUnits, type Network, networkOf} from './network.ts';
import {type Found, OrderSearch} from './search.ts';

/** How to search for an order. */
export interface OrderOptions {
  /**
   * Operators to try at most, over all partial orders that are looked at. Default 6,000,000: a second or two. The order is the same
   * everywhere for one limit. What the plans may spend is in `plan`.
   */
  readonly nodeLimit?: number;
  /** Milliseconds after which nothing new is begun, plans included; the order then depends on the machine. */
  readonly timeLimitMs?: number;
  /** How the orders are planned, but for capacity and time. */
  readonly plan?: Omit<PlanOptions, 'capacity' | 'minimize' | 'timeLimitMs' | 'onPlan' | 'onProgress'>;
}

/** As `OrderOptions`, with pauses. */
export interface AsyncOrderOptions extends OrderOptions {
  /** Workers to plan in at most. Default 1. */
  readonly threads?: number;
  /** Aborted, it ends the search with the best order so far; before any order is known, with the signal's reason as error. */
  readonly signal?: AbortSignal;
}

/** An order, verified, and its plan. */
export interface OperatorOrder {
  /** Operators by index, in the order in which they run. */
  readonly order: Uint32Array;
  /** Whether that is the listed order. It is wherever no other order has a smaller plan. */
  readonly isListed: boolean;
  /** Operators that run at another place than listed. */
  readonly moved: number;
  /** Bytes that are live at most. */
  readonly load: Bytes;
  /**
   * Bytes that no plan of any order can undercut. All counts here but peaks are in whole multiples of the least alignment, to which sizes
   * are rounded up.
   */
  readonly lowerBound: Bytes;
  /** `optimal`: no plan of any order is smaller (by a multiple of the least alignment); else `feasible`. */
  readonly status: 'optimal' | 'feasible';
  /** What the listed order needs. */
  readonly fileLoad: Bytes;
  readonly filePeak: Bytes;
  /** What the listed order needs with each update of weights as soon as it may run; as in the file where there is none. */
  readonly soonLoad: Bytes;
  readonly soonPeak: Bytes;
  /** The operator that makes the lower bound, where one does before anything is searched. */
  readonly neck?: number;
  /** Work done: operators tried. */
  readonly nodes: number;
  /** Wall-clock time, seconds. */
  readonly seconds: number;
  /** The buffers that the order makes, and their plan. */
  readonly lifetimes: Lifetimes;
  readonly plan: Plan;
}

/** A second or two. */
const NODES = 6_000_000;
/** How long this thread is occupied at a stretch, milliseconds. */
const LONGEST_STRETCH_MS = 30;

/**
 * The order of a problem's operators whose plan has the smallest peak. The results of the program are those of the listed order.
 *
 * Orders are searched by what is live at most: simple rules first, then a walk over the sets of operators that may have run, after Ahn et
 * al., "Ordering Chaos" (MLSys 2020), within a limit that is halved between the bounds. The best order, the listed one and the one with
 * updates at once are planned; the smallest plan is kept, and the listed order where none is strictly smaller than its plan.
 * @throws UsageError for an invalid field or option; LimitError beyond 2^53 bytes; else as `Planner.plan`.
 * @example
 * ```js
 * import {loadPlanner, orderOperators} from 'stowage';
 *
 * const planner = await loadPlanner();
 * const tensors = [
 *   {id: 'x', size: 4},
 *   {id: 'a', size: 8},
 *   {id: 'small a', size: 2},
 *   {id: 'b', size: 8},
 *   {id: 'small b', size: 2},
 *   {id: 'y', size: 1, output: true},
 * ];
 * const operators = [
 *   {inputs: ['x'], outputs: ['a']},
 *   {inputs: ['x'], outputs: ['b']},
 *   {inputs: ['a'], outputs: ['small a']},
 *   {inputs: ['b'], outputs: ['small b']},
 *   {inputs: ['small a', 'small b'], outputs: ['y']},
 * ];
 * const {order, plan, filePeak, status} = orderOperators(planner, {tensors, operators});
 * console.log([...order], plan.peak, filePeak, status);
 * // prints [ 0, 2, 1, 3, 4 ] 14 20 optimal
 * ```
 */
export function orderOperators(
  planner: Planner,
  problem: OperatorProblem,
  options: OrderOptions = {},
): OperatorOrder {
  const job = new Job(problem, options);
  const run = job.search.run();
  while (!run.next().done && !job.isLate);
  const plans = job
    .candidates()
    .map(order => job.planned(order, columns => planner.plan(columns, job.planOptions)));
  return job.result(plans);
}

/**
 * As `orderOperators`, with the same result, and this thread stays free.
 * @throws as `orderOperators`; the signal's reason where it is aborted before any order is known.
 */
export async function orderOperatorsAsync(
  planner: Planner,
  problem: OperatorProblem,
  {threads = 1, signal, ...options}: AsyncOrderOptions = {},
): Promise<OperatorOrder> {
  signal?.throwIfAborted();
  const job = new Job(problem, options);
  const run = job.search.run();
  let began = performance.now();
  while (!run.next().done && !job.isLate && !signal?.aborted) {
    if (performance.now() - began < LONGEST_STRETCH_MS) continue;
    await new Promise(resolve => setTimeout(resolve));
    began = performance.now();
  }
  const plans: Planned[] = [];
  for (const order of job.candidates()) {
    const {columns} = lifetimesOf(job.graph, order);
    // after an abort one heuristic plans what is known
    const plan = signal?.aborted
      ? planner.plan(columns, {...job.planOptions, nodeLimit: 1})
      : await planner.planAsync(columns, {...job.planOptions, threads, ...(signal ? {signal} : {})});
    plans.push(job.planned(order, () => plan));
  }
  return job.result(plans);
}

interface Planned {
  readonly order: Uint32Array;
  readonly lifetimes: Lifetimes;
  readonly plan: Plan;
}

/** What both ways have in common. */
class Job {
  readonly graph: Graph;
  readonly search: OrderSearch;
  readonly #problem: OperatorProblem;
  readonly #network: Network;
  readonly #options: OrderOptions;
  readonly #began = performance.now();

  constructor(problem: OperatorProblem, options: OrderOptions) {
    checkOptions(options);
    const {capacity: _, ...graph} = withAlignment(toGraph(problem), options.plan?.alignment);
    this.#problem = problem;
    this.#options = options;
    this.graph = graph;
    this.#network = networkOf(graph);
    this.search = new OrderSearch(this.#network, options.nodeLimit ?? NODES);
  }

  get #ms(): number {
    return performance.now() - this.#began;
  }

  get isLate(): boolean {
    return this.#ms > (this.#options.timeLimitMs ?? Number.POSITIVE_INFINITY);
  }

  /** A time limit ends after the first plan at the soonest. */
  get planOptions(): PlanOptions {
    const {timeLimitMs, plan = {}} = this.#options;
    return timeLimitMs === undefined ? plan : {...plan, timeLimitMs: Math.max(1, timeLimitMs - this.#ms)};
  }

  /** The listed order, that with updates at once, the best one; each once. */
  candidates(): readonly Uint32Array[] {
    const {listed, soon} = this.search;
    const {order} = this.search.found;
    return [listed, soon, order].filter((one, k, all) => all.findIndex(other => isSame(one, other)) === k);
  }

  planned(order: Uint32Array, plan: (columns: ProblemColumns) => Plan): Planned {
    const lifetimes = lifetimesOf(this.graph, order);
    checkedOrder(this.#problem, order, lifetimes);
    return {order, lifetimes, plan: plan(lifetimes.columns)};
  }

  result(plans: readonly Planned[]): OperatorOrder {
    const {search} = this;
    const {found, soon} = search;
    const file = plans[0]!;
    // the first of equals: the listed order where nothing is smaller
    const best = plans.reduce((one, other) => (other.plan.peak < one.plan.peak ? other : one));
    const atSoon = plans.find(({order}) => isSame(order, soon))!;
    const {unit} = this.#network;
    return {
      order: best.order,
      isListed: best === file,
      moved: best.order.reduce((moved, v, p) => (v === p ? moved : moved + 1), 0),
      load: search.loadOf(best.order),
      lowerBound: found.lowerBound,
      status: inUnits(best.plan.peak, unit) <= found.lowerBound ? 'optimal' : 'feasible',
      fileLoad: found.fileLoad,
      filePeak: file.plan.peak,
      soonLoad: found.soonLoad,
      soonPeak: atSoon.plan.peak,
      ...neckOf(found),
      nodes: found.nodes,
      seconds: this.#ms / 1000,
      lifetimes: best.lifetimes,
      plan: best.plan,
    };
  }
}

function neckOf({boundAt, firstBound, lowerBound}: Found): {neck?: number} {
  return boundAt >= 0 && firstBound === lowerBound ? {neck: boundAt} : {};
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a.every((v, p) => v === b[p]);
}

/** Options of the planner change the alignment of what has none of its own. */
function withAlignment(graph: Graph, alignment: Bytes | undefined): Graph {
  return alignment === undefined ? graph : {...graph, defaultAlignment: alignment};
}

const OPTIONS: ReadonlySet<string> = new Set(['nodeLimit', 'timeLimitMs', 'plan']);

function checkOptions(options: OrderOptions): void {
  for (const field of Object.keys(options)) {
    if (!OPTIONS.has(field))
      throw new UsageError(`options: unknown option ${show(field)}; known are ${[...OPTIONS].join(', ')}`);
  }
  const {nodeLimit, timeLimitMs, plan} = options;
  if (nodeLimit !== undefined) checkCount(nodeLimit, 'options.nodeLimit');
  if (timeLimitMs !== undefined && !(typeof timeLimitMs === 'number' && timeLimitMs > 0))
    throw new UsageError(`options.timeLimitMs: expected a number above 0, got ${show(timeLimitMs)}`);
  if (plan !== undefined && (typeof plan !== 'object' || plan === null))
    throw new UsageError(`options.plan: expected an object, got ${show(plan)}`);
}
