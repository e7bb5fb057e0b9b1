/** Small ONNX and TensorFlow Lite models, written with the libraries that also read such. */
import {BinaryWriter} from '@bufbuild/protobuf/wire';
import {Builder} from 'flatbuffers';

export const FLOAT = 1;
export const INT64 = 7;
export type Dimension = number | string | null;
type AttributeValue =
  | number
  | readonly number[]
  | string
  | {readonly tensor: Uint8Array}
  | {readonly graph: true}
  | {readonly reference: string};

const message = (write: (writer: BinaryWriter) => void): Uint8Array => {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
};
/** Tag of a field that is delimited. */
const DELIMITED = 2;

/** A TensorProto; integers as int64_data, or as raw_data. */
export function tensor(
  name: string,
  type: number,
  shape: readonly number[],
  values: readonly number[] = [],
  raw?: Uint8Array,
): Uint8Array {
  return message(writer => {
    for (const size of shape) writer.tag(1, 0).int64(size);
    writer.tag(2, 0).int32(type);
    if (values.length > 0) {
      const packed = message(inner => {
        for (const value of values) inner.int64(value);
      });
      writer.tag(7, DELIMITED).bytes(packed);
    }
    writer.tag(8, DELIMITED).string(name);
    if (raw) writer.tag(9, DELIMITED).bytes(raw);
  });
}

/** A ValueInfoProto; a dimension of null has neither size nor name. */
export function value(name: string, type: number, shape: readonly Dimension[]): Uint8Array {
  const dimension = (size: Dimension): Uint8Array =>
    message(writer => {
      if (typeof size === 'number') writer.tag(1, 0).int64(size);
      else if (size !== null) writer.tag(2, DELIMITED).string(size);
    });
  const shapeBytes = message(writer => {
    for (const size of shape) writer.tag(1, DELIMITED).bytes(dimension(size));
  });
  const tensorType = message(writer => writer.tag(1, 0).int32(type).tag(2, DELIMITED).bytes(shapeBytes));
  const typeBytes = message(writer => writer.tag(1, DELIMITED).bytes(tensorType));
  return message(writer => writer.tag(1, DELIMITED).string(name).tag(2, DELIMITED).bytes(typeBytes));
}

/** A NodeProto. */
export function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain = '',
): Uint8Array {
  return message(writer => {
    for (const input of inputs) writer.tag(1, DELIMITED).string(input);
    for (const output of outputs) writer.tag(2, DELIMITED).string(output);
    writer.tag(4, DELIMITED).string(operator);
    for (const [name, one] of Object.entries(attributes))
      writer.tag(5, DELIMITED).bytes(attribute(name, one));
    if (domain !== '') writer.tag(7, DELIMITED).string(domain);
  });
}

function attribute(name: string, one: AttributeValue): Uint8Array {
  return message(writer => {
    writer.tag(1, DELIMITED).string(name);
    if (typeof one === 'number') writer.tag(3, 0).int64(one);
    else if (typeof one === 'string') writer.tag(4, DELIMITED).string(one);
    else if ('tensor' in one) writer.tag(5, DELIMITED).bytes(one.tensor);
    else if ('reference' in one) writer.tag(21, DELIMITED).string(one.reference);
    else if ('graph' in one) writer.tag(6, DELIMITED).bytes(new Uint8Array(0));
    else for (const item of one) writer.tag(8, 0).int64(item);
  });
}

/** A FunctionProto of the domain `local`. */
export function onnxFunction(
  name: string,
  inputs: readonly string[],
  outputs: readonly string[],
  nodes: readonly Uint8Array[],
  defaults: Readonly<Record<string, AttributeValue>> = {},
): Uint8Array {
  return message(writer => {
    writer.tag(1, DELIMITED).string(name);
    for (const input of inputs) writer.tag(4, DELIMITED).string(input);
    for (const output of outputs) writer.tag(5, DELIMITED).string(output);
    for (const one of nodes) writer.tag(7, DELIMITED).bytes(one);
    writer.tag(10, DELIMITED).string('local');
    for (const [key, one] of Object.entries(defaults)) writer.tag(11, DELIMITED).bytes(attribute(key, one));
  });
}

export interface OnnxParts {
  readonly nodes: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  readonly weights?: readonly Uint8Array[];
  readonly values?: readonly Uint8Array[];
  readonly functions?: readonly Uint8Array[];
}

