/**
 * Lower bounds of all assignments: cost, bytes over all arenas, number of arenas; and the proof that none fits.
 *
 * - Cost: all bundles in their cheapest pools, and more where that cannot be. At an instant at which a pool's cheapest
 *   bundles are larger together than its capacity, the rest must be elsewhere: the least that costs is a knapsack whose
 *   items can be cut. Instants that have no bundle in common add up; the best set of such is found from left to right.
 * - Bytes: the load, since at its instant the arenas hold all of it; and the sizes of bundles that must all be apart.
 */
import type {Bytes} from '../model/numbers.ts';
import type {Obstacle} from '../model/plan.ts';
import type {Bundle} from './bundles.ts';
import type {Memories, Memory} from './memories.ts';
import type {Solving} from './subproblems.ts';
import {most, Timeline} from './timeline.ts';
import {Work} from './work.ts';

export interface AssignmentBounds {
  readonly cost: number;
  /** Bytes over all arenas. */
  readonly total: Bytes;
  readonly arenas: number;
  /** Why nothing fits, where that is proven. */
  readonly obstacle?: Obstacle;
}

/** Above so many bundles, the cost is bounded by the cheapest pools alone. */
const MOST_BOUNDED = 20_000;
/** The same for so many bundles at instants, all together. */
const MOST_INSTANTS = 4_000_000;
/** Steps for the sets of bundles that must be apart. */
const MOST_STEPS = 500_000;
/** Above so many pools, not every set of them is looked at. */
const MOST_SETS = 8;

export function* boundsOfAssignment(
  bundles: readonly Bundle[],
  memories: Memories,
): Solving<AssignmentBounds> {
  const work = new Work();
  const timeline = new Timeline(bundles.map(bundle => ({...bundle, slices: bundle.loose ?? bundle.slices})));
  const live = bundles.flatMap(({slices}, k) => (slices.length > 0 ? [k] : []));
  const apart = yield* largestApart(work, bundles, memories, live);
  const obstacle = yield* obstacleOf(work, bundles, memories, timeline, live);
  return {
    cost: yield* costBound(work, memories, timeline, live),
    total: Math.max(most(timeline.loadOf(live)), apart.bytes, highestFixed(bundles, live)),
    arenas: Math.max(live.length > 0 ? 1 : 0, apart.count),
    ...(obstacle ? {obstacle} : {}),
  };
}

/** Bytes up to the end of the highest bundle with a fixed offset. */
function highestFixed(bundles: readonly Bundle[], live: readonly number[]): Bytes {
  return live.reduce((top, k) => {
    const {places, extent} = bundles[k]!;
    return places.fixed === undefined ? top : Math.max(top, places.fixed + extent);
  }, 0);
}

/** Bundles that must all be in different arenas: the set with most bytes, and the one with most bundles, greedily. */
function* largestApart(
  work: Work,
  bundles: readonly Bundle[],
  {apart}: Memories,
  live: readonly number[],
): Solving<{bytes: Bytes; count: number}> {
  let bytes = 0;
  let count = 0;
  const bySize = [...live].sort((a, b) => bundles[b]!.extent - bundles[a]!.extent || a - b);
  for (const first of bySize) {
    if (apart[first]!.size === 0) continue;
    if (work.steps > MOST_STEPS) break;
    const set = [first];
    const rivals = apart[first]!.size * 8 < bySize.length ? among(apart[first]!, bundles) : bySize;
    for (const k of rivals) {
      if (set.every(other => apart[k]!.has(other))) set.push(k);
      if (work.isDue(set.length)) yield;
    }
    bytes = Math.max(
      bytes,
      set.reduce((sum, k) => sum + bundles[k]!.extent, 0),
    );
    count = Math.max(count, set.length);
  }
  return {bytes, count};
}

/** The largest first. */
function among(some: ReadonlySet<number>, bundles: readonly Bundle[]): readonly number[] {
  return [...some].sort((a, b) => bundles[b]!.extent - bundles[a]!.extent || a - b);
}

function* costBound(
  work: Work,
  memories: Memories,
  timeline: Timeline,
  live: readonly number[],
): Solving<number> {
  let cheapest = 0;
  const scarce = new Map<Memory, number[]>();
  for (const k of live) {
    const [first] = memories.choices(k);
    if (first === undefined) continue;
    cheapest += memories.costOf(k, first);
    if (first.isRepeated || first.capacity === Number.POSITIVE_INFINITY) continue;
    const own = scarce.get(first);
    if (own === undefined) scarce.set(first, [k]);
    else own.push(k);
  }
  const instants = live.reduce((sum, k) => sum + timeline.lengthOf(k), 0);
  if (live.length > MOST_BOUNDED || instants > MOST_INSTANTS) return cheapest;
  const extras: Extra[] = [];
  for (const [memory, own] of scarce)
    extras.push(...(yield* extrasOf(work, memories, timeline, memory, own)));
  return cheapest + heaviest(extras);
}

