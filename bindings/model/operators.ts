/** Operators and the tensors that they read and write: what an order of operators is chosen for. As people state it. */
import type {Bytes} from './numbers.ts';

/** A tensor or operator by its index in the problem, or by its `id` where that is there once. */
export type OperatorRef = number | string;

/** A tensor. One that no operator writes is an input: it is there from the start to its last reader. */
export interface TensorInfo {
  /** Name in reports; the tensor's index where absent. No commas, quotes or line breaks. */
  readonly id?: string;
  /** Bytes. */
  readonly size: Bytes;
  /** Whether it must be there at the end. Default false. */
  readonly output?: boolean;
  /** Bytes, a power of two. */
  readonly alignment?: Bytes;
  /** It is the same memory as this tensor, from its first byte; the operator that writes it moves nothing. */
  readonly viewOf?: OperatorRef;
}

export interface OperatorInfo {
  /** Name in reports; the operator's index where absent. */
  readonly id?: string;
  readonly inputs: readonly OperatorRef[];
  readonly outputs: readonly OperatorRef[];
  /** Inputs that its first output may overwrite, where nobody reads them later and they are no smaller. */
  readonly inPlace?: readonly OperatorRef[];
  /** Operators that must run before it, beside those that write its inputs: an order of effects. */
  readonly after?: readonly OperatorRef[];
  /** What it costs to run it once more, an integer, in any unit that all operators share; it is never repeated where absent. */
  readonly cost?: number;
}

/** The operators in the order of the file, which must be one in which they can run. */
export interface OperatorProblem {
  readonly tensors: readonly TensorInfo[];
  readonly operators: readonly OperatorInfo[];
  /** Bytes that the arena may hold at most; unlimited where absent. */
  readonly capacity?: Bytes;
  /** Bytes, a power of two, for tensors that have none of their own; 1 where absent. */
  readonly alignment?: Bytes;
}