/** A ModelProto. */
export function onnxModel({
  nodes,
  inputs,
  outputs,
  weights = [],
  values = [],
  functions = [],
}: OnnxParts): Uint8Array {
  const graph = message(writer => {
    const fields: [number, readonly Uint8Array[]][] = [
      [1, nodes],
      [5, weights],
      [11, inputs],
      [12, outputs],
      [13, values],
    ];
    for (const [number, parts] of fields) for (const part of parts) writer.tag(number, DELIMITED).bytes(part);
  });
  const operatorSet = message(writer => writer.tag(1, DELIMITED).string('').tag(2, 0).int64(17));
  return message(writer => {
    writer.tag(1, 0).int64(8).tag(7, DELIMITED).bytes(graph).tag(8, DELIMITED).bytes(operatorSet);
    for (const one of functions) writer.tag(25, DELIMITED).bytes(one);
  });
}

export interface TfliteTensorParts {
  readonly name: string;
  readonly shape: readonly number[];
  /** TensorType; int8 where absent. */
  readonly type?: number;
  readonly isConstant?: boolean;
  readonly isVariable?: boolean;
  readonly isDynamic?: boolean;
}

export interface TfliteOperatorParts {
  /** BuiltinOperator. */
  readonly code: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly subgraphs?: readonly number[];
}

export interface TfliteSubgraphParts {
  readonly tensors: readonly TfliteTensorParts[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly TfliteOperatorParts[];
}

export interface TfliteModelParts {
  /** Entries of `metadata` by name, each with a buffer of its own; null for no list at all. */
  readonly metadata?: readonly (readonly [name: string, bytes: readonly number[]])[] | null;
  /** Whether the root has fields that no schema knows yet: two numbers and a text. */
  readonly hasUnknownFields?: boolean;
}

/** A model; buffer 0 is empty, buffer 1 holds four bytes, buffer 2 the offline plan where one is given. */
export function tfliteModel(
  subgraphs: readonly TfliteSubgraphParts[],
  offlinePlan?: readonly number[],
  {
    metadata = offlinePlan
      ? [['OfflineMemoryAllocation', [...new Uint8Array(Int32Array.from(offlinePlan).buffer)]]]
      : [],
    hasUnknownFields = false,
  }: TfliteModelParts = {},
): Uint8Array {
  const builder = new Builder(256);
  const offsets = (list: readonly number[]): number => {
    builder.startVector(4, list.length, 4);
    for (const offset of list.toReversed()) builder.addOffset(offset);
    return builder.endVector();
  };
  const int32s = (list: readonly number[]): number => {
    builder.startVector(4, list.length, 4);
    for (const item of list.toReversed()) builder.addInt32(item);
    return builder.endVector();
  };
  const table = (
    fields: readonly (readonly [number, 'offset' | 'int8' | 'int32', number] | undefined)[],
  ): number => {
    builder.startObject(14);
    for (const field of fields) {
      if (!field) continue;
      const [number, kind, given] = field;
      if (kind === 'offset') builder.addFieldOffset(number, given, 0);
      else if (kind === 'int8') builder.addFieldInt8(number, given, 0);
      else builder.addFieldInt32(number, given, 0);
    }
    return builder.endObject();
  };
  const codes = [...new Set(subgraphs.flatMap(({operators}) => operators.map(({code}) => code)))];

  const tensorTable = (parts: TfliteTensorParts): number => {
    const name = builder.createString(parts.name);
    const shape = int32s(parts.shape);
    const signature = parts.isDynamic ? int32s(parts.shape.map(() => -1)) : 0;
    return table([
      [0, 'offset', shape],
      [1, 'int8', parts.type ?? 9],
      [2, 'int32', parts.isConstant ? 1 : 0],
      [3, 'offset', name],
      [5, 'int8', parts.isVariable ? 1 : 0],
      signature ? [7, 'offset', signature] : undefined,
    ]);
  };
  const operatorTable = (parts: TfliteOperatorParts): number => {
    const inputs = int32s(parts.inputs);
    const outputs = int32s(parts.outputs);
    const options = parts.subgraphs ? table(parts.subgraphs.map((one, field) => [field, 'int32', one])) : 0;
    return table([
      [0, 'int32', codes.indexOf(parts.code)],
      [1, 'offset', inputs],
      [2, 'offset', outputs],
      options ? [3, 'int8', 1] : undefined,
      options ? [4, 'offset', options] : undefined,
    ]);
  };
  const subgraphTable = ({tensors, inputs, outputs, operators}: TfliteSubgraphParts): number => {
    const lists = [
      offsets(tensors.map(tensorTable)),
      int32s(inputs),
      int32s(outputs),
      offsets(operators.map(operatorTable)),
    ];
    return table(lists.map((list, field) => [field, 'offset', list]));
  };
  const bufferTable = (bytes: readonly number[]): number => {
    if (bytes.length === 0) return table([]);
    const data = builder.createByteVector(Uint8Array.from(bytes));
    return table([[0, 'offset', data]]);
  };
  const codeTables = codes.map(code =>
    table([
      [0, 'int8', Math.min(code, 127)],
      [3, 'int32', code],
    ]),
  );
  const buffers = [[], [1, 2, 3, 4], ...(metadata ?? []).map(([, bytes]) => bytes)].map(bufferTable);
  const names = (metadata ?? []).map(([name]) => builder.createString(name));
  const entries = names.map((name, k) =>
    table([
      [0, 'offset', name],
      [1, 'int32', 2 + k],
    ]),
  );
  const lists = [
    offsets(codeTables),
    offsets(subgraphs.map(subgraphTable)),
    offsets(buffers),
    offsets(entries),
  ];
  const text = hasUnknownFields ? builder.createString('from the future') : 0;
  const root = table([
    [0, 'int32', 3],
    [1, 'offset', lists[0]!],
    [2, 'offset', lists[1]!],
    [4, 'offset', lists[2]!],
    metadata ? [6, 'offset', lists[3]!] : undefined,
    hasUnknownFields ? [11, 'int32', 8] : undefined,
    hasUnknownFields ? [12, 'int8', 77] : undefined,
    hasUnknownFields ? [13, 'offset', text] : undefined,
  ]);
  builder.finish(root, 'TFL3');
  return builder.asUint8Array();
}

/** A convolution, a branch over it, a reshape to a computed shape, a folded weight, an output nobody reads. */
export function smallOnnx(batch: Dimension = 2): Uint8Array {
  return onnxModel({
    nodes: [
      node('ConstantOfShape', ['w shape'], ['w']),
      node('Conv', ['x', 'w', 'b'], ['conv'], {kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2]}),
      node('Relu', ['conv'], ['relu']),
      node('Dropout', ['relu'], ['drop', 'mask']),
      node('Shape', ['drop'], ['s']),
      node('Gather', ['s', 'zero'], ['n'], {axis: 0}),
      node('Unsqueeze', ['n'], ['n1'], {axes: [0]}),
      node('Constant', [], ['open'], {value: {tensor: tensor('', INT64, [1], [-1])}}),
      node('Concat', ['n1', 'open'], ['flat shape'], {axis: 0}),
      node('Reshape', ['drop', 'flat shape'], ['flat']),
      node('MatMul', ['flat', 'm'], ['y']),
      node('Mystery', ['y'], ['z', 'unused'], {}, 'com.example'),
    ],
    inputs: [value('x', FLOAT, [batch, 3, 8, 8]), value('b', FLOAT, [4])],
    outputs: [value('z', FLOAT, [batch, 5])],
    weights: [
      tensor('w shape', INT64, [4], [4, 3, 3, 3]),
      tensor('b', FLOAT, [4], [], new Uint8Array(16)),
      tensor('zero', INT64, [], [0]),
      tensor('m', FLOAT, [64, 5]),
    ],
    values: [value('conv', FLOAT, [batch, 4, 4, 4])],
  });
}

