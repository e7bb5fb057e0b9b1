/**
 * What another run of a model's operator costs, estimated from shapes: its multiply-adds, and the bytes of activations that it reads and
 * writes. Weights do not count: they are read from where they always are.
 */

/** The unit, for people. */
export const COST_UNIT = 'multiply-adds, and bytes of activations read and written';

type Shape = readonly number[];
/** @param inputs shapes, undefined where one is left out or not known */
type Count = (inputs: readonly (Shape | undefined)[], output: Shape) => number;

/** Multiply-adds of each element of the output: what a kernel holds for it. */
const convolution =
  (weight: number): Count =>
  (inputs, output) =>
    product(output) * product(inputs[weight]?.slice(1) ?? []);
/** Each element of the input meets every element of its kernel. */
const transposed =
  (input: number, weight: number): Count =>
  inputs =>
    product(inputs[input] ?? []) * product(inputs[weight]?.slice(1) ?? []);
/** Each element of the output is a sum over the last dimension of `a`. */
const matrices =
  (a: number): Count =>
  (inputs, output) =>
    product(output) * (inputs[a]?.at(-1) ?? 1);

const ONNX: ReadonlyMap<string, Count> = new Map<string, Count>([
  ['Conv', convolution(1)],
  ['FusedConv', convolution(1)],
  ['ConvInteger', convolution(1)],
  ['QLinearConv', convolution(3)],
  ['ConvTranspose', transposed(0, 1)],
  ['MatMul', matrices(0)],
  ['FusedMatMul', matrices(0)],
  ['MatMulInteger', matrices(0)],
  ['QLinearMatMul', matrices(0)],
  // A may be transposed: its elements per row of the output
  ['Gemm', (inputs, output) => (product(inputs[0] ?? []) / Math.max(1, output[0] ?? 1)) * product(output)],
]);

const TFLITE: ReadonlyMap<string, Count> = new Map<string, Count>([
  ['CONV_2D', convolution(1)],
  ['CONV_3D', (inputs, output) => product(output) * product(inputs[1]?.slice(0, -1) ?? [])],
  // weights are [1, height, width, channels]
  ['DEPTHWISE_CONV_2D', (inputs, output) => product(output) * product(inputs[1]?.slice(1, 3) ?? [])],
  // inputs are the shape, the weights [channels, height, width, …] and the image, whose elements meet each of those but its own channel
  ['TRANSPOSE_CONV', inputs => product(inputs[2] ?? []) * product(inputs[1]?.slice(0, 3) ?? [])],
  ['FULLY_CONNECTED', convolution(1)],
  ['BATCH_MATMUL', matrices(0)],
]);

/** Multiply-adds of an ONNX operator; 0 of those that are not known to multiply matrices or kernels. */
export function onnxMultiplyAdds(
  operator: string,
  inputs: readonly (Shape | undefined)[],
  output: Shape | undefined,
): number {
  return counted(ONNX, operator, inputs, output);
}

/** Of a TensorFlow Lite operator. */
export function tfliteMultiplyAdds(
  operator: string,
  inputs: readonly (Shape | undefined)[],
  output: Shape | undefined,
): number {
  return counted(TFLITE, operator, inputs, output);
}

function counted(
  counts: ReadonlyMap<string, Count>,
  operator: string,
  inputs: readonly (Shape | undefined)[],
  output: Shape | undefined,
): number {
  const count = output && counts.get(operator)?.(inputs, output);
  return count !== undefined && Number.isFinite(count) ? Math.round(count) : 0;
}

/** The cost with the bytes of the activations; undefined beyond 2^53: it is then never repeated. */
export function costOf(multiplyAdds: number, sizes: readonly number[]): {readonly cost?: number} {
  const cost = sizes.reduce((sum, size) => sum + size, multiplyAdds);
  return Number.isSafeInteger(cost) ? {cost} : {};
}

function product(sizes: Shape): number {
  return sizes.reduce((count, size) => count * size, 1);
}
