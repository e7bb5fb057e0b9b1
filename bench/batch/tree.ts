/** Runs a command, and watches the memory and the time of all its processes. */
import {spawn} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';

/** Milliseconds between two looks. */
const INTERVAL = 50;
/** As Linux has them on x64 and arm64. */
const [PAGE_BYTES, TICKS_PER_SECOND] = [4096, 100];

export interface TreeRun {
  readonly seconds: number;
  /** Seconds of processor time, of all processes; up to the last look. */
  readonly processor: number;
  /** Σ of the resident memory of the processes at a time, at most; bytes; 0 where there is no /proc, as the others. */
  readonly resident: number;
  /** The most processes at a time. */
  readonly processes: number;
}

/** @throws Error where the exit code is not 0 */
export function runTree(command: string, args: readonly string[]): Promise<TreeRun> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, args, {stdio: ['ignore', 'ignore', 'pipe']});
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    const most = {processor: 0, resident: 0, processes: 0};
    const look = () => watch(child.pid!, most);
    const timer = setInterval(look, INTERVAL);
    child.once('error', error => {
      clearInterval(timer);
      reject(error);
    });
    child.once('close', code => {
      clearInterval(timer);
      if (code === 0) resolve({seconds: (performance.now() - began) / 1000, ...most});
      else reject(new Error(`${command} ${args.join(' ')}: exit code ${code}\n${said}`));
    });
  });
}

function watch(root: number, most: {processor: number; resident: number; processes: number}): void {
  const all = treeOf(root);
  if (all.length === 0) return;
  most.resident = Math.max(most.resident, sumOf(all.map(({resident}) => resident)));
  most.processor = Math.max(most.processor, sumOf(all.map(({ticks}) => ticks)) / TICKS_PER_SECOND);
  most.processes = Math.max(most.processes, all.length);
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly resident: number;
  /** Of processor time, its ended children's with it. */
  readonly ticks: number;
}

/** A process and all below it; none where it has ended, or where there is no /proc. */
function treeOf(root: number): Process[] {
  const all = [...processes()];
  const tree = all.filter(({pid}) => pid === root);
  for (const one of tree) tree.push(...all.filter(({parent}) => parent === one.pid));
  return tree;
}

function* processes(): Iterable<Process> {
  let names: string[] = [];
  try {
    names = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  } catch {
    return; // no /proc
  }
  for (const name of names) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // from the state on: the name before it may have anything in it
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [parent, pages] = [Number(fields[1]), Number(fields[21])];
      const ticks = sumOf(fields.slice(11, 15).map(Number));
      yield {pid: Number(name), parent, resident: pages * PAGE_BYTES, ticks};
    } catch {
      // it has ended
    }
  }
}
