/** Plans of symbolic problems: orders from plans at some values, the best of them improved, verified for all values. */
import {checkedValues, gridOf, namedValues, problemAt} from '../model/dimension-values.ts';
import {CoreError, LimitError, UsageError} from '../model/errors.ts';
import {MAX_BYTES} from '../model/numbers.ts';
import {checkAsyncPlanOptions} from '../model/options.ts';
import type {AsyncPlanOptions, Plan} from '../model/plan.ts';
import type {DimensionValues, SymbolicColumns, SymbolicProblem} from '../model/symbolic.ts';
import {toSymbolicColumns} from '../model/symbolic-columns.ts';
import type {Planner} from '../planner/planner.ts';
import {belowOf} from './below.ts';
import {BestOrderSearch, MOST_BUFFERS} from './best-order.ts';
import {guaranteeOf} from './guarantee.ts';
import {OrderPeaks} from './order-peaks.ts';
import {plansAt, type Solving, type Task} from './plans-at.ts';
import {isBetter, OrderSearch, scoreOf} from './search-orders.ts';
import {type Sections, sectionsOf} from './sections.ts';
import {SymbolicPlan, type SymbolicPoint} from './symbolic-plan.ts';
import {type OrderedPlan, verifySymbolic} from './verify.ts';

/** How to plan for all values. */
export interface SymbolicOptions {
  /** Values to make plans at and to compare at; a grid with all corners where absent. */
  readonly values?: readonly DimensionValues[];
  /** Integer 0 … 2^32 − 1; same seed and node limit, same plan. Default 1. */
  readonly seed?: number;
  /** Buffers to place at most, in all plans and orders; each value has one plan at least. Default 2,000,000. */
  readonly nodeLimit?: number;
  /** Milliseconds after which no further plan or order is begun; the result then depends on the machine. */
  readonly timeLimitMs?: number;
}

/** As `SymbolicOptions`, for planning in workers. */
export interface AsyncSymbolicOptions extends SymbolicOptions {
  readonly threads?: number;
  /** Ends the search: the best order so far is the result, or the signal's reason is thrown where there is none yet. */
  readonly signal?: AbortSignal;
}

const DEFAULT_NODES = 2_000_000;
const MOST_VALUES = 1000;
/** Buffers placed between two looks at the clock. */
const SLICE = 20_000;

/**
 * One plan for all values of the dimensions, verified for all of them by reasoning.
 *
 * The plan is an order of buffers. Orders come from plans at single values; the best is improved by local search, so that its worst ratio
 * of peak to lower bound over `options.values` is least, and then their sum. Of up to 14 buffers, all orders are looked at where nodes
 * suffice.
 * @throws UsageError for an invalid field or option; LimitError where the arena would exceed 2^53 bytes at the maximum of each dimension
 * @example
 * ```js
 * import {loadPlanner, planSymbolic} from 'stowage';
 *
 * const planner = await loadPlanner();
 * const plan = planSymbolic(planner, {
 *   dimensions: [{name: 'batch', min: 1, max: 64}],
 *   buffers: [
 *     {id: 'input', size: [[4096, 'batch']], start: 0, end: 2},
 *     {id: 'table', size: 10_000, start: 0, end: 4},
 *     {id: 'output', size: [[1024, 'batch']], start: 1, end: 4},
 *   ],
 * });
 * console.log(plan.isOptimalForAll, plan.peak({batch: 1}), plan.peak({batch: 17}), [...plan.at({batch: 2}).offsets]);
 * // prints true 15120 97040 [ 0, 8192, 18192 ]
 * ```
 */
export function planSymbolic(
  planner: Pick<Planner, 'plan' | 'lowerBound'>,
  problem: SymbolicProblem | SymbolicColumns,
  options: SymbolicOptions = {},
): SymbolicPlan {
  const solving = solve(planner, problem, options, () => false);
  let next = solving.next();
  while (!next.done) next = solving.next(next.value && planner.plan(next.value.problem, next.value.options));
  return next.value;
}

/** As `planSymbolic`, with the same result, in workers; this thread has pauses. @throws as that; the signal's reason */
export async function planSymbolicAsync(
  planner: Pick<Planner, 'planAsync' | 'lowerBound'>,
  problem: SymbolicProblem | SymbolicColumns,
  {signal, threads, ...options}: AsyncSymbolicOptions = {},
): Promise<SymbolicPlan> {
  signal?.throwIfAborted();
  const others: AsyncPlanOptions = {
    ...(signal ? {signal} : {}),
    ...(threads === undefined ? {} : {threads}),
  };
  checkAsyncPlanOptions(others);
  const solving = solve(planner, problem, options, () => signal?.aborted ?? false);
  let next = solving.next();
  while (!next.done) {
    const task = next.value;
    if (task) next = solving.next(await planner.planAsync(task.problem, {...task.options, ...others}));
    else {
      await new Promise(resolve => setTimeout(resolve, 0));
      next = solving.next();
    }
  }
  return next.value;
}

