/**
 * Reads one file with the built package, in a process of its own, and prints its time and memory:
 * `node bench/import-child.mjs FILE TIMES`. The first time counts as its users meet it; the others are warm.
 */
import {createReadStream} from 'node:fs';
import {importFile} from '../dist/trace.js';

const [, , file, times] = process.argv;
const milliseconds = [];
const processor = [];
let events = 0;
for (let i = 0; i < Number(times); i++) {
  const began = performance.now();
  const usage = process.cpuUsage();
  const imported = await importFile({name: file, data: createReadStream(file, {highWaterMark: 1 << 18})});
  milliseconds.push(performance.now() - began);
  const {user, system} = process.cpuUsage(usage);
  processor.push((user + system) / 1000);
  events = imported.kind === 'trace' ? imported.trace.events.count : imported.problem.count;
}
console.log(
  JSON.stringify({milliseconds, processor, events, resident: process.resourceUsage().maxRSS * 1024}),
);
