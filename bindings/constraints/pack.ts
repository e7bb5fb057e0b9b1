/** Packs bundles into one arena: by the core where each is a single buffer to it, else by the core and a rigid search. */
import type {Bytes} from '../model/numbers.ts';
import type {Plan} from '../model/plan.ts';
import {NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import {type AlignedBundle, alignedIn} from './aligned.ts';
import type {Bundle} from './bundles.ts';
import {isSearchable, RigidSearch} from './pack-bundles.ts';
import {ManySearch} from './pack-many.ts';
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
/** Up to so many, the exact search comes before any other. */
const FEW = 12;
/** Nodes of the rigid search for one short pack, and for a long one. */
const SHORT_NODES = 3000;
const LONG_NODES = 60_000;

/** How to pack. */
export interface Packing {
  /** The pool of the arena by its index; any for a problem without pools. */
  readonly pool: number;
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
  const aligned = live.map(k => alignedIn(bundles[k]!, packing.pool));
  const packed = live.length === 0 ? NOTHING : yield* packLive(subproblems, aligned, packing);
  const offsets = Float64Array.from(bundles, ({places}) => places.fixed ?? 0);
  live.forEach((k, m) => {
    offsets[k] = (packed.offsets[m] ?? 0) + aligned[m]!.rest;
  });
  const {clash} = packed;
  return {...packed, offsets, ...(clash ? {clash: [live[clash[0]]!, live[clash[1]]!]} : {})};
}

function* packLive(
  subproblems: Subproblems,
  bundles: readonly AlignedBundle[],
  packing: Packing,
): Solving<Packed> {
  const {capacity, isLong} = packing;
  const plan = (columns: ProblemColumns) =>
    isLong ? subproblems.long(columns, capacity) : subproblems.short(columns, capacity);
  if (bundles.every(isPlain)) return packedOf(yield* plan(hulls(bundles)));
  if (bundles.length > MOST_RIGID || !isSearchable(bundles)) {
    const narrow = packedOf(yield* plan(hulls(bundles)));
    const {lowerBound} = yield* subproblems.quick(loosened(bundles));
    const {offsets, peak, algorithm} = yield* packMany(subproblems, bundles, packing, narrow, lowerBound);
    return {...narrow, offsets, peak, algorithm, lowerBound};
  }
  return yield* packRigid(subproblems, bundles, packing, plan);
}

/** A plan for more bundles than the exact search takes, at least as good as the given one. */
function* packMany(
  subproblems: Subproblems,
  bundles: readonly AlignedBundle[],
  {capacity = -1, isLong}: Packing,
  known: Pick<Packed, 'offsets' | 'peak' | 'algorithm'>,
  lowerBound: Bytes,
): Solving<Pick<Packed, 'offsets' | 'peak' | 'algorithm'>> {
  const target = Math.max(lowerBound, capacity);
  if (known.peak <= target || subproblems.isInterrupted) return known;
  const search = yield* ManySearch.of(bundles);
  if (search === undefined) return known;
  const isOver = () => subproblems.isInterrupted;
  if (known.offsets.length > 0) search.offer(known.offsets, known.peak);
  yield* search.fit(target, isOver);
  if (isLong && !isOver()) yield* search.improve(target, subproblems.options.seed ?? 1, isOver);
  subproblems.budget.nodes += search.nodes;
  const {best} = search;
  return best && best.peak < known.peak ? {...best, algorithm: 'rigid'} : known;
}

function packedOf({offsets, peak, lowerBound, algorithm, clash}: Plan): Packed {
  if (clash === undefined) return {offsets, peak, lowerBound, algorithm};
  const pair: [number, number] = [clash.a, clash.b!];
  return {...NO_PLAN, algorithm, clash: pair};
}

function* packRigid(
  subproblems: Subproblems,
  bundles: readonly AlignedBundle[],
  packing: Packing,
  plan: (columns: ProblemColumns) => Solving<Plan>,
): Solving<Packed> {
  const {capacity = -1, isLong} = packing;
  const isOver = () => subproblems.isInterrupted;
  const search = yield* RigidSearch.of(bundles);
  const {lowerBound} = yield* subproblems.short(loosened(bundles));
  const target = Math.max(lowerBound, capacity);
  yield* search.fit(isOver);
  if (search.peak > target) {
    const narrow = yield* plan(hulls(bundles));
    if (narrow.clash === undefined) search.offer(narrow.offsets, narrow.algorithm);
  }
  if (search.peak > target && search.best !== undefined) yield* packAround(search, search.best, plan);
  if (search.peak > target && bundles.length > FEW) {
    const {best, peak, algorithm} = search;
    const many = yield* packMany(
      subproblems,
      bundles,
      {...packing, isLong},
      {offsets: best ?? [], peak, algorithm},
      lowerBound,
    );
    if (many.peak < search.peak) search.offer(Float64Array.from(many.offsets), many.algorithm);
  }
  const nodes = isLong ? LONG_NODES : SHORT_NODES;
  const isExact = bundles.every(({loose}) => loose === undefined);
  const isProven = search.peak > target && (yield* search.search(nodes, target, isOver)) && isExact;
  subproblems.budget.nodes += search.nodes;
  const {best: offsets, peak, algorithm} = search;
  if (offsets === undefined) return yield* withoutPlan(bundles, isProven, lowerBound);
  return {offsets, peak, lowerBound: isProven && peak > target ? peak : lowerBound, algorithm};
}

/** Lets the core place the plain bundles anew around the others, which stay where they are. */
function* packAround(
  search: RigidSearch,
  best: Float64Array,
  plan: (columns: ProblemColumns) => Solving<Plan>,
): Solving<void> {
  const {columns, plain} = around(search.bundles, best);
  const better = yield* plan(columns);
  const offsets = best.slice();
  plain.forEach((k, m) => {
    offsets[k] = better.offsets[m]!;
  });
  search.offer(offsets, better.algorithm);
}

function* withoutPlan(
  bundles: readonly AlignedBundle[],
  isProven: boolean,
  lowerBound: Bytes,
): Solving<Packed> {
  const clash = yield* clashOf(bundles);
  if (clash !== undefined) return {...NO_PLAN, algorithm: 'rigid', clash};
  return {...NO_PLAN, algorithm: 'rigid', ...(isProven ? {} : {lowerBound})};
}

/** Two fixed bundles that collide, if it is that. */
function* clashOf(bundles: readonly AlignedBundle[]): Solving<[number, number] | undefined> {
  for (let j = 0; j < bundles.length; j++) {
    for (let i = 0; i < j; i++) {
      const pair = [bundles[i]!, bundles[j]!];
      if (pair.some(({fixed, loose}) => fixed === NO_OFFSET || loose !== undefined)) continue;
      const search = yield* RigidSearch.of(pair);
      yield* search.fit(() => false);
      if (search.best === undefined) return [i, j];
    }
  }
  return undefined;
}
