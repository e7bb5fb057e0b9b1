/** The workers that read the recordings of a run, as many as the machine has cores. */
import type {RankWorker} from '../worker/rank-worker.ts';
import {Admission} from './admission.ts';
import {loadPart} from './carried.ts';
import {type RunningWorker, startWorker} from './start-workers.ts';

type Connection = RunningWorker<RankWorker>;

/** A worker is warm after its first file, and reads the next in half the time; after a large one it is ended, with all its memory. */
const MOST_KEPT = 2 ** 26;
/** Each may take a hundred megabytes. */
const MOST_WORKERS = 8;

export function coresHere(): number {
  return Math.max(2, Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 2));
}

export class RankPool {
  readonly #admission: Admission;
  readonly #all = new Set<Connection>();
  readonly #idle: Connection[] = [];
  isStopped = false;

  constructor(workers: number) {
    this.#admission = new Admission(workers);
  }

  /**
   * Asks a worker that has nothing else to do.
   * @param bytes of the input.
   * @throws CancelledError where the pool is stopped; WorkerError where the browser ended the worker.
   */
  async ask<Result>(bytes: number, question: Parameters<Connection['ask']>[0]): Promise<Result> {
    await this.#admission.enter(bytes);
    let worker: Connection | undefined;
    try {
      worker = this.#idle.pop() ?? (await this.#start());
      const result = await worker.ask(question);
      if (bytes > MOST_KEPT) this.#end(worker);
      else this.#idle.push(worker);
      return result as Result;
    } catch (error) {
      if (worker) this.#end(worker);
      throw error;
    } finally {
      this.#admission.leave(bytes);
    }
  }

  /** Ends everything at once. */
  stop(): void {
    this.isStopped = true;
    this.#admission.close();
    for (const worker of this.#all) this.#end(worker);
  }

  async #start(): Promise<Connection> {
    const worker = startWorker<RankWorker>('rank', await loadPart('rank'));
    this.#all.add(worker);
    if (this.isStopped) this.#end(worker);
    return worker;
  }

  #end(worker: Connection): void {
    this.#all.delete(worker);
    worker.stop();
  }
}
