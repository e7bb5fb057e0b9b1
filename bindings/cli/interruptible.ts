/** Plans and explains off the main thread, so that Ctrl-C is heard at once and the best plan so far is kept. */
import {Worker} from 'node:worker_threads';
import {
  type AdviseOptions,
  type AsyncPlanOptions,
  type Bounds,
  type ExplainOptions,
  type FitAdvice,
  loadPlannerSync,
  type PeakExplanation,
  type Plan,
  type ProblemColumns,
  type Progress,
} from '../index.ts';
import {CoreError, LimitError, UsageError} from '../model/errors.ts';
import {CliError, EXIT} from './exit.ts';
import type {WorkerMessage, WorkerTask} from './worker.ts';

/** A plan, its problem's bounds, and whether it was cut short by Ctrl-C. */
export interface Solved {
  readonly bounds: Bounds;
  readonly plan: Plan;
  readonly interrupted: boolean;
}

/**
 * The best plan within the options' budgets, or until Ctrl-C.
 * @throws what `Planner.planAsync` throws; CliError when interrupted before the first plan.
 */
export async function solve(
  problem: ProblemColumns,
  options: Omit<AsyncPlanOptions, 'signal' | 'onProgress'>,
  onProgress: (progress: Progress) => void,
): Promise<Solved> {
  const interrupt = new AbortController();
  const onInterrupt = () => {
    exitAtNextInterrupt();
    interrupt.abort(new CliError('interrupted before the first plan', EXIT.interrupted));
  };
  process.once('SIGINT', onInterrupt);
  let bounds: Bounds | undefined;
  try {
    const plan = await loadPlannerSync().planAsync(problem, {
      ...options,
      signal: interrupt.signal,
      onProgress(progress) {
        bounds = progress.bounds;
        onProgress(progress);
      },
    });
    return {bounds: bounds!, plan, interrupted: interrupt.signal.aborted};
  } finally {
    process.off('SIGINT', onInterrupt);
  }
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
  return inWorker({job: 'explain', problem, offsets, options}) as Promise<PeakExplanation | undefined>;
}

/**
 * What to do where the problem does not fit; undefined where Ctrl-C stops the advising.
 * @throws what `adviseFit` throws.
 */
export function advise(
  problem: ProblemColumns,
  capacity: number,
  options: AdviseOptions,
): Promise<FitAdvice | undefined> {
  return inWorker({job: 'advise', problem, capacity, options}) as Promise<FitAdvice | undefined>;
}

function inWorker(workerData: WorkerTask): Promise<PeakExplanation | FitAdvice | undefined> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {workerData, execArgv: []});
  return new Promise((resolve, reject) => {
    const stop = () => {
      process.off('SIGINT', onInterrupt);
      void worker.terminate();
    };
    const onInterrupt = () => {
      stop();
      exitAtNextInterrupt();
      resolve(undefined);
    };
    process.once('SIGINT', onInterrupt);
    worker.on('message', (message: WorkerMessage) => {
      stop();
      if (message.type === 'done') resolve(message.result);
      else reject(revived(message.name, message.message));
    });
    worker.on('error', error => {
      stop();
      reject(error);
    });
  });
}

/** A second Ctrl-C stops the writing, too. */
function exitAtNextInterrupt(): void {
  process.once('SIGINT', () => process.exit(EXIT.interrupted));
}

function revived(name: string, message: string): Error {
  if (name === 'UsageError') return new UsageError(message);
  if (name === 'LimitError') return new LimitError(message);
  return new CoreError(message);
}
