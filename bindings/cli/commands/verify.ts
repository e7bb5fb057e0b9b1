/** `stowage verify PROBLEM PLAN`: checks the offsets of a plan, from any tool, against a problem. */
import type {Command} from 'commander';
import type {Planner, VerifiedPlan, Violation, ViolationKind} from '../../index.ts';
import {idOf, type ProblemColumns} from '../../model/problem.ts';
import {formatBytes, plural} from '../../model/quantities.ts';
import {describeScope, evidenceJson, evidenceOf} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {nameOf, readInput} from '../io/input.ts';
import {print, printJson, warn} from '../io/output.ts';
import {type ChosenProblem, chooseProblem, type ProblemChoice} from '../planning/chosen-problem.ts';
import {choiceOf, inOrderOf, readPlan} from '../planning/plan-file.ts';
import type {PlannerSource} from '../planning/planning.ts';
import {type CommandContext, withChoice, withConstraints} from './options.ts';
import {parseBytes} from './parse.ts';
import {symbolicOf, verifySymbolicInput} from './symbolic.ts';

export interface VerifyCommandOptions extends ProblemChoice {
  readonly capacity?: number;
  readonly json?: boolean;
}

export function addVerifyCommand(root: Command, {done, planner}: CommandContext): void {
  const verify = root
    .command('verify')
    .argument('<PROBLEM>', 'a problem, or a trace with the options that choose its iteration')
    .argument('<PLAN>', 'a plan: CSV with offsets, or JSON')
    .description('check the offsets of a plan against its problem')
    .option('--capacity <BYTES>', 'capacity of the arena', parseBytes)
    .option('--json', 'print one object')
    .action(async (file: string, planFile: string, options: VerifyCommandOptions) =>
      done(await verifyCommand(file, planFile, options, planner)),
    );
  withConstraints(withChoice(verify, 'N, auto or window'));
}

/** @returns the exit code. */
export async function verifyCommand(
  file: string,
  planFile: string,
  options: VerifyCommandOptions,
  planner: PlannerSource,
): Promise<number> {
  if (file === '-' && planFile === '-') throw new CliError('PROBLEM and PLAN cannot both be -', EXIT.usage);
  const input = await readInput(file, options);
  const symbolic = symbolicOf(input, options);
  if (symbolic) return verifySymbolicInput(input, symbolic, planFile, options);
  const plan = await readPlan(planFile);
  const chosen = chooseProblem(
    input,
    input.imported.kind === 'trace' ? {...choiceOf(plan), ...options} : options,
  );
  for (const warning of chosen.warnings) warn(`${chosen.file}: ${warning}`);
  const ordered = inOrderOf(chosen.problem, plan, planFile);
  const found = violationsOf(await planner(), chosen.problem, ordered, options, planFile);
  const peak = peakOf(chosen.problem, ordered);
  if (options.json)
    printJson({
      schema: 'stowage.verify/1',
      valid: found.length === 0,
      evidence: evidenceJson(evidenceOf(chosen)),
      peak,
      violations: found,
    });
  else if (found.length === 0)
    print(`valid: ${scopeOf(chosen)}${plural(chosen.problem.count, 'buffer')}, peak ${formatBytes(peak)}`);
  else
    for (const violation of found) print(`invalid: ${describe(chosen.problem, violation, ordered.offsets)}`);
  return found.length === 0 ? EXIT.ok : EXIT.checkFailed;
}

/** A plan that is valid for one iteration need not be for another. */
function scopeOf(chosen: ChosenProblem): string {
  return chosen.step ? `${describeScope(evidenceOf(chosen).scope)}, ` : '';
}

function violationsOf(
  planner: Planner,
  problem: ProblemColumns,
  plan: VerifiedPlan,
  {capacity}: VerifyCommandOptions,
  planFile: string,
): Violation[] {
  try {
    return planner.verify(problem, plan, capacity === undefined ? {} : {capacity});
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

/** The relation of the two buffers of a violation. */
const BOTH: Partial<Record<ViolationKind, string>> = {
  overlap: 'live at the same time',
  together: 'in one arena',
  'not-apart': 'in different streams or pools',
  'extra-arena': 'in two arenas of a pool that has one',
};

function describe(problem: ProblemColumns, {kind, a, b}: Violation, offsets: ArrayLike<number>): string {
  const range = (i: number) => `"${idOf(problem, i)}" at ${offsets[i]} to ${offsets[i]! + problem.size[i]!}`;
  if (b === undefined) return `${kind}: ${range(a)}`;
  return `${kind}: ${range(a)} and ${range(b)}${BOTH[kind] ? `, ${BOTH[kind]}` : ''}`;
}
