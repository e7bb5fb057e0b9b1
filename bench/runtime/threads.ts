/** The same, in threads over one shared memory. */
import {Worker} from 'node:worker_threads';
import type {Planner} from '../../bindings/index.ts';
import type {Runtime} from '../../bindings/runtime/runtime.ts';
import type {Script} from '../../tests/runtime/script.ts';
import {bytesOf, instantiate, memoize, PAGE, type Placed, place} from './subject.ts';

/** What a thread is told. */
export interface Job {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly memory: WebAssembly.Memory;
  readonly placed: Placed;
  readonly iterations: number;
  /** Word at which all threads wait for the start. */
  readonly gate: number;
}

/** In Node 20 a thread's first module passes by the loader of TypeScript, so that module is this text. */
const THREAD = `
  import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
    .then(({tsImport}) => tsImport(${JSON.stringify(new URL('./thread.ts', import.meta.url).href)}, ${JSON.stringify(import.meta.url)}))
`;
const GATE = 1024;
const ROUNDS = 5;

/** Nanoseconds per pair with so many workers, each doing all of the script: minimum and median of all rounds. */
export async function inThreads(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  script: Script,
  workers: number,
  iterations: number,
  planner: Planner,
  regionBytes: number,
): Promise<{min: number; median: number; runtimes: Runtime[]}> {
  const scriptBytes = Math.ceil(bytesOf(script) / PAGE) * PAGE;
  const pages = 1 + (workers * (regionBytes + scriptBytes)) / PAGE;
  const memory = new WebAssembly.Memory({initial: pages, maximum: 65536, shared: true});
  const exports = instantiate(bytes, memory);
  const runtimes: Runtime[] = [];
  const jobs: Job[] = [];
  for (let i = 0; i < workers; i++) {
    const base = PAGE + i * regionBytes;
    if (name === 'planned')
      runtimes.push(memoize(exports, memory, {base, bytes: regionBytes}, script, planner));
    else if (i === 0) exports.make!(PAGE, PAGE + workers * regionBytes);
    const self = name === 'planned' || name === 'none' ? base : PAGE;
    const placed = place(memory, PAGE + workers * regionBytes + i * scriptBytes, script, self);
    jobs.push({bytes, memory, placed, iterations, gate: GATE});
  }
  const times = await runJobs(jobs, memory);
  times.sort((a, b) => a - b);
  return {min: times[0]!, median: times[times.length >> 1]!, runtimes};
}

/** Starts the threads, lets them go together round after round. @returns per round the slowest thread's time */
async function runJobs(jobs: readonly Job[], memory: WebAssembly.Memory): Promise<number[]> {
  const gate = new Int32Array(memory.buffer, GATE, 1);
  gate[0] = 0;
  const threads = jobs.map(job => new Worker(THREAD, {workerData: job, eval: true}));
  const answers = () =>
    Promise.all(
      threads.map(
        thread =>
          new Promise<number>((resolve, reject) => {
            thread.once('message', resolve);
            thread.once('error', reject);
          }),
      ),
    );
  await answers(); // ready
  const times: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const done = answers();
    Atomics.store(gate, 0, round);
    Atomics.notify(gate, 0);
    times.push(Math.max(...(await done)));
  }
  await Promise.all(threads.map(thread => thread.terminate()));
  return times;
}
