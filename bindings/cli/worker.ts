/** Explains a plan, or advises on a problem that does not fit, off the main thread. */
import {parentPort, workerData} from 'node:worker_threads';
import {
  type AdviseOptions,
  adviseFit,
  type ExplainOptions,
  explainPeak,
  type FitAdvice,
  loadPlannerSync,
  type PeakExplanation,
  type Plan,
  type ProblemColumns,
} from '../index.ts';

/** What the worker is given: a problem, and how to explain a plan of it, or to advise on it. */
export type WorkerTask =
  | {
      readonly job: 'explain';
      readonly problem: ProblemColumns;
      readonly offsets: Plan['offsets'];
      readonly options: ExplainOptions;
    }
  | {
      readonly job: 'advise';
      readonly problem: ProblemColumns;
      readonly capacity: number;
      readonly options: AdviseOptions;
    };

/** What it tells, once. */
export type WorkerMessage =
  | {readonly type: 'done'; readonly result: PeakExplanation | FitAdvice}
  | {readonly type: 'failed'; readonly name: string; readonly message: string};

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

try {
  tell({type: 'done', result: resultOf(workerData as WorkerTask)});
} catch (error) {
  // errors lose their class between threads
  if (!(error instanceof Error)) throw error;
  tell({type: 'failed', name: error.name, message: error.message});
}

function resultOf(task: WorkerTask): PeakExplanation | FitAdvice {
  const planner = loadPlannerSync();
  if (task.job === 'advise') return adviseFit(planner, task.problem, task.capacity, task.options);
  return explainPeak(planner, task.problem, {offsets: task.offsets}, task.options);
}
