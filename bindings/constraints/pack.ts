/** Packs bundles into one arena: by the core where each is a single buffer to it, else by the core and a rigid search. */
import type {Bytes} from '../model/numbers.ts';
import type {Plan} from '../model/plan.ts';
import {NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import type {Bundle} from './bundles.ts';
import {RigidSearch} from './pack-bundles.ts';
import {around, hulls, isPlain, loosened} from './shapes.ts';
import type {Solving, Subproblems} from './subproblems.ts';

/** Bundles in one arena. */
export interface Packed {
  /** Bytes, per bundle; empty where fixed bundles collide. */
  readonly offsets: ArrayLike<Bytes>;
  /** Bytes; infinite where fixed bundles collide. */
  readonly peak: Bytes;
  /** Bytes that these bundles need at least. */
  readonly lowerBound: Bytes;
  /** What made the offsets. */
  readonly algorithm: Plan['algorithm'];
  /** Two bundles whose fixed offsets collide. */
  readonly clash?: readonly [number, number];
}

export const NOTHING: Packed = {offsets: [], peak: 0, lowerBound: 0, algorithm: 'naive'};

/** The result for bundles without any plan: fixed ones collide. */
const NO_PLAN = {
  offsets: [],
  peak: Number.POSITIVE_INFINITY,
  lowerBound: Number.POSITIVE_INFINITY,
} as const;

/** Above so many bundles, only hulls are packed. */
const MOST_RIGID = 3000;
/** Nodes of the rigid search for one short pack, and for a long one. */
const SHORT_NODES = 3000;
const LONG_NODES = 60_000;

/** How to pack. */
export interface Packing {
  /** Bytes that every bundle is aligned to at least. */
  readonly alignment: Bytes;
  /** Bytes; the first plan that fits will do. */
  readonly capacity?: Bytes;
  readonly isLong: boolean;
}

/** The best plan for the bundles within the effort. */
export function* pack(
  subproblems: Subproblems,
  bundles: readonly Bundle[],
  packing: Packing,
): Solving<Packed> {
  const live = bundles.flatMap(({slices}, k) => (slices.length > 0 ? [k] : []));
  const packed =
    live.length === 0
      ? NOTHING
      : yield* packLive(
          subproblems,
          live.map(k => bundles[k]!),
          packing,
        );
  const offsets = Float64Array.from(bundles, ({fixed}) => (fixed === NO_OFFSET ? 0 : fixed));
  live.forEach((k, m) => {
    offsets[k] = packed.offsets[m] ?? 0;
  });
  const {clash} = packed;
  return {...packed, offsets, ...(clash ? {clash: [live[clash[0]]!, live[clash[1]]!]} : {})};
}

function* packLive(subproblems: Subproblems, bundles: readonly Bundle[], packing: Packing): Solving<Packed> {
  const {alignment, capacity, isLong} = packing;
  const plan = (columns: ProblemColumns) =>
    isLong ? subproblems.long(columns, capacity) : subproblems.short(columns, capacity);
  if (bundles.every(isPlain)) return packedOf(yield* plan(hulls(bundles, alignment)));
  if (bundles.length > MOST_RIGID) {
    const narrow = packedOf(yield* plan(hulls(bundles, alignment)));
    const {lowerBound} = yield* subproblems.quick(loosened(bundles, alignment));
    return {...narrow, lowerBound};
  }
  return yield* packRigid(subproblems, bundles, packing, plan);
}

function packedOf({offsets, peak, lowerBound, algorithm, clash}: Plan): Packed {
  if (clash === undefined) return {offsets, peak, lowerBound, algorithm};
  const pair: [number, number] = [clash.a, clash.b!];
  return {...NO_PLAN, algorithm, clash: pair};
}

function* packRigid(
  subproblems: Subproblems,
  bundles: readonly Bundle[],
  {alignment, capacity = -1, isLong}: Packing,
  plan: (columns: ProblemColumns) => Solving<Plan>,
): Solving<Packed> {
  const search = new RigidSearch(bundles, alignment);
  const {lowerBound} = yield* subproblems.short(loosened(bundles, alignment));
  const target = Math.max(lowerBound, capacity);
  search.fit();
  if (search.peak > target) {
    const narrow = yield* plan(hulls(bundles, alignment));
    if (narrow.clash === undefined) search.offer(narrow.offsets, narrow.algorithm);
  }
  if (search.peak > target && search.best !== undefined)
    yield* packAround(search, search.best, alignment, plan);
  const isProven = search.peak > target && search.search(isLong ? LONG_NODES : SHORT_NODES, target);
  subproblems.budget.nodes += search.nodes;
  const {best: offsets, peak, algorithm} = search;
  if (offsets === undefined) return withoutPlan(bundles, isProven, lowerBound);
  return {offsets, peak, lowerBound: isProven && peak > target ? peak : lowerBound, algorithm};
}

/** Lets the core place the plain bundles anew around the others, which stay where they are. */
function* packAround(
  search: RigidSearch,
  best: Float64Array,
  alignment: Bytes,
  plan: (columns: ProblemColumns) => Solving<Plan>,
): Solving<void> {
  const {columns, plain} = around(search.bundles, best, alignment);
  const better = yield* plan(columns);
  const offsets = best.slice();
  plain.forEach((k, m) => {
    offsets[k] = better.offsets[m]!;
  });
  search.offer(offsets, better.algorithm);
}

function withoutPlan(bundles: readonly Bundle[], isProven: boolean, lowerBound: Bytes): Packed {
  const clash = clashOf(bundles);
  if (clash !== undefined) return {...NO_PLAN, algorithm: 'rigid', clash};
  return {...NO_PLAN, algorithm: 'rigid', ...(isProven ? {} : {lowerBound})};
}

/** Two fixed bundles that collide, if it is that. */
function clashOf(bundles: readonly Bundle[]): [number, number] | undefined {
  for (let j = 0; j < bundles.length; j++) {
    for (let i = 0; i < j; i++) {
      const pair = [bundles[i]!, bundles[j]!];
      if (pair.some(({fixed}) => fixed === NO_OFFSET)) continue;
      const search = new RigidSearch(pair, 1);
      search.fit();
      if (search.best === undefined) return [i, j];
    }
  }
  return undefined;
}
