/**
 * PyTorch on CUDA: bytes on the device with plans, with PyTorch's caching allocator and with its expandable segments; and the largest
 * mini-batch under a cap. The device is imitated (`tools/record/imitated_*.c`): it counts what allocators ask for, in pages of
 * 2 MiB, and computes nothing.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {printTable} from '../measure.ts';
import {buildNative} from '../native/build.ts';
import type {BenchOptions} from '../options.ts';
import {findPython, type Python} from './cells.ts';
import {percent} from './figures.ts';
import {candidates, environment} from './index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = fileURLToPath(new URL('cuda_cell.py', import.meta.url));
const RECORD = join(ROOT, 'tools', 'record');
const OUTPUT = join(ROOT, 'build', 'bench', 'cuda');
const CLI = join(ROOT, 'dist', 'cli', 'main.js');
/** Bytes of a device on which everything fits, and of the one with a cap. */
const ROOMY = 80 * 2 ** 30;
const CAP = 2.5 * 2 ** 30;
/** Milliseconds for one process. */
const LIMIT = 300_000;
/** Steps that pass, one that is recorded, and those that are served. */
const STEPS = 8;

interface Cell {
  readonly net: string;
  readonly batch: number;
  /** Of sequences, in turns; empty for the net's own. */
  readonly lengths?: readonly number[];
}

/** The four steps of the study, a decoder, and one with lengths that vary. */
const CELLS: readonly Cell[] = [
  {net: 'squeezenet1_1', batch: 2},
  {net: 'resnet50', batch: 4},
  {net: 'mobilenet_v2', batch: 8},
  {net: 'bert', batch: 2},
  {net: 'gpt2', batch: 2},
  {net: 'bert', batch: 8, lengths: [128, 80, 112, 64]},
];
/** Nets of which the largest mini-batch is looked for, and a batch to begin with. */
const CAPPED: readonly Cell[] = [
  {net: 'mobilenet_v2', batch: 32},
  {net: 'resnet50', batch: 26},
  {net: 'gpt2', batch: 4},
];

type Allocator = 'plan' | 'given' | 'caching' | 'expandable';

/** What `cuda_cell.py` prints. Bytes. */
interface Measured {
  readonly failed?: string;
  readonly bytes: number;
  readonly most: number;
  readonly allocations: number;
  readonly ending: number;
  readonly served: number;
  readonly asked: number;
  readonly arena: number;
  readonly bound: number;
  readonly proven: boolean;
  readonly reason: string;
}

export function benchPytorchCuda(options: BenchOptions): void {
  const python = prepare();
  if (typeof python === 'string') {
    console.log(`pytorch-cuda: not measured: ${python}\n`);
    return;
  }
  console.log(
    `${python.versions}; SGD with momentum, zero_grad last, cuDNN off, on an imitated device: what is counted is what\n` +
      'allocators ask of the device, in MiB; kernels compute nothing, and a real device adds workspaces to all alike\n',
  );
  const cells = (options.quick ? CELLS.slice(0, 1) : CELLS).filter(cell => options.only.test(nameOf(cell)));
  benchBytes(python, cells);
  const capped = CAPPED.filter(cell => options.only.test(`largest ${cell.net}`));
  if (!options.quick && capped.length > 0) benchLargest(python, capped);
}

/** Compiles what is needed. @returns a Python with PyTorch, or why nothing can be measured */
function prepare(): Python | string {
  const native = buildNative();
  if (typeof native === 'string') return native;
  const python = findPython(candidates(), {...environment(native), STOWAGE_ROOT: ROOT});
  if (typeof python === 'string') return `${python}\nSet PYTHON, or run \`npm run test:pytorch\` once`;
  buildDevice();
  return python;
}

const nameOf = ({net, batch, lengths}: Cell) =>
  `${net}, batch ${batch}${lengths ? `, lengths ${lengths.join(' ')}` : ''}`;

function buildDevice(): void {
  rmSync(OUTPUT, {recursive: true, force: true});
  mkdirSync(OUTPUT, {recursive: true});
  const sources = readdirSync(RECORD).filter(name => /^imitated_.*\.c$/.test(name));
  const library = join(OUTPUT, 'libcuda.so.1');
  const flags = ['-shared', '-fPIC', '-O1', '-Wl,-soname,libcuda.so.1', '-o', library];
  const files = sources.map(name => join(RECORD, name));
  const {status, stderr} = spawnSync('cc', [...flags, ...files, '-ldl', '-pthread'], {encoding: 'utf8'});
  if (status !== 0) throw new Error(`the imitated device: ${stderr}`);
  symlinkSync('libcuda.so.1', join(OUTPUT, 'libnvidia-ml.so.1'));
}

