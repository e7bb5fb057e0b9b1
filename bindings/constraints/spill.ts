/**
 * Makes an assignment fit and cheap by packing: blocks leave an arena whose peak is above its capacity, those first
 * whose leaving costs least; then blocks that left a better pool are tried there again, those first that gain most.
 */
import {type Assignment, isBetter, type Packer} from './assignment.ts';
import type {Memory} from './memories.ts';
import type {Packed} from './pack.ts';
import type {Open, Spread} from './spread.ts';
import type {Asking} from './work.ts';

/** Blocks that are tried in a better pool again. */
const MOST_RETURNS = 60;

/** Up to so many blocks leave one by one, with the arena packed anew after each. */
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
      const above = group!.blocks.filter(
        (block, m) => (packed.offsets[m] ?? 0) + packer.blocks[block]!.extent > capacity,
      );
      const isFew = group!.blocks.length <= MOST_ONE_BY_ONE && !packer.work.isOver;
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
  for (const block of above) {
    const to = spread.choose(arenas, block, arena);
    if (to === undefined || to.memory.cost < arena.memory.cost) continue;
    spread.take(block, arena);
    spread.put(arenas, block, to);
    leaving.add(block);
  }
  if (leaving.size > 0) packer.leave(group!, packed, leaving);
  return leaving.size > 0;
}

/** Moves out the block whose leaving costs least, of those that may have to do with what is above the capacity. */
function leave(
  packer: Packer,
  spread: Spread,
  arenas: Open[],
  arena: Open,
  above: readonly number[],
): boolean {
  const {timeline} = spread;
  const hulls = above.map(k => timeline.hullOf(k));
  let best: {block: number; to: Open; extra: number} | undefined;
  for (const block of [...arena.blocks].sort((a, b) => a - b)) {
    const {first, last} = timeline.hullOf(block);
    if (hulls.length > 0 && !hulls.some(hull => first <= hull.last && hull.first <= last)) continue;
    const to = spread.choose(arenas, block, arena);
    if (to === undefined || to.memory.cost < arena.memory.cost) continue;
    const extra = costOf(packer, block, to.memory) - costOf(packer, block, arena.memory);
    if (best === undefined || extra < best.extra) best = {block, to, extra};
  }
  if (best === undefined) return false;
  spread.take(best.block, arena);
  spread.put(arenas, best.block, best.to);
  return true;
}

function* readmit(packer: Packer, spread: Spread, arenas: Open[]): Asking<void> {
  const outside = arenas.flatMap(from =>
    [...from.blocks].flatMap(block => {
      const [first] = packer.memories.choices(block);
      const gain = first ? costOf(packer, block, from.memory) - costOf(packer, block, first) : 0;
      return gain > 0 ? [{block, from, gain}] : [];
    }),
  );
  outside.sort((a, b) => b.gain - a.gain || a.block - b.block);
  for (const {block, from} of outside.slice(0, MOST_RETURNS)) {
    if (packer.work.isOver) return;
    for (const arena of arenas.filter(one => isBetterFor(packer, block, one.memory, from.memory))) {
      if (!spread.canTake(arena, block)) continue;
      const blocks = [...arena.blocks, block].sort((a, b) => a - b);
      const {peak} = yield* packer.packed({memory: arena.memory, blocks});
      if (peak > arena.memory.capacity) continue;
      spread.take(block, from);
      spread.put(arenas, block, arena);
      break;
    }
  }
}

function costOf(packer: Packer, block: number, memory: Memory): number {
  return packer.memories.costOf(block, memory);
}

function isBetterFor(packer: Packer, block: number, memory: Memory, now: Memory): boolean {
  return memory.cost < now.cost && packer.memories.choices(block).includes(memory);
}
