/** The planner off the main thread: publishes every better plan, verified, as it is found. */
import {parentPort, workerData} from 'node:worker_threads';
import {type Bounds, loadPlannerSync, type Plan, type PlanOptions, type ProblemColumns} from '../index.ts';

/** What the worker is given. */
export interface WorkerTask {
  readonly problem: ProblemColumns;
  readonly options: Omit<PlanOptions, 'onPlan'>;
}

/** What it tells, in order: the bounds, better plans, the end. */
export type WorkerMessage =
  | {readonly type: 'bounds'; readonly bounds: Bounds}
  | {readonly type: 'better'; readonly plan: Plan}
  | {readonly type: 'done'; readonly plan: Plan}
  | {readonly type: 'failed'; readonly name: string; readonly message: string};

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

const {problem, options} = workerData as WorkerTask;
try {
  const planner = loadPlannerSync();
  const {alignment} = options;
  tell({type: 'bounds', bounds: planner.bounds(problem, alignment === undefined ? {} : {alignment})});
  const onPlan = (plan: Plan) => {
    tell({type: 'better', plan});
    return true;
  };
  tell({type: 'done', plan: planner.plan(problem, {...options, onPlan})});
} catch (error) {
  // errors lose their class between threads
  if (!(error instanceof Error)) throw error;
  tell({type: 'failed', name: error.name, message: error.message});
}
