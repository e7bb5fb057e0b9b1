/** The order of a file's operators whose plan is smallest, until Ctrl-C. */
import {type OperatorProblem, orderOperatorsAsync, type Planner} from '../../index.ts';
import type {ImportedProblem} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import type {Input} from '../io/input.ts';
import {interruptible} from '../io/interrupt.ts';
import {type ChosenProblem, chooseProblem, type ProblemChoice} from './chosen-problem.ts';
import type {Ordered} from './ordered.ts';
import {planOptions, type SolveOptions} from './planning.ts';

export interface OrderingOptions extends ProblemChoice, SolveOptions {}

/** @throws CliError where the file has no operators, or they cannot be put into another order */
export function operatorsOf({file, imported}: Input, {inPlace, alignment}: OrderingOptions): OperatorProblem {
  if (imported.kind !== 'problem' || !imported.operators)
    throw new CliError(
      `${file}: only models (ONNX, TensorFlow Lite) and problems of operators have an order to choose, and this is ${imported.format}: docs/order.md`,
      EXIT.usage,
    );
  try {
    const operators = imported.operators(inPlace ? {inPlace} : {});
    return alignment === undefined ? operators : {...operators, alignment};
  } catch (error) {
    throw inputError(file, error);
  }
}

export async function orderInput(planner: Planner, input: Input, options: OrderingOptions): Promise<Ordered> {
  const operators = operatorsOf(input, options);
  const {threads} = options;
  const {timeLimitMs, capacity: _, minimize: __, alignment: ___, ...plan} = planOptions(options);
  try {
    return await interruptible(async signal => {
      const result = await orderOperatorsAsync(planner, operators, {
        plan,
        signal,
        ...(timeLimitMs === undefined ? {} : {timeLimitMs}),
        ...(threads === undefined ? {} : {threads}),
      });
      return {operators, result, interrupted: signal.aborted};
    }, new CliError('interrupted before any order was known', EXIT.interrupted));
  } catch (error) {
    throw inputError(input.file, error);
  }
}

/** The problem that the best order makes, to be planned like any other. */
export async function reorderedProblem(
  planner: Planner,
  input: Input,
  options: OrderingOptions,
): Promise<ChosenProblem> {
  const ordered = await orderInput(planner, input, options);
  const {result} = ordered;
  const {reference, ...imported} = input.imported as ImportedProblem;
  if (reference)
    throw new CliError(
      `${input.file}: --reorder: the file has a plan of its own, ${reference.name}, for its own order: add --drop-own-plan`,
      EXIT.usage,
    );
  if (result.isListed) return {...chooseProblem(input, options), ordered};
  const {inPlace: _, ...choice} = options;
  const {inPlace: __, ...others} = imported;
  const read = {...others, problem: result.lifetimes.columns};
  return {...chooseProblem({...input, imported: read}, choice), ordered};
}
