/** A plan that a file gives, for a problem that another one gives. */
import {idOf, type ProblemColumns} from '../problem.ts';
import {openSource, type PlanOfJson, readPlanCsv, readPlanJson} from '../trace/index.ts';
import {CliError, EXIT, inputError} from './exit.ts';
import {nameOf, openInput} from './input.ts';
import {plural} from './quantities.ts';
import type {Choice} from './task.ts';

/** @throws CliError naming the file, for what is no plan. */
export async function readPlan(file: string): Promise<PlanOfJson> {
  const name = nameOf(file);
  try {
    const {source: input} = await openInput(file);
    const source = await openSource(input);
    const isJson = /^\s*\{/.test(new TextDecoder().decode(source.head.subarray(0, 64)));
    return await (isJson ? readPlanJson(source) : readPlanCsv(source));
  } catch (error) {
    throw inputError(name, error);
  }
}

/** A plan of a trace says which iteration it is for. */
export function choiceOf({source}: PlanOfJson): Choice {
  if (!source) return {};
  return {
    ...(source.iteration === null ? {} : {iteration: source.iteration}),
    ...(source.lifetimes === 'linear' ? {linear: true} : {}),
    ...(source.device === null ? {} : {device: source.device}),
  };
}

/** The plan's offsets in the order of the problem's buffers. @throws CliError where it is for other buffers. */
export function inOrderOf(problem: ProblemColumns, plan: PlanOfJson, planFile: string): Float64Array {
  const refuse = (reason: string) => new CliError(`${nameOf(planFile)}: ${reason}`, EXIT.checkFailed);
  if (plan.offsets.length !== problem.count) {
    throw refuse(
      `the plan has ${plural(plan.offsets.length, 'offset')}, the problem ${plural(problem.count, 'buffer')}`,
    );
  }
  if (!plan.ids) return Float64Array.from(plan.offsets);
  const byId = new Map(plan.ids.map((id, k) => [id, plan.offsets[k]!]));
  return Float64Array.from({length: problem.count}, (_, i) => {
    const offset = byId.get(idOf(problem, i));
    if (offset === undefined) throw refuse(`the plan has no buffer "${idOf(problem, i)}"`);
    return offset;
  });
}
