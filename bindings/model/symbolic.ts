/**
 * Problems whose sizes depend on dimensions, such as `batch` and `seq`: a size is a sum of terms, each an integer times a product of
 * dimensions. As people state them, and as columns.
 */
import {UsageError} from './errors.ts';
import {type Bytes, checkBytes, checkCount, checkFields, MAX_BYTES, show, type Tick} from './numbers.ts';
import type {ProblemColumns} from './problem.ts';
import {listNames} from './shown.ts';
import {toColumns} from './to-columns.ts';

/** A number that is known at run time only, and the values that it may take. */
export interface Dimension {
  /** No commas, quotes or line breaks. */
  readonly name: string;
  /** Integers; both are multiples of `multipleOf`. */
  readonly min: number;
  readonly max: number;
  /** Every value is a multiple of it; 1 where absent. */
  readonly multipleOf?: number;
}

/** An integer from 0, in bytes, times the dimensions of these names; a name may be there more than once. */
export type Term = readonly [coefficient: number, ...dimensions: string[]];

/** Bytes, or the sum of terms. */
export type SymbolicSize = Bytes | readonly Term[];

/** As `BufferInfo`, with a size that depends on dimensions. */
export interface SymbolicBuffer {
  /** Name in reports; the buffer's index where absent. No commas, quotes or line breaks. */
  readonly id?: string;
  readonly size: SymbolicSize;
  /** Ticks, `[start, end)`. */
  readonly start: Tick;
  readonly end: Tick;
  /** Bytes, a power of two. */
  readonly alignment?: Bytes;
  /** Half-open parts `[from, to)` of the lifetime in which the buffer holds nothing, ascending, apart. */
  readonly gaps?: readonly (readonly [Tick, Tick])[];
}

/** Buffers of one arena whose sizes depend on dimensions; lifetimes do not. */
export interface SymbolicProblem {
  readonly dimensions: readonly Dimension[];
  readonly buffers: readonly SymbolicBuffer[];
  /** Bytes that the arena may hold at every value of the dimensions; unlimited where absent. */
  readonly capacity?: Bytes;
  /** Alignment of the buffers that have none of their own, bytes, a power of two; 1 where absent. */
  readonly alignment?: Bytes;
}

/** A value for each dimension, by name. */
export type DimensionValues = Readonly<Record<string, number>>;

/** The same problem as columns. A *monomial* is a product of dimensions; sizes are sums of coefficients times monomials. */
export interface SymbolicColumns {
  readonly dimensions: readonly Required<Dimension>[];
  /** The distinct products, each as ascending indices of dimensions; the empty one is 1. */
  readonly monomials: readonly (readonly number[])[];
  /** Terms of buffer i: entries `termIndex[i] … termIndex[i + 1] − 1` of the next two; `count + 1` entries. */
  readonly termIndex: Uint32Array;
  readonly termMonomial: Uint32Array;
  /** Bytes. */
  readonly termCoefficient: Float64Array;
  /** The problem at the maximum of each dimension: lifetimes, alignments, names, and the largest sizes. */
  readonly largest: ProblemColumns;
}

const PROBLEM_FIELDS: ReadonlySet<string> = new Set(['dimensions', 'buffers', 'capacity', 'alignment']);
const DIMENSION_FIELDS: ReadonlySet<string> = new Set(['name', 'min', 'max', 'multipleOf']);
const BUFFER_FIELDS: ReadonlySet<string> = new Set(['id', 'size', 'start', 'end', 'alignment', 'gaps']);
/** More are an error in a file, not a problem. */
const MOST_DIMENSIONS = 16;
const MOST_TERMS = 64;
const MOST_FACTORS = 8;

/** Whether a problem has sizes that depend on dimensions, in columns. */
export function isSymbolicColumns(problem: SymbolicProblem | SymbolicColumns): problem is SymbolicColumns {
  return 'monomials' in problem;
}

/**
 * Columns of a problem, every field checked; columns are taken as they are.
 * @throws UsageError naming the field, the expected and the given value.
 */
export function toSymbolicColumns(problem: SymbolicProblem | SymbolicColumns): SymbolicColumns {
  if (typeof problem !== 'object' || problem === null)
    throw new UsageError(`problem: expected an object, got ${show(problem)}`);
  if (isSymbolicColumns(problem)) return problem;
  checkFields(problem, PROBLEM_FIELDS, 'a problem with dimensions');
  const {buffers, capacity, alignment} = problem;
  const dimensions = checkedDimensions(problem.dimensions);
  if (!Array.isArray(buffers)) throw new UsageError(`buffers: expected an array, got ${show(buffers)}`);
  const table = new TermTable(dimensions);
  const sized = (buffers as readonly SymbolicBuffer[]).map((buffer, i) => {
    checkFields(buffer, BUFFER_FIELDS, `buffers[${i}]`);
    return {...buffer, size: table.add(buffer.size, `buffers[${i}].size`)};
  });
  const largest = toColumns({
    buffers: sized,
    ...(capacity === undefined ? {} : {capacity}),
    ...(alignment === undefined ? {} : {alignment}),
  });
  return {dimensions, ...table.columns(), largest};
}

