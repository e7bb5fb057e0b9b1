/** The tests that a mutant of one area has to pass, in one process: `capability-tests.ts AREA`. */
import {AREAS} from './capability-areas.ts';

const area = AREAS.find(({name}) => name === process.argv[2]);
if (!area) throw new Error(`unknown area ${process.argv[2]}`);
for (const file of area.tests) await import(`../${file}.test.ts`);

// the limit of a mutant is a multiple of what the unchanged sources take
process.on('exit', () => {
  const {user, system} = process.cpuUsage();
  console.log(`# cpu ${(user + system) / 1e6}`);
});
