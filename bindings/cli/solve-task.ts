/** Plans a task within the budget of the command's options, with a bar on a terminal. */
import type {Algorithm, PlanOptions} from '../index.ts';
import {inputError} from './exit.ts';
import {type Solved, solve} from './interruptible.ts';
import {planningBar} from './status-line.ts';
import type {Task} from './task.ts';

/** Options of a command that plans, parsed. */
export interface SolveOptions {
  readonly algorithm?: Algorithm;
  readonly capacity?: number;
  readonly alignment?: number;
  readonly minimize?: boolean;
  /** Milliseconds. */
  readonly timeLimit?: number;
  readonly nodeLimit?: number;
  readonly threads?: number;
  readonly seed?: number;
}

/** @throws CliError naming the file. */
export async function solveTask(task: Task, options: SolveOptions): Promise<Solved> {
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

export function planOptions(options: SolveOptions): PlanOptions {
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
