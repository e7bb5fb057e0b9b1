/** A thread of `threads.ts`: waits at its gate, replays, reports its time. */
import {parentPort, workerData} from 'node:worker_threads';
import {bytesOf, instantiate, measure, place} from './subject.ts';
import type {Job} from './threads.ts';

const {bytes, memory, placed, script, iterations, gates, gate} = workerData as Job;
const exports = instantiate(bytes, memory);
// with a memory of its own it has to place the script there
const mine = placed ?? place(exports.memory!, exports.reserve!(bytesOf(script!)) >>> 0, script!, 0);
for (let i = 0; i < 20; i++) measure(exports, mine, iterations); // compiles
const words = new Int32Array(gates);
parentPort!.postMessage(0);
for (let round = 0; ; round++) {
  Atomics.wait(words, gate, round);
  parentPort!.postMessage(measure(exports, mine, iterations));
}