/** What an instant costs more than if all were in its cheapest pool, and the instants that its bundles touch. */
interface Extra {
  readonly first: number;
  readonly last: number;
  readonly cost: number;
  readonly memory: Memory;
}

function* extrasOf(
  work: Work,
  memories: Memories,
  timeline: Timeline,
  memory: Memory,
  own: readonly number[],
): Solving<readonly Extra[]> {
  const at = new Map<number, {k: number; bytes: Bytes}[]>();
  for (const k of own) {
    for (const [instant, bytes] of timeline.bytesOf(k)) {
      const here = at.get(instant) ?? [];
      if (here.length === 0) at.set(instant, here);
      here.push({k, bytes});
    }
    if (work.isDue(8 * timeline.lengthOf(k))) yield;
  }
  const extras: Extra[] = [];
  for (const here of at.values()) {
    if (work.isDue(8 * here.length)) yield;
    const over = here.reduce((sum, {bytes}) => sum + bytes, 0) - memory.capacity;
    if (over <= 0) continue;
    const items = here.map(({k, bytes}) => {
      const next = memories.choices(k)[1];
      const cost = next ? memories.costOf(k, next) - memories.costOf(k, memory) : Number.MAX_SAFE_INTEGER;
      return {bytes, cost};
    });
    const hulls = here.map(({k}) => timeline.hullOf(k));
    extras.push({
      first: Math.min(...hulls.map(({first}) => first)),
      last: Math.max(...hulls.map(({last}) => last)),
      cost: leastCost(items, over),
      memory,
    });
  }
  return extras;
}

/** The least cost of items of `over` bytes together, which may be cut. */
function leastCost(items: readonly {readonly bytes: Bytes; readonly cost: number}[], over: Bytes): number {
  const cheap = [...items].sort((a, b) => a.cost / a.bytes - b.cost / b.bytes);
  let left = over;
  let cost = 0;
  for (const item of cheap) {
    if (left <= item.bytes) {
      // costs are integers; rounding errors must not raise the bound
      return (
        cost + Math.max(0, Math.ceil((item.cost * left) / item.bytes - 1e-6 * Math.max(1, item.cost * 1e-6)))
      );
    }
    left -= item.bytes;
    cost += item.cost;
  }
  return cost;
}

/** Σ over pools of the largest sum over extras that do not touch. */
function heaviest(extras: readonly Extra[]): number {
  let sum = 0;
  for (const memory of new Set(extras.map(extra => extra.memory))) {
    const own = extras.filter(extra => extra.memory === memory).sort((a, b) => a.last - b.last);
    /** Best sum of the first so many. */
    const best = [0];
    own.forEach((extra, m) => {
      const before = countBefore(own, extra.first, m);
      best.push(Math.max(best[m]!, best[before]! + extra.cost));
    });
    sum += best.at(-1)!;
  }
  return sum;
}

/** How many of the first `end` extras, which are sorted by their last instant, end before `instant`. */
function countBefore(extras: readonly Extra[], instant: number, end: number): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (extras[middle]!.last < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A buffer too large for all that it may lie in, or an instant at which some pools are too small together. */
function* obstacleOf(
  work: Work,
  bundles: readonly Bundle[],
  memories: Memories,
  timeline: Timeline,
  live: readonly number[],
): Solving<Obstacle | undefined> {
  for (const k of live) {
    if (memories.choices(k).length > 0) continue;
    const permitted = memories.permitted(k);
    const room = (memory: Memory) => Math.min(memory.capacity, memory.largest);
    const {members, extent} = bundles[k]!;
    const buffer = members[0]!.buffer;
    const capacity = permitted.reduce((top, memory) => Math.max(top, room(memory)), 0);
    return {pools: permitted.map(({name}) => name), capacity, needed: extent, buffer};
  }
  for (const pools of setsOf(memories.list)) {
    if (pools.some(({isRepeated}) => isRepeated)) continue;
    const capacity = pools.reduce((sum, memory) => sum + memory.capacity, 0);
    if (capacity === Number.POSITIVE_INFINITY) continue;
    const needed = most(
      timeline.loadOf(live.filter(k => memories.choices(k).every(one => pools.includes(one)))),
    );
    if (work.isDue(live.length * pools.length + timeline.ticks.length)) yield;
    if (needed > capacity) return {pools: pools.map(({name}) => name), capacity, needed};
  }
  return undefined;
}

function setsOf(list: readonly Memory[]): (readonly Memory[])[] {
  if (list.length > MOST_SETS) return [list, ...list.map(one => [one])];
  const sets = Array.from({length: 2 ** list.length - 1}, (_, k) =>
    list.filter((__, m) => ((k + 1) >> m) & 1),
  );
  return sets.sort((a, b) => a.length - b.length);
}
