/**
 * PyTorch on the CPU with plans and without, over several general allocators; then the same calls in C, nanoseconds each.
 * What the machine lacks is skipped, with the reason.
 */
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {median, printTable} from '../measure.ts';
import {buildNative, type Native} from '../native/build.ts';
import {benchPairs} from '../native/pair.ts';
import type {BenchOptions} from '../options.ts';
import {type Allocator, findAllocators} from './allocators.ts';
import {
  type Cell,
  cellsOf,
  findPython,
  type Measured,
  measureCell,
  measureMemory,
  memoryCells,
  nameOf,
  type Python,
  type Steps,
} from './cells.ts';
import {type Change, changeOf, percent, quantile} from './figures.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WORK = {seconds: 3, rounds: 5};
const QUICK = {seconds: 0.5, rounds: 3};

export async function benchPytorch(options: BenchOptions): Promise<void> {
  const native = buildNative();
  if (typeof native === 'string') return console.log(`pytorch: not measured: ${native}\n`);
  console.log(`pytorch: build/native by ${native.compiler}, with the flags of the package for pip`);
  const {found, missing} = findAllocators();
  if (missing.length > 0) console.log(`pytorch: not on this machine: ${missing.join(', ')}`);
  const allocators = options.quick ? found.slice(0, 2) : found;
  const python = findPython(candidates(), environment(native));
  if (typeof python === 'string')
    console.log(
      `pytorch: nets are not measured: ${python}\nSet PYTHON, or run \`npm run test:pytorch\` once\n`,
    );
  else {
    printHead(python);
    const plans = new Plans();
    for (const allocator of allocators) benchAllocator(python, allocator, options, plans);
    plans.print();
    benchMemory(python, allocators, options);
  }
  await benchPairs(native, allocators, options.only, options.quick);
}

/** Pythons that may have PyTorch. */
export function candidates(): string[] {
  const made = join(ROOT, 'build', 'pytorch');
  const environments = existsSync(made) ? readdirSync(made) : [];
  return [
    ...(process.env.PYTHON === undefined ? [] : [process.env.PYTHON]),
    ...environments.map(name => join(made, name, 'bin', 'python')).filter(existsSync),
    'python3',
  ];
}

/** Where Python finds what is here. */
export const environment = ({library}: Native) => ({
  STOWAGE_SO: library,
  PYTHONPATH: [join(ROOT, 'bindings', 'python'), join(ROOT, 'tests', 'pytorch')].join(':'),
  PYTHONDONTWRITEBYTECODE: '1',
  OMP_NUM_THREADS: '1',
});

function printHead({versions}: Python): void {
  console.log(
    `${versions}; inference, weights and inputs from fixed seeds, one intra-op thread for each thread\n` +
      'Each cell is a process, its rounds three blocks of steps: without the plan, with it, without it. A change is the median\n' +
      "over rounds of a block's CPU time per step against the mean of the two without; noise compares these two. In brackets\n" +
      'the interval of each with 95 % certainty (sign test). Columns a → b: first block → second. Outputs: the same bits\n',
  );
}

function benchAllocator(python: Python, allocator: Allocator, options: BenchOptions, plans: Plans): void {
  const {only, long, quick, seconds} = options;
  const cells = cellsOf(allocator.name === 'tcmalloc', long, quick);
  const work = {...(quick ? QUICK : WORK), ...(seconds === undefined ? {} : {seconds})};
  const rows: string[][] = [];
  const failures: string[] = [];
  for (const cell of cells.filter(one => only.test(nameOf(one, allocator.name)))) {
    const measured = measureCell(python, cell, allocator, work);
    if (typeof measured === 'string') {
      failures.push(`${nameOf(cell, allocator.name)}: ${measured}`);
      continue;
    }
    rows.push(rowOf(cell, measured));
    plans.add(cell, measured);
  }
  if (rows.length > 0) {
    console.log(`${allocator.name}:`);
    const times = ['CPU ms, median', 'minimum', 'CPU %', 'noise %', 'wall ms, p50', 'p99'];
    printTable(['net', 'batch', 'threads', 'steps each', 'faults a step', ...times], rows);
  }
  for (const failure of failures) console.log(`pytorch: failed: ${failure}`);
}

