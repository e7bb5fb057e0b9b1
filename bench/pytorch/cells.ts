/** The cells of the bench, and their runs, each in a process of its own. */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {Allocator} from './allocators.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Milliseconds for one cell. */
const LIMIT = 300_000;

const NETS = ['mobilenet_v2', 'squeezenet1_1', 'resnet50', 'bert', 'lstm', 'dlrm'];
const BATCHES = [1, 8];
const THREADS = [1, 2, 4];

export interface Cell {
  readonly net: string;
  readonly batch: number;
  readonly threads: number;
}

/** How a cell is measured. */
export interface Work {
  /** Seconds of blocks, and rounds at least. */
  readonly seconds: number;
  readonly rounds: number;
}

/** What `cell.py` prints. */
export interface Measured {
  /** CPU seconds of a step without the plan, with it, without it; per round and thread. */
  readonly rounds: readonly (readonly [number, number, number])[];
  /** Counted steps without the plan, of the first block of each round, and with it. */
  readonly kinds: readonly [Steps, Steps];
  readonly counters: Readonly<Record<string, number>>;
  readonly arena: number;
  readonly proven: boolean;
}

export interface Steps {
  /** Seconds of each step: of its thread on a processor, and of the clock. */
  readonly cpu: readonly number[];
  readonly wall: readonly number[];
  readonly faults: number;
}

/** What `rss.py` prints: bytes of the process before the first step, at its end, and at most. */
export interface Memory {
  readonly before: number;
  readonly now: number;
  readonly most: number;
}

/** A Python with PyTorch, and the environment that its processes have. */
export interface Python {
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Versions of Python, PyTorch, torchvision. */
  readonly versions: string;
}

export const nameOf = ({net, batch, threads}: Cell, allocator: string) =>
  `${net}, batch ${batch}, threads ${threads}, ${allocator}`;

/** Those that run with an allocator. The first, the honest rival, has all of them but a few. */
export function cellsOf(isFirst: boolean, isLong: boolean, isQuick: boolean): Cell[] {
  if (isQuick) return ['mobilenet_v2', 'dlrm'].map(net => ({net, batch: 1, threads: 1}));
  return NETS.flatMap(net =>
    BATCHES.flatMap(batch => THREADS.map(threads => ({net, batch, threads}))),
  ).filter(cell => isLong || (isFirst ? isAmongFirst(cell) : isAmongOthers(cell)));
}

function isAmongFirst({net, batch, threads}: Cell): boolean {
  return threads === 1 || (batch === 1 && ['mobilenet_v2', 'squeezenet1_1', 'lstm'].includes(net));
}

function isAmongOthers({net, batch, threads}: Cell): boolean {
  if (net === 'mobilenet_v2') return threads === 1 || batch === 1;
  return net !== 'dlrm' && batch === 1 && threads === 1;
}

/** Those of which memory is measured. */
export const memoryCells = (isLong: boolean, isQuick: boolean): Cell[] =>
  isQuick
    ? []
    : NETS.slice(0, 3)
        .filter(net => isLong || net === 'resnet50')
        .map(net => ({net, batch: 8, threads: 1}));

/** Measures a cell; or says why that failed. */
export function measureCell(python: Python, cell: Cell, allocator: Allocator, work: Work): Measured | string {
  return child<Measured>(python, 'cell.py', allocator, {...cell, ...work});
}

/** Memory of a process that runs the cell's net, with the plan or without anything of stowage. */
export function measureMemory(
  python: Python,
  cell: Cell,
  allocator: Allocator,
  plan: boolean,
): Memory | string {
  return child<Memory>(python, 'rss.py', allocator, {...cell, plan});
}

function child<T>(python: Python, script: string, {env, file}: Allocator, argument: object): T | string {
  const {status, signal, stdout, stderr, error} = spawnSync(
    python.command,
    [`${FOLDER}${script}`, JSON.stringify({...argument, library: file ?? ''})],
    {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: LIMIT,
      maxBuffer: 1 << 28,
      env: {...process.env, ...python.env, ...env},
    },
  );
  if (status === 0) return JSON.parse(stdout) as T;
  return error?.message ?? (signal ? `ended by ${signal}` : stderr.trim().split('\n').at(-1)!);
}

/** A Python that has PyTorch: `PYTHON`, one that `npm run test:pytorch` made, or `python3`; why not, where there is none. */
export function findPython(candidates: readonly string[], env: Python['env']): Python | string {
  const script =
    'import platform, torch, torchvision, numpy; ' +
    'print(f"Python {platform.python_version()}, PyTorch {torch.__version__}, torchvision {torchvision.__version__}")';
  let why = 'no Python was found';
  for (const command of candidates) {
    const {status, stdout, stderr, error} = spawnSync(command, ['-c', script], {
      encoding: 'utf8',
      timeout: LIMIT,
      env: {...process.env, ...env},
    });
    if (status === 0) return {command, env, versions: stdout.trim()};
    why = `${command}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
  }
  return why;
}
