/** The file of the threads that need no WebAssembly. */
import type {ThreadFile} from '../planner/thread.ts';

export const PLANNING_WORKER: ThreadFile = {
  // written as bundlers expect it, which find the file by this expression
  web: () => new Worker(new URL('./worker.js', import.meta.url), {type: 'module'}),
  // for Node: bundlers would copy the file as it is
  url: () => new URL(/* webpackIgnore: true */ /* @vite-ignore */ './worker.js', import.meta.url),
};
