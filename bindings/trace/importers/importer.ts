/** The interface of importers, and their results. */
import type {OperatorProblem} from '../../model/operators.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import type {Dimension, SymbolicColumns} from '../../model/symbolic.ts';
import type {ByteSource} from '../source/source.ts';
import type {Trace} from '../trace.ts';

/** The beginning of an input. */
export interface Head {
  readonly bytes: Uint8Array;
  /** The same as text, without a byte order mark; bytes that are no UTF-8 are U+FFFD. */
  readonly text: string;
}

/** A recording that was read; its iterations can be planned. */
export interface ImportedTrace {
  readonly kind: 'trace';
  readonly format: string;
  readonly trace: Trace;
}

/** Offsets that came with a problem, from the program that wrote it: something to compare a plan with. */
export interface ReferencePlan {
  /** Whose, e.g. `XLA`. */
  readonly name: string;
  /** Bytes, max(offset + size). */
  readonly peak: number;
  /** Bytes, one per buffer of the problem; NaN where the file has none. */
  readonly offsets: Float64Array;
}

/** An operator that could write its output over an input that nobody reads afterwards. */
export interface InPlaceCandidate {
  /** Buffers of the problem. */
  readonly input: number;
  readonly output: number;
  /** Name of the operator, e.g. `Relu`. */
  readonly operation: string;
  /** `alias` where the bytes do not change, as for Reshape. */
  readonly kind: 'alias' | 'overwrite';
}

/** Buffers that are live together and share bytes in the plan that came with the file. */
export interface Sharing {
  /** Whose plan states it, e.g. `OfflineMemoryAllocation`. */
  readonly name: string;
  /** Buffers that keep sharing, ascending: the problem's constraints tie them. */
  readonly buffers: readonly number[];
  /** Groups that they are in. */
  readonly groups: number;
  /**
   * Pairs that overlap in part, where neither is within the other nor both in a third: no view and no operator in place
   * explains that. The problem has them, and all that shares with them, apart.
   */
  readonly unexplained: readonly (readonly [number, number])[];
}

/** A problem as read from a file. */
export interface ReadProblem {
  readonly problem: ProblemColumns;
  readonly warnings: readonly string[];
  /** Per buffer: the operator that writes it, `''` where none does; for models. */
  readonly operations?: readonly string[];
  /** Per buffer: its element type, e.g. `float32`; `''` where it has none; for models. */
  readonly types?: readonly string[];
  /** Bytes of constants, which are not in the problem; for models. */
  readonly weightBytes?: number;
  /** The problem plans each pair apart; for models. */
  readonly inPlace?: readonly InPlaceCandidate[];
  /** The same problem with its dimensions, where it has any of more than one value; `problem` is at the maximum of each. */
  readonly symbolic?: SymbolicColumns;
  readonly reference?: ReferencePlan;
  /** Present where buffers share bytes in the reference plan. */
  readonly sharing?: Sharing;
  /**
   * The operators that make the buffers, made when asked for; for models and problems of operators. Tensor i is buffer i of the problem
   * where no tensor is a view. `inPlace` of a model: with outputs that may be written over inputs.
   * @throws ImportError where the operators of the model cannot be put into another order
   */
  readonly operators?: (options?: {readonly inPlace?: boolean}) => OperatorProblem;
  /** Whether the file ends early, so that buffers may be missing. */
  readonly isCut?: boolean;
}

/** A problem that was read as it is. */
export interface ImportedProblem extends ReadProblem {
  readonly kind: 'problem';
  readonly format: string;
}

/** The values that a dimension may take; `multipleOf` is 1 where absent. */
export type DimensionRange = Omit<Dimension, 'name'>;

/** Options of an importer. */
export interface ImportOptions {
  /**
   * Of an ONNX model, and of a problem with dimensions: their sizes by name. A range keeps a dimension symbolic, and the result has
   * `symbolic`.
   */
  readonly dims?: Readonly<Record<string, number | DimensionRange>>;
  /** Refuses a recording that is cut short or has a damaged event, rather than to read the rest with a warning. */
  readonly strict?: boolean;
  /** Of a CSV: how ends of lifetimes are read. Where absent, a column `end` is inclusive, others are exclusive. */
  readonly end?: 'inclusive' | 'exclusive';
  /**
   * Of an ONNX model: the runtime whose folding of constants is followed. `onnxruntime`, the default, keeps
   * DequantizeLinear of constants, so that quantized weights stay small; `folding` folds it, too.
   */
  readonly runtime?: OnnxRuntime;
  /** Of a TensorFlow Lite model: ignores the plan in it, and with it the sharing of memory that it states. */
  readonly dropOwnPlan?: boolean;
}

export const ONNX_RUNTIMES = ['onnxruntime', 'folding'] as const;
export type OnnxRuntime = (typeof ONNX_RUNTIMES)[number];

export type Imported = ImportedTrace | ImportedProblem;

interface Format {
  /** Short name, e.g. `kineto`. */
  readonly format: string;
  /** For people. */
  readonly description: string;
  /** By content, never by name. */
  detect(head: Head): boolean;
}

export interface TraceImporter extends Format {
  readonly kind: 'trace';
  /** @throws {ImportError} where the input is damaged, or holds nothing to plan. */
  read(source: ByteSource, options: ImportOptions): Promise<Trace>;
}

export interface ProblemImporter extends Format {
  readonly kind: 'problem';
  /**
   * @throws {ImportError} where the input is damaged, or lacks data that planning needs.
   * @throws {UsageError} for options that do not fit the input.
   */
  read(source: ByteSource, options: ImportOptions): Promise<ReadProblem>;
}

export type Importer = TraceImporter | ProblemImporter;
