/** Plans a chosen problem within the budget of the options, off the main thread, until Ctrl-C. */
import type {Algorithm, Bounds, Plan, Planner, PlanOptions, SeatChannel} from '../../index.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {interruptible} from '../io/interrupt.ts';
import {planningBar} from '../io/progress.ts';
import type {ChosenProblem, ProblemChoice} from './chosen-problem.ts';

/** Loads the planner at the first call; later calls return the same one. */
export type PlannerSource = () => Promise<Planner>;

/** Budget and goal of a command that plans, parsed. */
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
  /** Seats elsewhere, beside the threads. */
  readonly seats?: readonly SeatChannel[];
  readonly opportunistic?: boolean;
}

/** Options of a command that plans one problem, parsed. */
export interface PlanningOptions extends ProblemChoice, SolveOptions {}

/** A plan, the bounds of its problem, and whether Ctrl-C cut the planning short. */
export interface SolvedProblem {
  readonly bounds: Bounds;
  readonly plan: Plan;
  readonly interrupted: boolean;
}

/** @throws CliError naming the file, also if Ctrl-C comes before the first plan. */
export async function solveProblem(
  planner: Planner,
  {file, problem}: Pick<ChosenProblem, 'file' | 'problem'>,
  options: SolveOptions,
): Promise<SolvedProblem> {
  const bar = await planningBar();
  const {threads, seats, opportunistic} = options;
  try {
    return await interruptible(async signal => {
      let bounds: Bounds | undefined;
      const plan = await planner.planAsync(problem, {
        ...planOptions(options),
        ...(threads === undefined ? {} : {threads}),
        ...(seats === undefined ? {} : {seats}),
        ...(opportunistic && seats?.length ? {opportunistic} : {}),
        signal,
        onProgress(progress) {
          bounds = progress.bounds;
          bar.update(progress);
        },
      });
      return {bounds: bounds!, plan, interrupted: signal.aborted};
    }, new CliError('interrupted before the first plan', EXIT.interrupted));
  } catch (error) {
    throw inputError(file, error);
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

/** The exit code that follows from the status of a plan. */
export function exitCodeOf({status}: Plan): number {
  if (status === 'infeasible') return EXIT.infeasible;
  return status === 'unknown' ? EXIT.notFound : EXIT.ok;
}

/** The capacity option, for functions that check a plan. */
export function capacityOf({capacity}: SolveOptions): {readonly capacity?: number} {
  return capacity === undefined ? {} : {capacity};
}
