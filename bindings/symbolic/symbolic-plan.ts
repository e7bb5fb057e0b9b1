/** A plan that is valid at every value of the dimensions: an order of buffers. Offsets at given values take one pass over it. */
import {checkedValues, sizesAt} from '../model/dimension-values.ts';
import type {Bytes} from '../model/numbers.ts';
import {alignmentOf} from '../model/problem.ts';
import type {DimensionValues, SymbolicColumns} from '../model/symbolic.ts';
import type {OrderedPlan} from './verify.ts';

/** Offsets at one value of each dimension. */
export interface OffsetsAt {
  /** Bytes, in the order of the problem's buffers; 0 for a buffer that is never live or has no bytes at any value. */
  readonly offsets: Float64Array;
  /** Bytes, in the same order. */
  readonly sizes: Float64Array;
  /** max(offset + size) over the buffers that are ever live, bytes. */
  readonly peak: Bytes;
}

/** The plan at one value, beside others. */
export interface SymbolicPoint {
  readonly values: DimensionValues;
  /** Bytes that no plan made for this value alone can undercut. */
  readonly lowerBound: Bytes;
  /** Bytes of this plan. */
  readonly peak: Bytes;
  /** Bytes of the best plan found for this value alone. */
  readonly fresh: Bytes;
}

/** What is known of a plan with regard to all plans of its problem. */
export interface SymbolicEvidence {
  /** The values that were looked at. */
  readonly points: readonly SymbolicPoint[];
  /** Bytes of the plan for the maximum of each dimension, which serves all smaller values, too. */
  readonly maximumPeak: Bytes;
  /** At every value of the dimensions the peak is at most so many times the bytes that are live at once; undefined where not proven. */
  readonly guarantee?: number;
  /** Whether, at the values that were looked at, no order has a smaller worst ratio of peak to the bound that the search compares with. */
  readonly isBestOrder: boolean;
  readonly nodes: number;
  readonly seed: number;
  /** Wall-clock time, seconds. */
  readonly seconds: number;
}

/**
 * A verified plan for all values of the dimensions. A buffer is on the highest of the buffers in its list, aligned. Each two buffers
 * that are live together are above one another by such lists, so no two of them ever share a byte, whatever the values.
 */
export class SymbolicPlan implements OrderedPlan {
  readonly problem: SymbolicColumns;
  /** Indices of the buffers that are ever live and have bytes, the lowest first. */
  readonly order: Uint32Array;
  /** Of place k: entries `belowIndex[k] … belowIndex[k + 1] − 1` of `below`, places before k. */
  readonly belowIndex: Uint32Array;
  readonly below: Uint32Array;
  readonly evidence: SymbolicEvidence;
  readonly #ends: Float64Array;
  readonly #alignments: Float64Array;

  /** @internal Use `planSymbolic` or `readSymbolicPlan`: they verify. */
  constructor(problem: SymbolicColumns, plan: OrderedPlan, evidence: SymbolicEvidence) {
    this.problem = problem;
    this.order = plan.order;
    this.belowIndex = plan.belowIndex;
    this.below = plan.below;
    this.evidence = evidence;
    this.#ends = new Float64Array(plan.order.length);
    this.#alignments = Float64Array.from(plan.order, i => alignmentOf(problem.largest, i));
  }

  /**
   * Offsets, sizes and the peak at a value for each dimension, in time of the lists.
   * @throws UsageError for a dimension that is missing or unknown, and a value outside of its range
   */
  at(values: DimensionValues): OffsetsAt {
    return this.atChecked(checkedValues(this.problem.dimensions, values));
  }

  /** As `at`, bytes of the arena alone. */
  peak(values: DimensionValues): Bytes {
    return this.at(values).peak;
  }

  /** @internal As `at`, of values that were checked. */
  atChecked(values: Float64Array): OffsetsAt {
    const sizes = sizesAt(this.problem, values);
    const offsets = new Float64Array(sizes.length);
    const ends = this.#ends;
    const {order, belowIndex, below} = this;
    let peak = 0;
    for (let k = 0; k < order.length; k++) {
      let offset = 0;
      for (let t = belowIndex[k]!; t < belowIndex[k + 1]!; t++) {
        const end = ends[below[t]!]!;
        if (end > offset) offset = end;
      }
      const alignment = this.#alignments[k]!;
      if (alignment > 1) offset = Math.ceil(offset / alignment) * alignment;
      const i = order[k]!;
      offsets[i] = offset;
      const end = offset + sizes[i]!;
      ends[k] = end;
      // a buffer of 0 bytes at this value needs no arena, wherever it is
      if (sizes[i]! > 0 && end > peak) peak = end;
    }
    return {offsets, sizes, peak};
  }

  /** Values that were looked at where the peak is the lower bound. */
  get numOptimal(): number {
    return this.evidence.points.filter(({peak, lowerBound}) => peak === lowerBound).length;
  }

  /** Whether no plan is smaller at any value of the dimensions: proven by comparing forms, not by looking at values. */
  get isOptimalForAll(): boolean {
    return this.evidence.guarantee === 1;
  }
}
