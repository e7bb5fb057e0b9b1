/** A TensorFlow Lite model as a problem of operators. */
import {ImportError} from '../../../model/errors.ts';
import type {OperatorInfo, OperatorProblem} from '../../../model/operators.ts';
import type {ProblemColumns} from '../../../model/problem.ts';
import {costOf, tfliteMultiplyAdds} from '../operator-cost.ts';
import type {TensorLife} from './liveness.ts';
import {isBuiltin, type TfliteModel, type TfliteOperator, type TfliteTensor} from './model.ts';

/** Operators with effects beside their outputs, as far as the format says; of custom ones nothing is known. */
const EFFECTS =
  /^(CALL|CALL_ONCE|DELEGATE|VAR_HANDLE|READ_VARIABLE|ASSIGN_VARIABLE|HASHTABLE.*|RANDOM.*|MULTINOMIAL|operator \d+)$/;

/**
 * The operators of a model of one subgraph, with its planned tensors in the order of the problem's buffers. Operators with effects, and
 * those that use a variable tensor, keep the order of the file among each other.
 * @throws ImportError for a model of several subgraphs: their operators run within others
 */
export function tfliteOperators(
  {subgraphs}: TfliteModel,
  lives: readonly TensorLife[],
  {ids, size, alignment, defaultAlignment}: ProblemColumns,
): OperatorProblem {
  if (subgraphs.length > 1)
    throw refused(
      `the model has ${subgraphs.length} subgraphs, and operators are put into another order in models of one`,
    );
  const {operators, outputs: ends, tensors} = subgraphs[0]!;
  const bufferOf = new Map(lives.map(({tensor}, buffer) => [tensor, buffer]));
  const planned = (list: Int32Array) => Array.from(list).flatMap(tensor => bufferOf.get(tensor) ?? []);
  const variables = tensors.map(({isVariable}) => isVariable);
  const last = new Map<string, number>();
  const infos = operators.map((operator, v): OperatorInfo => {
    const effects = effectsOf(operator, variables);
    const after = effects.flatMap(effect => {
      const before = last.get(effect);
      last.set(effect, v);
      return before === undefined ? [] : [before];
    });
    const inputs = planned(operator.inputs);
    const outputs = planned(operator.outputs);
    const sizes = [...inputs, ...outputs].map(buffer => size[buffer]!);
    return {
      id: `${operator.name}:${v}`.replace(/[",\s\p{Cc}]/gu, '_'),
      inputs,
      outputs,
      ...(after.length > 0 ? {after: [...new Set(after)]} : {}),
      // one with effects, or that changes a variable, does more than write its outputs
      ...(effects.length > 0 ? {} : costOf(multiplyAddsOf(operator, tensors), sizes)),
    };
  });
  const isOutput = new Set(ends);
  return {
    tensors: lives.map(({tensor}, i) => ({
      id: ids![i]!,
      size: size[i]!,
      ...(isOutput.has(tensor) ? {output: true} : {}),
      ...(alignment[i]! > 0 ? {alignment: alignment[i]!} : {}),
    })),
    operators: infos,
    ...(defaultAlignment === undefined ? {} : {alignment: defaultAlignment}),
  };
}

function multiplyAddsOf({name, inputs, outputs}: TfliteOperator, tensors: readonly TfliteTensor[]): number {
  const shapeOf = (tensor: number | undefined) => tensors[tensor ?? -1]?.shape;
  return tfliteMultiplyAdds(
    name,
    Array.from(inputs, tensor => shapeOf(tensor)),
    shapeOf(outputs[0]),
  );
}

/** What an operator changes or reads beside the planned tensors: names of states. */
function effectsOf({name, inputs, outputs}: TfliteOperator, isVariable: readonly boolean[]): string[] {
  const variables = [...inputs, ...outputs].filter(tensor => isVariable[tensor]);
  return [
    ...(EFFECTS.test(name) || !isBuiltin(name) ? ['effects'] : []),
    ...[...new Set(variables)].map(tensor => `variable ${tensor}`),
  ];
}

function refused(message: string): ImportError {
  return new ImportError(message, {format: 'tflite'});
}
