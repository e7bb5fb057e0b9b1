/**
 * Widen: makes the plan of the buffers that took part in a round a plan of all. The others keep the offsets of an
 * earlier plan; those in the way of a buffer that has moved are placed anew, the largest first.
 */

import {alloc, allocZeroed, mark, release} from '../memory/arena';
import {newU32, newU64, setU64, u32At, u64At} from '../memory/column';
import {
  append,
  entryBuffer,
  insert,
  lowestFit,
  mergeLists,
  newOffsetList,
  OffsetList,
  overlapsOf,
} from '../placement/offset-list';
import {sortByKey} from '../problem/sort';
import {PartialPlan, takesPart} from './partial-plan';

@unmanaged
export class Widening {
  partial: PartialPlan;
  /** All buffers; and a list that is always empty. */
  list: OffsetList;
  none: OffsetList;
  /** u8 ×n: whether a buffer is in the way; u32 ×n: entries of the list. */
  isInTheWay: usize;
  overlaps: usize;
  /** Walks along the whole list that the last widening took: its cost in nodes. */
  walks: u32;
}

export function newWidening(partial: PartialPlan): Widening {
  const w = changetype<Widening>(alloc(offsetof<Widening>()));
  const n = partial.problem.numBuffers;
  w.partial = partial;
  w.list = newOffsetList(partial.problem);
  w.none = newOffsetList(partial.problem);
  w.isInTheWay = allocZeroed(n);
  w.overlaps = newU32(n);
  w.walks = 0;
  return w;
}

/**
 * Completes `plan` (u64 ×n), in which the buffers that take part do not overlap, by the others, whose offsets in
 * `base` (u64 ×n), a valid plan, are kept where they can be. Its peak, bytes.
 */
export function widen(w: Widening, plan: usize, base: usize): u64 {
  const partial = w.partial;
  const p = partial.problem;
  const n = p.numBuffers;
  listAll(w, plan, base);
  w.walks = 8;
  for (let i: u32 = 0; i < n; i++) {
    if (!takesPart(partial, i) || u64At(plan, i) == u64At(base, i)) continue;
    const count = overlapsOf(w.list, i, u64At(plan, i), w.overlaps);
    w.walks++;
    for (let k: u32 = 0; k < count; k++) {
      const other = entryBuffer(u32At(w.overlaps, k));
      if (!takesPart(partial, other)) store<u8>(w.isInTheWay + <usize>other, 1);
    }
  }
  placeAnew(w, plan);
  let peak: u64 = 0;
  for (let i: u32 = 0; i < n; i++) peak = max(peak, u64At(plan, i) + u64At(p.size, i));
  return peak;
}

/** Copies the offsets of the others into `plan`, and lists all buffers by offset. */
function listAll(w: Widening, plan: usize, base: usize): void {
  const partial = w.partial;
  const n = partial.problem.numBuffers;
  const scratch = mark();
  const order = newU32(n);
  const keys = newU64(n);
  for (let i: u32 = 0; i < n; i++) {
    if (!takesPart(partial, i)) setU64(plan, i, u64At(base, i));
  }
  memory.copy(order, partial.canonical, (<usize>n) << 2);
  memory.copy(keys, plan, (<usize>n) << 3);
  sortByKey(order, n, keys);
  w.list.count = 0;
  for (let k: u32 = 0; k < n; k++) {
    const buffer = u32At(order, k);
    append(w.list, buffer, 0, u64At(plan, buffer));
  }
  release(scratch);
}

/** Takes the buffers in the way out of the list and places them by first fit among all others. */
function placeAnew(w: Widening, plan: usize): void {
  const partial = w.partial;
  const rest = partial.spare;
  mergeLists(rest, w.list, w.isInTheWay, w.none);
  for (let k: u32 = 0; k < partial.problem.numBuffers; k++) {
    const buffer = u32At(partial.bySize, k);
    if (load<u8>(w.isInTheWay + <usize>buffer) == 0) continue;
    store<u8>(w.isInTheWay + <usize>buffer, 0);
    const offset = lowestFit(rest, buffer);
    insert(rest, buffer, 0, offset);
    setU64(plan, buffer, offset);
    w.walks++;
  }
}
