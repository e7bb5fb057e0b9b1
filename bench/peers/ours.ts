/** Our own command line as a solver: built, in a process of its own like all others. */
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {quoted, runCommand} from '../command.ts';
import {runJob} from '../processes.ts';
import {readJson, type Solver} from './solver.ts';

export const OURS = 'stowage';
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const NODE = `${quoted(process.execPath)} ${quoted(MAIN)}`;
const STARTS = 3;
const LIMIT = 60;

export const isBuilt = () => existsSync(MAIN);

export function ours(seed: number): Solver {
  return {
    name: OURS,
    about: '`stowage plan --json`; warm: `planner.plan` on one thread',
    command: ({task: {file, capacity}, out, report, seconds, threads}) => {
      const limit = capacity === undefined ? '' : ` --capacity ${capacity}`;
      const limits = `${limit} --time-limit ${seconds}s --threads ${threads} --seed ${seed}`;
      return `${NODE} plan ${quoted(file)} -o ${quoted(out)}${limits} --json --no-offsets > ${quoted(report)}`;
    },
    reportOf: ({report}) => {
      const said = readJson<{status: string; seconds: {solve: number}}>(report);
      return said === undefined ? {} : {solve: said.seconds.solve, isProven: said.status === 'optimal'};
    },
    warmSeconds: ({file, capacity}, seconds) => {
      const limit = capacity === undefined ? {} : {capacity};
      const result = runJob({source: {file}, ...limit, seconds, threads: 1, seed});
      return 'failed' in result || result.first >= 1 ? undefined : result.min;
    },
  };
}

/** Least seconds of a process of ours that plans nothing. */
export async function startUp(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < STARTS; i++) {
    least = Math.min(least, (await runCommand(`${NODE} --version`, LIMIT)).seconds);
  }
  return least;
}
