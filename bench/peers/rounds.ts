/** Runs of all solvers on one instance, in turns. */
import {rmSync} from 'node:fs';
import type {Planner} from '../../bindings/index.ts';
import {type Answer, answerIn} from '../answers.ts';
import {runCommand} from '../command.ts';
import type {Report, Run, Solver} from './solver.ts';
import type {Task} from './tasks.ts';

export interface Limits {
  readonly seconds: number;
  readonly samples: number;
  readonly threads: number;
}

/** One solver on one instance: its smallest peak, and the least seconds of the runs that reached it. */
export interface Score {
  readonly solver: string;
  /** Bytes; infinite where it failed. */
  readonly peak: number;
  /** Seconds of the whole process. */
  readonly process: number;
  readonly solve?: number;
  readonly warm?: number;
  readonly isProven?: boolean;
  /** The peak is its own word: it wrote no plan. */
  readonly isClaimed?: boolean;
  readonly failed?: string;
}

/** Seconds after which a solver is killed. */
const patience = (seconds: number, {grace = 0}: Solver) => 1.1 * seconds + 1 + grace;
/** Solving that takes less is repeated for so many seconds in one process. */
const IS_SHORT = 1;
const WARM_SECONDS = 0.5;
const WARM_GRACE = 10;

/** Every solver once per round, another one first in each; a solver that failed does not run again. Then warm runs. */
export async function compare(
  task: Task,
  solvers: readonly Solver[],
  limits: Limits,
  planner: Planner,
): Promise<Score[]> {
  const scores: Score[] = solvers.map(({name}) => ({
    solver: name,
    peak: Number.POSITIVE_INFINITY,
    process: Number.POSITIVE_INFINITY,
  }));
  for (const solver of solvers) solver.prepare?.(task);
  for (let round = 0; round < limits.samples; round++) {
    for (let turn = 0; turn < solvers.length; turn++) {
      const k = (round + turn) % solvers.length;
      if (scores[k]!.failed !== undefined) continue;
      scores[k] = better(scores[k]!, await runOnce(task, solvers[k]!, limits, planner));
    }
  }
  for (const [k, solver] of solvers.entries()) scores[k] = await withWarm(task, solver, scores[k]!, limits);
  return scores;
}

/** A failed run, the one with the smaller peak, or, of two with one peak, the least of each clock. */
function better(old: Score, run: Score): Score {
  if (run.failed !== undefined || run.peak < old.peak) return run;
  if (run.peak > old.peak) return old;
  const solve = Math.min(old.solve ?? Number.POSITIVE_INFINITY, run.solve ?? Number.POSITIVE_INFINITY);
  return {
    ...old,
    process: Math.min(old.process, run.process),
    ...(Number.isFinite(solve) ? {solve} : {}),
    isProven: old.isProven === true || run.isProven === true,
  };
}

async function runOnce(task: Task, solver: Solver, limits: Limits, planner: Planner): Promise<Score> {
  const run = runOf(task, limits, 0);
  const ran = await runCommand(solver.command(run), patience(limits.seconds, solver));
  const report: Report = ran.failed === undefined ? solver.reportOf(run, ran.said) : {};
  const answer = ran.failed === undefined ? await answerTo(run, report, planner) : {failed: ran.failed};
  const seconds = {
    process: ran.seconds,
    ...(report.solve === undefined ? {} : {solve: report.solve}),
  };
  if ('failed' in answer) {
    return {solver: solver.name, ...seconds, peak: Number.POSITIVE_INFINITY, failed: answer.failed};
  }
  const isProven = report.isProven === true || answer.peak === task.bound;
  const isClaimed = report.claimed !== undefined;
  return {solver: solver.name, ...seconds, peak: answer.peak, isProven: isProven && !isClaimed, isClaimed};
}

async function answerTo({task, out}: Run, {claimed}: Report, planner: Planner): Promise<Answer> {
  return claimed === undefined ? answerIn(out, task.problem, planner, task.capacity) : {peak: claimed};
}

async function withWarm(task: Task, solver: Solver, score: Score, limits: Limits): Promise<Score> {
  if (score.failed !== undefined || (score.solve ?? Number.POSITIVE_INFINITY) >= IS_SHORT) return score;
  let warm = solver.warmSeconds?.(task, limits.seconds);
  if (solver.isRepeated === true) {
    const run = runOf(task, limits, WARM_SECONDS);
    const ran = await runCommand(solver.command(run), patience(limits.seconds, solver) + WARM_GRACE);
    warm = ran.failed === undefined ? solver.reportOf(run, ran.said).warm : undefined;
  }
  return warm === undefined ? score : {...score, warm};
}

/** A run whose files are not there yet. */
function runOf(task: Task, {seconds, threads}: Limits, warm: number): Run {
  const out = `${task.file}.out.csv`;
  const report = `${task.file}.report`;
  for (const file of [out, report]) rmSync(file, {recursive: true, force: true});
  return {task, out, report, seconds, threads, warm};
}
