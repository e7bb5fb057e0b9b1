/** The same, in threads: one that runs alone, and two at a time. */
import type {Worker} from 'node:worker_threads';
import type {Planner} from '../../bindings/index.ts';
import type {Script} from '../../tests/runtime/script.ts';
import {answerOf, startThread} from '../threads.ts';
import {give} from './oracle.ts';
import {bytesOf, instantiate, memoize, PAGE, type Placed, place} from './subject.ts';

/** The measurement. */
export interface ThreadedJob {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly name: string;
  readonly script: Script;
  readonly iterations: number;
  /** Over one memory for both, rather than one for each. */
  readonly isShared: boolean;
}

/** Nanoseconds per pair, by round: of the first thread, the other one waiting; of the slower one. */
export interface Threaded {
  readonly alone: readonly number[];
  readonly together: readonly number[];
}

/** The input of a thread. */
export interface Job {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly memory?: WebAssembly.Memory;
  /** The position of the script in the shared memory. */
  readonly placed?: Placed;
  /** The script to place in the thread's own memory. */
  readonly script?: Script;
  readonly iterations: number;
  /** Words at which threads wait, and which of them is this one's. */
  readonly gates: SharedArrayBuffer;
  readonly gate: number;
}

const WORKERS = 2;
/** Bytes of a worker's region. */
const REGION = 2 ** 30;

export async function inThreads(job: ThreadedJob, rounds: number, planner: Planner): Promise<Threaded> {
  const gates = new SharedArrayBuffer(4 * WORKERS);
  const {bytes, iterations, script} = job;
  const places = job.isShared ? placeShared(job, planner) : undefined;
  const jobs = Array.from({length: WORKERS}, (_, gate): Job => {
    const common = {bytes, iterations, gates, gate};
    return places ? {...common, memory: places.memory, placed: places.placed[gate]!} : {...common, script};
  });
  return runJobs(jobs, new Int32Array(gates), rounds);
}

function placeShared({bytes, name, script}: ThreadedJob, planner: Planner) {
  const scriptBytes = Math.ceil(bytesOf(script) / PAGE) * PAGE;
  const scripts = PAGE + WORKERS * REGION;
  const pages = (scripts + WORKERS * scriptBytes) / PAGE;
  const memory = new WebAssembly.Memory({initial: pages, maximum: 65536, shared: true});
  const exports = instantiate(bytes, memory);
  if (name !== 'planned' && name !== 'oracle') exports.make!(PAGE, scripts);
  const placed = Array.from({length: WORKERS}, (_, i) => {
    const base = PAGE + i * REGION;
    if (name === 'planned') memoize(exports, memory, {base, bytes: REGION}, script, planner);
    const region = {base, bytes: REGION};
    const given = name === 'oracle' ? give(memory, base + REGION, region, script, planner) : base;
    const self = name === 'general' ? PAGE : given;
    return place(memory, scripts + i * scriptBytes, script, self);
  });
  return {memory, placed};
}

/** Starts the threads, and lets the first and then all of them go, round after round. */
async function runJobs(jobs: readonly Job[], gates: Int32Array, rounds: number): Promise<Threaded> {
  const threads = jobs.map(job => startThread(new URL('./thread.ts', import.meta.url), job));
  try {
    await Promise.all(threads.map(thread => answerOf(thread))); // ready
    const alone: number[] = [];
    const together: number[] = [];
    for (let round = 0; round < rounds; round++) {
      alone.push(await go(threads.slice(0, 1), gates));
      together.push(await go(threads, gates));
    }
    return {alone, together};
  } finally {
    await Promise.all(threads.map(thread => thread.terminate()));
  }
}

/** @returns the slowest one's time */
async function go(threads: readonly Worker[], gates: Int32Array): Promise<number> {
  const done = Promise.all(threads.map(thread => answerOf<number>(thread)));
  for (const gate of threads.keys()) {
    Atomics.add(gates, gate, 1);
    Atomics.notify(gates, gate);
  }
  return Math.max(...(await done));
}
