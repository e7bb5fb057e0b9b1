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

const loaded = new Map<string, {readonly blob: Blob; readonly address: string}>();

/** A program of workers, once in the browser for all of them. @param program its source. */
export function loadedProgram(program: string): {readonly blob: Blob; readonly address: string} {
  const known = loaded.get(program);
  if (known) return known;
  const blob = new Blob([program], {type: 'text/javascript'});
  const made = {blob, address: URL.createObjectURL(blob)};
  loaded.set(program, made);
  return made;
}

/** @param program its source. */
export function startWorker<Api>(name: string, program: string): RunningWorker<Api> {
  return new RunningWorker<Api>(new Worker(loadedProgram(program).address, {name}));
}

export const startFileWorker = (program = source) => startWorker<FileWorker>('file', program);
