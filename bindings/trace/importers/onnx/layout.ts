/** Shapes of operators that rearrange their input: reshapes, slices, joins; with the integers of small ones. */
import {axisOf, type InferredValue, type Operator, product, Unknown} from './operator.ts';

const INT64 = 7;
const MOST_VALUES = 2048;

export function reshape(operator: Operator): InferredValue[] {
  const input = operator.shape(0);
  const wanted = operator.list('shape', 1);
  if (!wanted) throw new Unknown('it names no shape');
  const keepsZero = operator.integer('allowzero', 0) === 1;
  const shape = wanted.map((size, axis) => (size === 0 && !keepsZero ? (input[axis] ?? 0) : size));
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = product(input) / product(shape.filter((_, axis) => axis !== open));
  return [{shape, values: operator.input(0).values}];
}

export function flatten(operator: Operator): InferredValue[] {
  const shape = operator.shape(0);
  const axis = operator.integer('axis', 1);
  const from0 = axis < 0 ? axis + shape.length : axis;
  return [{shape: [product(shape.slice(0, from0)), product(shape.slice(from0))]}];
}

export function transpose(operator: Operator): InferredValue[] {
  const shape = operator.shape(0);
  const order = operator.integers('perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  return [{shape: order.map(axis => shape[axisOf(axis, shape.length)]!)}];
}

export function concat(operator: Operator): InferredValue[] {
  const inputs = Array.from({length: operator.inputCount}, (_, index) => operator.input(index));
  const first = operator.shape(0);
  const axis = axisOf(operator.integer('axis', 1), first.length);
  const total = inputs.reduce((sum, {shape}) => sum + (shape[axis] ?? 0), 0);
  const areKnown = first.length === 1 && total <= MOST_VALUES && inputs.every(({values}) => values);
  const values = areKnown ? inputs.flatMap(input => input.values!) : undefined;
  return [{shape: first.map((size, index) => (index === axis ? total : size)), values}];
}

export function split(operator: Operator): InferredValue[] {
  const shape = operator.shape(0);
  const axis = axisOf(operator.integer('axis', 0), shape.length);
  const count = operator.node.outputs.length;
  const part = Math.ceil(shape[axis]! / count);
  const even = Array.from({length: count}, (_, i) => Math.min(part, shape[axis]! - i * part));
  const sizes = operator.list('split', 1) ?? even;
  return sizes.map(size => ({shape: shape.map((whole, index) => (index === axis ? size : whole))}));
}

export function slice(operator: Operator): InferredValue[] {
  const {shape, values} = operator.input(0);
  const starts = operator.list('starts', 1);
  const ends = operator.list('ends', 2);
  if (!starts || !ends) throw new Unknown('it names no starts and ends');
  const axes = operator.list('axes', 3) ?? starts.map((_, axis) => axis);
  const steps = operator.values(4) ?? starts.map(() => 1);
  const sliced = [...shape];
  let kept = values;
  for (const [index, given] of axes.entries()) {
    const axis = axisOf(given, shape.length);
    const taken = indicesOf(shape[axis]!, starts[index]!, ends[index]!, steps[index] ?? 1);
    sliced[axis] = taken.count;
    kept =
      shape.length === 1
        ? kept && Array.from({length: taken.count}, (_, i) => kept![taken.first + i * taken.step]!)
        : undefined;
  }
  return [{shape: sliced, values: kept}];
}

function indicesOf(
  size: number,
  start: number,
  end: number,
  step: number,
): {first: number; count: number; step: number} {
  if (step === 0) throw new Unknown('a step of 0');
  const clamp = (value: number, low: number, high: number): number =>
    Math.min(Math.max(value < 0 ? value + size : value, low), high);
  const first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const last = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  return {first, count: Math.max(0, Math.ceil((last - first) / step)), step};
}

export function gather(operator: Operator): InferredValue[] {
  const {shape, values} = operator.input(0);
  const indices = operator.input(1);
  const axis = axisOf(operator.integer('axis', 0), shape.length);
  const taken =
    values && shape.length === 1
      ? indices.values?.map(index => values[index < 0 ? index + values.length : index]!)
      : undefined;
  return [{shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)], values: taken}];
}

export function squeeze(operator: Operator): InferredValue[] {
  const {shape, values} = operator.input(0);
  const given = operator.list('axes', 1);
  const axes = given && new Set(given.map(axis => axisOf(axis, shape.length)));
  return [{shape: shape.filter((size, axis) => (axes ? !axes.has(axis) : size !== 1)), values}];
}

export function unsqueeze(operator: Operator): InferredValue[] {
  const {shape, values} = operator.input(0);
  const given = operator.list('axes', 1);
  if (!given) throw new Unknown('it names no axes');
  const rank = shape.length + given.length;
  const axes = new Set(given.map(axis => axisOf(axis, rank)));
  let next = 0;
  return [{shape: Array.from({length: rank}, (_, axis) => (axes.has(axis) ? 1 : shape[next++]!)), values}];
}

export function pad(operator: Operator): InferredValue[] {
  const shape = operator.shape(0);
  const pads = operator.list('pads', 1);
  if (!pads) throw new Unknown('it names no pads');
  const axes = operator.values(3)?.map(axis => axisOf(axis, shape.length)) ?? shape.map((_, axis) => axis);
  const padded = [...shape];
  for (const [index, axis] of axes.entries())
    padded[axis] = padded[axis]! + (pads[index] ?? 0) + (pads[index + axes.length] ?? 0);
  return [{shape: padded}];
}

export function tile(operator: Operator): InferredValue[] {
  const repeats = operator.values(1) ?? [];
  return [{shape: operator.shape(0).map((size, axis) => size * (repeats[axis] ?? 1))}];
}

export function shapeOf(operator: Operator): InferredValue[] {
  const shape = operator.shape(0);
  const values = shape.slice(operator.integer('start', 0), operator.integer('end', shape.length));
  return [{shape: [values.length], elementType: INT64, values}];
}

export function blocks(operator: Operator, toSpace: boolean): InferredValue[] {
  const [batch = 0, channels = 0, height = 0, width = 0] = operator.shape(0);
  const size = operator.integer('blocksize', 1);
  const square = size * size;
  return [
    {
      shape: toSpace
        ? [batch, channels / square, height * size, width * size]
        : [batch, channels * square, height / size, width / size],
    },
  ];
}