function rowOf({net, batch, threads}: Cell, {rounds, kinds}: Measured): string[] {
  const arrow = (of: (steps: Steps) => string) => kinds.map(of).join(' → ');
  const gain = changeOf(rounds.map(([before, during, after]) => (2 * during) / (before + after) - 1));
  const noise = changeOf(rounds.map(([before, , after]) => after / before - 1));
  return [
    net,
    String(batch),
    String(threads),
    String(kinds[1].cpu.length),
    arrow(({cpu, faults}) => Math.round(faults / cpu.length).toLocaleString('en')),
    arrow(({cpu}) => inMs(median(cpu))),
    arrow(({cpu}) => inMs(Math.min(...cpu))),
    withInterval(gain),
    withInterval(noise),
    arrow(({wall}) => inMs(median(wall))),
    arrow(({wall}) => inMs(quantile(wall, 0.99))),
  ];
}

const withInterval = ({median: middle, low, high}: Change) =>
  `${percent(middle)} [${percent(low)}, ${percent(high)}]`;
const inMs = (seconds: number) => (1000 * seconds).toFixed(seconds < 0.1 ? 2 : 0);
const inMiB = (bytes: number) => (bytes / 2 ** 20).toFixed(bytes < 2 ** 24 ? 2 : 1);

/** What plans served, by net and batch: the same over every allocator. */
class Plans {
  private readonly cells = new Map<string, Measured[]>();

  add({net, batch}: Cell, measured: Measured): void {
    const key = `${net} ${batch}`;
    this.cells.set(key, [...(this.cells.get(key) ?? []), measured]);
  }

  print(): void {
    if (this.cells.size === 0) return;
    const rows = [...this.cells].map(([key, all]) => {
      const sum = (name: string) => all.reduce((total, {counters}) => total + counters[name]!, 0);
      const steps = sum('iterations');
      return [
        ...key.split(' '),
        String(all.length),
        ...['served', 'unmanaged'].map(name => (sum(name) / steps).toFixed(1)),
        String(sum('larger')),
        String(sum('blocked')),
        String(sum('extra') + sum('unknown')),
        Math.round(sum('bytes_elsewhere') / steps).toLocaleString('en'),
        inMiB(all[0]!.arena),
        all.every(({proven}) => proven) ? 'yes' : 'no',
      ];
    });
    console.log(
      'Plans, over all cells: served and outlive are allocations a step, the next three in all steps:',
    );
    printTable(
      [
        ...['net', 'batch', 'cells', 'served', 'outlive it', 'larger', 'blocked', 'extra'],
        ...['bytes elsewhere a step', 'arena, MiB', 'optimal'],
      ],
      rows,
    );
  }
}

function benchMemory(
  python: Python,
  allocators: readonly Allocator[],
  {only, long, quick}: BenchOptions,
): void {
  const rows: string[][] = [];
  for (const cell of memoryCells(long, quick)) {
    for (const allocator of allocators.filter(({name}) => only.test(nameOf(cell, name)))) {
      const both = [false, true].map(plan => measureMemory(python, cell, allocator, plan));
      const arrow = (of: 'before' | 'now' | 'most') =>
        both.map(one => (typeof one === 'string' ? one : inMiB(one[of]))).join(' → ');
      rows.push([cell.net, String(cell.batch), allocator.name, arrow('most'), arrow('now'), arrow('before')]);
    }
  }
  if (rows.length === 0) return;
  console.log('Resident memory, MiB, processes of their own without stowage → with it, 8 steps:');
  printTable(['net', 'batch', 'allocator', 'peak', 'after the steps', 'before'], rows);
}
