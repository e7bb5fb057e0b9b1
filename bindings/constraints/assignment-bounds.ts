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
import {most, Timeline} from './timeline.ts';

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
/** Above so many pools, not every set of them is looked at. */
const MOST_SETS = 8;

export function boundsOfAssignment(bundles: readonly Bundle[], memories: Memories): AssignmentBounds {
  const timeline = new Timeline(bundles);
  const load = timeline.newLoad();
  const live = bundles.flatMap(({slices}, k) => (slices.length > 0 ? [k] : []));
  for (const k of live) timeline.add(load, k);
  const apart = largestApart(bundles, memories, live);
  const obstacle = obstacleOf(bundles, memories, timeline, live);
  return {
    cost: costBound(memories, timeline, live),
    total: Math.max(most(load), apart.bytes),
    arenas: Math.max(live.length > 0 ? 1 : 0, apart.count),
    ...(obstacle ? {obstacle} : {}),
  };
}

/** Bundles that must all be in different arenas: the set with most bytes, and the one with most bundles, greedily. */
function largestApart(
  bundles: readonly Bundle[],
  {apart}: Memories,
  live: readonly number[],
): {bytes: Bytes; count: number} {
  let bytes = 0;
  let count = 0;
  const bySize = [...live].sort((a, b) => bundles[b]!.extent - bundles[a]!.extent || a - b);
  for (const first of bySize) {
    if (apart[first]!.size === 0) continue;
    const set = [first];
    for (const k of bySize) if (set.every(other => apart[k]!.has(other))) set.push(k);
    bytes = Math.max(
      bytes,
      set.reduce((sum, k) => sum + bundles[k]!.extent, 0),
    );
    count = Math.max(count, set.length);
  }
  return {bytes, count};
}

function costBound(memories: Memories, timeline: Timeline, live: readonly number[]): number {
  let cheapest = 0;
  const scarce = new Map<Memory, number[]>();
  for (const k of live) {
    const [first] = memories.choices(k);
    if (first === undefined) continue;
    cheapest += memories.costOf(k, first);
    if (first.isRepeated || first.capacity === Number.POSITIVE_INFINITY) continue;
    scarce.set(first, [...(scarce.get(first) ?? []), k]);
  }
  if (live.length > MOST_BOUNDED) return cheapest;
  const extras: Extra[] = [];
  for (const [memory, own] of scarce) extras.push(...extrasOf(memories, timeline, memory, own));
  return cheapest + heaviest(extras);
}

/** What an instant costs more than if all were in its cheapest pool, and the instants that its bundles touch. */
interface Extra {
  readonly first: number;
  readonly last: number;
  readonly cost: number;
  readonly memory: Memory;
}

function extrasOf(memories: Memories, timeline: Timeline, memory: Memory, own: readonly number[]): Extra[] {
  const at = new Map<number, {k: number; bytes: Bytes}[]>();
  for (const k of own) {
    for (const [instant, bytes] of timeline.bytesOf(k)) {
      const here = at.get(instant) ?? [];
      if (here.length === 0) at.set(instant, here);
      here.push({k, bytes});
    }
  }
  const extras: Extra[] = [];
  for (const here of at.values()) {
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
      let before = m;
      while (before > 0 && own[before - 1]!.last >= extra.first) before--;
      best.push(Math.max(best[m]!, best[before]! + extra.cost));
    });
    sum += best.at(-1)!;
  }
  return sum;
}

/** A buffer too large for all that it may lie in, or an instant at which some pools are too small together. */
function obstacleOf(
  bundles: readonly Bundle[],
  memories: Memories,
  timeline: Timeline,
  live: readonly number[],
): Obstacle | undefined {
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
    const load = timeline.newLoad();
    for (const k of live) if (memories.choices(k).every(one => pools.includes(one))) timeline.add(load, k);
    const needed = most(load);
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
