/**
 * Solves and explains in a worker, so that Ctrl-C and the time limit are heard at once and the best plan so far is
 * kept.
 */
import {Worker} from 'node:worker_threads';
import {CoreError, LimitError, UsageError} from '../errors.ts';
import type {Bounds, ExplainOptions, PeakExplanation, Plan, PlanOptions, ProblemColumns} from '../index.ts';
import {CliError, EXIT} from './exit.ts';
import type {WorkerMessage, WorkerTask} from './worker.ts';

/** A plan, its problem's bounds, and whether it was cut short by Ctrl-C. */
export interface Solved {
  readonly bounds: Bounds;
  readonly plan: Plan;
  readonly interrupted: boolean;
}

/** A longer timer would fire at once; the planner itself keeps to any limit. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Told every better plan, and the bounds. */
export type OnBetter = (plan: Plan, bounds: Bounds) => void;

/**
 * The best plan within the options' budgets. A time limit that passes before the first plan is stretched to it.
 * @throws what `Planner.plan` throws; CliError when interrupted before the first plan.
 */
export function solve(
  problem: ProblemColumns,
  options: Omit<PlanOptions, 'onPlan'>,
  onBetter: OnBetter,
): Promise<Solved> {
  const worker = startWorker({problem, options});
  return new Promise((resolve, reject) => {
    let bounds: Bounds | undefined;
    let best: Plan | undefined;
    let isOver = false;
    const stop = () => {
      clearTimeout(timer);
      process.off('SIGINT', onInterrupt);
      void worker.terminate();
    };
    const fail = (error: Error) => {
      stop();
      reject(error);
    };
    const end = (interrupted: boolean) => {
      stop();
      resolve({bounds: bounds!, plan: best!, interrupted});
    };
    const timer = setTimeout(
      () => {
        isOver = true;
        if (best) end(false);
      },
      Math.min(options.timeLimitMs ?? LONGEST_TIMER_MS, LONGEST_TIMER_MS),
    );
    const onInterrupt = () => {
      process.once('SIGINT', () => process.exit(EXIT.interrupted)); // a second Ctrl-C stops the writing, too
      if (best) end(true);
      else fail(new CliError('interrupted before the first plan', EXIT.interrupted));
    };
    process.once('SIGINT', onInterrupt);
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'failed') return fail(revived(message.name, message.message));
      if (message.type === 'bounds') {
        bounds = message.bounds;
        return;
      }
      if (message.type === 'explained') return;
      best = message.plan;
      if (message.type === 'done' || isOver) return end(false);
      onBetter(best, bounds!);
    });
    worker.on('error', fail);
  });
}

/**
 * Why the plan is as large as it is; undefined where Ctrl-C stops the explaining.
 * @throws what `explainPeak` throws.
 */
export function explain(
  problem: ProblemColumns,
  {offsets}: Plan,
  options: ExplainOptions,
): Promise<PeakExplanation | undefined> {
  const worker = startWorker({problem, options: {}, explain: {offsets, options}});
  return new Promise((resolve, reject) => {
    const stop = () => {
      process.off('SIGINT', onInterrupt);
      void worker.terminate();
    };
    const onInterrupt = () => {
      stop();
      process.once('SIGINT', () => process.exit(EXIT.interrupted)); // a second Ctrl-C stops the writing, too
      resolve(undefined);
    };
    process.once('SIGINT', onInterrupt);
    worker.on('message', (message: WorkerMessage) => {
      stop();
      if (message.type === 'explained') resolve(message.explanation);
      else if (message.type === 'failed') reject(revived(message.name, message.message));
    });
    worker.on('error', error => {
      stop();
      reject(error);
    });
  });
}

function startWorker(workerData: WorkerTask): Worker {
  return new Worker(new URL('./worker.js', import.meta.url), {workerData, execArgv: []});
}

function revived(name: string, message: string): Error {
  if (name === 'UsageError') return new UsageError(message);
  if (name === 'LimitError') return new LimitError(message);
  return new CoreError(message);
}
