/** Values of dimensions: their check, sizes at them, and grids of them. */
import {UsageError} from './errors.ts';
import {type Bytes, show} from './numbers.ts';
import type {ProblemColumns} from './problem.ts';
import {listNames} from './shown.ts';
import type {Dimension, DimensionValues, SymbolicColumns} from './symbolic.ts';

/**
 * A value for each dimension, in their order.
 * @throws UsageError for a name that is missing or unknown, and a value outside of its range.
 */
export function checkedValues(
  dimensions: readonly Required<Dimension>[],
  values: DimensionValues,
): Float64Array {
  if (typeof values !== 'object' || values === null)
    throw new UsageError(`values: expected an object such as {batch: 8}, got ${show(values)}`);
  for (const name of Object.keys(values)) {
    if (!dimensions.some(dimension => dimension.name === name))
      throw new UsageError(
        `values: no dimension has the name ${show(name)}; there are ${listNames(dimensions.map(one => one.name))}`,
      );
  }
  return Float64Array.from(dimensions, dimension => {
    const {name, min, max, multipleOf} = dimension;
    const value: unknown = Object.hasOwn(values, name) ? values[name] : undefined;
    if (!isValueOf(dimension, value)) {
      const step = multipleOf === 1 ? 'an integer' : `a multiple of ${multipleOf}`;
      throw new UsageError(`values.${name}: expected ${step} from ${min} to ${max}, got ${show(value)}`);
    }
    return value;
  });
}

/** Whether a dimension may have that value. */
export function isValueOf({min, max, multipleOf}: Required<Dimension>, value: unknown): value is number {
  return (
    Number.isSafeInteger(value) &&
    (value as number) >= min &&
    (value as number) <= max &&
    (value as number) % multipleOf === 0
  );
}

/** Sizes of all buffers at checked values, bytes. Exact, since even the largest are below 2^53. */
export function sizesAt(columns: SymbolicColumns, values: Float64Array): Float64Array<ArrayBuffer> {
  const {dimensions, monomials, termIndex, termMonomial, termCoefficient, largest} = columns;
  const steps = Float64Array.from(dimensions, ({min, multipleOf}, k) => (values[k]! - min) / multipleOf);
  const products = Float64Array.from(monomials, factors =>
    factors.reduce((product, k) => product * steps[k]!, 1),
  );
  const sizes = new Float64Array(largest.count);
  for (let i = 0; i < sizes.length; i++) {
    let size = 0;
    for (let t = termIndex[i]!; t < termIndex[i + 1]!; t++)
      size += termCoefficient[t]! * products[termMonomial[t]!]!;
    sizes[i] = size;
  }
  return sizes;
}

/** The problem at checked values, as a plain one. */
export function problemAt(columns: SymbolicColumns, values: Float64Array): ProblemColumns {
  return {...columns.largest, size: sizesAt(columns, values)};
}

/** Values by name. */
export function namedValues(
  dimensions: readonly Required<Dimension>[],
  values: Float64Array,
): Record<string, number> {
  return Object.fromEntries(dimensions.map(({name}, k) => [name, values[k]!]));
}

/** Values for people: `batch 8, seq 128`. */
export function describeValues(values: DimensionValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** Values of one dimension alone that a grid has, and of all together. */
const MOST_OF_ONE = 9;
const MOST_IN_ALL = 64;

/**
 * Values to compare plans at: for each dimension its minimum and maximum and, as far as there is room, values between them whose
 * ratios are alike; all combinations, the first dimension slowest. With many dimensions there are the corners alone, or the first of them.
 */
export function gridOf(dimensions: readonly Required<Dimension>[]): Float64Array[] {
  const free = dimensions.filter(({min, max}) => max > min).length;
  let each = MOST_OF_ONE;
  while (each > 2 && each ** free > MOST_IN_ALL) each--;
  let grid: number[][] = [[]];
  for (const dimension of dimensions) {
    const axis = axisOf(dimension, each);
    // past the limit a further dimension has its maximum alone
    const taken = grid.length * axis.length > MOST_IN_ALL ? [dimension.max] : axis;
    grid = grid.flatMap(values => taken.map(value => [...values, value]));
  }
  return grid.map(values => Float64Array.from(values));
}

/** The values of one dimension: doubled from the minimum, thinned to `most`. Integers only, so that all hosts agree. */
function axisOf({min, max, multipleOf}: Required<Dimension>, most: number): number[] {
  const steps: number[] = [min];
  for (let value = Math.max(min, multipleOf) * 2; value < max; value *= 2) steps.push(value);
  if (steps.length + 1 < most) {
    // a short range: evenly spaced values
    const count = (max - min) / multipleOf;
    const parts = Math.min(most - 1, count);
    const even = Array.from({length: parts}, (_, k) => min + Math.floor((count * k) / parts) * multipleOf);
    steps.push(...even);
  }
  const inner = [...new Set(steps)].filter(value => value > min && value < max).sort((a, b) => a - b);
  const room = Math.min(inner.length, most - 2);
  const chosen = Array.from({length: room}, (_, k) => inner[Math.floor((k * inner.length) / room)]!);
  return [...new Set([min, ...chosen, max])];
}

/** Bytes as a ratio to a bound; 1 where both are 0. A division is the same in every host, IEEE 754 rounds it correctly. */
export function ratioOf(bytes: Bytes, bound: Bytes): number {
  return bound === 0 ? (bytes === 0 ? 1 : Number.POSITIVE_INFINITY) : bytes / bound;
}
