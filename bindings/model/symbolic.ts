/**
 * Problems whose sizes depend on dimensions, such as `batch` and `seq`: a size is a sum of terms, each an integer times a product of
 * dimensions. As people state them, and as columns.
 */
import type {Bytes, Tick} from './numbers.ts';
import type {ProblemColumns} from './problem.ts';

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

/**
 * An integer, in bytes, times the dimensions of these names; a name may be there more than once. `height/32` is the value of `height`
 * divided by 32, which must divide every value that it may take.
 */
export type Term = readonly [coefficient: number, ...dimensions: string[]];

/** Bytes, or the sum of terms: at no value below 0, and never smaller where a dimension is larger. */
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

/**
 * The same problem as columns. The *steps* of a dimension are (value − min) / multipleOf, a *monomial* is a product of steps, and sizes
 * are sums of coefficients from 1 times monomials: so they are at no value negative, and largest at the maximum of each dimension.
 */
export interface SymbolicColumns {
  readonly dimensions: readonly Required<Dimension>[];
  /** The distinct products of steps, each as ascending indices of dimensions; the empty one is 1. */
  readonly monomials: readonly (readonly number[])[];
  /** Terms of buffer i: entries `termIndex[i] … termIndex[i + 1] − 1` of the next two; `count + 1` entries. */
  readonly termIndex: Uint32Array;
  readonly termMonomial: Uint32Array;
  /** Bytes. */
  readonly termCoefficient: Float64Array;
  /** Sizes as they were stated, for people and files. */
  readonly stated: readonly SymbolicSize[];
  /** The problem at the maximum of each dimension: lifetimes, alignments, names, and the largest sizes. */
  readonly largest: ProblemColumns;
}
