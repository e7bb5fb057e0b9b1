/**
 * Shape inference for the operators that common networks are made of, by the specification of each:
 * https://github.com/onnx/onnx/blob/main/docs/Operators.md (read 2026-01).
 *
 * Also folds small integers, so that a Reshape to a computed shape can be followed.
 */
import * as layout from './layout.ts';
import {
  axisOf,
  broadcast,
  type InferredValue,
  type KnownValue,
  type Operator,
  product,
  Unknown,
} from './operator.ts';
import * as windows from './windows.ts';

const MOST_RANK = 64;
const MOST_VALUES = 2048;

const FLOAT = 1;
const UINT8 = 2;
const INT32 = 6;
const INT64 = 7;
const BOOL = 9;

type Infer = (operator: Operator) => InferredValue[];

/** Every output has the shape of the first input. */
const same: Infer = operator =>
  operator.node.outputs.map(() => ({shape: operator.shape(0), values: undefined}));

const identity: Infer = operator => [{shape: operator.shape(0), values: operator.input(0).values}];

/** The shape of the first input, with other numbers in it. */
const unvalued: Infer = operator => [{shape: operator.shape(0), values: undefined}];

const elementwise: Infer = operator => [
  {shape: broadcast(Array.from({length: operator.inputCount}, (_, index) => operator.shape(index)))},
];

const comparison: Infer = operator => [{...elementwise(operator)[0]!, elementType: BOOL}];

/** Arithmetic that is also done where the integers are known. */
const arithmetic =
  (calculate: (a: number, b: number) => number): Infer =>
  operator => {
    const [{shape}] = elementwise(operator) as [InferredValue];
    const [a, b] = [operator.input(0).values, operator.input(1).values];
    if (!a || !b || shape.length > 1) return [{shape}];
    const at = (list: readonly number[], index: number): number => list[list.length === 1 ? 0 : index]!;
    return [{shape, values: Array.from({length: product(shape)}, (_, i) => calculate(at(a, i), at(b, i)))}];
  };

const reduce: Infer = operator => {
  const shape = operator.shape(0);
  const given = operator.list('axes', 1);
  if (!given?.length && operator.integer('noop_with_empty_axes', 0) === 1) return [{shape}];
  const axes = new Set(given?.length ? given.map(axis => axisOf(axis, shape.length)) : shape.keys());
  const keeps = operator.integer('keepdims', 1) === 1;
  const reduced = shape.map((size, axis) => (axes.has(axis) ? (keeps ? 1 : -1) : size));
  return [{shape: reduced.filter(size => size >= 0)}];
};

const best: Infer = operator => {
  const shape = operator.shape(0);
  const axis = axisOf(operator.integer('axis', 0), shape.length);
  const keeps = operator.integer('keepdims', 1) === 1;
  const reduced = keeps ? shape.map((size, index) => (index === axis ? 1 : size)) : shape.toSpliced(axis, 1);
  return [{shape: reduced, elementType: INT64}];
};

const topK: Infer = operator => {
  const input = operator.shape(0);
  const axis = axisOf(operator.integer('axis', -1), input.length);
  const k = operator.values(1)?.[0] ?? operator.integer('k', 0);
  const shape = input.map((size, index) => (index === axis ? k : size));
  return [{shape}, {shape, elementType: INT64}];
};

function multiplied(a: readonly number[], b: readonly number[]): number[] {
  const [left, right] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  if (left.length < 2 || right.length < 2 || left.at(-1) !== right.at(-2))
    throw new Unknown(`shapes [${a}] and [${b}] do not fit`);
  const shape = broadcast([left.slice(0, -2), right.slice(0, -2)]);
  if (a.length > 1) shape.push(left.at(-2)!);
  if (b.length > 1) shape.push(right.at(-1)!);
  return shape;
}

const gemm: Infer = operator => {
  const [a, b] = [operator.shape(0), operator.shape(1)];
  const rows = operator.integer('transA', 0) === 1 ? a[1] : a[0];
  const columns = operator.integer('transB', 0) === 1 ? b[0] : b[1];
  if (rows === undefined || columns === undefined) throw new Unknown('its inputs are no matrices');
  return [{shape: [rows, columns]}];
};