function* solve(
  planner: Pick<Planner, 'lowerBound'>,
  problem: SymbolicProblem | SymbolicColumns,
  options: SymbolicOptions,
  isAborted: () => boolean,
): Generator<Task, SymbolicPlan, Plan | undefined> {
  const began = performance.now();
  const {seed = 1, nodeLimit = DEFAULT_NODES, timeLimitMs = Number.POSITIVE_INFINITY} = options;
  checkOptions(options);
  const columns = toSymbolicColumns(problem);
  const grid = valuesOf(columns, options);
  const sections = sectionsOf(columns.largest);
  const bounds = Float64Array.from(grid, values => planner.lowerBound(problemAt(columns, values)));
  const isLate = () => isAborted() || performance.now() - began > timeLimitMs;
  const peaks = new OrderPeaks(columns, sections, grid);
  const solving = {columns, sections, grid, bounds, peaks, seed, nodes: nodeLimit, isLate};
  const {plans, orders, largest, nodes: spent} = yield* plansAt(solving);
  const found = yield* bestOrderOf(solving, orders, nodeLimit - spent);
  const ordered = checkedOrder(columns, sections, found.order);
  const below = {index: ordered.belowIndex, places: ordered.below};
  const guarantee = guaranteeOf(columns, sections, ordered.order, below);
  const points: SymbolicPoint[] = grid.map((values, v) => ({
    values: namedValues(columns.dimensions, values),
    lowerBound: Math.max(bounds[v]!, plans[v]?.lowerBound ?? 0),
    peak: found.peaks[v]!,
    fresh: Math.min(found.peaks[v]!, plans[v]?.peak ?? Number.POSITIVE_INFINITY),
  }));
  return new SymbolicPlan(columns, ordered, {
    points,
    maximumPeak: largest.peak,
    ...(guarantee === undefined ? {} : {guarantee}),
    isBestOrder: found.isProven,
    nodes: spent + found.nodes,
    seed,
    seconds: (performance.now() - began) / 1000,
  });
}

const OPTIONS: ReadonlySet<string> = new Set(['values', 'seed', 'nodeLimit', 'timeLimitMs']);

function checkOptions(options: SymbolicOptions): void {
  const {values: _, ...others} = options;
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name))
      throw new UsageError(`options: unknown option ${name}; known are ${[...OPTIONS].join(', ')}`);
  }
  checkAsyncPlanOptions(others);
}

function valuesOf({dimensions}: SymbolicColumns, {values}: SymbolicOptions): Float64Array[] {
  if (values === undefined) return gridOf(dimensions);
  if (!Array.isArray(values) || values.length === 0 || values.length > MOST_VALUES)
    throw new UsageError(`options.values: expected a list of 1 to ${MOST_VALUES}`);
  return values.map(value => checkedValues(dimensions, value));
}

interface FoundOrder {
  readonly order: Uint32Array<ArrayBuffer>;
  readonly peaks: Float64Array;
  readonly isProven: boolean;
  readonly nodes: number;
}

function* bestOrderOf(
  {columns, sections, grid, bounds, peaks, seed, isLate}: Solving,
  orders: readonly Uint32Array<ArrayBuffer>[],
  nodes: number,
): Generator<Task, FoundOrder, Plan | undefined> {
  let order: Uint32Array<ArrayBuffer> = Uint32Array.from(sections.live);
  let score = scoreOf(peaks.place(order), bounds);
  for (const other of orders) {
    const otherScore = scoreOf(peaks.place(other), bounds);
    if (isBetter(otherScore, score)) [order, score] = [other, otherScore];
  }
  // of few buffers all orders are looked at, with the other half
  const isSmall = order.length <= MOST_BUFFERS;
  const searched = isSmall ? Math.floor(nodes / 2) : nodes;
  let spent = 0;
  const search = new OrderSearch(peaks, bounds, order, seed);
  while (!search.isOver && spent < searched && !isLate()) {
    for (let placed = 0; placed < SLICE && spent < searched && !search.isOver; placed += order.length) {
      search.step();
      spent += order.length;
    }
    yield undefined;
  }
  let isProven = search.bestScore.sum <= grid.length;
  order = search.best;
  if (!isProven && isSmall && !isLate()) {
    const mostNodes = Math.max(0, nodes - spent);
    const best = new BestOrderSearch(columns, sections, peaks, bounds, order, {mostNodes, isLate}).run();
    ({order, isProven} = best);
    spent += best.nodes;
  }
  return {order, peaks: peaks.place(order).slice(), isProven, nodes: spent};
}

/** The order with its lists, verified. */
function checkedOrder(columns: SymbolicColumns, sections: Sections, order: Uint32Array): OrderedPlan {
  const {index, places} = belowOf(sections, order);
  const plan = {order, belowIndex: index, below: places};
  // whether a capacity is kept is a result
  const [violation] = verifySymbolic(columns, plan).filter(({kind}) => kind !== 'capacity');
  if (violation?.kind === 'overflow')
    throw new LimitError(
      `the arena would be larger than ${MAX_BYTES} bytes at the maximum of each dimension: lower the maxima`,
    );
  if (violation)
    throw new CoreError(
      `a symbolic plan failed verification: ${violation.kind} ${violation.a}${violation.b === undefined ? '' : ` ${violation.b}`}`,
    );
  return plan;
}
