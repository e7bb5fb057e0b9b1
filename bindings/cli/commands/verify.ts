/** `stowage verify PROBLEM PLAN`: checks offsets that anybody made against a problem. */
import type {Command} from 'commander';
import {loadPlannerSync, type VerifiedPlan, type Violation, type ViolationKind} from '../../index.ts';
import {idOf, type ProblemColumns} from '../../model/problem.ts';
import {CliError, EXIT, inputError} from '../exit.ts';
import {nameOf, readInput} from '../input.ts';
import {type Done, withChoice, withConstraints} from '../options.ts';
import {print, printJson, warn} from '../output.ts';
import {choiceOf, inOrderOf, readPlan} from '../plan-file.ts';
import {formatBytes, parseBytes, plural} from '../quantities.ts';
import {type Choice, taskOf} from '../task.ts';

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
  withConstraints(withChoice(verify, 'N, auto or window'));
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
  const ordered = inOrderOf(task.problem, plan, planFile);
  const found = violationsOf(task.problem, ordered, options, planFile);
  const peak = peakOf(task.problem, ordered);
  if (options.json)
    printJson({schema: 'stowage.verify/1', valid: found.length === 0, peak, violations: found});
  else if (found.length === 0)
    print(`valid: ${plural(task.problem.count, 'buffer')}, peak ${formatBytes(peak)}`);
  else for (const violation of found) print(`invalid: ${describe(task.problem, violation, ordered.offsets)}`);
  return found.length === 0 ? EXIT.ok : EXIT.checkFailed;
}

function violationsOf(
  problem: ProblemColumns,
  plan: VerifiedPlan,
  {capacity}: VerifyCommandOptions,
  planFile: string,
): Violation[] {
  try {
    return loadPlannerSync().verify(problem, plan, capacity === undefined ? {} : {capacity});
  } catch (error) {
    throw inputError(nameOf(planFile), error);
  }
}

/** Σ peaks of the arenas, bytes. */
function peakOf({size}: ProblemColumns, {offsets, arenaOf}: VerifiedPlan): number {
  const peaks: number[] = [];
  size.forEach((bytes, i) => {
    const arena = arenaOf?.[i] ?? 0;
    if (bytes > 0) peaks[arena] = Math.max(peaks[arena] ?? 0, bytes + offsets[i]!);
  });
  return peaks.reduce((sum, peak) => sum + peak, 0);
}

/** What two buffers of a violation do. */
const BOTH: Partial<Record<ViolationKind, string>> = {
  overlap: 'live together',
  together: 'in one arena',
  'extra-arena': 'in two arenas of a pool that has one',
};

function describe(problem: ProblemColumns, {kind, a, b}: Violation, offsets: ArrayLike<number>): string {
  const range = (i: number) => `"${idOf(problem, i)}" at ${offsets[i]} to ${offsets[i]! + problem.size[i]!}`;
  if (b === undefined) return `${kind}: ${range(a)}`;
  return `${kind}: ${range(a)} and ${range(b)}${BOTH[kind] ? `, ${BOTH[kind]}` : ''}`;
}
