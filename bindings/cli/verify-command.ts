/** `stowage verify PROBLEM PLAN`: checks offsets that anybody made against a problem. */
import type {Command} from 'commander';
import {loadPlannerSync, type Violation} from '../index.ts';
import {idOf, type ProblemColumns} from '../problem.ts';
import {type PlanOfJson, readPlanCsv, readPlanJson} from '../trace/index.ts';
import {type Done, withChoice} from './arguments.ts';
import {CliError, EXIT, inputError} from './exit.ts';
import {nameOf, readInput, readSource} from './input.ts';
import {print, printJson, warn} from './output.ts';
import {formatBytes, parseBytes, plural} from './quantities.ts';
import {type Choice, taskOf} from './task.ts';

export interface VerifyCommandOptions extends Choice {
  readonly capacity?: number;
  readonly json?: boolean;
}

export function addVerifyCommand(root: Command, done: Done): void {
  const verify = root
    .command('verify')
    .argument('<PROBLEM>', 'a problem, or a trace and the options that chose its iteration')
    .argument('<PLAN>', 'a plan: CSV with offsets, or JSON')
    .description('check the offsets of a plan against its problem')
    .option('--capacity <BYTES>', 'bytes the arena may hold', parseBytes)
    .option('--json', 'print one object')
    .action(async (file: string, planFile: string, options: VerifyCommandOptions) =>
      done(await verifyCommand(file, planFile, options)),
    );
  withChoice(verify, 'N, auto or window');
}

/** @returns the exit code. */
export async function verifyCommand(
  file: string,
  planFile: string,
  options: VerifyCommandOptions,
): Promise<number> {
  if (file === '-' && planFile === '-')
    throw new CliError('only one of PROBLEM and PLAN can be -', EXIT.usage);
  const plan = await readPlan(planFile);
  const input = await readInput(file, options);
  const task = taskOf(input, input.imported.kind === 'trace' ? {...choiceOf(plan), ...options} : options);
  for (const warning of task.warnings) warn(`${task.file}: ${warning}`);
  const offsets = inOrderOf(task.problem, plan, planFile);
  const found = violationsOf(task.problem, offsets, options, planFile);
  const peak = task.problem.size.reduce(
    (top, size, i) => Math.max(top, size > 0 ? size + offsets[i]! : 0),
    0,
  );
  if (options.json)
    printJson({schema: 'stowage.verify/1', valid: found.length === 0, peak, violations: found});
  else if (found.length === 0)
    print(`valid: ${plural(task.problem.count, 'buffer')}, peak ${formatBytes(peak)}`);
  else for (const violation of found) print(`invalid: ${describe(task.problem, violation, offsets)}`);
  return found.length === 0 ? EXIT.ok : EXIT.checkFailed;
}

/** A plan of a trace says which iteration it is for. */
function choiceOf({source}: PlanOfJson): Choice {
  if (!source) return {};
  return {
    ...(source.iteration === null ? {} : {iteration: source.iteration}),
    ...(source.lifetimes === 'linear' ? {linear: true} : {}),
    ...(source.device === null ? {} : {device: source.device}),
  };
}

function violationsOf(
  problem: ProblemColumns,
  offsets: Float64Array,
  {capacity}: VerifyCommandOptions,
  planFile: string,
): Violation[] {
  try {
    return loadPlannerSync().verify(problem, {offsets}, capacity === undefined ? {} : {capacity});
  } catch (error) {
    throw inputError(nameOf(planFile), error);
  }
}

function readPlan(file: string): Promise<PlanOfJson> {
  return readSource(file, source => {
    const isJson = /^\s*\{/.test(new TextDecoder().decode(source.head.subarray(0, 64)));
    return isJson ? readPlanJson(source) : readPlanCsv(source);
  });
}

/** The plan's offsets in the order of the problem's buffers. */
function inOrderOf(problem: ProblemColumns, plan: PlanOfJson, planFile: string): Float64Array {
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

function describe(problem: ProblemColumns, {kind, a, b}: Violation, offsets: Float64Array): string {
  const range = (i: number) => `"${idOf(problem, i)}" at ${offsets[i]} to ${offsets[i]! + problem.size[i]!}`;
  if (b !== undefined) return `${kind}: ${range(a)} and ${range(b)}, live together`;
  return `${kind}: ${range(a)}`;
}
