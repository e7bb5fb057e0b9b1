/** Operators fitted into a capacity, in the cheaper of two orders, until Ctrl-C. */
import {
  type FitSchedule,
  fitOperatorsAsync,
  type OperatorProblem,
  orderOperatorsAsync,
  type Planner,
} from '../../index.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {interruptible} from '../io/interrupt.ts';
import {showLine} from '../io/progress.ts';
import type {SolveOptions} from './planning.ts';

/** What may be done beside running each operator once. */
export interface FitRules {
  readonly recompute: boolean;
  /** Bytes that are moved for one unit of cost. */
  readonly offload?: number;
}

export interface Fitted {
  readonly fit: FitSchedule;
  /** Whether first runs are in the order of the file. */
  readonly isListed: boolean;
  /** Bytes that the file's order needs, and those that the best order found needs. */
  readonly listedPeak: number;
  readonly orderedPeak: number;
  readonly interrupted: boolean;
  readonly seconds: number;
}

/** @throws CliError naming the file, also if Ctrl-C comes before the first schedule. */
export async function fitProblem(
  planner: Planner,
  file: string,
  problem: OperatorProblem,
  rules: FitRules,
  options: SolveOptions & {readonly capacity: number},
): Promise<Fitted> {
  const began = performance.now();
  const clear = showLine('looking for what to compute again or to move; Ctrl-C takes the best so far');
  try {
    return await interruptible(async signal => {
      const fitted = await cheapest(planner, problem, rules, options, signal);
      return {...fitted, interrupted: signal.aborted, seconds: (performance.now() - began) / 1000};
    }, new CliError('interrupted before the first schedule', EXIT.interrupted));
  } catch (error) {
    throw inputError(file, error);
  } finally {
    clear();
  }
}

/** In the file's order, and in the order of the smallest plan; where both cost the same, the file's. */
async function cheapest(
  planner: Planner,
  problem: OperatorProblem,
  {recompute, offload}: FitRules,
  {capacity, seed, nodeLimit, timeLimit, threads}: SolveOptions & {readonly capacity: number},
  signal: AbortSignal,
): Promise<Omit<Fitted, 'interrupted' | 'seconds'>> {
  const limits = {
    ...(nodeLimit === undefined ? {} : {nodeLimit}),
    // the search for an order, and a schedule for each of two orders
    ...(timeLimit === undefined ? {} : {timeLimitMs: Math.max(1, timeLimit / 3)}),
    ...(threads === undefined ? {} : {threads}),
    signal,
  };
  const best = await orderOperatorsAsync(planner, problem, limits);
  const {filePeak: listedPeak, isListed} = best;
  const peaks = {listedPeak, orderedPeak: best.plan.peak};
  const fitting = {
    ...limits,
    capacity,
    recompute,
    ...(offload === undefined ? {} : {offload}),
    ...(seed === undefined ? {} : {seed}),
  };
  const listed = await fitOperatorsAsync(planner, problem, fitting);
  if (isListed || listed.cost === 0 || signal.aborted) return {fit: listed, isListed: true, ...peaks};
  const ordered = await fitOperatorsAsync(planner, problem, {...fitting, order: best.order});
  return isBetter(ordered, listed)
    ? {fit: ordered, isListed: false, ...peaks}
    : {fit: listed, isListed: true, ...peaks};
}

/** A schedule before none; then the cheaper; of two without, the one of which it is not proven that there is none. */
function isBetter(a: FitSchedule, b: FitSchedule): boolean {
  if (a.planned && b.planned) return a.cost < b.cost;
  if (a.planned || b.planned) return a.planned !== undefined;
  return a.status === 'unknown' && b.status === 'infeasible';
}
