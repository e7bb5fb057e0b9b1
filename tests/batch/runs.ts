/** Batches of small files, started and ended as it comes; what is in their folders. */
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {ranksOf, snapshotOf} from '../../tools/simulate/ranks.ts';
import {newFolder} from '../cli/stowage.ts';
import {pickle} from '../trace/pickle.ts';
import {BASE, entry, freed, resetClock, snapshot} from '../trace/snapshots.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const SHIM = fileURLToPath(new URL('../campaign/outputs/shim.c', import.meta.url));
/** Milliseconds that a batch may take. */
const LIMIT = 120_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** `stowage ARGS`, in a folder. It is killed at a limit of time, and its code is then null. */
export function start(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, ...env},
  });
  return {child, ended: endOf(child)};
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return {code, signal, stdout, stderr};
}

/** Processes below one, by /proc. */
export function descendantsOf(pid: number): number[] {
  try {
    const own = readdirSync(`/proc/${pid}/task`).flatMap(task =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(/\s+/),
    );
    const children = own.filter(text => text !== '').map(Number);
    return [...children, ...children.flatMap(descendantsOf)];
  } catch {
    return []; // it has ended
  }
}

/** The files of a run: snapshots of a few kilobytes, and a few simulated ones. @returns the folder they are in */
export function makeFiles(count: number, simulated: number): string {
  const folder = join(newFolder(), 'run');
  mkdirSync(folder);
  for (let rank = 0; rank < count; rank++) {
    writeFileSync(join(folder, `snapshot_rank${rank}.pickle`), smallSnapshot(rank));
  }
  const shape = {ranks: simulated, groups: 2, outliers: 1, megabytes: 0, seed: 1};
  for (const rank of ranksOf(shape)) writeFileSync(join(folder, `sim_${rank.name}`), snapshotOf(shape, rank));
  return folder;
}

/** A few blocks, of other sizes in each rank. */
export function smallSnapshot(rank: number): Uint8Array {
  resetClock();
  const entries = [entry('segment_alloc', BASE, 64 << 20)];
  for (let i = 0; i < 30; i++) {
    const [first, second] = [BASE + 2 * i * (1 << 19), BASE + (2 * i + 1) * (1 << 19)];
    const bytes = 512 * (1 + ((i * 7 + rank) % 900));
    entries.push(entry('alloc', first, bytes), entry('alloc', second, 4096), ...freed(first, bytes));
    if (i % 3 > 0) entries.push(...freed(second, 4096));
  }
  return pickle(snapshot([entries]));
}

/** All that a batch has written for good, by name. */
export function contentsOf(out: string): Map<string, string> {
  const contents = new Map<string, string>();
  for (const folder of ['results', 'files', 'shares']) {
    for (const name of namesIn(join(out, folder))) {
      contents.set(`${folder}/${name}`, readFileSync(join(out, folder, name), 'utf8'));
    }
  }
  return contents;
}

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The library that makes writes fail, compiled. */
export function faultShim(): string {
  const shim = join(newFolder(), 'shim.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', shim, SHIM, '-ldl']);
  return shim;
}
