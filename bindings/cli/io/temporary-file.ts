/**
 * Temporary files beside outputs. A signal that ends the program removes them. What a killed run leaves is removed by
 * the next one that writes the same name: the name of a temporary file says which process made it.
 */
import {createHash, randomBytes} from 'node:crypto';
import {closeSync, openSync, readFileSync, readlinkSync, unlinkSync} from 'node:fs';
import {type FileHandle, lstat, open, opendir, unlink} from 'node:fs/promises';
import {hostname, networkInterfaces} from 'node:os';
import {basename, dirname} from 'node:path';

/** `.stowage-OUTPUT-MACHINE-PROCESS-START-RANDOM.tmp`; OUTPUT and MACHINE are digests, so that no name is too long. */
const NAME = /^\.stowage-([0-9a-f]{12})-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}\.tmp$/;

/** Files of another machine or container, whose processes are not seen here, are left alone for so long. */
const FOREIGN_MS = 24 * 60 * 60 * 1000;

const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** A new file, removed at the end of the program unless it was kept. */
export interface TemporaryFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** To be called once it has its final name. */
  keep(): void;
  remove(): Promise<void>;
}

/** @param mode of the file, before the umask */
export async function openTemporary(
  output: string,
  mode: number,
  folder = dirname(output),
): Promise<TemporaryFile> {
  const digest = digestOf(basename(output), 12);
  await removeAbandoned(folder, digest);
  const start = startOf(process.pid) ?? '0';
  const random = randomBytes(4).toString('hex');
  const path = `${folder}/.stowage-${digest}-${machine()}-${process.pid}-${start}-${random}.tmp`;
  const remove = async () => {
    await unlink(path).catch(() => undefined);
    release(path);
  };
  make(path, mode);
  try {
    return {path, handle: await open(path, 'r+'), keep: () => release(path), remove};
  } catch (error) {
    await remove();
    throw error;
  }
}

function make(path: string, mode: number): void {
  hold(path);
  try {
    // made at once: a signal would not find a file that another thread is about to make
    closeSync(openSync(path, 'wx', mode));
  } catch (error) {
    release(path);
    throw error;
  }
}

/** Paths of the files that are open. */
const held = new Set<string>();

function hold(path: string): void {
  if (held.size === 0) {
    for (const signal of ENDING) process.on(signal, endBySignal);
    process.on('exit', removeHeld);
  }
  held.add(path);
}

function release(path: string): void {
  held.delete(path);
  if (held.size > 0) return;
  for (const signal of ENDING) process.off(signal, endBySignal);
  process.off('exit', removeHeld);
}

/** Ends as it would have ended without a handler, so that a shell sees the signal. */
function endBySignal(signal: NodeJS.Signals): void {
  removeHeld();
  process.kill(process.pid, signal);
}

function removeHeld(): void {
  for (const path of held) {
    try {
      unlinkSync(path);
    } catch {
      // it is not made yet, or has its final name
    }
    release(path);
  }
}

/**
 * Removes what ended processes left: temporary files of one output, or all. What cannot be listed or removed stays: the output
 * is what matters.
 */
export async function removeAbandoned(folder: string, digest?: string): Promise<void> {
  try {
    for await (const {name} of await opendir(folder)) {
      const [, output, made, pid, start] = NAME.exec(name) ?? [];
      if (output === undefined || (digest !== undefined && output !== digest)) continue;
      const path = `${folder}/${name}`;
      const isAbandoned = made === machine() ? !isRunning(Number(pid), start!) : await isOld(path);
      if (isAbandoned) await unlink(path);
    }
  } catch {}
}

async function isOld(path: string): Promise<boolean> {
  return Date.now() - (await lstat(path)).mtimeMs > FOREIGN_MS;
}

function isRunning(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // another process may have the number by now
  return (startOf(pid) ?? start) === start;
}

/** When a process started, in the clock ticks of Linux; undefined elsewhere, and `''` of one that has ended. */
function startOf(pid: number): string | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // the name of the program, in brackets, may have blanks and brackets
  const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? '' : fields[18];
}

let known: string | undefined;

/** Processes that see each other have the same: one start of one machine, and one namespace of processes. */
function machine(): string {
  known ??= digestOf(
    textOf('/proc/sys/kernel/random/boot_id') ?? JSON.stringify([hostname(), addresses()]),
    8,
    namespace(),
  );
  return known;
}

function addresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap(found => found ?? []);
  return [...new Set(all.map(({mac}) => mac))].sort();
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function digestOf(text: string, digits: number, more = ''): string {
  return createHash('sha256').update(text).update(more).digest('hex').slice(0, digits);
}
