/** Explains a plan off the main thread. */
import {parentPort, workerData} from 'node:worker_threads';
import {
  type ExplainOptions,
  explainPeak,
  loadPlannerSync,
  type PeakExplanation,
  type Plan,
  type ProblemColumns,
} from '../index.ts';

/** What the worker is given: a problem, its plan's offsets, and how to explain. */
export interface WorkerTask {
  readonly problem: ProblemColumns;
  readonly offsets: Plan['offsets'];
  readonly options: ExplainOptions;
}

/** What it tells, once. */
export type WorkerMessage =
  | {readonly type: 'explained'; readonly explanation: PeakExplanation}
  | {readonly type: 'failed'; readonly name: string; readonly message: string};

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

try {
  const {problem, offsets, options} = workerData as WorkerTask;
  tell({type: 'explained', explanation: explainPeak(loadPlannerSync(), problem, {offsets}, options)});
} catch (error) {
  // errors lose their class between threads
  if (!(error instanceof Error)) throw error;
  tell({type: 'failed', name: error.name, message: error.message});
}
