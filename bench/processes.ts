/** Runs instances, each in a process of its own. */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {Job, Result} from './child.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
/** A child that is still there so long after its limit is ended, milliseconds. */
const GRACE = 600_000;

/** A job's result, or the output of its failed process. */
export function runJob(job: Job): Result | {readonly failed: string} {
  return inChild([JSON.stringify(job)], (job.seconds ?? 0) * 1000 * (2 + (job.samples ?? 0)) + GRACE);
}

/** Resident memory of a process that has loaded everything and planned nothing, bytes. */
export function idleMemory(): number {
  const idle = inChild<{resident: number}>([], GRACE);
  return 'failed' in idle ? Number.NaN : idle.resident;
}

function inChild<T extends object = Result>(args: readonly string[], timeout: number): T | {failed: string} {
  const {status, signal, stdout, stderr, error} = spawnSync(
    process.execPath,
    ['--import', 'tsx', CHILD, ...args],
    {encoding: 'utf8', timeout, maxBuffer: 1 << 26},
  );
  if (error) return {failed: error.message};
  if (status === 0) return JSON.parse(stdout) as T;
  const said = /^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.trim().slice(-200);
  return {failed: signal ? `ended by ${signal}` : said};
}
