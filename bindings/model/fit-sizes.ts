/**
 * Sizes that are known at some values of dimensions become forms: polynomials in the steps of each dimension, by differences, exact in
 * integers. A form is taken only if it gives the known size at each further value, too.
 */
import type {Bytes} from './numbers.ts';
import type {Dimension, SymbolicSize, Term} from './symbolic.ts';

/** Highest power of a dimension, by how many there are; with more dimensions there would be too many values to look at. */
const MOST_POWER = [0, 4, 3, 2, 2] as const;
/** Dimensions of more than one value that sizes are fitted in. */
export const MOST_FITTED = MOST_POWER.length - 1;

/** Values at which sizes must be known: `nodes` make the form, `checks` test it. */
export interface Samples {
  readonly nodes: readonly Float64Array[];
  readonly checks: readonly Float64Array[];
  /** Per dimension: nodes along it, at 0, 1, 2, … steps. */
  readonly perDimension: readonly number[];
}

export function samplesOf(dimensions: readonly Required<Dimension>[]): Samples {
  const free = dimensions.filter(({min, max}) => max > min).length;
  const power = MOST_POWER[free] ?? 1;
  const steps = dimensions.map(({min, max, multipleOf}) => (max - min) / multipleOf);
  const perDimension = steps.map(most => Math.min(most, power) + 1);
  const at = (counts: readonly number[]) =>
    Float64Array.from(dimensions, ({min, multipleOf}, d) => min + counts[d]! * multipleOf);
  const nodes = combinations(perDimension.map(count => Array.from({length: count}, (_, k) => k))).map(at);
  const ends = combinations(steps.map(most => [...new Set([most, Math.ceil(most / 2)])])).map(at);
  // one dimension at its maximum, the others low, and an uneven place within
  const alone = steps.map((most, d) => at(steps.map((_, other) => (other === d ? most : 0))));
  const within = at(steps.map((most, d) => Math.floor((most * (3 + d)) / (7 + d))));
  return {nodes, checks: [...ends, ...alone, within], perDimension};
}

function combinations(axes: readonly (readonly number[])[]): number[][] {
  return axes.reduce<number[][]>((all, axis) => all.flatMap(row => axis.map(value => [...row, value])), [[]]);
}

/**
 * The form of a size with these bytes at the nodes, in their order.
 * @returns undefined where that is no sum of products of steps with integers from 0
 */
export function fitted(
  dimensions: readonly Required<Dimension>[],
  {perDimension}: Samples,
  sizes: readonly Bytes[],
): SymbolicSize | undefined {
  if (sizes.every(size => size === sizes[0])) return sizes[0]!;
  let values = sizes.map(BigInt);
  let scale = 1n;
  perDimension.forEach((count, d) => {
    const [stride, factor] = [strideOf(perDimension, d), factorial(count - 1)];
    scale *= factor;
    values = alongAxis(values, count, stride, line => powersOf(line, factor));
  });
  if (values.some(value => value < 0n || value % scale !== 0n)) return undefined;
  const inSteps = values.map(value => value / scale);
  return statedIn(dimensions, perDimension, inSteps);
}

/** Distance of neighbours along a dimension; the last one is dense. */
function strideOf(perDimension: readonly number[], dimension: number): number {
  return perDimension.slice(dimension + 1).reduce((product, count) => product * count, 1);
}

function factorial(n: number): bigint {
  return n < 2 ? 1n : BigInt(n) * factorial(n - 1);
}

/** The same function of each line along a dimension. */
function alongAxis(
  values: readonly bigint[],
  count: number,
  stride: number,
  change: (line: bigint[]) => bigint[],
): bigint[] {
  const changed = [...values];
  for (let first = 0; first < values.length; first++) {
    if (Math.floor(first / stride) % count !== 0) continue;
    const line = Array.from({length: count}, (_, k) => values[first + k * stride]!);
    change(line).forEach((value, k) => {
      changed[first + k * stride] = value;
    });
  }
  return changed;
}

/** The coefficients, times `factor`, of the polynomial with these values at 0, 1, 2, …: by Newton's forward differences. */
function powersOf(line: readonly bigint[], factor: bigint): bigint[] {
  const sums = line.map(() => 0n);
  let differences = [...line];
  // k (k − 1) … (k − j + 1) as powers of k
  let falling = [1n];
  for (let j = 0; j < line.length; j++) {
    const weight = (differences[0]! * factor) / factorial(j);
    falling.forEach((value, power) => {
      sums[power]! += value * weight;
    });
    differences = differences.slice(1).map((value, k) => value - differences[k]!);
    falling = [0n, ...falling].map((value, power) => value - BigInt(j) * (falling[power] ?? 0n));
  }
  return sums;
}

/** Coefficients of powers of steps as terms of dimensions: steps are value / multipleOf − min / multipleOf. */
function statedIn(
  dimensions: readonly Required<Dimension>[],
  perDimension: readonly number[],
  inSteps: readonly bigint[],
): SymbolicSize {
  let values = [...inSteps];
  dimensions.forEach(({min, multipleOf}, d) => {
    values = alongAxis(values, perDimension[d]!, strideOf(perDimension, d), line =>
      shifted(line, BigInt(min / multipleOf)),
    );
  });
  const terms: Term[] = [];
  for (const [at, value] of values.entries()) {
    if (value === 0n) continue;
    const powers = perDimension.map((count, d) => Math.floor(at / strideOf(perDimension, d)) % count);
    terms.unshift(termOf(dimensions, value, powers));
  }
  return terms;
}

/** The polynomial Σ c (x − from)^p as coefficients of powers of x. */
function shifted(line: readonly bigint[], from: bigint): bigint[] {
  let sum: bigint[] = [];
  for (const coefficient of [...line].reverse()) {
    // Horner: sum × (x − from) + coefficient
    const next = [0n, ...sum].map((value, power) => value - from * (sum[power] ?? 0n));
    next[0]! += coefficient;
    sum = next;
  }
  return line.map((_, power) => sum[power] ?? 0n);
}

/** A term of powers of value / multipleOf; of the values themselves where the coefficient stays an integer. */
function termOf(dimensions: readonly Required<Dimension>[], value: bigint, powers: readonly number[]): Term {
  let coefficient = value;
  const names = powers.flatMap((power, d) => {
    const {name, multipleOf} = dimensions[d]!;
    const whole = BigInt(multipleOf) ** BigInt(power);
    const isPlain = coefficient % whole === 0n;
    if (isPlain) coefficient /= whole;
    return new Array<string>(power).fill(isPlain || multipleOf === 1 ? name : `${name}/${multipleOf}`);
  });
  return [Number(coefficient), ...names];
}

/** The size at checked values, bytes: what a form is tested with. */
export function bytesOf(
  dimensions: readonly Required<Dimension>[],
  size: SymbolicSize,
  values: Float64Array,
): Bytes {
  if (typeof size === 'number') return size;
  const sum = size.reduce((total, [coefficient, ...names]) => {
    return (
      total +
      names.reduce((product, name) => product * factorValue(dimensions, name, values), BigInt(coefficient))
    );
  }, 0n);
  return Number(sum);
}

function factorValue(dimensions: readonly Required<Dimension>[], name: string, values: Float64Array): bigint {
  const d = dimensions.findIndex(
    dimension => name === dimension.name || name === `${dimension.name}/${dimension.multipleOf}`,
  );
  const value = BigInt(values[d]!);
  return name === dimensions[d]!.name ? value : value / BigInt(dimensions[d]!.multipleOf);
}
