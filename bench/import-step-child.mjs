/**
 * Reads one file with a built package and makes step problems of it: `node bench/import-step-child.mjs FILE ROOT TIMES`,
 * where ROOT holds the package. Prints milliseconds of processor time per run; the first run is a warm-up.
 * Processor time does not depend on other load of the machine.
 */
import {createReadStream, readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

const [, , file, root, times] = process.argv;
const {exports} = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
const {findIterations, importFile, stepProblem} = await import(
  pathToFileURL(resolve(root, exports['./trace'].default)).href
);

const processor = () => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;

const samples = [];
let steps = 0;
for (let i = 0; i < Number(times); i++) {
  const began = processor();
  const {trace} = await importFile({name: file, data: createReadStream(file, {highWaterMark: 1 << 18})});
  const read = processor();
  stepProblem(trace);
  const last = processor();
  // another object: cached timelines of the trace do not apply to it
  steps = allSteps({...trace});
  samples.push({read: read - began, last: last - read, all: processor() - last});
}
console.log(JSON.stringify({samples, steps}));

/** As `stowage plan --iteration all` does for every device; the whole recording where nothing repeats. */
function allSteps(trace) {
  let count = 0;
  for (const [index, {name: device}] of trace.devices.entries()) {
    const whole = findIterations(trace, index).iterations.filter(iteration => iteration.whole);
    const wanted = whole.length > 0 ? whole.map(({number}) => number) : ['window'];
    for (const iteration of wanted) stepProblem(trace, {device, iteration});
    count += wanted.length;
  }
  return count;
}
