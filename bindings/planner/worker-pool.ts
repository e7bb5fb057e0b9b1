/** Runs tasks in threads, each with an instance of the core that holds the problem. */
import {CoreError, HostError, revived} from '../model/errors.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {Task, TaskResult} from './executor.ts';
import {startThread, type Thread, type ThreadEvents, type ThreadFile} from './thread.ts';
import type {TaskBatch, WorkerReply, WorkerSetup} from './worker-protocol.ts';

/** What the workers of a planner run. */
export interface WorkerSource {
  readonly file: ThreadFile;
  /** A compiled core to use in place of the one in their file. */
  readonly module?: WebAssembly.Module | undefined;
}

export class WorkerPool {
  readonly #setup: WorkerSetup;
  readonly #workers: PoolWorker[];

  /** `alignment` in bytes: for buffers that name none. Threads start with their first tasks. */
  constructor(
    columns: ProblemColumns,
    alignment: number | undefined,
    {file, module}: WorkerSource,
    threads: number,
  ) {
    const {ids: _, ...nameless} = columns; // names are not needed there, and there may be a million
    this.#setup = {columns: nameless, alignment, module};
    this.#workers = Array.from({length: threads}, () => new PoolWorker(file));
  }

  /** Runs the tasks side by side, those of one subsolver always in the same thread. @throws the error of a task. */
  async run(tasks: readonly Task[]): Promise<TaskResult[]> {
    const results: TaskResult[] = new Array(tasks.length);
    const {length} = this.#workers;
    await Promise.all(
      this.#workers.map(async (worker, w) => {
        const own = tasks.flatMap((task, i) => (workerOf(task) % length === w ? [i] : []));
        if (own.length === 0) return;
        const done = await worker.run(
          own.map(i => tasks[i]!),
          this.#setup,
        );
        own.forEach((i, k) => {
          results[i] = done[k]!;
        });
      }),
    );
    return results;
  }

  /** Ends all threads at once, also in the middle of a task. */
  terminate(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

function workerOf(task: Task): number {
  return task.type === 'subsolver' ? task.number : 0;
}

/** One thread, started with its first tasks. */
class PoolWorker {
  readonly #file: ThreadFile;
  #thread: Promise<Thread> | undefined;
  #isTerminated = false;
  #settle: {resolve(results: readonly TaskResult[]): void; reject(error: Error): void} | undefined;

  constructor(file: ThreadFile) {
    this.#file = file;
  }

  async run(tasks: readonly Task[], setup: WorkerSetup): Promise<readonly TaskResult[]> {
    const answered = new Promise<readonly TaskResult[]>((resolve, reject) => {
      this.#settle = {resolve, reject};
    });
    this.#thread ??= this.#start(setup);
    const thread = await this.#thread;
    if (this.#isTerminated) thread.stop();
    else thread.post({tasks} satisfies TaskBatch);
    return answered;
  }

  terminate(): void {
    this.#isTerminated = true;
    void this.#thread?.then(
      thread => thread.stop(),
      () => {}, // it did not start; `run` has thrown
    );
  }

  async #start(setup: WorkerSetup): Promise<Thread> {
    const events: ThreadEvents = {
      onMessage: message => {
        const reply = message as WorkerReply;
        if ('results' in reply) this.#settle?.resolve(reply.results);
        else this.#settle?.reject(revived(reply.failure));
      },
      onError: error => this.#settle?.reject(new CoreError(`a planning thread failed: ${error.message}`)),
    };
    const thread = await startThread(this.#file, events).catch((error: Error) => {
      throw new HostError(
        `this host starts no worker thread (${error.message}): allow it to, or plan with Planner.plan, which needs none`,
      );
    });
    thread.post(setup);
    return thread;
  }
}