/** @throws UsageError naming the field. */
export function checkedDimensions(dimensions: readonly Dimension[]): Required<Dimension>[] {
  if (!Array.isArray(dimensions) || dimensions.length === 0 || dimensions.length > MOST_DIMENSIONS)
    throw new UsageError(`dimensions: expected a list of 1 to ${MOST_DIMENSIONS}, got ${show(dimensions)}`);
  const names = new Set<string>();
  return (dimensions as readonly Dimension[]).map((dimension, k) => {
    const place = `dimensions[${k}]`;
    checkFields(dimension, DIMENSION_FIELDS, place);
    const {name, min, max, multipleOf = 1} = dimension;
    if (typeof name !== 'string' || name === '' || /[",\r\n]/.test(name))
      throw new UsageError(
        `${place}.name: expected a name without commas, quotes and line breaks, got ${show(name)}`,
      );
    if (names.has(name)) throw new UsageError(`${place}.name: ${show(name)} is there twice`);
    names.add(name);
    checkCount(min, `${place}.min`);
    checkCount(max, `${place}.max`, min);
    checkCount(multipleOf, `${place}.multipleOf`, 1);
    for (const [field, value] of Object.entries({min, max})) {
      if (value % multipleOf !== 0)
        throw new UsageError(
          `${place}.${field}: expected a multiple of multipleOf (${multipleOf}), got ${value}`,
        );
    }
    return {name, min, max, multipleOf};
  });
}

/** Collects the terms of sizes, like ones joined. */
export class TermTable {
  readonly #dimensions: readonly Required<Dimension>[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #monomials = new Map<string, number>();
  readonly #index: number[] = [0];
  readonly #monomial: number[] = [];
  readonly #coefficient: number[] = [];

  constructor(dimensions: readonly Required<Dimension>[]) {
    this.#dimensions = dimensions;
    this.#places = new Map(dimensions.map(({name}, k) => [name, k]));
  }

  /** Adds the size of one more buffer. @returns its bytes at the maximum of each dimension */
  add(size: SymbolicSize, field: string): Bytes {
    const terms = new Map<number, number>();
    let largest = 0n;
    for (const [k, term] of termsOf(size, field).entries()) {
      const place = typeof size === 'number' ? field : `${field}[${k}]`;
      const [coefficient, factors] = this.#checked(term, place);
      largest += this.#largest(coefficient, factors);
      if (largest > BigInt(MAX_BYTES))
        throw new UsageError(
          `${field}: expected at most 2^53 - 1 bytes at the maximum of each dimension, got more`,
        );
      if (coefficient === 0) continue;
      const monomial = this.#monomialOf(factors);
      terms.set(monomial, (terms.get(monomial) ?? 0) + coefficient);
    }
    for (const [monomial, coefficient] of [...terms].sort(([a], [b]) => a - b)) {
      this.#monomial.push(monomial);
      this.#coefficient.push(coefficient);
    }
    this.#index.push(this.#monomial.length);
    return Number(largest);
  }

  columns(): Omit<SymbolicColumns, 'dimensions' | 'largest'> {
    return {
      monomials: [...this.#monomials.keys()].map(key => (key === '' ? [] : key.split(' ').map(Number))),
      termIndex: Uint32Array.from(this.#index),
      termMonomial: Uint32Array.from(this.#monomial),
      termCoefficient: Float64Array.from(this.#coefficient),
    };
  }

  #checked(term: unknown, place: string): [coefficient: number, factors: number[]] {
    if (!Array.isArray(term) || term.length === 0 || term.length > MOST_FACTORS + 1)
      throw new UsageError(
        `${place}: expected a number of bytes and up to ${MOST_FACTORS} names of dimensions, got ${show(term)}`,
      );
    const [coefficient, ...names] = term as unknown[];
    checkBytes(coefficient, `${place}[0]`);
    const factors = names.map((name, k) => {
      const dimension = this.#places.get(name as string);
      if (dimension === undefined)
        throw new UsageError(
          `${place}[${k + 1}]: no dimension has the name ${show(name)}; there are ${listNames([...this.#places.keys()])}`,
        );
      return dimension;
    });
    return [coefficient, factors.sort((a, b) => a - b)];
  }

  #largest(coefficient: number, factors: readonly number[]): bigint {
    return factors.reduce((value, k) => value * BigInt(this.#dimensions[k]!.max), BigInt(coefficient));
  }

  #monomialOf(factors: readonly number[]): number {
    const key = factors.join(' ');
    const known = this.#monomials.get(key);
    if (known !== undefined) return known;
    this.#monomials.set(key, this.#monomials.size);
    return this.#monomials.size - 1;
  }
}

function termsOf(size: SymbolicSize, field: string): readonly unknown[] {
  if (typeof size === 'number') return [[size]];
  if (!Array.isArray(size) || size.length > MOST_TERMS)
    throw new UsageError(
      `${field}: expected a number of bytes or up to ${MOST_TERMS} terms, such as [[4096, "batch"], [64]], got ${show(size)}`,
    );
  return size;
}

/** The size of buffer `i`, as people state it. */
export function sizeOf(columns: SymbolicColumns, i: number): SymbolicSize {
  const {termIndex, termMonomial, termCoefficient, monomials, dimensions} = columns;
  const terms: Term[] = [];
  for (let t = termIndex[i]!; t < termIndex[i + 1]!; t++) {
    const names = monomials[termMonomial[t]!]!.map(k => dimensions[k]!.name);
    terms.push([termCoefficient[t]!, ...names]);
  }
  if (terms.length === 0) return 0;
  return terms.length === 1 && terms[0]!.length === 1 ? terms[0]![0] : terms;
}

/** A size for people: `4,096 batch seq + 64` without separators of thousands, bytes. */
export function describeSize(size: SymbolicSize): string {
  if (typeof size === 'number') return String(size);
  return size.map(([coefficient, ...names]) => [coefficient, ...names].join('·')).join(' + ') || '0';
}
