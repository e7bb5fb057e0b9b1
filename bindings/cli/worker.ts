/** The planner off the main thread: publishes every better plan, verified, as it is found; or explains a plan. */
import {parentPort, workerData} from 'node:worker_threads';
import {
  type Bounds,
  type ExplainOptions,
  explainPeak,
  loadPlannerSync,
  type PeakExplanation,
  type Plan,
  type PlanOptions,
  type ProblemColumns,
} from '../index.ts';

/** What the worker is given. */
export interface WorkerTask {
  readonly problem: ProblemColumns;
  readonly options: Omit<PlanOptions, 'onPlan'>;
  /** A plan to explain instead of planning. */
  readonly explain?: {readonly offsets: Plan['offsets']; readonly options: ExplainOptions};
}

/** What it tells, in order: the bounds, better plans, the end; or the explanation. */
export type WorkerMessage =
  | {readonly type: 'bounds'; readonly bounds: Bounds}
  | {readonly type: 'better'; readonly plan: Plan}
  | {readonly type: 'done'; readonly plan: Plan}
  | {readonly type: 'explained'; readonly explanation: PeakExplanation}
  | {readonly type: 'failed'; readonly name: string; readonly message: string};

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

function run({problem, options, explain}: WorkerTask): void {
  const planner = loadPlannerSync();
  if (explain) {
    tell({type: 'explained', explanation: explainPeak(planner, problem, explain, explain.options)});
    return;
  }
  const {alignment} = options;
  tell({type: 'bounds', bounds: planner.bounds(problem, alignment === undefined ? {} : {alignment})});
  const onPlan = (plan: Plan) => {
    tell({type: 'better', plan});
    return true;
  };
  tell({type: 'done', plan: planner.plan(problem, {...options, onPlan})});
}

try {
  run(workerData as WorkerTask);
} catch (error) {
  // errors lose their class between threads
  if (!(error instanceof Error)) throw error;
  tell({type: 'failed', name: error.name, message: error.message});
}
