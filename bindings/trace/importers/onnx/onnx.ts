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
import {inlined} from './functions.ts';
import {type LiveValue, OnnxLiveness, symbolsOf} from './liveness.ts';
import {OnnxReader} from './model.ts';
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

async function readOnnx(source: ByteSource, {dims = {}, runtime}: ImportOptions): Promise<ReadProblem> {
  const reader = new OnnxReader(await loadProtobuf());
  for await (const field of graphFields(source)) reader.add(field);
  checkDims(dims, symbolsOf(reader));
  if (reader.nodes.length === 0) throw new ImportError('the graph has no operators', {format: 'onnx'});
  const graph = inlined(reader);
  const symbolic = symbolicOf(dims, sizes => problemOf(new OnnxLiveness(graph, sizes, runtime).values));
  const liveness = new OnnxLiveness(graph, largestOf(dims), runtime);
  const {values, weightBytes} = liveness;
  return {
    problem: problemOf(values),
    ...(symbolic ? {symbolic} : {}),
    operations: values.map(value => value.operator),
    weightBytes,
    inPlace: inPlaceCandidates(liveness),
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
  const written = new Map(values.filter(value => value.operator !== '').map(value => [value.name, value]));
  return nodes.flatMap(({node, inputs}, tick) => {
    const kind = ALIASES.has(node.operator)
      ? 'alias'
      : OVERWRITES.has(node.operator)
        ? 'overwrite'
        : undefined;
    const output = written.get(node.outputs[0] ?? '');
    if (!kind || !output) return [];
    const fits = (value: LiveValue): boolean =>
      !value.isOuter && value.end === tick + 1 && value.size === output.size;
    const input = (kind === 'alias' ? inputs.slice(0, 1) : inputs).find(fits);
    if (!input) return [];
    return {input: index.get(input)!, output: index.get(output)!, operation: node.operator, kind};
  });
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
