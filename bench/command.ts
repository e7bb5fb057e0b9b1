/** Runs a foreign command: fills in its words, limits its time, ends it with all its processes. */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';

/** The result of a command. */
export interface Ran {
  /** Wall-clock seconds, the start of the process included. */
  readonly seconds: number;
  /** The end of what it wrote to stderr. */
  readonly said: string;
  /** Why it does not count; absent where it ended with exit code 0 within its limit. */
  readonly failed?: string;
}

const PLACEHOLDERS = ['in', 'out', 'capacity', 'seconds', 'threads'] as const;

/** Values of a command's `{in}`, `{out}` … */
export type Values = Readonly<Record<(typeof PLACEHOLDERS)[number], string | number>>;

/** @throws Error for a placeholder that is not known, and one that is missing. */
export function checkCommand(command: string): void {
  const used = [...command.matchAll(/\{(\w+)\}/g)].map(match => match[1]!);
  const unknown = used.find(name => !(PLACEHOLDERS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new Error(`{${unknown}} is unknown; known are {${PLACEHOLDERS.join('}, {')}}`);
  }
  const missing = ['in', 'out'].find(name => !used.includes(name));
  if (missing !== undefined) throw new Error(`expected {${missing}} in: ${command}`);
}

/** The command with its placeholders replaced, for the shell: paths in quotes. */
export function fill(command: string, values: Values): string {
  return command.replace(/\{(\w+)\}/g, (_, name: keyof Values) => {
    const value = values[name];
    return typeof value === 'number' ? String(value) : quoted(value);
  });
}

/** A word that the shell leaves alone. */
export const quoted = (word: string) =>
  process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;

/** Runs a line in a shell; after `limit` seconds it is killed, with its children. Never throws. */
export function runCommand(line: string, limit: number): Promise<Ran> {
  return new Promise(resolve => {
    const began = performance.now();
    // a process group of its own, which can be killed as a whole
    const child = spawn(line, {
      shell: true,
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    let isLate = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-400);
    });
    const timer = setTimeout(() => {
      isLate = true;
      endAll(child);
    }, limit * 1000);
    const abandon = () => endAll(child);
    process.once('exit', abandon);
    const end = (failed: string | undefined) => {
      clearTimeout(timer);
      process.removeListener('exit', abandon);
      const seconds = (performance.now() - began) / 1000;
      endAll(child); // what it left behind would take time from those after it
      child.stderr.destroy();
      const reason = isLate ? `not done after ${limit} s` : failed;
      resolve({seconds, said, ...(reason === undefined ? {} : {failed: reason})});
    };
    child.once('error', error => end(error.message));
    // not `close`: a child of the child may hold the pipe for longer
    child.once('exit', (code, signal) => end(reasonOf(code, signal, said)));
  });
}

function reasonOf(code: number | null, signal: NodeJS.Signals | null, said: string): string | undefined {
  if (code === 0) return undefined;
  const line = said.trim().split('\n').at(-1) ?? '';
  return `${signal ?? `exit code ${code}`}${line === '' ? '' : `: ${line.slice(0, 120)}`}`;
}

function endAll({pid}: ChildProcess): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // no process of the group is left
  }
}
