/** A thread where the host has Web Workers. Alone in its file, since the page starts its threads in a way of its own. */

/** What a thread runs. */
export interface ThreadFile {
  /** Starts a Web Worker that runs it. */
  web(): Worker;
  /** Its address; asked for when a thread starts, since some hosts have no addresses. */
  url(): URL;
}

/** One started thread. */
export interface Thread {
  post(message: unknown): void;
  /** Ends it at once. */
  stop(): void;
  /** Lets the process end while the thread runs; false where this host cannot. */
  rest(): boolean;
  /** Keeps the process until the thread rests again. */
  wake(): void;
}

/** What a thread reports to its parent. */
export interface ThreadEvents {
  readonly onMessage: (message: unknown) => void;
  readonly onError: (error: Error) => void;
  /** The thread has ended, also by `stop`; `why` in words. Browsers and Deno do not report it. */
  readonly onEnd: (why: string) => void;
}

/** Why a thread fails whose message the host cannot pass on. */
export const UNREADABLE = 'one of its messages cannot be read here';

export function startWebWorker(file: ThreadFile, {onMessage, onError, onEnd}: ThreadEvents): Thread {
  const worker = file.web();
  worker.onmessage = event => onMessage(event.data);
  worker.onerror = event => {
    event.preventDefault();
    onError(new Error(event.message || 'the worker could not be loaded'));
  };
  worker.onmessageerror = () => onError(new Error(UNREADABLE));
  worker.addEventListener('close', event => onEnd(`code ${(event as Event & {code?: number}).code}`)); // in Bun
  // Bun has these; a page never waits for its workers; Deno does
  const {ref, unref} = worker as Worker & {ref?: () => void; unref?: () => void};
  return {
    post: message => worker.postMessage(message),
    stop: () => worker.terminate(),
    rest: () => {
      unref?.call(worker);
      return unref !== undefined || typeof document === 'object';
    },
    wake: () => ref?.call(worker),
  };
}