const normalization: Infer = operator => {
  const shape = operator.shape(0);
  const axis = axisOf(operator.integer('axis', -1), shape.length);
  const statistics = {shape: shape.map((size, index) => (index < axis ? size : 1)), elementType: FLOAT};
  return [{shape}, statistics, statistics];
};

const batchNormalization: Infer = operator => {
  const perChannel = {shape: operator.shape(1)};
  return [{shape: operator.shape(0)}, perChannel, perChannel, perChannel, perChannel];
};

const constant: Infer = ({node}) => {
  const tensor = node.attributes.get('value')?.tensor;
  if (tensor) return [{shape: tensor.shape, elementType: tensor.elementType, values: tensor.values}];
  const integer = node.attributes.get('value_int')?.integer;
  if (integer !== undefined) return [{shape: [], elementType: INT64, values: [integer]}];
  const integers = node.attributes.get('value_ints')?.integers;
  if (integers) return [{shape: [integers.length], elementType: INT64, values: integers}];
  if (node.attributes.has('value_float')) return [{shape: [], elementType: FLOAT}];
  throw new Unknown('a constant of this kind is not supported');
};

const constantOfShape: Infer = operator => {
  const shape = operator.values(0) ?? [];
  const value = operator.node.attributes.get('value')?.tensor;
  const count = product(shape);
  const filled =
    value?.values && count <= 64 ? new Array<number>(count).fill(value.values[0] ?? 0) : undefined;
  return [{shape, elementType: value?.elementType ?? FLOAT, values: filled}];
};

const range: Infer = operator => {
  const [start, limit, delta] = [0, 1, 2].map(index => operator.values(index)?.[0] ?? 0) as [
    number,
    number,
    number,
  ];
  if (delta === 0) throw new Unknown('a step of 0');
  return [{shape: [Math.max(0, Math.ceil((limit - start) / delta))]}];
};

const oneHot: Infer = operator => {
  const indices = operator.shape(0);
  const axis = operator.integer('axis', -1);
  const at = axis < 0 ? axis + indices.length + 1 : axis;
  return [
    {
      shape: indices.toSpliced(at, 0, operator.values(1)?.[0] ?? 0),
      elementType: operator.input(2).elementType,
    },
  ];
};

/** Recurrent layers: all states, the last state, and, of an LSTM, the last cell. */
const recurrent: Infer = operator => {
  const [length = 0, batch = 0] = operator.shape(0);
  const hidden = operator.integer('hidden_size', operator.shape(2).at(-1) ?? 0);
  const directions = operator.text('direction', 'forward') === 'bidirectional' ? 2 : 1;
  if (operator.integer('layout', 0) !== 0) throw new Unknown('only layout 0 is supported');
  const last = {shape: [directions, batch, hidden]};
  return [{shape: [length, directions, batch, hidden]}, last, last];
};

const typed =
  (elementType: (operator: Operator) => number, infer: Infer = identity): Infer =>
  operator =>
    infer(operator).map(value => ({...value, elementType: elementType(operator)}));

/** The type of an optional zero point, else the one that the specification names. */
const zeroPoint =
  (index: number, absent: number) =>
  (operator: Operator): number =>
    operator.has(index) ? operator.input(index).elementType : absent;

const table = (names: string, infer: Infer): [string, Infer][] => names.split(' ').map(name => [name, infer]);