/** Runs a cell by an allocator. @throws Error where that failed otherwise than for memory */
function measure(
  python: Python,
  cell: Cell,
  allocator: Allocator,
  bytes: number,
  more: object = {},
): Measured {
  const isOurs = allocator === 'plan' || allocator === 'given';
  const argument = {...cell, steps: STEPS, allocator: isOurs ? allocator : 'native', ...more};
  const {status, signal, stdout, stderr, error} = spawnSync(
    python.command,
    ['-W', 'ignore', SCRIPT, JSON.stringify(argument)],
    {
      encoding: 'utf8',
      timeout: LIMIT,
      env: {
        ...process.env,
        ...python.env,
        LD_LIBRARY_PATH: OUTPUT,
        LD_PRELOAD: join(OUTPUT, 'libcuda.so.1'),
        IMITATED_CUDA_BYTES: String(bytes),
        PYTORCH_CUDA_ALLOC_CONF: allocator === 'expandable' ? 'expandable_segments:True' : '',
      },
    },
  );
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
  const why = error?.message ?? (signal ? `ended by ${signal}` : stderr.trim().split('\n').at(-1));
  throw new Error(`${nameOf(cell)}, ${allocator}: ${why}`);
}

const inMiB = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

function benchBytes(python: Python, cells: readonly Cell[]): void {
  const rows = cells.map(cell => {
    const [plan, caching, expandable] = (['plan', 'caching', 'expandable'] as const).map(allocator =>
      measure(python, cell, allocator, ROOMY),
    ) as [Measured, Measured, Measured];
    return [
      nameOf(cell),
      String(plan.ending),
      `${plan.served} of ${plan.asked}`,
      inMiB(plan.arena),
      plan.proven ? 'optimal' : inMiB(plan.bound),
      ...[plan, caching, expandable].map(({bytes}) => inMiB(bytes)),
      ...[caching, expandable].map(({bytes}) => percent(plan.bytes / bytes - 1)),
      inMiB(plan.most),
      inMiB(caching.most),
    ];
  });
  if (rows.length === 0) return;
  console.log('Bytes on the device after the steps; most: while they warmed up and one was recorded, too');
  printTable(
    [
      ...['step', 'allocations', 'served', 'arena', 'bound', 'with the plan', 'caching', 'expandable'],
      ...['% of caching', '% of expandable', 'most, plan', 'most, caching'],
    ],
    rows,
  );
  console.log();
}

/** The largest batch at which the cell runs, found upwards and downwards from its own. */
function largest(cell: Cell, runs: (cell: Cell) => boolean): number {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let batch = cell.batch;
  while (high - low > 1) {
    if (runs({...cell, batch})) low = batch;
    else high = batch;
    if (high === Number.POSITIVE_INFINITY) batch = Math.ceil(low * 1.15);
    else if (low === 0) batch = Math.max(1, Math.floor(high * 0.85));
    else batch = (low + high) >> 1;
    if (high === 1) return 0;
  }
  return low;
}

/** Records on a roomy device, and writes the plan as a user would. @returns its folder */
function planOf(python: Python, cell: Cell): string {
  const record = join(OUTPUT, `${cell.net}-${cell.batch}.jsonl`);
  const folder = join(OUTPUT, `${cell.net}-${cell.batch}`);
  if (existsSync(folder)) return folder;
  measure(python, cell, 'plan', ROOMY, {record});
  const args = [CLI, 'export', record, '--format', 'pytorch', '-o', folder];
  const {status, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8', timeout: LIMIT});
  if (status !== 0) throw new Error(`export: ${stderr}`);
  return folder;
}

function benchLargest(python: Python, cells: readonly Cell[]): void {
  const rows = cells.map(cell => {
    const found = (['caching', 'expandable', 'plan', 'given'] as const).map(allocator =>
      largest(cell, one => {
        const more = allocator === 'given' ? {plan: planOf(python, one)} : {};
        return measure(python, one, allocator, CAP, more).failed === undefined;
      }),
    );
    const most = Math.max(found[0]!, found[1]!);
    return [cell.net, ...found.map(String), percent(Math.max(found[2]!, found[3]!) / most - 1)];
  });
  console.log(
    `The largest mini-batch of which ${STEPS} steps run on a device of ${inMiB(CAP)} MiB. Learned: the steps before the plan are\n` +
      'on that device, too. Given: recorded on a larger one, exported, loaded',
  );
  printTable(
    ['net', 'caching', 'expandable', 'plan, learned', 'plan, given', '% more than the better'],
    rows,
  );
  console.log();
}
