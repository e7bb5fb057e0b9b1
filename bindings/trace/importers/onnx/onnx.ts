/**
 * ONNX models: the buffers of one run, from the order of the operators and the shapes of the values.
 *
 * Format: https://github.com/onnx/onnx/blob/main/docs/IR.md and onnx.proto (read 2026-01).
 * - Weights are constants and not in the problem; their data is passed over, and may be in files that are not there.
 * - Shapes are those that the file declares (`value_info`), else inferred, for the operators of `shapes.ts`.
 * - Symbolic dimensions are given by name (`ImportOptions.dims`).
 * - A file names no runtime, so its alignment, its scratch memory and its fusions are unknown.
 * - If, Loop and Scan, which hold graphs of their own, are refused.
 */
import {ImportError, UsageError} from '../../../model/errors.ts';
import {listNames} from '../../../model/shown.ts';
import {loadProtobuf} from '../../containers/load.ts';
import type {ByteSource} from '../../source/source.ts';
import type {Head, ImportOptions, InPlaceCandidate, ProblemImporter, ReadProblem} from '../importer.ts';
import {problemOf} from '../problem-rows.ts';
import {type Dims, largestOf, largestWarning, symbolicOf} from '../symbolic-dims.ts';
import {type InlinedGraph, inlined} from './functions.ts';
import {type LiveValue, OnnxLiveness, type RunNode, symbolsOf} from './liveness.ts';
import {OnnxReader} from './model.ts';
import {onnxOperators} from './operators.ts';
import {graphFields} from './stream.ts';

export const onnxImporter: ProblemImporter = {
  format: 'onnx',
  kind: 'problem',
  description: 'ONNX model, with shapes declared or inferred',
  detect: detectOnnx,
  read: readOnnx,
};

/** ModelProto begins with ir_version, then producer, operator sets or the graph. */
function detectOnnx({bytes}: Head): boolean {
  return (
    bytes[0] === 0x08 &&
    bytes[1]! > 0 &&
    bytes[1]! < 32 &&
    [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(bytes[2] ?? 0)
  );
}

/** A model as its messages, and what runs. */
export interface OpenOnnx {
  readonly reader: OnnxReader;
  readonly graph: InlinedGraph;
  /** At the largest sizes of the dimensions. */
  readonly liveness: OnnxLiveness;
}

/** @throws as the importer */
export async function openOnnx(
  source: ByteSource,
  {dims = {}, runtime}: Pick<ImportOptions, 'dims' | 'runtime'>,
): Promise<OpenOnnx> {
  const reader = new OnnxReader(await loadProtobuf());
  for await (const field of graphFields(source)) reader.add(field);
  checkDims(dims, symbolsOf(reader));
  if (reader.nodes.length === 0) throw new ImportError('the graph has no operators', {format: 'onnx'});
  const graph = inlined(reader);
  return {reader, graph, liveness: new OnnxLiveness(graph, largestOf(dims), runtime)};
}

async function readOnnx(source: ByteSource, options: ImportOptions): Promise<ReadProblem> {
  const {dims = {}, runtime} = options;
  const {graph, liveness} = await openOnnx(source, options);
  const symbolic = symbolicOf(dims, sizes => problemOf(new OnnxLiveness(graph, sizes, runtime).values));
  const {values, weightBytes} = liveness;
  const problem = problemOf(values);
  return {
    problem,
    ...(symbolic ? {symbolic} : {}),
    operations: values.map(value => value.operator),
    types: values.map(value => value.type),
    weightBytes,
    inPlace: inPlaceCandidates(liveness),
    operators: ({inPlace = false} = {}) =>
      onnxOperators(liveness, problem.ids!, inPlace ? mayOverwrite : undefined),
    warnings: [
      ...warningsOf(liveness),
      ...(symbolic ? [largestWarning(symbolic)] : []),
      ...(graph.calls > 0 ? [`${graph.calls} × a call of a function of the model: inlined`] : []),
    ],
  };
}

function checkDims(dims: Dims, symbols: readonly string[]): void {
  for (const [name, size] of Object.entries(dims)) {
    if (!symbols.includes(name)) {
      const known = symbols.length === 0 ? 'the model has none' : `expected one of ${listNames(symbols)}`;
      throw new UsageError(`dims: ${known}, got ${name}`);
    }
    if (typeof size !== 'object' && (!Number.isSafeInteger(size) || size < 0))
      throw new UsageError(`dims.${name}: expected an integer from 0, got ${size}`);
  }
}

/** Operators whose output is the input's bytes under another shape. */
const ALIASES: ReadonlySet<string> = new Set([
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Identity',
  'Dropout',
]);
/** Operators that read each element of an input just before they write the same one of the output. */
const OVERWRITES: ReadonlySet<string> = new Set(
  'Abs Add And BatchNormalization Ceil Celu Clip Cos Div Elu Equal Erf Exp Floor Gelu HardSigmoid HardSwish LeakyRelu Log Max Mean Min Mish Mul Neg Not Or PRelu Pow Reciprocal Relu Round Selu Sigmoid Sign Sin Softplus Softsign Sqrt Sub Sum Tanh ThresholdedRelu Where Xor'.split(
    ' ',
  ),
);

/** Pairs where the operator may write over an input that ends with it; each input once. */
function inPlaceCandidates({nodes, values}: OnnxLiveness): InPlaceCandidate[] {
  const index = new Map(values.map((value, at) => [value, at]));
  return nodes.flatMap((run, tick) => {
    const input = mayOverwrite(run).find(value => value.end === tick + 1);
    if (!input) return [];
    const {operator} = run.node;
    const kind = ALIASES.has(operator) ? 'alias' : 'overwrite';
    return {input: index.get(input)!, output: index.get(run.outputs[0]!)!, operation: operator, kind};
  });
}

/** Inputs that the first output of an operator may be written over, where nobody reads them later. */
function mayOverwrite({node, inputs, outputs}: RunNode): readonly LiveValue[] {
  const output = outputs[0];
  const isAlias = ALIASES.has(node.operator);
  if (output === undefined || output.name !== node.outputs[0] || !(isAlias || OVERWRITES.has(node.operator)))
    return [];
  const read = isAlias ? inputs.slice(0, 1) : inputs;
  return read.filter(({isOuter, size}) => !isOuter && size === output.size);
}

function warningsOf({folded, unknownUnused, dequantized}: OnnxLiveness): string[] {
  const warnings = ['operators run in the order of the file; scratch memory of a runtime is not in it'];
  if (folded > 0) warnings.push(`${folded} × an operator on constants or shapes: folded, as runtimes do`);
  if (dequantized.count > 0)
    warnings.push(
      `${dequantized.count} × DequantizeLinear of constants: kept, as ONNX Runtime does; the outputs, ${dequantized.bytes} bytes, are buffers here, which a kernel that reads the quantized weights does not need. For a runtime that folds it: --runtime folding`,
    );
  if (unknownUnused > 0)
    warnings.push(`${unknownUnused} × an output without readers, of unknown shape: left out`);
  return warnings;
}
