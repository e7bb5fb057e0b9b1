/** An ONNX model as a problem of operators. */
import type {OperatorInfo, OperatorProblem} from '../../../model/operators.ts';
import {costOf} from '../operator-cost.ts';
import {type LiveValue, type OnnxLiveness, RANDOM, type RunNode} from './liveness.ts';

/** Whether another run gives the same: of operators of other domains nothing is known. */
function isPure({node: {operator, domain}}: RunNode): boolean {
  return !RANDOM.test(operator) && !operator.includes('Dropout') && STANDARD.has(domain);
}

const STANDARD: ReadonlySet<string> = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft']);

/**
 * The operators that run (those that are folded do not), with the values in the order of the problem's buffers. Operators that draw random
 * numbers keep the order of the file among each other. With `inPlace`, an output may be written over an input of equal size that is neither
 * input nor output of the model, where the operator is one of `mayOverwrite`.
 */
export function onnxOperators(
  {values, nodes}: OnnxLiveness,
  ids: readonly string[],
  mayOverwrite: ((node: RunNode) => readonly LiveValue[]) | undefined,
): OperatorProblem {
  const bufferOf = new Map(values.map((value, buffer) => [value, buffer]));
  const buffers = (list: readonly LiveValue[]) => list.map(value => bufferOf.get(value)!);
  let lastRandom: number | undefined;
  const operators = nodes.map((run, v): OperatorInfo => {
    const {node, inputs, outputs} = run;
    const isRandom = RANDOM.test(node.operator);
    const after = isRandom && lastRandom !== undefined ? [lastRandom] : [];
    if (isRandom) lastRandom = v;
    const inPlace = buffers(mayOverwrite?.(run) ?? []);
    return {
      id: `${node.operator}:${v}`.replace(/[",\s\p{Cc}]/gu, '_'),
      inputs: buffers(inputs),
      outputs: buffers(outputs),
      ...(inPlace.length > 0 ? {inPlace} : {}),
      ...(after.length > 0 ? {after} : {}),
      ...(isPure(run)
        ? costOf(
            run.multiplyAdds,
            [...inputs, ...outputs].map(({size}) => size),
          )
        : {}),
    };
  });
  return {
    tensors: values.map(({size, isOutput}, i) => ({id: ids[i]!, size, ...(isOutput ? {output: true} : {})})),
    operators,
  };
}
