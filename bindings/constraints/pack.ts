/** Packs blocks into one arena: by the core where each is a single buffer to it, else by the core and a rigid search. */
import type {Bytes} from '../bytes.ts';
import type {Plan} from '../plan.ts';
import {NO_OFFSET, type ProblemColumns} from '../problem.ts';
import type {Block} from './blocks.ts';
import {RigidSearch} from './rigid.ts';
import {around, hulls, isPlain, loosened} from './shapes.ts';
import type {Asking, Work} from './work.ts';

/** Blocks in one arena. */
export interface Packed {
  /** Bytes, per block; empty where fixed blocks collide. */
  readonly offsets: ArrayLike<Bytes>;
  /** Bytes; infinite where fixed blocks collide. */
  readonly peak: Bytes;
  /** Bytes that these blocks need at least. */
  readonly lowerBound: Bytes;
  /** What made the offsets. */
  readonly algorithm: Plan['algorithm'];
  /** Two blocks whose fixed offsets collide. */
  readonly clash?: readonly [number, number];
}

export const NOTHING: Packed = {offsets: [], peak: 0, lowerBound: 0, algorithm: 'naive'};

/** Of blocks that no plan has: fixed ones collide. */
const NO_PLAN = {
  offsets: [],
  peak: Number.POSITIVE_INFINITY,
  lowerBound: Number.POSITIVE_INFINITY,
} as const;

/** Above so many blocks, only hulls are packed. */
const MOST_RIGID = 3000;
/** Nodes of the rigid search for one short pack, and for a long one. */
const SHORT_NODES = 3000;
const LONG_NODES = 60_000;

/** How to pack. */
export interface Packing {
  /** Bytes that every block is aligned to at least. */
  readonly alignment: Bytes;
  /** Bytes; the first plan that fits will do. */
  readonly capacity?: Bytes;
  readonly isLong: boolean;
}

/** The best plan for the blocks within the effort. */
export function* pack(work: Work, blocks: readonly Block[], packing: Packing): Asking<Packed> {
  const live = blocks.flatMap(({slices}, k) => (slices.length > 0 ? [k] : []));
  const packed =
    live.length === 0
      ? NOTHING
      : yield* packLive(
          work,
          live.map(k => blocks[k]!),
          packing,
        );
  const offsets = Float64Array.from(blocks, ({fixed}) => (fixed === NO_OFFSET ? 0 : fixed));
  live.forEach((k, m) => {
    offsets[k] = packed.offsets[m] ?? 0;
  });
  const {clash} = packed;
  return {...packed, offsets, ...(clash ? {clash: [live[clash[0]]!, live[clash[1]]!]} : {})};
}

function* packLive(work: Work, blocks: readonly Block[], packing: Packing): Asking<Packed> {
  const {alignment, capacity, isLong} = packing;
  const plan = (columns: ProblemColumns) =>
    isLong ? work.long(columns, capacity) : work.short(columns, capacity);
  if (blocks.every(isPlain)) return packedOf(yield* plan(hulls(blocks, alignment)));
  if (blocks.length > MOST_RIGID) {
    const narrow = packedOf(yield* plan(hulls(blocks, alignment)));
    const {lowerBound} = yield* work.quick(loosened(blocks, alignment));
    return {...narrow, lowerBound};
  }
  return yield* packRigid(work, blocks, packing, plan);
}

function packedOf({offsets, peak, lowerBound, algorithm, clash}: Plan): Packed {
  if (clash === undefined) return {offsets, peak, lowerBound, algorithm};
  const pair: [number, number] = [clash.a, clash.b!];
  return {...NO_PLAN, algorithm, clash: pair};
}

function* packRigid(
  work: Work,
  blocks: readonly Block[],
  {alignment, capacity = -1, isLong}: Packing,
  plan: (columns: ProblemColumns) => Asking<Plan>,
): Asking<Packed> {
  const search = new RigidSearch(blocks, alignment);
  const loose = yield* work.short(loosened(blocks, alignment));
  search.fit();
  const target = Math.max(loose.lowerBound, capacity);
  let algorithm: Plan['algorithm'] = 'rigid';
  if (search.peak > target) {
    const narrow = yield* plan(hulls(blocks, alignment));
    const before = search.peak;
    if (narrow.clash === undefined) search.offer(narrow.offsets);
    if (search.peak < before) algorithm = narrow.algorithm;
  }
  if (search.peak > target && search.best !== undefined) {
    const before = search.peak;
    const {columns, plain} = around(blocks, search.best, alignment);
    const better = yield* plan(columns);
    const offsets = search.best.slice();
    plain.forEach((k, m) => {
      offsets[k] = better.offsets[m]!;
    });
    search.offer(offsets);
    if (search.peak < before) algorithm = better.algorithm;
  }
  const before = search.peak;
  const isProven = search.peak > target && search.search(isLong ? LONG_NODES : SHORT_NODES, target);
  if (search.peak < before) algorithm = 'rigid';
  work.count(search.nodes);
  if (search.best === undefined) {
    const clash = clashOf(blocks);
    if (isProven || clash !== undefined) return {...NO_PLAN, algorithm, ...(clash ? {clash} : {})};
    return {...NO_PLAN, algorithm, lowerBound: loose.lowerBound};
  }
  const isLeast = isProven && search.peak > target;
  return {
    offsets: search.best,
    peak: search.peak,
    lowerBound: isLeast ? search.peak : loose.lowerBound,
    algorithm,
  };
}

/** Two fixed blocks that collide, if it is that. */
function clashOf(blocks: readonly Block[]): [number, number] | undefined {
  for (let j = 0; j < blocks.length; j++) {
    for (let i = 0; i < j; i++) {
      const pair = [blocks[i]!, blocks[j]!];
      if (pair.some(({fixed}) => fixed === NO_OFFSET)) continue;
      const search = new RigidSearch(pair, 1);
      search.fit();
      if (search.best === undefined) return [i, j];
    }
  }
  return undefined;
}
