/**
 * Makes an assignment fit and cheap by packing: bundles leave an arena whose peak is above its capacity, those first
 * whose leaving costs least; then bundles that left a better pool are tried there again, those first that gain most.
 */

import type {Assigner, OpenArena} from './assign.ts';
import {type Assignment, isBetter, type Packer} from './assignment.ts';
import type {Memory} from './memories.ts';
import type {Packed} from './pack.ts';
import type {Solving} from './subproblems.ts';

/** Bundles that are tried in a better pool again. */
const MOST_RETURNS = 60;

/** Up to so many bundles leave one by one, with the arena packed anew after each. */
const MOST_ONE_BY_ONE = 100;

/** The best assignment that is found from several orders on. */
export function* spill(packer: Packer, assigner: Assigner): Solving<Assignment> {
  let best: Assignment | undefined;
  for (const order of assigner.orders) {
    if (best !== undefined && packer.subproblems.isOver) break;
    const arenas = yield* assigner.inOrder(order);
    yield* evict(packer, assigner, arenas);
    yield* readmit(packer, assigner, arenas);
    const found = yield* packer.assess(assigner.groupsOf(arenas));
    if (isBetter(found, best)) best = found;
  }
  return best!;
}

function* evict(packer: Packer, assigner: Assigner, arenas: OpenArena[]): Solving<void> {
  for (let k = 0; k < arenas.length; k++) {
    const arena = arenas[k]!;
    const {capacity} = arena.memory;
    while (capacity !== Number.POSITIVE_INFINITY) {
      const [group] = assigner.groupsOf([arena]);
      const packed = yield* packer.packed(group!);
      if (packed.peak <= capacity) break;
      const above = group!.bundles.filter(
        (bundle, m) => (packed.offsets[m] ?? 0) + packer.bundles[bundle]!.extent > capacity,
      );
      const isFew = group!.bundles.length <= MOST_ONE_BY_ONE && !packer.subproblems.isOver;
      if (
        isFew
          ? !leave(packer, assigner, arenas, arena, above)
          : !(yield* leaveAll(packer, assigner, arenas, arena, above, packed))
      )
        break;
    }
  }
}

/** Moves out all bundles above the capacity; the others fit at their offsets. */
function* leaveAll(
  packer: Packer,
  assigner: Assigner,
  arenas: OpenArena[],
  arena: OpenArena,
  above: readonly number[],
  packed: Packed,
): Solving<boolean> {
  const [group] = assigner.groupsOf([arena]);
  const leaving = new Set<number>();
  for (const bundle of above) {
    const to = assigner.choose(arenas, bundle, arena);
    if (to === undefined || to.memory.cost < arena.memory.cost) continue;
    assigner.take(bundle, arena);
    assigner.put(arenas, bundle, to);
    leaving.add(bundle);
    if (assigner.work.isDue(assigner.stepsIn(arenas, bundle))) yield;
  }
  if (leaving.size > 0) packer.leave(group!, packed, leaving);
  return leaving.size > 0;
}

/** Moves out the bundle whose leaving costs least, among those that may affect the bundles above the capacity. */
function leave(
  packer: Packer,
  assigner: Assigner,
  arenas: OpenArena[],
  arena: OpenArena,
  above: readonly number[],
): boolean {
  const {timeline} = assigner;
  const hulls = above.map(k => timeline.hullOf(k));
  let best: {bundle: number; to: OpenArena; extra: number} | undefined;
  for (const bundle of [...arena.bundles].sort((a, b) => a - b)) {
    const {first, last} = timeline.hullOf(bundle);
    if (hulls.length > 0 && !hulls.some(hull => first <= hull.last && hull.first <= last)) continue;
    const to = assigner.choose(arenas, bundle, arena);
    if (to === undefined || to.memory.cost < arena.memory.cost) continue;
    const extra = costOf(packer, bundle, to.memory) - costOf(packer, bundle, arena.memory);
    if (best === undefined || extra < best.extra) best = {bundle, to, extra};
  }
  if (best === undefined) return false;
  assigner.take(best.bundle, arena);
  assigner.put(arenas, best.bundle, best.to);
  return true;
}

function* readmit(packer: Packer, assigner: Assigner, arenas: OpenArena[]): Solving<void> {
  const outside = arenas.flatMap(from =>
    [...from.bundles].flatMap(bundle => {
      const [first] = packer.memories.choices(bundle);
      const gain = first ? costOf(packer, bundle, from.memory) - costOf(packer, bundle, first) : 0;
      return gain > 0 ? [{bundle, from, gain}] : [];
    }),
  );
  outside.sort((a, b) => b.gain - a.gain || a.bundle - b.bundle);
  for (const {bundle, from} of outside.slice(0, MOST_RETURNS)) {
    if (packer.subproblems.isOver) return;
    for (const arena of arenas.filter(one => isBetterFor(packer, bundle, one.memory, from.memory))) {
      if (!assigner.canTake(arena, bundle)) continue;
      const bundles = [...arena.bundles, bundle].sort((a, b) => a - b);
      const {peak} = yield* packer.packed({memory: arena.memory, bundles});
      if (peak > arena.memory.capacity) continue;
      assigner.take(bundle, from);
      assigner.put(arenas, bundle, arena);
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
