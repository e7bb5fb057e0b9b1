/** The file of the threads that need no WebAssembly. */
import type {ThreadFile} from '../thread.ts';

export const PLANNING_WORKER: ThreadFile = {
  // written as bundlers expect it, which find the file by this expression
  web: () => new Worker(new URL('./worker.js', import.meta.url), {type: 'module'}),
  url: () => new URL('./worker.js', import.meta.url),
};
