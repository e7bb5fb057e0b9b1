/** Shapes of operators that slide a window over their input: convolutions and poolings. */
import {type InferredValue, type Operator, product, Unknown} from './operator.ts';

const INT64 = 7;
const INT32 = 6;

/** @param weights which input holds the weights. */
export function convolution(operator: Operator, weights = 1, elementType?: number): InferredValue[] {
  const [batch, , ...spatial] = operator.shape(0);
  const [channels, , ...kernel] = operator.shape(weights);
  if (batch === undefined || channels === undefined || kernel.length !== spatial.length)
    throw new Unknown('input and weights do not fit');
  const shape = [batch, channels, ...slide(operator, spatial, kernel)];
  return [{shape, ...(elementType === undefined ? {} : {elementType})}];
}

export const integerConvolution = (operator: Operator): InferredValue[] => convolution(operator, 1, INT32);

export function transposedConvolution(operator: Operator): InferredValue[] {
  const [batch, , ...spatial] = operator.shape(0);
  const [, perGroup, ...kernel] = operator.shape(1);
  if (batch === undefined || perGroup === undefined || kernel.length !== spatial.length)
    throw new Unknown('input and weights do not fit');
  const {strides, dilations, pads} = windowOf(operator, kernel);
  const more = operator.integers('output_padding') ?? [];
  const given = operator.integers('output_shape');
  const isSame = operator.text('auto_pad', 'NOTSET').startsWith('SAME');
  const sizes = spatial.map((size, axis) => {
    if (given) return given[axis - spatial.length + given.length] ?? 0;
    if (isSame) return size * strides[axis]!;
    const window = (kernel[axis]! - 1) * dilations[axis]! + 1;
    return strides[axis]! * (size - 1) + (more[axis] ?? 0) + window - pads[axis]!;
  });
  return [{shape: [batch, perGroup * operator.integer('group', 1), ...sizes]}];
}

export function pooling(operator: Operator): InferredValue[] {
  const [batch, channels, ...spatial] = operator.shape(0);
  const kernel = operator.integers('kernel_shape');
  if (batch === undefined || channels === undefined || kernel?.length !== spatial.length)
    throw new Unknown('input and kernel_shape do not fit');
  const shape = [batch, channels, ...slide(operator, spatial, kernel)];
  // MaxPool may also output the indices of the maxima
  return [{shape}, {shape, elementType: INT64}];
}

export function globalPooling(operator: Operator): InferredValue[] {
  return [{shape: operator.shape(0).map((size, axis) => (axis < 2 ? size : 1))}];
}

interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Per axis: of both ends together. */
  readonly pads: readonly number[];
}

function windowOf(operator: Operator, kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1);
  const given = operator.integers('pads') ?? [];
  return {
    strides: operator.integers('strides') ?? ones,
    dilations: operator.integers('dilations') ?? ones,
    pads: kernel.map((_, axis) => (given[axis] ?? 0) + (given[axis + kernel.length] ?? 0)),
  };
}

function slide(operator: Operator, spatial: readonly number[], kernel: readonly number[]): number[] {
  const {strides, dilations, pads} = windowOf(operator, kernel);
  const autoPad = operator.text('auto_pad', 'NOTSET');
  const round = operator.integer('ceil_mode', 0) === 1 ? Math.ceil : Math.floor;
  if (product(strides) <= 0) throw new Unknown('strides must be above 0');
  return spatial.map((size, axis) => {
    const stride = strides[axis]!;
    if (autoPad.startsWith('SAME')) return Math.ceil(size / stride);
    const window = (kernel[axis]! - 1) * dilations[axis]! + 1;
    const padded = size + (autoPad === 'VALID' ? 0 : pads[axis]!);
    return round((padded - window) / stride) + 1;
  });
}
