/** Planning a task as the command line asks for it: the options of all commands that plan, and what they do. */
import {type Command, Option} from 'commander';
import {ALGORITHMS, type Algorithm, type Plan, type PlanOptions} from '../index.ts';
import {EXIT, inputError} from './exit.ts';
import {parseBytes, parseDuration, parseInteger} from './quantities.ts';
import {type Solved, solve} from './solver.ts';
import {planningBar} from './status-line.ts';
import type {Choice, Task} from './task.ts';

/** Options of a command that plans, parsed. */
export interface PlanningOptions extends Choice {
  readonly algorithm?: Algorithm;
  /** Bytes. */
  readonly capacity?: number;
  readonly minimize?: boolean;
  /** Milliseconds. */
  readonly timeLimit?: number;
  readonly nodeLimit?: number;
  readonly threads?: number;
  readonly seed?: number;
}

export function withPlanning(command: Command): Command {
  return command
    .addOption(
      new Option('--algorithm <NAME>', 'what to run')
        .choices(ALGORITHMS as readonly string[])
        .default('auto'),
    )
    .option(
      '--capacity <BYTES>',
      'stop at the first verified plan that fits, e.g. 1048576 or 1MiB',
      parseBytes,
    )
    .option('--minimize', 'go on below the capacity, for the smallest peak')
    .option('--time-limit <TIME>', 'e.g. 10s, 500ms; one plan is always made', parseDuration)
    .option(
      '--node-limit <N>',
      'buffers placed, over all attempts; the plan is then the same everywhere',
      parseInteger(1),
    )
    .option('--threads <N>', 'threads to plan on at most (default: 1)', parseInteger(1))
    .option('--seed <N>', 'for what is random (default: 1)', parseInteger(0));
}

/** @throws CliError naming the file. */
export async function solveTask(task: Task, options: PlanningOptions): Promise<Solved> {
  const bar = planningBar();
  const threads = options.threads === undefined ? {} : {threads: options.threads};
  try {
    return await solve(task.problem, {...planOptions(options), ...threads}, bar.update);
  } catch (error) {
    throw inputError(task.file, error);
  } finally {
    bar.stop();
  }
}

export function planOptions(options: PlanningOptions): PlanOptions {
  const {algorithm, capacity, alignment, minimize, seed, nodeLimit, timeLimit} = options;
  return {
    ...(algorithm === undefined ? {} : {algorithm}),
    ...(capacity === undefined ? {} : {capacity}),
    ...(alignment === undefined ? {} : {alignment}),
    ...(minimize === undefined ? {} : {minimize}),
    ...(seed === undefined ? {} : {seed}),
    ...(nodeLimit === undefined ? {} : {nodeLimit}),
    ...(timeLimit === undefined ? {} : {timeLimitMs: timeLimit}),
  };
}

/** What a plan ends the command with. */
export function exitCodeOf(plan: Plan): number {
  if (plan.status === 'infeasible') return EXIT.infeasible;
  return plan.status === 'unknown' ? EXIT.notFound : EXIT.ok;
}