const INFER: ReadonlyMap<string, Infer> = new Map([
  ...table(
    'Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Clip Cos Cosh CumSum Elu Erf Exp Floor Gelu GroupNormalization HardSigmoid HardSwish Hardmax InstanceNormalization LRN LeakyRelu Log LogSoftmax LpNormalization MeanVarianceNormalization Mish Neg Not PRelu QuickGelu RMSNormalization Reciprocal Relu Round ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Tan Tanh ThresholdedRelu Trilu',
    same,
  ),
  ...table('Identity', identity),
  ...table('Max Mean Min Mod Pow Sum BitShift BitwiseAnd BitwiseOr BitwiseXor', elementwise),
  ...table('And Equal Greater GreaterOrEqual Less LessOrEqual Or Xor', comparison),
  ...table(
    'IsInf IsNaN',
    typed(() => BOOL),
  ),
  ['Add', arithmetic((a, b) => a + b)],
  ['Sub', arithmetic((a, b) => a - b)],
  ['Mul', arithmetic((a, b) => a * b)],
  ['Div', arithmetic((a, b) => Math.trunc(a / b))],
  ['Where', typed(operator => operator.input(1).elementType, elementwise)],
  ['Expand', operator => [{shape: broadcast([operator.shape(0), operator.values(1) ?? []])}]],
  ['Dropout', operator => [{shape: operator.shape(0)}, {shape: operator.shape(0), elementType: BOOL}]],
  ['Cast', typed(operator => operator.integer('to', FLOAT))],
  ['CastLike', typed(operator => operator.input(1).elementType)],
  [
    'QuantizeLinear',
    typed(operator => zeroPoint(2, operator.integer('output_dtype', 0) || UINT8)(operator), unvalued),
  ],
  [
    'DequantizeLinear',
    typed(operator => operator.integer('output_dtype', 0) || operator.input(1).elementType, unvalued),
  ],
  ['Conv', windows.convolution],
  ['FusedConv', windows.convolution],
  ['ConvInteger', windows.integerConvolution],
  ['QLinearConv', typed(zeroPoint(7, UINT8), operator => windows.convolution(operator, 3))],
  ['ConvTranspose', windows.transposedConvolution],
  ...table('AveragePool LpPool MaxPool', windows.pooling),
  ...table('GlobalAveragePool GlobalLpPool GlobalMaxPool', windows.globalPooling),
  ...table('Gemm FusedGemm', gemm),
  ['MatMul', operator => [{shape: multiplied(operator.shape(0), operator.shape(1))}]],
  [
    'MatMulInteger',
    typed(
      () => INT32,
      operator => [{shape: multiplied(operator.shape(0), operator.shape(1))}],
    ),
  ],
  [
    'QLinearMatMul',
    typed(zeroPoint(7, UINT8), operator => [{shape: multiplied(operator.shape(0), operator.shape(3))}]),
  ],
  ['BatchNormalization', batchNormalization],
  ...table('LayerNormalization SimplifiedLayerNormalization', normalization),
  ...table(
    'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare',
    reduce,
  ),
  ...table('ArgMax ArgMin', best),
  ['TopK', topK],
  ['Constant', constant],
  ['ConstantOfShape', constantOfShape],
  ['Range', range],
  ['OneHot', oneHot],
  ...table('GRU LSTM RNN', recurrent),
  ['Shape', layout.shapeOf],
  ['Size', operator => [{shape: [], elementType: INT64, values: [product(operator.shape(0))]}]],
  ['Reshape', layout.reshape],
  ['Flatten', layout.flatten],
  ['Transpose', layout.transpose],
  ['Concat', layout.concat],
  ['Split', layout.split],
  ['Slice', layout.slice],
  ['Gather', layout.gather],
  ['GatherElements', operator => [{shape: operator.shape(1)}]],
  ['Squeeze', layout.squeeze],
  ['Unsqueeze', layout.unsqueeze],
  ['Pad', layout.pad],
  ['Tile', layout.tile],
  ['DepthToSpace', operator => layout.blocks(operator, true)],
  ['SpaceToDepth', operator => layout.blocks(operator, false)],
]);

/** The operator's results, per output. @throws {Unknown} with the reason where they cannot be inferred. */
export function inferShapes(operator: Operator): KnownValue[] {
  const {node} = operator;
  const infer = INFER.get(node.operator);
  const isStandard = ['', 'ai.onnx', 'com.microsoft'].includes(node.domain);
  if (!infer || !isStandard) throw new Unknown('no rule for its shape is known here');
  return infer(operator).map(({shape, elementType, values}) => {
    if (shape.length > MOST_RANK) throw new Unknown(`it would have ${shape.length} dimensions`);
    if (shape.some(size => !Number.isSafeInteger(size) || size < 0))
      throw new Unknown(`it would have the shape [${shape}]`);
    return {
      shape,
      elementType: elementType ?? operator.input(0).elementType,
      // a damaged file must not let ranks and lists double from node to node
      values: values && values.length <= MOST_VALUES && values.length === product(shape) ? values : undefined,
    };
  });
}
