/**
 * The tables of a TensorFlow Lite model that planning needs.
 *
 * Fields by https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
 * (read 2026-01).
 */
import type {FlatTable} from '../../containers/types.ts';

export interface TfliteTensor {
  readonly name: string;
  /** Bytes; undefined of a type without a size (strings, resources, variants). */
  readonly bytes: number | undefined;
  /** Of its elements, e.g. `float32`; `''` of a type without a size. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Whether the file holds its content. */
  readonly isConstant: boolean;
  /** Whether it keeps its content from one run to the next. */
  readonly isVariable: boolean;
  /** Whether a dimension is open; the size then counts it as the file's placeholder, 1. */
  readonly isDynamic: boolean;
}

export interface TfliteOperator {
  readonly name: string;
  /** Indices of tensors; -1 for one left out. */
  readonly inputs: Int32Array;
  readonly outputs: Int32Array;
  /** Subgraphs that it runs, in order. */
  readonly subgraphs: readonly number[];
}

export interface TfliteSubgraph {
  readonly tensors: readonly TfliteTensor[];
  readonly inputs: Int32Array;
  readonly outputs: Int32Array;
  readonly operators: readonly TfliteOperator[];
}

export interface TfliteModel {
  readonly subgraphs: readonly TfliteSubgraph[];
  /** The payload of the metadata `OfflineMemoryAllocation`, where the model has one. */
  readonly offlinePlan: Uint8Array | undefined;
}

/** By TensorType, of the types that have a size. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  0: 'float32',
  1: 'float16',
  2: 'int32',
  3: 'uint8',
  4: 'int64',
  6: 'bool',
  7: 'int16',
  8: 'complex64',
  9: 'int8',
  10: 'float64',
  11: 'complex128',
  12: 'uint64',
  15: 'uint32',
  16: 'uint16',
  17: 'int4',
  18: 'bfloat16',
};

/** Bytes of one element, by TensorType. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = {
  0: 4,
  1: 2,
  2: 4,
  3: 1,
  4: 8,
  6: 1,
  7: 2,
  8: 8,
  9: 1,
  10: 8,
  11: 16,
  12: 8,
  15: 4,
  16: 2,
  17: 0.5,
  18: 2,
};

/** BuiltinOperator, from 0. */
const OPERATORS =
  'ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL PLACEHOLDER CUMSUM CALL_ONCE'.split(
    ' ',
  );

const BUILTIN: ReadonlySet<string> = new Set(OPERATORS);

/** Whether an operator is one of the format's own; `CUSTOM` and `DELEGATE` are not. */
export function isBuiltin(name: string): boolean {
  return BUILTIN.has(name) && name !== 'CUSTOM' && name !== 'DELEGATE';
}

/** Operators that run subgraphs, and how many their options name: then and else; condition and body; initialization. */
const CALLERS: Readonly<Record<string, number>> = {IF: 2, WHILE: 2, CALL_ONCE: 1};

/** @throws {Error} where the file points outside itself, or a number in it makes no sense. */
export function tfliteModel(model: FlatTable): TfliteModel {
  const names = model.tables(1).map(operatorName);
  const buffers = model.tables(4);
  const isFull = buffers.map(buffer => (buffer.bytes(0)?.length ?? 0) > 0 || buffer.uint32(2, 0) > 1);
  const metadata = model.tables(6).find(entry => entry.text(0) === 'OfflineMemoryAllocation');
  return {
    subgraphs: model.tables(2).map(subgraph => ({
      tensors: subgraph.tables(0).map(tensor => readTensor(tensor, isFull)),
      inputs: subgraph.int32s(1),
      outputs: subgraph.int32s(2),
      operators: subgraph.tables(3).map(operator => readOperator(operator, names)),
    })),
    offlinePlan: metadata && buffers[metadata.uint32(1, 0)]?.bytes(0),
  };
}

function operatorName(code: FlatTable): string {
  // codes above 127 did not fit the first field, which then says 127
  const number = Math.max(code.int8(0, 0), code.uint32(3, 0));
  return code.text(1) || (OPERATORS[number] ?? `operator ${number}`);
}

function readTensor(tensor: FlatTable, isFull: readonly boolean[]): TfliteTensor {
  const shape = tensor.int32s(0);
  const elementBytes = ELEMENT_BYTES[tensor.int8(1, 0)];
  let count = 1;
  for (const size of shape) {
    if (size < 0) throw new Error(`the tensor at byte ${tensor.byte} has a dimension of ${size}`);
    count *= size;
  }
  const bytes = elementBytes === undefined ? undefined : Math.ceil(count * elementBytes);
  if (bytes !== undefined && !Number.isSafeInteger(bytes))
    throw new Error(`the tensor at byte ${tensor.byte} has more than 2^53 bytes`);
  return {
    name: tensor.text(3) ?? '',
    bytes,
    type: TYPE_NAMES[tensor.int8(1, 0)] ?? '',
    shape: Array.from(shape),
    isConstant: isFull[tensor.uint32(2, 0)] ?? false,
    isVariable: tensor.int8(5, 0) !== 0,
    isDynamic: tensor.int32s(7).includes(-1),
  };
}

function readOperator(operator: FlatTable, names: readonly string[]): TfliteOperator {
  const name = names[operator.uint32(0, 0)];
  if (name === undefined) throw new Error(`the operator at byte ${operator.byte} has no code`);
  const options = operator.table(4);
  const count = CALLERS[name] ?? 0;
  // an option left out is 0
  const subgraphs = Array.from({length: count}, (_, field) => options?.uint32(field, 0) ?? 0);
  return {name, inputs: operator.int32s(1), outputs: operator.int32s(2), subgraphs};
}
