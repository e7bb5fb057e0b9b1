/** Runs the fast tests of a tree in a process of their own, until the first fails or the time is over. */
import {spawn} from 'node:child_process';

/** How a mutant ended. */
export interface Outcome {
  readonly isKilled: boolean;
  /** The test that failed, or what else happened. */
  readonly how: string;
  /** CPU time of a run that passed, seconds. */
  readonly seconds: number;
}

/** Part of the seeds that the tests over many seeds run. */
const SHARE = '0.03';
/** Clock time after which a process is given up, however busy the machine is; milliseconds. */
const HOPELESS = 900_000;

/** @param limit seconds of CPU time @param tests of `tests/mutation/`, a file that imports them */
export function fastTests(tree: string, limit: number, tests = 'fast-tests.ts'): Promise<Outcome> {
  const command = `exec "$0" --import tsx --test-reporter=tap tests/mutation/${tests}`;
  // a limit of CPU time does not depend on what else the machine does
  const limited = Number.isFinite(limit) ? `ulimit -t ${limit}; ${command}` : command;
  const child = spawn('sh', ['-c', limited, process.execPath], {
    cwd: tree,
    env: {...process.env, TEST_SHARE: SHARE},
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: HOPELESS,
    killSignal: 'SIGKILL',
  });
  let text = '';
  let failed: string | undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    failed ??= /^\s*not ok \d+ - (.*)$/m.exec(text)?.[1];
    if (failed !== undefined) child.kill('SIGKILL');
  });
  child.stderr.resume();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const seconds = Number(/^# cpu (.*)$/m.exec(text)?.[1] ?? 0);
      if (failed !== undefined) resolve({isKilled: true, how: failed, seconds});
      else if (signal !== null) resolve({isKilled: true, how: 'it takes too long', seconds});
      else if (code !== 0) resolve({isKilled: true, how: `exit code ${code}`, seconds});
      else resolve({isKilled: false, how: 'all tests pass', seconds});
    });
  });
}
