/** Starts the page's workers from the source that the page carries: from a blob, so that the page's policy holds there. */
import source from 'virtual:worker';
import type {FileWorker} from '../worker/file-worker.ts';
import {CancelledError, Connection} from '../worker/link.ts';

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

const addresses = new Map<string, string>();

/** @param program its source. */
export function startWorker<Api>(name: string, program: string): RunningWorker<Api> {
  const address =
    addresses.get(program) ?? URL.createObjectURL(new Blob([program], {type: 'text/javascript'}));
  addresses.set(program, address);
  return new RunningWorker<Api>(new Worker(address, {name}));
}

export const startFileWorker = () => startWorker<FileWorker>('file', source);
