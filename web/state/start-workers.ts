/** Starts the page's workers from the source that the page carries: from a blob, so that the page's policy holds there. */
import source from 'virtual:worker';
import type {FileWorker} from '../worker/file-worker.ts';
import {CancelledError, Connection} from '../worker/link.ts';
import type {PlanningWorker} from '../worker/planning-worker.ts';

/** A worker that has died by itself. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
}

/** A worker, and the calls to it. */
export class RunningWorker<Api> extends Connection<Api> {
  readonly #worker: Worker;

  constructor(worker: Worker) {
    super(worker);
    this.#worker = worker;
    worker.onerror = event => {
      event.preventDefault();
      this.#fail(event.message || 'the browser did not start a worker');
    };
    worker.onmessageerror = () => this.#fail('an answer of a worker cannot be read');
  }

  #fail(why: string): void {
    this.#worker.terminate();
    this.end(new WorkerError(why));
  }

  /** Ends it at once; calls that wait for an answer fail as cancelled. */
  stop(): void {
    this.#worker.terminate();
    this.end(new CancelledError());
  }
}

let address: string | undefined;

function start(name: string): Worker {
  address ??= URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
  return new Worker(address, {name});
}

export const startFileWorker = () => new RunningWorker<FileWorker>(start('file'));
export const startPlanningWorker = () => new RunningWorker<PlanningWorker>(start('planning'));
