/** A thread of the host: a Web Worker where there are such, a `worker_threads` one in Node. */
import {startWebWorker, type Thread, type ThreadEvents, type ThreadFile, UNREADABLE} from './web-thread.ts';

export type {Thread, ThreadEvents, ThreadFile} from './web-thread.ts';

/** The worker with the core in WebAssembly. */
export const PLANNING_WORKER: ThreadFile = {
  // written as bundlers expect it, which find the file by this expression
  web: () => new Worker(new URL('./worker.js', import.meta.url), {type: 'module'}),
  // for Node: bundlers would copy the file as it is
  url: () => new URL(/* webpackIgnore: true */ /* @vite-ignore */ './worker.js', import.meta.url),
};

/** Messages between a thread and its parent, seen from inside. */
export interface Port {
  post(message: unknown, transfer: Transferable[]): void;
  listen(onMessage: (message: unknown) => void): void;
}

/** Starts a thread. The error of a host that grants none comes by `onError` or as rejection. */
export async function startThread(file: ThreadFile, events: ThreadEvents): Promise<Thread> {
  return typeof Worker === 'function' ? startWebWorker(file, events) : startNodeWorker(file, events);
}

async function startNodeWorker(
  {url}: ThreadFile,
  {onMessage, onError, onEnd}: ThreadEvents,
): Promise<Thread> {
  const {Worker} = await workerThreads();
  const worker = new Worker(url(), {execArgv: []});
  worker.on('message', onMessage);
  worker.on('error', onError);
  worker.on('messageerror', () => onError(new Error(UNREADABLE)));
  worker.on('exit', code => onEnd(`exit code ${code}`));
  return {
    post: message => worker.postMessage(message),
    stop: () => void worker.terminate(),
    rest: () => {
      worker.unref();
      return true;
    },
    wake: () => worker.ref(),
  };
}

/** The way out of a thread, for the code that it runs. */
export async function portOutside(): Promise<Port> {
  if (typeof postMessage === 'function') {
    const scope = globalThis as unknown as {
      postMessage(message: unknown, transfer: Transferable[]): void;
      onmessage: ((event: {data: unknown}) => void) | null;
    };
    return {
      post: (message, transfer) => scope.postMessage(message, transfer),
      listen: onMessage => {
        scope.onmessage = event => onMessage(event.data);
      },
    };
  }
  const {parentPort} = await workerThreads();
  return {
    post: (message, transfer) =>
      parentPort!.postMessage(message, transfer as readonly import('node:worker_threads').Transferable[]),
    listen: onMessage => void parentPort!.on('message', onMessage),
  };
}

/** Only where there are no Web Workers; bundlers for browsers must not look for it. */
function workerThreads(): Promise<typeof import('node:worker_threads')> {
  const name = 'node:worker_threads';
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name);
}
