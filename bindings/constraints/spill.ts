/**
 * Makes an assignment fit and cheap by packing: bundles leave an arena whose peak is above its capacity, those first
 * whose leaving costs least; then bundles that left a better pool are tried there again, those first that gain most.
 */
import {type Assignment, isBetter, type Packer} from './assignment.ts';
import type {Memory} from './memories.ts';
import type {Packed} from './pack.ts';
import type {Open, Spread} from './spread.ts';
import type {Asking} from './subproblems.ts';

/** Bundles that are tried in a better pool again. */
const MOST_RETURNS = 60;

/** Up to so many bundles leave one by one, with the arena packed anew after each. */
const MOST_ONE_BY_ONE = 100;

/** The best assignment that is found from several orders on. */
export function* spill(packer: Packer, spread: Spread): Asking<Assignment> {
  let best: Assignment | undefined;
  for (const order of spread.orders) {
    if (best !== undefined && packer.work.isOver) break;
    const arenas = spread.inOrder(order);
    yield* evict(packer, spread, arenas);
    yield* readmit(packer, spread, arenas);
    const found = yield* packer.assess(spread.groupsOf(arenas));
    if (isBetter(found, best)) best = found;
  }
  return best!;
}

function* evict(packer: Packer, spread: Spread, arenas: Open[]): Asking<void> {
  for (let k = 0; k < arenas.length; k++) {
    const arena = arenas[k]!;
    const {capacity} = arena.memory;
    while (capacity !== Number.POSITIVE_INFINITY) {
      const [group] = spread.groupsOf([arena]);
      const packed = yield* packer.packed(group!);
      if (packed.peak <= capacity) break;
      const above = group!.bundles.filter(
        (bundle, m) => (packed.offsets[m] ?? 0) + packer.bundles[bundle]!.extent > capacity,
      );
      const isFew = group!.bundles.length <= MOST_ONE_BY_ONE && !packer.work.isOver;
      if (
        isFew
          ? !leave(packer, spread, arenas, arena, above)
          : !leaveAll(packer, spread, arenas, arena, above, packed)
      )
        break;
    }
  }
}

/** Moves out all that is above the capacity; what stays fits where it stands. */
function leaveAll(
  packer: Packer,
  spread: Spread,
  arenas: Open[],
  arena: Open,
  above: readonly number[],
  packed: Packed,
): boolean {
  const [group] = spread.groupsOf([arena]);
  const leaving = new Set<number>();
  for (const bundle of above) {
    const to = spread.choose(arenas, bundle, arena);
    if (to === undefined || to.memory.cost < arena.memory.cost) continue;
    spread.take(bundle, arena);
    spread.put(arenas, bundle, to);
    leaving.add(bundle);
  }
  if (leaving.size > 0) packer.leave(group!, packed, leaving);
  return leaving.size > 0;
}

/** Moves out the bundle whose leaving costs least, of those that may have to do with what is above the capacity. */
function leave(
  packer: Packer,
  spread: Spread,
  arenas: Open[],
  arena: Open,
  above: readonly number[],
): boolean {
  const {timeline} = spread;
  const hulls = above.map(k => timeline.hullOf(k));
  let best: {bundle: number; to: Open; extra: number} | undefined;
  for (const bundle of [...arena.bundles].sort((a, b) => a - b)) {
    const {first, last} = timeline.hullOf(bundle);
    if (hulls.length > 0 && !hulls.some(hull => first <= hull.last && hull.first <= last)) continue;
    const to = spread.choose(arenas, bundle, arena);
    if (to === undefined || to.memory.cost < arena.memory.cost) continue;
    const extra = costOf(packer, bundle, to.memory) - costOf(packer, bundle, arena.memory);
    if (best === undefined || extra < best.extra) best = {bundle, to, extra};
  }
  if (best === undefined) return false;
  spread.take(best.bundle, arena);
  spread.put(arenas, best.bundle, best.to);
  return true;
}

function* readmit(packer: Packer, spread: Spread, arenas: Open[]): Asking<void> {
  const outside = arenas.flatMap(from =>
    [...from.bundles].flatMap(bundle => {
      const [first] = packer.memories.choices(bundle);
      const gain = first ? costOf(packer, bundle, from.memory) - costOf(packer, bundle, first) : 0;
      return gain > 0 ? [{bundle, from, gain}] : [];
    }),
  );
  outside.sort((a, b) => b.gain - a.gain || a.bundle - b.bundle);
  for (const {bundle, from} of outside.slice(0, MOST_RETURNS)) {
    if (packer.work.isOver) return;
    for (const arena of arenas.filter(one => isBetterFor(packer, bundle, one.memory, from.memory))) {
      if (!spread.canTake(arena, bundle)) continue;
      const bundles = [...arena.bundles, bundle].sort((a, b) => a - b);
      const {peak} = yield* packer.packed({memory: arena.memory, bundles});
      if (peak > arena.memory.capacity) continue;
      spread.take(bundle, from);
      spread.put(arenas, bundle, arena);
      break;
    }
  }
}

function costOf(packer: Packer, bundle: number, memory: Memory): number {
  return packer.memories.costOf(bundle, memory);
}

function isBetterFor(packer: Packer, bundle: number, memory: Memory, now: Memory): boolean {
  return memory.cost < now.cost && packer.memories.choices(bundle).includes(memory);
}
