/** Plans of plain problems, whose orders the search for one order begins with: at single values, and of sizes between them. */
import {problemAt, ratioOf, sizesAt} from '../model/dimension-values.ts';
import type {Plan, PlanOptions} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {SymbolicColumns} from '../model/symbolic.ts';
import type {OrderPeaks} from './order-peaks.ts';
import type {Sections} from './sections.ts';

/** A plain problem to plan, or a pause. */
export type Task = {readonly problem: ProblemColumns; readonly options: PlanOptions} | undefined;

/** What all steps of a solve need. */
export interface Solving {
  readonly columns: SymbolicColumns;
  readonly sections: Sections;
  readonly grid: readonly Float64Array[];
  /** Per value, bytes. */
  readonly bounds: Float64Array;
  readonly peaks: OrderPeaks;
  readonly seed: number;
  readonly nodes: number;
  readonly isLate: () => boolean;
}

export interface PlansAt {
  /** By value; those after the end of the time are missing. */
  readonly plans: readonly (Plan | undefined)[];
  /** At the maximum of each dimension. */
  readonly largest: Plan;
  /** Of all plans. */
  readonly orders: readonly Uint32Array<ArrayBuffer>[];
  readonly nodes: number;
}

/** Plans of sizes between those at all values. */
const ROUNDS = 8;

/** A plan for each value alone, the largest first: that one is always there. */
export function* plansAt(solving: Solving): Generator<Task, PlansAt, Plan | undefined> {
  const {columns, sections, grid, seed, nodes, isLate} = solving;
  const most = columns.dimensions.map(({max}) => max);
  const options = {seed, nodeLimit: Math.max(1, Math.floor(nodes / (2 * (grid.length + 1 + ROUNDS))))};
  const largest = (yield {problem: withoutCapacity(columns.largest), options})!;
  let spent = largest.nodes;
  const plans: (Plan | undefined)[] = [];
  for (const values of grid) {
    if (values.every((value, k) => value === most[k])) {
      plans.push(largest);
      continue;
    }
    const plan = isLate() ? undefined : yield {problem: withoutCapacity(problemAt(columns, values)), options};
    spent += plan?.nodes ?? 0;
    plans.push(plan);
  }
  const orders = [largest, ...plans].flatMap(plan => (plan ? [orderOf(sections, plan)] : []));
  const isFound = orders.some(order => isBestEverywhere(solving, order));
  const between = isFound ? {orders: [], nodes: 0} : yield* ordersBetween(solving, options);
  return {plans, largest, orders: [...orders, ...between.orders], nodes: spent + between.nodes};
}

function withoutCapacity({capacity: _, ...problem}: ProblemColumns): ProblemColumns {
  return problem;
}

function isBestEverywhere({peaks, bounds}: Solving, order: Uint32Array): boolean {
  return peaks.place(order).every((peak, v) => peak <= bounds[v]!);
}

/** The buffers by their offsets; at equal ones, which are of buffers apart in time or of no bytes, by index. */
function orderOf({live}: Sections, {offsets}: Plan): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(live).sort((a, b) => offsets[a]! - offsets[b]! || a - b);
}

/** What a size of the bound's bytes is taken as: sums over all values stay exact. */
const WHOLE = 2 ** 24;

/**
 * Orders of plans in which a size is the sum of its parts of the bounds at all values, or the greatest of them. Each round weighs a value more
 * the worse the round before was there. All is by products and quotients of doubles, which IEEE 754 rounds alike in every host.
 */
function* ordersBetween(
  {columns, sections, grid, bounds, peaks, isLate}: Solving,
  options: PlanOptions,
): Generator<Task, {orders: Uint32Array<ArrayBuffer>[]; nodes: number}, Plan | undefined> {
  const {count} = columns.largest;
  // sizes of no value keep no alignment
  const plain = {
    ...withoutCapacity(columns.largest),
    defaultAlignment: 1,
    alignment: new Float64Array(count),
  };
  const parts = grid.map((values, v) => sizesAt(columns, values).map(size => ratioOf(size, bounds[v]! || 1)));
  const weights = [new Float64Array(grid.length).fill(1), new Float64Array(grid.length).fill(1)];
  const orders: Uint32Array<ArrayBuffer>[] = [];
  let nodes = 0;
  for (let round = 0; round < ROUNDS && !isLate(); round++) {
    const isSum = round % 2 === 1;
    const weight = weights[round % 2]!;
    const plan = (yield {problem: {...plain, size: joined(parts, weight, isSum)}, options})!;
    nodes += plan.nodes;
    const order = orderOf(sections, plan);
    orders.push(order);
    const ratios = peaks.place(order).map((peak, v) => ratioOf(peak, bounds[v]! || 1));
    const worst = ratios.reduce((most, ratio) => Math.max(most, ratio), 1);
    ratios.forEach((ratio, v) => {
      const share = ratio / worst;
      // of sums a single value is a small part
      weight[v]! *= isSum ? share * share * share : share;
    });
    const most = weight.reduce((a, b) => Math.max(a, b), 0);
    weight.forEach((value, v) => {
      weight[v] = most > 0 ? value / most : 1;
    });
  }
  return {orders, nodes};
}

function joined(parts: readonly Float64Array[], weight: Float64Array, isSum: boolean): Float64Array {
  const size = new Float64Array(parts[0]!.length);
  parts.forEach((part, v) => {
    for (let i = 0; i < size.length; i++) {
      const own = Math.ceil(part[i]! * weight[v]! * WHOLE);
      size[i] = isSum ? size[i]! + own : Math.max(size[i]!, own);
    }
  });
  return size;
}
