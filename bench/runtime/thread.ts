/** What a thread of `threads.ts` runs: waits at the gate, replays, tells the time. */
import {parentPort, workerData} from 'node:worker_threads';
import {instantiate, measure} from './subject.ts';
import type {Job} from './threads.ts';

const {bytes, memory, placed, iterations, gate} = workerData as Job;
const exports = instantiate(bytes, memory);
measure(exports, placed, 2); // compiles
const word = new Int32Array(memory.buffer, gate, 1);
parentPort!.postMessage(0);
for (let round = 0; ; round++) {
  Atomics.wait(word, 0, round);
  parentPort!.postMessage(measure(exports, placed, iterations));
}
