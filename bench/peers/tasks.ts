/** The instances that solvers are compared on, in four groups; `--only` chooses by `GROUP/NAME`. */
import type {ProblemColumns} from '../../bindings/index.ts';
import {CAPACITY} from '../instances.ts';
import {files, type Mark, seededMarks} from '../marks.ts';
import type {BenchOptions} from '../options.ts';
import {filesOf, hasShared, nameOf, problemOf} from '../sources.ts';

/** Instances under one heading. */
export interface PeerGroup {
  readonly id: 'capacity' | 'minimised' | 'small' | 'large';
  readonly title: string;
  readonly marks: readonly Mark[];
}

/** An instance on the disk, as every solver gets it. */
export interface Task {
  readonly name: string;
  readonly problem: ProblemColumns;
  readonly file: string;
  /** Bytes that a solver is asked to keep to; the smallest peak where absent. */
  readonly capacity?: number;
  /** Our lower bound of the peak, bytes. */
  readonly bound: number;
}

const TITLES: Readonly<Record<PeerGroup['id'], string>> = {
  capacity: `A–K within ${CAPACITY} bytes`,
  minimised: 'A–K, the smallest peak',
  small: 'inference graphs and training steps, the smallest peak',
  large: 'large, the smallest peak',
};

/** The groups with the chosen instances; only the first group where `--only` is not given. */
export function peerGroups({only, synthetic, seed}: BenchOptions): PeerGroup[] {
  const isSeeded = synthetic || !hasShared();
  const marks = isSeeded ? seeded(seed) : shared();
  const isChosen = (id: string, name: string) =>
    only.source === '(?:)' ? id === 'capacity' : only.test(`${id}/${name}`);
  return (Object.keys(TITLES) as PeerGroup['id'][])
    .map(id => ({
      id,
      title: `${isSeeded ? 'as ' : ''}${TITLES[id]}`,
      marks: marks[id].filter(({name}) => isChosen(id, name)),
    }))
    .filter(group => group.marks.length > 0);
}

type Marks = Readonly<Record<PeerGroup['id'], readonly Mark[]>>;

function shared(): Marks {
  const suite = files('minimalloc').filter(({name}) => /^[A-K]$/.test(name));
  const training = filesOf('traces/pytorch-cpu').filter(file => /training/.test(file));
  return {
    capacity: within(suite),
    minimised: suite,
    // linear: no other solver joins what lives over the border of an iteration
    small: [
      ...files('glow'),
      ...training.map(file => ({name: nameOf(file), source: {file, lifetimes: 'linear' as const}})),
    ],
    large: ['somas', 'iopddl', 'malloc'].flatMap(files),
  };
}

function seeded(seed: number): Marks {
  const suite = seededMarks('tight', [40, 150, 200, 250, 300, 350, 400, 450], seed);
  return {
    capacity: within(suite),
    minimised: suite,
    small: [...seededMarks('chain', [12, 60, 150], seed), ...seededMarks('training', [500, 2000], seed)],
    large: [
      ...seededMarks('graph', [20_000], seed),
      ...seededMarks('intervals', [30_000], seed),
      ...seededMarks('heap', [100_000], seed),
    ],
  };
}

const within = (marks: readonly Mark[]) => marks.map(mark => ({...mark, capacity: CAPACITY}));

/**
 * The problem as any solver can read it. Where all buffers have one alignment, sizes are rounded up to it and it is
 * left out: most solvers know none, and on sizes that are multiples all that they place is aligned.
 */
export async function plainProblem({source}: Mark): Promise<ProblemColumns> {
  const {capacity: _, ...problem} = await problemOf(source);
  const {count, alignment, defaultAlignment: common = 1} = problem;
  const first = alignment[0] || common;
  if (first === 1 || alignment.some(own => (own || common) !== first)) return problem;
  const {defaultAlignment: __, ...others} = problem;
  return {
    ...others,
    alignment: new Float64Array(count),
    size: Float64Array.from(problem.size, size => Math.ceil(size / first) * first),
  };
}
