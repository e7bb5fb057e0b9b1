/** A plan for all values of dimensions as a table in the runtime's memory, where its module computes offsets. */
import {LimitError, UsageError} from '../model/errors.ts';
import {alignmentOf} from '../model/problem.ts';
import type {SymbolicPlan} from '../symbolic/symbolic-plan.ts';
import {type Instance, words} from './instance.ts';

const HEAD_WORDS = 8;
/** f64 of a dimension, and of a place. */
const RANGE = 4;
const ROW = 3;
const OVERFLOW = 0xffffffff;

/** `assembly/runtime/offsets-at.ts` has the layout. */
export class OffsetTable {
  readonly #instance: Instance;
  readonly #plan: SymbolicPlan;
  readonly #address: number;
  /** Where the rows begin, in f64 from the ranges. */
  readonly #rows: number;

  /** @throws LimitError where there is no memory for it */
  constructor(instance: Instance, plan: SymbolicPlan) {
    this.#instance = instance;
    this.#plan = plan;
    const {problem, order, below, belowIndex} = plan;
    const {dimensions, monomials} = problem;
    const factors = monomials.flat();
    const terms = termsInOrder(plan);
    const head = [
      dimensions.length,
      monomials.length,
      factors.length,
      order.length,
      terms.of.length,
      below.length,
      0,
      0,
    ];
    this.#rows = RANGE * dimensions.length + terms.of.length;
    const doubles = this.#rows + ROW * order.length + 1 + monomials.length;
    const integers = [
      ...firstOf(monomials.map(one => one.length)),
      ...factors,
      ...terms.first,
      ...terms.of,
      ...belowIndex,
      ...below,
    ];
    const bytes = 4 * HEAD_WORDS + 8 * doubles + 4 * integers.length;
    this.#address = instance.exports.newTable(instance.worker, (bytes + 7) & ~7) >>> 0;
    if (this.#address === 0) throw new LimitError(`no memory for a table of ${bytes} bytes`);
    words(instance, this.#address, HEAD_WORDS).set(head);
    const numbers = this.#doubles(doubles);
    dimensions.forEach(({min, max, multipleOf}, d) => {
      numbers.set([min, min, max, multipleOf], RANGE * d);
    });
    numbers.set(terms.coefficient, RANGE * dimensions.length);
    order.forEach((i, k) => {
      numbers[this.#rows + ROW * k] = alignmentOf(problem.largest, i);
    });
    words(instance, this.#address + 4 * HEAD_WORDS + 8 * doubles, integers.length).set(integers);
  }

  #doubles(count: number): Float64Array {
    return new Float64Array(this.#instance.memory.buffer, this.#address + 4 * HEAD_WORDS, count);
  }

  /**
   * Offsets and sizes of the buffers in the order of the plan, 0 of others, and the peak; at values in the order of the dimensions; bytes.
   * @throws UsageError for a value outside of its range
   */
  at(values: Float64Array): {
    readonly offsets: Float64Array;
    readonly sizes: Float64Array;
    readonly peak: number;
  } {
    const {problem, order} = this.#plan;
    const count = this.#rows + ROW * order.length + 1;
    const numbers = this.#doubles(count);
    values.forEach((value, d) => {
      numbers[RANGE * d] = value;
    });
    const answer = this.#instance.exports.offsetsAt(this.#address) >>> 0;
    if (answer === OVERFLOW) throw new LimitError('the arena would be larger than 2^53 - 1 bytes');
    if (answer !== 0)
      throw new UsageError(
        `values.${problem.dimensions[answer - 1]!.name}: ${values[answer - 1]} is outside of its range`,
      );
    const offsets = new Float64Array(problem.largest.count);
    const sizes = new Float64Array(problem.largest.count);
    order.forEach((i, k) => {
      sizes[i] = numbers[this.#rows + ROW * k + 1]!;
      offsets[i] = numbers[this.#rows + ROW * k + 2]!;
    });
    return {offsets, sizes, peak: numbers[count - 1]!};
  }

  /** Gives the memory back. */
  drop(): void {
    this.#instance.exports.dropTable(this.#instance.worker, this.#address);
  }
}

function firstOf(lengths: readonly number[]): number[] {
  const first = [0];
  for (const length of lengths) first.push(first.at(-1)! + length);
  return first;
}

function termsInOrder({problem, order}: SymbolicPlan): {
  first: number[];
  of: number[];
  coefficient: number[];
} {
  const {termIndex, termMonomial, termCoefficient} = problem;
  const lists = Array.from(order, i => ({
    of: [...termMonomial.subarray(termIndex[i], termIndex[i + 1])],
    coefficient: [...termCoefficient.subarray(termIndex[i], termIndex[i + 1])],
  }));
  return {
    first: firstOf(lists.map(({of}) => of.length)),
    of: lists.flatMap(({of}) => of),
    coefficient: lists.flatMap(({coefficient}) => coefficient),
  };
}