/** Two operators around a WHILE with a condition and a body; a variable; a plan of its own. */
export function smallTflite(): Uint8Array {
  const counter = {name: 'counter', shape: [1], type: 2};
  const state = {name: 'state', shape: [100]};
  return tfliteModel(
    [
      {
        tensors: [
          {name: 'input', shape: [1, 40], isDynamic: true},
          {name: 'weights', shape: [4], isConstant: true},
          counter,
          state,
          {name: 'memory', shape: [33], isVariable: true},
          {...counter, name: 'counter'},
          {name: 'after', shape: [100]},
          {name: 'text', shape: [2], type: 5},
          {name: 'output', shape: [10]},
        ],
        inputs: [0],
        outputs: [8],
        operators: [
          {code: 9, inputs: [0, 1, -1], outputs: [2, 3]},
          {code: 119, inputs: [2, 3], outputs: [5, 6], subgraphs: [1, 2]},
          {code: 9, inputs: [6, 4, 7], outputs: [8]},
        ],
      },
      {
        tensors: [counter, state, {name: 'goes on', shape: [1], type: 6}],
        inputs: [0, 1],
        outputs: [2],
        operators: [{code: 58, inputs: [0], outputs: [2]}],
      },
      {
        tensors: [counter, state, {name: 'more', shape: [1], type: 2}, {name: 'scaled', shape: [100]}],
        inputs: [0, 1],
        outputs: [2, 3],
        operators: [
          {code: 0, inputs: [0], outputs: [2]},
          {code: 18, inputs: [1], outputs: [3]},
        ],
      },
    ],
    [0, 3, 16, 0, -1, 48, 64, 256, -1, 160, -1, -1, 272, 288, 400, 512, 528, 544, 656],
  );
}
