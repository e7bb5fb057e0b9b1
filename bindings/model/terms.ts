/** Sizes as people state them become sums of coefficients times products of steps. */
import {UsageError} from './errors.ts';
import {type Bytes, MAX_BYTES, show} from './numbers.ts';
import {listNames} from './shown.ts';
import type {Dimension, SymbolicColumns, SymbolicSize} from './symbolic.ts';

/** More are an error in a file, not a problem. */
const MOST_TERMS = 64;
const MOST_FACTORS = 8;

/** The value of a dimension, divided: `from + step × steps`. */
interface Factor {
  readonly dimension: number;
  readonly from: bigint;
  readonly step: bigint;
}

/** Products of steps by their key, the ascending dimensions with blanks between; coefficients in bytes. */
type Sum = Map<string, bigint>;

/** Collects the sizes of a problem. */
export class TermTable {
  readonly #dimensions: readonly Required<Dimension>[];
  readonly #steps: readonly bigint[];
  readonly #monomials = new Map<string, number>();
  readonly #index: number[] = [0];
  readonly #monomial: number[] = [];
  readonly #coefficient: number[] = [];
  readonly #factors = new Map<string, Factor>();

  constructor(dimensions: readonly Required<Dimension>[]) {
    this.#dimensions = dimensions;
    this.#steps = dimensions.map(({min, max, multipleOf}) => BigInt((max - min) / multipleOf));
  }

  /** Adds the size of one more buffer. @returns its bytes at the maximum of each dimension */
  add(size: SymbolicSize, field: string): Bytes {
    const sum: Sum = new Map();
    for (const [k, term] of termsOf(size, field).entries())
      this.#addTerm(sum, term, typeof size === 'number' ? field : `${field}[${k}]`);
    const entries = [...sum].map(([key, coefficient]) => this.#checked(key, coefficient, field));
    const largest = entries.reduce((total, entry) => total + entry.largest, 0n);
    if (largest > BigInt(MAX_BYTES))
      throw new UsageError(
        `${field}: expected at most 2^53 - 1 bytes at the maximum of each dimension, got more`,
      );
    const kept = entries.filter(({largest}) => largest > 0n);
    for (const {monomial, coefficient} of kept.sort((a, b) => a.monomial - b.monomial)) {
      this.#monomial.push(monomial);
      this.#coefficient.push(Number(coefficient));
    }
    this.#index.push(this.#monomial.length);
    return Number(largest);
  }

  columns(): Pick<SymbolicColumns, 'monomials' | 'termIndex' | 'termMonomial' | 'termCoefficient'> {
    return {
      monomials: [...this.#monomials.keys()].map(factorsOf),
      termIndex: Uint32Array.from(this.#index),
      termMonomial: Uint32Array.from(this.#monomial),
      termCoefficient: Float64Array.from(this.#coefficient),
    };
  }

  #addTerm(sum: Sum, term: unknown, place: string): void {
    if (!Array.isArray(term) || term.length === 0 || term.length > MOST_FACTORS + 1)
      throw new UsageError(
        `${place}: expected a number of bytes and up to ${MOST_FACTORS} names of dimensions, got ${show(term)}`,
      );
    const [coefficient, ...names] = term as unknown[];
    if (!Number.isSafeInteger(coefficient))
      throw new UsageError(`${place}[0]: expected an integer number of bytes, got ${show(coefficient)}`);
    let product: Sum = new Map([['', BigInt(coefficient as number)]]);
    names.forEach((name, k) => {
      product = times(product, this.#factorOf(name, `${place}[${k + 1}]`));
    });
    for (const [key, value] of product) sum.set(key, (sum.get(key) ?? 0n) + value);
  }

  #factorOf(name: unknown, place: string): Factor {
    const known = this.#factors.get(name as string);
    if (known) return known;
    const names = this.#dimensions.map(dimension => dimension.name);
    // a name may have a slash of its own
    const whole = names.indexOf(name as string);
    const slash = whole < 0 && typeof name === 'string' ? name.lastIndexOf('/') : -1;
    const dimension = slash > 0 ? names.indexOf((name as string).slice(0, slash)) : whole;
    if (dimension < 0)
      throw new UsageError(
        `${place}: no dimension has the name ${show(name)}; there are ${listNames(names)}`,
      );
    const divisor = slash > 0 ? Number((name as string).slice(slash + 1)) : 1;
    const {min, multipleOf} = this.#dimensions[dimension]!;
    if (!Number.isSafeInteger(divisor) || divisor < 1 || multipleOf % divisor !== 0)
      throw new UsageError(
        `${place}: expected a divisor of multipleOf (${multipleOf}) of ${names[dimension]}, got ${show(name)}`,
      );
    const factor = {dimension, from: BigInt(min / divisor), step: BigInt(multipleOf / divisor)};
    this.#factors.set(name as string, factor);
    return factor;
  }

  #checked(key: string, coefficient: bigint, field: string) {
    const factors = factorsOf(key);
    const largest = factors.reduce((value, k) => value * this.#steps[k]!, coefficient);
    if (largest < 0n)
      throw new UsageError(
        `${field}: expected a size that is never below 0, and never smaller where a dimension is larger; ${
          key === ''
            ? 'at the minimum of each dimension'
            : `with ${factors.map(k => this.#dimensions[k]!.name).join('·')}`
        } it falls`,
      );
    const monomial = coefficient === 0n || largest === 0n ? -1 : this.#monomialOf(key);
    return {monomial, coefficient, largest};
  }

  #monomialOf(key: string): number {
    const known = this.#monomials.get(key);
    if (known !== undefined) return known;
    this.#monomials.set(key, this.#monomials.size);
    return this.#monomials.size - 1;
  }
}

function factorsOf(key: string): number[] {
  return key === '' ? [] : key.split(' ').map(Number);
}

function times(sum: Sum, {dimension, from, step}: Factor): Sum {
  const product: Sum = new Map();
  const add = (key: string, value: bigint) => product.set(key, (product.get(key) ?? 0n) + value);
  for (const [key, value] of sum) {
    add(key, value * from);
    add([...factorsOf(key), dimension].sort((a, b) => a - b).join(' '), value * step);
  }
  return product;
}

function termsOf(size: SymbolicSize, field: string): readonly unknown[] {
  if (typeof size === 'number') {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new UsageError(
        `${field}: expected an integer number of bytes from 0 to 2^53 - 1, got ${show(size)}`,
      );
    return [[size]];
  }
  if (!Array.isArray(size) || size.length > MOST_TERMS)
    throw new UsageError(
      `${field}: expected a number of bytes or up to ${MOST_TERMS} terms, such as [[4096, "batch"], [64]], got ${show(size)}`,
    );
  return size;
}
