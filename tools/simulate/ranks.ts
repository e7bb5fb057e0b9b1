/**
 * Makes a simulated training run of many ranks: a CUDA memory snapshot each, in groups that are the stages of a pipeline,
 * with ranks among them that something is wrong with.
 *
 *     node --import tsx tools/simulate/ranks.ts --out DIR [--ranks 64] [--groups 8] [--outliers 3] [--megabytes 1] [--seed 1] [--gz]
 *
 * Each rank is simulated: 14 MB take about a second, and no two files have the same bytes.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {gzipSync} from 'node:zlib';
import {seeded} from '../../tests/random.ts';
import {Recorder} from './recorder.ts';
import {FAULTS, type Fault, type Stage, train} from './stage.ts';

const GIB = 2 ** 30;
const CAPACITY = 80 * GIB;
/** What a layer of a microbatch takes of a file, forward and backward, about. */
const BYTES_OF_LAYER = 2880;

export interface RunShape {
  /** A multiple of `groups`. */
  readonly ranks: number;
  /** Stages of the pipeline. */
  readonly groups: number;
  /** Ranks that something is wrong with. */
  readonly outliers: number;
  /** Of a file, about; the smallest is as large as a few steps. */
  readonly megabytes: number;
  readonly seed: number;
}

export interface SimulatedRank {
  /** Of the file, without `.gz`. */
  readonly name: string;
  readonly rank: number;
  readonly dp: number;
  readonly tp: number;
  readonly pp: number;
  readonly fault?: Fault;
}

/** The ranks of a run, in order. @throws RangeError for a shape that is none. */
export function ranksOf({ranks, groups, outliers, seed}: RunShape): SimulatedRank[] {
  if (ranks % groups !== 0) throw new RangeError(`${ranks} ranks are no multiple of ${groups} groups`);
  if (outliers > ranks) throw new RangeError(`${outliers} outliers are more than ${ranks} ranks`);
  const perStage = ranks / groups;
  const tps = [8, 4, 2, 1].find(size => perStage % size === 0 && perStage > size) ?? 1;
  const faults = faultsOf(ranks, groups, outliers, seed);
  return Array.from({length: ranks}, (_, rank) => {
    const [tp, dp, pp] = [rank % tps, Math.floor((rank % perStage) / tps), Math.floor(rank / perStage)];
    const fault = faults.get(rank);
    const name = `snapshot_dp${dp}_tp${tp}_pp${pp}_rank${rank}.pickle`;
    return {name, rank, dp, tp, pp, ...(fault === undefined ? {} : {fault})};
  });
}

/** The same program on all ranks of a stage; data differ from replica to replica, times and addresses from rank to rank. */
export function snapshotOf(shape: RunShape, {rank, dp, pp, fault}: SimulatedRank): Uint8Array {
  const random = seeded(shape.seed * 1_000_003 + rank);
  const recorder = new Recorder({
    capacity: CAPACITY,
    base: 0x7f00_0000_0000 + random(1 << 16) * 2 ** 21,
    clock: 1_760_000_000_000_000 + random(50_000),
  });
  train(recorder, stageOf(shape, pp, fault), seeded(shape.seed * 1_000_003 + dp));
  return recorder.snapshot();
}

function stageOf({groups, megabytes}: RunShape, stage: number, fault: Fault | undefined): Stage {
  // stages are told apart by the layers that they recompute
  const layers = Math.max(groups - 1, megabytes < 1 ? 3 : 12);
  const microbatches = megabytes < 1 ? 2 : 8;
  const computed = layers + Math.min(groups - 1, layers) / 2;
  const steps = Math.max(5, Math.round((megabytes * 1e6) / (computed * microbatches * BYTES_OF_LAYER)));
  const batch = Math.max(1, Math.floor(40 / (layers * Math.min(groups, microbatches))));
  return {stage, stages: groups, layers, microbatches, batch, steps, ...(fault === undefined ? {} : {fault})};
}

/** One fault after the other, each in a group of its own as long as there are any. */
function faultsOf(ranks: number, groups: number, outliers: number, seed: number): ReadonlyMap<number, Fault> {
  const random = seeded(seed);
  const order = Array.from({length: groups}, (_, group) => group);
  for (let i = groups - 1; i > 0; i--) {
    const j = random(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const faults = new Map<number, Fault>();
  const perGroup = ranks / groups;
  for (let i = 0; i < outliers; i++) {
    const first = order[i % groups]! * perGroup;
    let member = random(perGroup);
    while (faults.has(first + member)) member = (member + 1) % perGroup;
    faults.set(first + member, FAULTS[i % FAULTS.length]!);
  }
  return faults;
}

/** Writes the files of a run. @returns its ranks. */
export function writeRanks(folder: string, shape: RunShape, isCompressed = false): SimulatedRank[] {
  const ranks = ranksOf(shape);
  mkdirSync(folder, {recursive: true});
  for (const rank of ranks) {
    const bytes = snapshotOf(shape, rank);
    const path = join(folder, rank.name);
    if (isCompressed) writeFileSync(`${path}.gz`, gzipSync(bytes));
    else writeFileSync(path, bytes);
  }
  return ranks;
}

function main(): void {
  const {values} = parseArgs({
    options: {
      out: {type: 'string'},
      ranks: {type: 'string', default: '64'},
      groups: {type: 'string', default: '8'},
      outliers: {type: 'string', default: '3'},
      megabytes: {type: 'string', default: '1'},
      seed: {type: 'string', default: '1'},
      gz: {type: 'boolean', default: false},
    },
  });
  if (values.out === undefined) throw new Error('--out: expected the folder to write');
  const number = (name: 'ranks' | 'groups' | 'outliers' | 'megabytes' | 'seed') => {
    const value = Number(values[name]);
    if (!(value >= 0 && value < 1e6)) throw new Error(`--${name}: expected a number, got ${values[name]}`);
    return name === 'megabytes' ? value : Math.floor(value);
  };
  const shape = {
    ranks: number('ranks'),
    groups: number('groups'),
    outliers: number('outliers'),
    megabytes: number('megabytes'),
    seed: number('seed'),
  };
  for (const {rank, name, fault} of writeRanks(values.out, shape, values.gz)) {
    if (fault !== undefined) console.log(`rank ${rank}: ${fault} (${name})`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
