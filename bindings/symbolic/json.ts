/** Symbolic plans in JSON, `stowage.symbolic-plan/1`: docs/symbolic.md, docs/symbolic-plan.schema.json. */
import {UsageError} from '../model/errors.ts';
import {show} from '../model/shown.ts';
import type {DimensionValues, SymbolicColumns, SymbolicProblem} from '../model/symbolic.ts';
import {describeSize, toSymbolicColumns} from '../model/symbolic-columns.ts';
import {guaranteeOf} from './guarantee.ts';
import {sectionsOf} from './sections.ts';
import {SymbolicPlan} from './symbolic-plan.ts';
import {type OrderedPlan, verifySymbolic} from './verify.ts';

export const SYMBOLIC_PLAN_SCHEMA = 'stowage.symbolic-plan/1';

/** A plan for all values, as it is written. */
export interface SymbolicPlanJson {
  readonly schema: typeof SYMBOLIC_PLAN_SCHEMA;
  readonly dimensions: SymbolicColumns['dimensions'];
  readonly buffers: number;
  /** Sizes as stated, per buffer. */
  readonly sizes?: SymbolicColumns['stated'];
  /** Indices of buffers, the lowest first. */
  readonly order?: readonly number[];
  /** Per place of the order: the places of the buffers that it is on. */
  readonly below?: readonly (readonly number[])[];
  /** Bytes at the values that were looked at. */
  readonly points: readonly {
    readonly values: DimensionValues;
    readonly lowerBound: number;
    readonly peak: number;
    readonly fresh: number;
  }[];
  /** Bytes of the plan for the maximum of each dimension. */
  readonly maximumPeak: number;
  /** At every value the peak is at most so many times the bytes live at once; null where not proven. */
  readonly guarantee: number | null;
  readonly optimalForAll: boolean;
  readonly bestOrder: boolean;
  readonly seed: number;
  readonly nodes: number;
  readonly seconds: number;
}

/** The plan as an object of the contract; without its order where `withOrder` is false. */
export function symbolicPlanJson(plan: SymbolicPlan, withOrder = true): SymbolicPlanJson {
  const {problem, order, belowIndex, below, evidence} = plan;
  const {points, maximumPeak, guarantee, isBestOrder, seed, nodes, seconds} = evidence;
  const lists = Array.from(order, (_, k) => [...below.subarray(belowIndex[k], belowIndex[k + 1])]);
  return {
    schema: SYMBOLIC_PLAN_SCHEMA,
    dimensions: problem.dimensions,
    buffers: problem.largest.count,
    ...(withOrder ? {sizes: problem.stated, order: [...order], below: lists} : {}),
    points,
    maximumPeak,
    guarantee: guarantee ?? null,
    optimalForAll: plan.isOptimalForAll,
    bestOrder: isBestOrder,
    seed,
    nodes,
    seconds,
  };
}

/**
 * The order and lists of an object of the contract, not verified.
 * @throws UsageError naming the field
 */
export function orderedPlanOf(value: unknown): OrderedPlan {
  const {schema, order, below} = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (schema !== SYMBOLIC_PLAN_SCHEMA)
    throw new UsageError(`schema: expected "${SYMBOLIC_PLAN_SCHEMA}", got ${show(schema)}`);
  if (order === undefined)
    throw new UsageError('order: the plan holds no order (was it written with --no-offsets?)');
  const places = indicesOf(order, 'order');
  if (!Array.isArray(below) || below.length !== places.length)
    throw new UsageError(`below: expected ${places.length} lists, got ${show(below)}`);
  const lists = below.map((list, k) => indicesOf(list, `below[${k}]`));
  const belowIndex = new Uint32Array(places.length + 1);
  lists.forEach((list, k) => {
    belowIndex[k + 1] = belowIndex[k]! + list.length;
  });
  return {order: Uint32Array.from(places), belowIndex, below: Uint32Array.from(lists.flat())};
}

function indicesOf(value: unknown, field: string): number[] {
  if (!Array.isArray(value)) throw new UsageError(`${field}: expected a list of indices, got ${show(value)}`);
  const wrong = value.findIndex(one => !Number.isInteger(one) || one < 0 || one > 0xffffffff);
  if (wrong >= 0) throw new UsageError(`${field}[${wrong}]: expected an index, got ${show(value[wrong])}`);
  return value;
}

/**
 * The plan of an object of the contract, verified for every value. What the object claims is not taken over: the guarantee is proven anew,
 * and there are no points.
 * @throws UsageError for an object that is no plan, of another problem, or not valid
 * @example
 * ```js
 * import {loadPlanner, planSymbolic, readSymbolicPlan, symbolicPlanJson} from 'stowage';
 *
 * const planner = await loadPlanner();
 * const problem = {
 *   dimensions: [{name: 'batch', min: 1, max: 64}],
 *   buffers: [{size: [[4096, 'batch']], start: 0, end: 2}, {size: 100, start: 1, end: 3}],
 * };
 * const text = JSON.stringify(symbolicPlanJson(planSymbolic(planner, problem)));
 * console.log(readSymbolicPlan(problem, JSON.parse(text)).peak({batch: 3}));
 * // prints 12388
 * ```
 */
export function readSymbolicPlan(problem: SymbolicProblem | SymbolicColumns, value: unknown): SymbolicPlan {
  const columns = toSymbolicColumns(problem);
  const plan = orderedPlanOf(value);
  checkSizes(columns, value as Partial<SymbolicPlanJson>);
  const [violation] = verifySymbolic(columns, plan).filter(({kind}) => kind !== 'capacity');
  if (violation) {
    const {kind, a, b} = violation;
    throw new UsageError(
      `the plan is not valid for the problem: ${kind} ${a}${b === undefined ? '' : ` ${b}`}`,
    );
  }
  const sections = sectionsOf(columns.largest);
  const guarantee = guaranteeOf(columns, sections, plan.order, {index: plan.belowIndex, places: plan.below});
  const evidence = {points: [], isBestOrder: false, nodes: 0, seed: 0, seconds: 0};
  const read = new SymbolicPlan(columns, plan, {
    ...evidence,
    maximumPeak: 0,
    ...(guarantee === undefined ? {} : {guarantee}),
  });
  const {peak} = read.atChecked(Float64Array.from(columns.dimensions, ({max}) => max));
  return new SymbolicPlan(columns, plan, {...read.evidence, maximumPeak: peak});
}

/** @throws UsageError where a plan was made for other sizes: it may be valid all the same, but is not what was looked for */
export function checkSizes({stated}: SymbolicColumns, {sizes}: Partial<SymbolicPlanJson>): void {
  if (!Array.isArray(sizes)) return;
  const wrong = stated.findIndex((size, i) => JSON.stringify(size) !== JSON.stringify(sizes[i]));
  if (wrong < 0 && sizes.length === stated.length) return;
  throw new UsageError(
    sizes.length === stated.length
      ? `sizes[${wrong}]: the plan is of another problem: expected ${describeSize(stated[wrong]!)}, got ${show(sizes[wrong])}`
      : `sizes: the plan is of another problem: expected ${stated.length}, got ${sizes.length}`,
  );
}
