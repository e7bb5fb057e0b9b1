/** A plan for all values of dimensions as text for a person. */
import type {SymbolicPlan} from '../../index.ts';
import {describeValues, ratioOf} from '../../model/dimension-values.ts';
import {idOf} from '../../model/problem.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {listNames} from '../../model/shown.ts';
import {describeSize} from '../../model/symbolic-columns.ts';
import {type Table, tableLines} from './table.ts';

/** Values that the table shows; of more, evenly spread ones. */
const MOST_ROWS = 12;
/** Sizes that are shown. */
const MOST_SIZES = 3;

export interface SymbolicReport {
  readonly file: string;
  readonly format: string;
  readonly plan: SymbolicPlan;
  /** Bytes; absent if none was given. */
  readonly capacity?: number;
}

export function symbolicLines({file, format, plan, capacity}: SymbolicReport): string[] {
  const {dimensions, largest} = plan.problem;
  const {points, maximumPeak} = plan.evidence;
  const most = plan.peak(Object.fromEntries(dimensions.map(({name, max}) => [name, max])));
  const least = plan.peak(Object.fromEntries(dimensions.map(({name, min}) => [name, min])));
  return [
    `read         ${file}: ${format}`,
    `dimensions   ${dimensions.map(describeDimension).join('; ')}`,
    `buffers      ${formatCount(largest.count)}; the largest: ${largestSizes(plan)}`,
    `peak         ${formatBytes(least)} at the minimum of each dimension, ${formatBytes(most)} at the maximum`,
    `valid        at all values: each two buffers that are live together are ordered by a path`,
    `optimal      ${describeOptimal(plan)}`,
    ...(capacity === undefined ? [] : [`capacity     ${describeCapacity(most, capacity)}`]),
    ...tableLines(pointTable(plan)),
    `one plan for the maximum takes ${formatBytes(maximumPeak)} at all ${plural(points.length, 'value')}`,
  ];
}

function describeDimension({
  name,
  min,
  max,
  multipleOf,
}: SymbolicPlan['problem']['dimensions'][number]): string {
  const multiple = multipleOf > 1 ? `, multiples of ${formatCount(multipleOf)}` : '';
  return `${name} from ${formatCount(min)} to ${formatCount(max)}${multiple}`;
}

function largestSizes({problem: {largest, stated}}: SymbolicPlan): string {
  const order = Array.from({length: largest.count}, (_, i) => i).sort(
    (a, b) => largest.size[b]! - largest.size[a]! || a - b,
  );
  return listNames(
    order.slice(0, MOST_SIZES).map(i => `"${idOf(largest, i)}" ${describeSize(stated[i]!)} B`),
    MOST_SIZES,
  );
}

/** Where no plan is smaller: at the values that were looked at, and, if proven, at all. */
function describeOptimal(plan: SymbolicPlan): string {
  const {points, guarantee, isBestOrder} = plan.evidence;
  if (plan.isOptimalForAll)
    return 'no plan is smaller at any value of the dimensions: proven by comparing sizes as forms';
  const looked = `at ${plan.numOptimal} of ${plural(points.length, 'value')} looked at`;
  const all =
    guarantee === undefined
      ? 'nothing is proven of the others'
      : `at all others the peak is at most ${guarantee} times the bytes live at once: proven`;
  const best =
    isBestOrder && plan.numOptimal < points.length ? '; no order is better at the values looked at' : '';
  return `${looked}; ${all}${best}`;
}

function describeCapacity(most: number, capacity: number): string {
  return most <= capacity
    ? `fits ${formatBytes(capacity)} at all values`
    : `does not fit ${formatBytes(capacity)} at the maximum of each dimension: ${formatBytes(most - capacity)} too much`;
}

function pointTable(plan: SymbolicPlan): Table {
  const {points} = plan.evidence;
  const count = Math.min(points.length, MOST_ROWS);
  const shown = Array.from({length: count}, (_, k) =>
    count === 1 ? points[0]! : points[Math.floor((k * (points.length - 1)) / (count - 1))]!,
  );
  const rows = shown.map(({values, lowerBound, peak, fresh}) => [
    describeValues(values),
    `peak ${formatCount(peak)} B`,
    `${ratioOf(peak, lowerBound).toFixed(4)} of the bound`,
    `${ratioOf(peak, fresh).toFixed(4)} of a plan of its own`,
    `${ratioOf(peak, plan.evidence.maximumPeak).toFixed(4)} of the plan for the maximum`,
  ]);
  return {title: `at ${describeShown(count, points.length)}`, head: [], right: [1], rows};
}

function describeShown(shown: number, all: number): string {
  return shown === all ? `${plural(all, 'value')}` : `${shown} of ${plural(all, 'value')}`;
}
