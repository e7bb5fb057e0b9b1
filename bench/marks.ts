/** The groups of instances that `solve` measures, from the collection in `../shared` or seeded of the same shapes. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {basename} from 'node:path';
import type {ProblemColumns} from '../bindings/index.ts';
import {chooseDevice, findIterations, importFile, stepProblem} from '../bindings/trace.ts';
import {CAPACITY, type Generator} from './instances.ts';
import {filesOf, nameOf, type Source} from './sources.ts';

/** One row: an instance and its task. */
export interface Mark {
  readonly name: string;
  readonly source: Source;
  /** Bytes; the smallest peak where absent. */
  readonly capacity?: number;
  /** Time limit where the command line names none, seconds. */
  readonly seconds?: number;
}

export interface Group {
  readonly title: string;
  readonly marks: readonly Mark[];
}

/** The measurements on the collection; `isLong` with the rows that take minutes. */
export async function sharedGroups(isLong: boolean): Promise<Group[]> {
  const suite = files('minimalloc').filter(({name}) => /^[A-K]$/.test(name));
  const open = suite.filter(({name}) => name === 'D' || name === 'J').map(mark => ({...mark, seconds: 60}));
  const iopddl = files('iopddl');
  return [
    {title: `A–K within ${CAPACITY} bytes`, marks: suite.map(mark => ({...mark, capacity: CAPACITY}))},
    {title: 'A–K minimised', marks: suite},
    ...(isLong ? [{title: 'D and J, for long', marks: open}] : []),
    {title: 'SOMAS', marks: files('somas')},
    {title: 'IOPDDL', marks: iopddl.filter(({name}) => name !== 'T_rnd')},
    {title: 'glow: inference', marks: files('glow')},
    {title: 'PyTorch: inference steps', marks: await steps('traces/pytorch-cpu', /inference/)},
    {
      title: 'PyTorch: training steps',
      marks: [
        ...(await steps('traces/pytorch-cpu', /training/)),
        ...(await steps('traces/kineto-gpu', /v100|resnet50/)),
      ],
    },
    {title: 'SINGA: iterations', marks: await steps('traces/singa', /\.log/)},
    {title: 'large', marks: [...iopddl.filter(({name}) => name === 'T_rnd'), ...files('malloc')]},
  ];
}

/** Those of the collection with more than 10,000 buffers that no heuristic solves. */
export function sharedLarge(): Mark[] {
  return [...files('somas'), ...files('iopddl')].filter(({name}) => /^(pangu_2\.6B|S_1|A_rnd)$/.test(name));
}

/** Seeded instances of the same shapes. */
export function syntheticLarge(seed: number): Mark[] {
  return [...seededMarks('graph', [20_000], seed), ...seededMarks('intervals', [30_000], seed)];
}

export function files(folder: string): Mark[] {
  return filesOf(`instances/${folder}`).map(file => ({name: nameOf(file), source: {file}}));
}

export function seededMarks(generator: Generator, sizes: readonly number[], seed: number): Mark[] {
  return sizes.map((n, i) => ({name: `${generator}-${n}`, source: {generator, n, seed: seed + i}}));
}

/** Every whole iteration of the recordings in a folder; those that give the same problem once, with their number. */
async function steps(folder: string, only: RegExp): Promise<Mark[]> {
  const marks: Mark[] = [];
  for (const file of filesOf(folder).filter(path => only.test(basename(path)))) {
    const imported = await importFile({name: basename(file), data: createReadStream(file)});
    if (imported.kind !== 'trace') continue;
    const {trace} = imported;
    const byContent = new Map<string, number[]>();
    for (const {number, whole} of findIterations(trace, chooseDevice(trace)).iterations) {
      if (!whole) continue;
      const digest = digestOf(stepProblem(trace, {iteration: number}).problem);
      byContent.set(digest, [...(byContent.get(digest) ?? []), number]);
    }
    for (const numbers of byContent.values()) {
      const [iteration] = numbers as [number];
      const times = numbers.length > 1 ? ` (×${numbers.length})` : '';
      marks.push({name: `${nameOf(file)}#${iteration}${times}`, source: {file, iteration}});
    }
  }
  return marks;
}

function digestOf({start, end, size, alignment, gapIndex, gapStart, gapEnd}: ProblemColumns): string {
  const hash = createHash('sha256');
  for (const {buffer, byteOffset, byteLength} of [start, end, size, alignment, gapIndex, gapStart, gapEnd]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

/** Seeded instances of the shapes above. */
export function syntheticGroups(seed: number): Group[] {
  const make = (generator: Generator, ...sizes: readonly number[]) => seededMarks(generator, sizes, seed);
  const suite = make('tight', 150, 200, 250, 300, 350, 400, 450);
  return [
    {title: `as A–K, within ${CAPACITY} bytes`, marks: suite.map(mark => ({...mark, capacity: CAPACITY}))},
    {title: 'as A–K, minimised', marks: suite},
    {title: 'as SOMAS', marks: make('graph', 1000, 2000, 20_000)},
    {title: 'as IOPDDL', marks: make('intervals', 800, 5000, 30_000)},
    {
      title: 'as glow: inference',
      marks: [
        {name: 'chain-small', source: {generator: 'chain', n: 12, seed}},
        ...make('chain', 30, 60, 90, 120, 150, 200),
      ],
    },
    {title: 'training steps', marks: make('training', 500, 1000, 2000, 3000)},
    {title: 'large', marks: make('heap', 28_000, 100_000, 1_000_000)},
  ];
}

/** Growth of time with n. */
export function growthGroup(seed: number): Group {
  const sizes = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
  const generators = ['heap', 'training'] as const;
  return {
    title: 'growth with n',
    marks: generators.flatMap(generator =>
      sizes.map(n => ({name: `growth-${generator}-${n}`, source: {generator, n, seed}})),
    ),
  };
}
