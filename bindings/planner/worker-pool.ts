/** Runs the tasks of one solve in workers, each with an instance of the core that holds the problem. */
import type {ProblemColumns} from '../model/problem.ts';
import type {Task, TaskResult} from './executor.ts';
import type {IdleWorkers} from './idle-workers.ts';
import type {PlanningWorker} from './planning-worker.ts';
import type {TaskPool} from './task-pool.ts';
import type {ThreadFile} from './thread.ts';
import type {WorkerSetup} from './worker-protocol.ts';

/** What the workers of a planner run. */
export interface WorkerSource {
  readonly file: ThreadFile;
  /** The compiled core, to use in place of the one in their file. */
  readonly module?: WebAssembly.Module | undefined;
}

/** More workers than subsolvers would have nothing to do. */
const MOST_WORKERS = 8;

export class WorkerPool implements TaskPool {
  readonly #setup: WorkerSetup;
  readonly #idle: IdleWorkers;
  readonly #threads: number;
  readonly #workers: PlanningWorker[] = [];
  #began: Promise<unknown> | undefined;
  #isReady = false;
  #isReleased = false;
  /** When `run` began to wait for the workers; undefined before and after. */
  #waitsSince: number | undefined;
  #waitedMs = 0;

  /** `alignment` in bytes: for buffers that name none. */
  constructor(
    columns: ProblemColumns,
    alignment: number | undefined,
    module: WebAssembly.Module | undefined,
    idle: IdleWorkers,
    threads: number,
  ) {
    const {ids: _, ...nameless} = columns; // names are not needed there, and there may be a million
    this.#setup = {columns: nameless, alignment, module};
    this.#idle = idle;
    this.#threads = Math.min(threads, MOST_WORKERS);
  }

  get startMs(): number {
    const since = this.#waitsSince;
    return this.#waitedMs + (since === undefined ? 0 : performance.now() - since);
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Asks for the workers; resolves when the host has been asked. Whether it has any is known when tasks are run. */
  async begin(): Promise<void> {
    if (this.#workers.length > 0) return;
    for (let w = 0; w < this.#threads; w++) this.#workers.push(this.#idle.take());
    this.#began = Promise.all(this.#workers.map(worker => this.#beginIn(worker)));
    this.#began.then(
      () => {
        this.#isReady = true;
      },
      () => {}, // thrown by `run`
    );
    await Promise.all(this.#workers.map(({asked}) => asked));
  }

  async #beginIn(worker: PlanningWorker): Promise<void> {
    await worker.ready;
    if (!this.#isReleased) await worker.begin(this.#setup);
  }

  /** Those of one subsolver always run in the same thread. */
  async run(tasks: readonly Task[], earlier: readonly Task[]): Promise<TaskResult[]> {
    await this.#started();
    const results: TaskResult[] = new Array(tasks.length);
    await Promise.all(
      this.#workers.map(async (worker, w) => {
        const isOwn = (task: Task) => workerOf(task) % this.#workers.length === w;
        const own = tasks.flatMap((task, i) => (isOwn(task) ? [i] : []));
        const before = earlier.filter(isOwn);
        if (own.length + before.length === 0) return;
        const done = await worker.run({earlier: before, tasks: own.map(i => tasks[i]!)});
        own.forEach((i, k) => {
          results[i] = done[k]!;
        });
      }),
    );
    return results;
  }

  async #started(): Promise<void> {
    this.#waitsSince = performance.now();
    try {
      void this.begin();
      await this.#began;
    } finally {
      this.#waitedMs = this.startMs;
      this.#waitsSince = undefined;
    }
  }

  /** Gives the workers back; those in the middle of a task end at once. */
  release(): void {
    this.#isReleased = true;
    for (const worker of this.#workers) void this.#idle.give(worker);
  }
}

/** Number of the worker that runs a task, in a pool of any size: modulo its workers. */
export function workerOf(task: Task): number {
  return task.type === 'subsolver' ? task.number : 0;
}
