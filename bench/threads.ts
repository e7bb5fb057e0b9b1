/** Threads of the benches that are written in TypeScript, and their answers. */
import {Worker} from 'node:worker_threads';

/** Starts a thread of a file. In Node 20 its first module passes by the loader of TypeScript, so that is a text. */
export function startThread(file: URL, workerData: unknown): Worker {
  const text = `
    import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
      .then(({tsImport}) => tsImport(${JSON.stringify(file.href)}, ${JSON.stringify(import.meta.url)}))
  `;
  return new Worker(text, {workerData, eval: true});
}

/** The next message of a thread. */
export function answerOf<T>(thread: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (call: () => void) => {
      thread.off('message', onMessage);
      thread.off('error', onError);
      call();
    };
    const onMessage = (value: T) => settle(() => resolve(value));
    const onError = (error: Error) => settle(() => reject(error));
    thread.on('message', onMessage);
    thread.on('error', onError);
  });
}
