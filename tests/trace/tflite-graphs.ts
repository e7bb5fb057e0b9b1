/** Seeded TensorFlow Lite models that TensorFlow Lite Micro can run: tensors of float32, joined and added at random. */
import {seeded} from '../random.ts';
import {
  type TfliteModelParts,
  type TfliteOperatorParts,
  type TfliteTensorParts,
  tfliteModel,
} from './models.ts';

/** BuiltinOperator, TensorType. */
const ADD = 0;
const CONCATENATION = 2;
const RELU = 19;
const FLOAT32 = 0;
const MOST_ELEMENTS = 4000;

/** A graph with `operators` operators, three inputs, and all that nobody reads as outputs. */
export function tfliteGraph(operators: number, seed: number, parts: TfliteModelParts = {}): Uint8Array {
  const below = seeded(seed);
  const tensors: TfliteTensorParts[] = [];
  const add = (elements: number): number => {
    tensors.push({name: `t${tensors.length}`, shape: [elements], type: FLOAT32});
    return tensors.length - 1;
  };
  const inputs = [add(1 + below(300)), add(1 + below(300)), add(1 + below(300))];
  const elements = (tensor: number) => tensors[tensor]!.shape[0]!;
  const unread = new Set(inputs);
  const steps: TfliteOperatorParts[] = [];
  for (let k = 0; k < operators; k++) {
    // mostly what was made lately, now and then something old
    const recent = () =>
      below(4) > 0 ? tensors.length - 1 - below(Math.min(4, tensors.length)) : below(tensors.length);
    const a = recent();
    const b = recent();
    const isJoined = a !== b && elements(a) + elements(b) <= MOST_ELEMENTS && below(3) > 0;
    const isAdded = !isJoined && a !== b && elements(a) === elements(b);
    const operands = isJoined || isAdded ? [a, b] : [a];
    const output = add(isJoined ? elements(a) + elements(b) : elements(a));
    steps.push({code: isJoined ? CONCATENATION : isAdded ? ADD : RELU, inputs: operands, outputs: [output]});
    for (const operand of operands) unread.delete(operand);
    unread.add(output);
  }
  const outputs = [...unread].filter(tensor => tensor > 2);
  return tfliteModel([{tensors, inputs, outputs, operators: steps}], undefined, parts);
}
