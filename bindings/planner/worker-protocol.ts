/** The messages between a `WorkerPool` and its workers: a setup, then batches of tasks, each answered by its results. */
import {type CoreSource, keepProblem} from '../core/core.ts';
import {type Failure, failureOf} from '../model/errors.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {Executor, type Task, type TaskResult} from './executor.ts';
import type {Port} from './thread.ts';

/** The first message to a worker. */
export interface WorkerSetup {
  readonly columns: ProblemColumns;
  /** Bytes, for buffers that name none. */
  readonly alignment: number | undefined;
  /** A compiled core, where the planner was given one. */
  readonly module: WebAssembly.Module | undefined;
}

/** Every further message. */
export interface TaskBatch {
  readonly tasks: readonly Task[];
}

/** The reply to a batch. */
export type WorkerReply = {readonly results: readonly TaskResult[]} | {readonly failure: Failure};

/** Executes the tasks that arrive at the port. `sourceOf` returns the core to execute them in. */
export function serveTasks(port: Port, sourceOf: (setup: WorkerSetup) => CoreSource): void {
  let runAll: ((tasks: readonly Task[]) => TaskResult[]) | undefined;
  port.listen(message => {
    try {
      runAll ??= executorFor(message as WorkerSetup, sourceOf);
      if (!('tasks' in (message as object))) return;
      const results = runAll((message as TaskBatch).tasks);
      const transfer = results.flatMap(({found}) => (found ? [found.offsets.buffer as ArrayBuffer] : []));
      port.post({results} satisfies WorkerReply, transfer);
    } catch (error) {
      port.post({failure: failureOf(error)} satisfies WorkerReply, []);
    }
  });
}

function executorFor(
  setup: WorkerSetup,
  sourceOf: (setup: WorkerSetup) => CoreSource,
): (tasks: readonly Task[]) => TaskResult[] {
  const {columns, alignment} = setup;
  const withProblem = keepProblem(sourceOf(setup), columns, alignment);
  let executor: Executor | undefined;
  return tasks =>
    withProblem(core => {
      executor ??= new Executor(core, columns);
      return tasks.map(task => executor!.run(task));
    });
}
