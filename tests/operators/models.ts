/** Models whose file goes level by level through branches, where one branch after the other needs far less. */
import {FLOAT, node, onnxModel, type TfliteTensorParts, tfliteModel, value} from '../trace/models.ts';

const BRANCHES = 6;
/** BuiltinOperator. */
const CONCATENATION = 2;
const RELU = 19;
const MEAN = 40;

/** Metadata by name; see `tfliteModel`. */
export function branchyTflite(metadata: readonly (readonly [string, readonly number[]])[] = []): Uint8Array {
  const tensors: TfliteTensorParts[] = [{name: 'input', shape: [1, 320]}];
  const add = (name: string, bytes: number) => tensors.push({name, shape: [1, bytes]}) - 1;
  const branches = Array.from({length: BRANCHES}, (_, b) => b);
  const wide = branches.map(b => add(`wide ${b}`, 4000));
  const small = branches.map(b => add(`small ${b}`, 100));
  const output = add('output', 100 * BRANCHES);
  const operators = [
    ...wide.map(t => ({code: RELU, inputs: [0], outputs: [t]})),
    ...small.map((t, b) => ({code: MEAN, inputs: [wide[b]!], outputs: [t]})),
    {code: CONCATENATION, inputs: small, outputs: [output]},
  ];
  return tfliteModel([{tensors, inputs: [0], outputs: [output], operators}], undefined, {metadata});
}

/** With an operator on constants, which is folded. */
export function branchyOnnx(): Uint8Array {
  const branches = Array.from({length: BRANCHES}, (_, b) => b);
  const shape = [1, 4, 16, 16];
  return onnxModel({
    nodes: [
      ...branches.map(b => node('Relu', ['x'], [`wide${b}`])),
      node('Constant', [], ['axes'], {value_ints: [2, 3]}),
      ...branches.map(b => node('GlobalAveragePool', [`wide${b}`], [`small${b}`])),
      node(
        'Concat',
        branches.map(b => `small${b}`),
        ['y'],
        {axis: 1},
      ),
    ],
    inputs: [value('x', FLOAT, shape)],
    outputs: [value('y', FLOAT, [1, 4 * BRANCHES, 1, 1])],
  });
}
