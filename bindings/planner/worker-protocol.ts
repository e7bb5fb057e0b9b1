/**
 * The messages between a `WorkerPool` and its workers. A worker reports that it runs. Then, for each problem: a setup, batches
 * of tasks, each answered by its results, and at last `isOver`, to give the memory back.
 */
import {type CoreSource, keepProblem} from '../core/core.ts';
import {type Failure, failureOf} from '../model/errors.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {Executor, type Task, type TaskResult} from './executor.ts';
import type {Port} from './thread.ts';

/** The first message of a problem. */
export interface WorkerSetup {
  readonly columns: ProblemColumns;
  /** Bytes, for buffers that name none. */
  readonly alignment: number | undefined;
  /** The compiled core, where it is in WebAssembly. */
  readonly module: WebAssembly.Module | undefined;
}

export interface TaskBatch {
  /** Tasks that were executed elsewhere, and whose state these tasks continue: they are executed again first. */
  readonly earlier: readonly Task[];
  readonly tasks: readonly Task[];
}

/** The last message of a problem. */
export interface ProblemEnd {
  readonly isOver: true;
}

export type WorkerMessage = WorkerSetup | TaskBatch | ProblemEnd;

/** That the worker runs, or the reply to a batch. */
export type WorkerReply =
  | {readonly isReady: true}
  | {readonly results: readonly TaskResult[]}
  | {readonly failure: Failure};

type RunBatch = (batch: TaskBatch) => TaskResult[];

/** Executes the tasks that arrive at the port. `sourceOf` returns the core to execute them in. */
export function serveTasks(port: Port, sourceOf: (setup: WorkerSetup) => CoreSource): void {
  let runBatch: RunBatch | undefined;
  const reply = (message: unknown) => {
    const known = message as WorkerMessage;
    if ('isOver' in known) runBatch = undefined;
    else if ('columns' in known) runBatch = executorFor(known, sourceOf);
    else {
      const results = runBatch!(known);
      const transfer = results.flatMap(({found}) => (found ? [found.offsets.buffer as ArrayBuffer] : []));
      port.post({results} satisfies WorkerReply, transfer);
    }
  };
  port.listen(message => {
    try {
      reply(message);
    } catch (error) {
      port.post({failure: failureOf(error)} satisfies WorkerReply, []);
    }
  });
  port.post({isReady: true} satisfies WorkerReply, []);
}

function executorFor(setup: WorkerSetup, sourceOf: (setup: WorkerSetup) => CoreSource): RunBatch {
  const {columns, alignment} = setup;
  const withProblem = keepProblem(sourceOf(setup), columns, alignment);
  let executor: Executor | undefined;
  return ({earlier, tasks}) =>
    withProblem(core => {
      executor ??= new Executor(core, columns);
      for (const task of earlier) executor.run(task);
      return tasks.map(task => executor!.run(task));
    });
}
