/**
 * Sizes recorded at a few values of dimensions become the simplest forms that have these sizes: as few terms as possible, of as low powers
 * as possible. What is not determined by the recordings is assumed, and said to be.
 */
import type {Bytes} from './numbers.ts';
import type {Dimension, SymbolicSize, Term} from './symbolic.ts';

/**
 * - `checked`: at least one recording more than the form has terms agrees with it.
 * - `assumed`: the form has as many terms as recordings made it; another form may have made the same sizes.
 * - `rounded`: sizes are those of the form rounded up by less than an alignment; the form is above all of them.
 */
export type FitKind = 'checked' | 'assumed' | 'rounded';

export interface RecordedFit {
  readonly size: SymbolicSize;
  readonly kind: FitKind;
}

/** A product of values: per dimension the power. */
type Powers = readonly number[];

const MOST_POWER = 2;

/**
 * @param values per recording, in the order of the dimensions
 * @param sizes per recording, bytes
 * @param rounding bytes, less than which a size may be rounded up; 1 for exact sizes
 * @returns undefined where no form of up to three terms fits
 */
export function fitRecorded(
  dimensions: readonly Required<Dimension>[],
  values: readonly Float64Array[],
  sizes: readonly Bytes[],
  rounding: Bytes = 1,
): RecordedFit | undefined {
  if (sizes.every(size => size === sizes[0]))
    return {size: sizes[0]!, kind: sizes.length > 1 ? 'checked' : 'assumed'};
  const basis = productsOf(dimensions, values);
  const rows = basis.map(powers =>
    values.map(value =>
      dimensions.reduce((n, {multipleOf}, d) => n * (value[d]! / multipleOf) ** powers[d]!, 1),
    ),
  );
  for (let count = 1; count <= Math.min(3, sizes.length); count++) {
    for (const subset of subsets(basis.length, count)) {
      const coefficients = solved(
        subset.map(k => rows[k]!),
        sizes,
      );
      if (!coefficients) continue;
      const terms = subset.map((k, t) => termOf(dimensions, coefficients[t]!, basis[k]!));
      return {size: terms.reverse(), kind: sizes.length > count ? 'checked' : 'assumed'};
    }
  }
  return rounding > 1 ? roundedFit(dimensions, basis, rows, sizes, rounding) : undefined;
}

/** Products of powers up to two whose values differ between the recordings, and 1; the lowest first. */
function productsOf(dimensions: readonly Required<Dimension>[], values: readonly Float64Array[]): Powers[] {
  let all: Powers[] = [[]];
  dimensions.forEach((_, d) => {
    const varies = values.some(value => value[d] !== values[0]![d]);
    const powers = varies ? Array.from({length: MOST_POWER + 1}, (_, power) => power) : [0];
    all = all.flatMap(row => powers.map(power => [...row, power]));
  });
  const degree = (powers: Powers) => powers.reduce((sum, power) => sum + power, 0);
  const highest = (powers: Powers) => Math.max(0, ...powers);
  return all
    .filter(powers => degree(powers) <= Math.max(MOST_POWER + 1, dimensions.length))
    .sort((a, b) => degree(a) - degree(b) || highest(a) - highest(b));
}

function* subsets(count: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let k = from; k <= count - size; k++)
    for (const rest of subsets(count, size - 1, k + 1)) yield [k, ...rest];
}

/** Integers from 1 with Σ coefficient × row = sizes in each recording; undefined where there are none, or not exactly one choice. */
function solved(rows: readonly (readonly number[])[], sizes: readonly Bytes[]): number[] | undefined {
  const n = rows.length;
  // elimination over fractions that stay integers: Bareiss
  const table = sizes.map((size, r) => [...rows.map(row => BigInt(row[r]!)), BigInt(size)]);
  let previous = 1n;
  for (let k = 0; k < n; k++) {
    const pivot = table.findIndex((row, r) => r >= k && row[k] !== 0n);
    if (pivot < 0) return undefined;
    [table[k], table[pivot]] = [table[pivot]!, table[k]!];
    for (let r = 0; r < table.length; r++) {
      if (r === k) continue;
      const factor = table[r]![k]!;
      for (let c = 0; c <= n; c++)
        table[r]![c] = (table[k]![k]! * table[r]![c]! - factor * table[k]![c]!) / previous;
    }
    previous = table[k]![k]!;
  }
  if (table.slice(n).some(row => row[n] !== 0n)) return undefined;
  const coefficients = Array.from({length: n}, (_, k) => [table[k]![n]!, table[k]![k]!] as const);
  if (coefficients.some(([value, by]) => value % by !== 0n || value / by <= 0n)) return undefined;
  return coefficients.map(([value, by]) => Number(value / by));
}

/** The lowest form of one product, and 1, that is at no recording below the size, and less than the rounding above it. */
function roundedFit(
  dimensions: readonly Required<Dimension>[],
  basis: readonly Powers[],
  rows: readonly (readonly number[])[],
  sizes: readonly Bytes[],
  rounding: Bytes,
): RecordedFit | undefined {
  const isClose = (form: (k: number) => number) =>
    sizes.every((size, k) => form(k) >= size && form(k) - size < rounding);
  for (const [b, row] of rows.entries()) {
    if (row.every(value => value === row[0])) continue;
    const [least, most] = [row.indexOf(Math.min(...row)), row.indexOf(Math.max(...row))];
    const slope = Math.max(0, Math.floor((sizes[most]! - sizes[least]!) / (row[most]! - row[least]!)));
    const whole = sizes.reduce((c, size, k) => Math.max(c, Math.ceil(size / Math.max(1, row[k]!))), 0);
    for (const coefficient of [whole, slope, slope + 1]) {
      const base = sizes.reduce((a, size, k) => Math.max(a, size - coefficient * row[k]!), 0);
      if (coefficient === 0 || !isClose(k => base + coefficient * row[k]!)) continue;
      const term = termOf(dimensions, coefficient, basis[b]!);
      return {size: base > 0 ? [term, [base]] : [term], kind: 'rounded'};
    }
  }
  return undefined;
}

/** A term of powers of value / multipleOf; of the values themselves where the coefficient stays an integer. */
function termOf(dimensions: readonly Required<Dimension>[], coefficient: number, powers: Powers): Term {
  let left = coefficient;
  const names = powers.flatMap((power, d) => {
    const {name, multipleOf} = dimensions[d]!;
    const whole = multipleOf ** power;
    const isPlain = left % whole === 0;
    if (isPlain) left /= whole;
    return new Array<string>(power).fill(isPlain || multipleOf === 1 ? name : `${name}/${multipleOf}`);
  });
  return [left, ...names];
}
