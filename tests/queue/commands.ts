/** The built command line in processes that are killed, joined or waited for. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {after} from 'node:test';
import {fileURLToPath} from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const CLOCK = new URL('jumping-clock.mjs', import.meta.url).href;

export interface Command {
  readonly process: ChildProcess;
  /** All that it has written so far. */
  readonly output: () => string;
  /** Its exit code, or its signal. */
  readonly end: Promise<number | NodeJS.Signals>;
}

export interface Clock {
  /** Milliseconds from the start, and by how many the clock then jumps. */
  readonly after: number;
  readonly by: number;
}

const running = new Set<ChildProcess>();

/** Ends all that still run: also where a test has failed. */
export function endCommands(): void {
  for (const child of running) child.kill('SIGKILL');
}

export function startCommand(
  args: readonly string[],
  {env = {}, clock}: {env?: Readonly<Record<string, string>>; clock?: Clock} = {},
): Command {
  const jump = clock ? {JUMP_AFTER: String(clock.after), JUMP_BY: String(clock.by)} : {};
  const child = spawn(process.execPath, [...(clock ? ['--import', CLOCK] : []), MAIN, ...args], {
    env: {...process.env, ...env, ...jump},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const end = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return (code ?? signal) as number | NodeJS.Signals;
  });
  return {process: child, output: () => text, end};
}

/** For a file of tests. */
export function endCommandsAfter(): void {
  after(endCommands);
}
