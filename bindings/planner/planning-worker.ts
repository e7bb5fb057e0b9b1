/** One thread that executes tasks, of one problem after another. */
import {CoreError, HostError, LimitError, revived} from '../model/errors.ts';
import type {TaskResult} from './executor.ts';
import {startThread, type Thread, type ThreadEvents, type ThreadFile} from './thread.ts';
import type {ProblemEnd, TaskBatch, WorkerReply, WorkerSetup} from './worker-protocol.ts';

export class PlanningWorker {
  /** Resolves when the thread runs. @throws HostError where the host starts none. */
  readonly ready: Promise<void>;
  /** Settles when the host has been asked for the thread. */
  readonly asked: Promise<unknown>;
  readonly #thread: Promise<Thread>;
  #isTerminated = false;
  /** Why it takes no more problems. */
  #failure: Error | undefined;
  #setReady = () => {};
  #pending: {resolve(results: readonly TaskResult[]): void; reject(error: Error): void} | undefined;

  constructor(file: ThreadFile) {
    const runs = new Promise<void>((resolve, reject) => {
      this.#setReady = resolve;
      this.#onFailure = reject;
    });
    this.#thread = startThread(file, this.#events()).catch((error: Error) => {
      this.#failure = new HostError(
        `this host starts no worker thread (${error.message}): allow it to, or plan with Planner.plan, which needs none`,
      );
      throw this.#failure;
    });
    this.ready = this.#thread.then(() => runs);
    this.asked = this.#thread.catch(() => {});
    this.ready.catch(() => {}); // also where nobody waits for it any more
    runs.catch(() => {});
  }

  #onFailure: (error: Error) => void = () => {};

  /** Whether it can take a problem. */
  get isUsable(): boolean {
    return this.#failure === undefined && !this.#isTerminated && this.#pending === undefined;
  }

  /** Takes a problem. */
  async begin(setup: WorkerSetup): Promise<void> {
    (await this.#thread).post(setup);
  }

  /** Executes the tasks of a batch. @throws the error of a task; HostError where the thread has ended, or ends. */
  async run(batch: TaskBatch): Promise<readonly TaskResult[]> {
    const thread = await this.#thread;
    if (this.#failure !== undefined) throw this.#failure;
    const results = new Promise<readonly TaskResult[]>((resolve, reject) => {
      this.#pending = {resolve, reject};
    });
    thread.post(batch);
    return results;
  }

  /** Drops the problem, and lets the process end meanwhile; whether the host can do that. */
  async rest(): Promise<boolean> {
    const thread = await this.#thread;
    thread.post({isOver: true} satisfies ProblemEnd);
    return thread.rest();
  }

  wake(): void {
    void this.#thread.then(
      thread => thread.wake(),
      () => {},
    );
  }

  /** Ends the thread at once, also in the middle of a task. */
  terminate(): void {
    this.#isTerminated = true;
    void this.#thread.then(
      thread => thread.stop(),
      () => {}, // it did not start; `ready` has thrown
    );
  }

  #events(): ThreadEvents {
    return {
      onMessage: message => {
        const reply = message as WorkerReply;
        const pending = this.#pending;
        if ('isReady' in reply) this.#setReady();
        else {
          this.#pending = undefined;
          if ('results' in reply) pending?.resolve(reply.results);
          else this.#fail(revived(reply.failure), pending);
        }
      },
      onError: error => this.#fail(failureOfThread(error), this.#pending),
      onEnd: why => {
        if (this.#isTerminated) return;
        const advice = 'plan again, or with Planner.plan, which needs no threads';
        this.#fail(
          new HostError(`a planning thread ended before its result (${why}): ${advice}`),
          this.#pending,
        );
      },
    };
  }

  /** The first failure counts: a thread that fails also ends. */
  #fail(error: Error, pending: {reject(error: Error): void} | undefined): void {
    this.#failure ??= error;
    this.#onFailure(this.#failure);
    pending?.reject(this.#failure);
  }
}

function failureOfThread(error: Error & {code?: unknown}): Error {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY')
    return new CoreError(`a planning thread failed: ${error.message}`);
  return new LimitError(
    `a planning thread needs more memory than this host grants it (${error.message}): plan with fewer threads`,
  );
}
