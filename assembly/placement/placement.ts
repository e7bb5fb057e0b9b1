/**
 * The placed buffers as a tree, for queries in any order of placing, without a conflict graph.
 *
 * A segment tree over the sections. Every node has two sets of occupied addresses, as disjoint ranges in order:
 * `whole`, of the pieces that span all of its sections and not all of its parent's; `any`, of every piece that is
 * live somewhere below it. The conflicts of a piece are then the union of O(log n) sets: `any` of the nodes that make
 * up its sections, and `whole` of the nodes above those.
 *
 *    sections      0   1   2   3
 *                 ├──── r ────┤      a query for sections 1–2 takes `any` of the leaves 1 and 2
 *                 ├─ p ─┼─ q ─┤      and `whole` of p, q and r
 *
 * Ranges grow where that loses nothing, so that sets stay short: a top is rounded up to the granule (no buffer can
 * begin in between), and a hole too small for the smallest buffer is closed.
 *
 * Placing changes O(log n) sets; a query walks the ranges of O(log n) sets. Memory: O(n log n) at worst, mostly far
 * less, since neighbours merge.
 */
import {alloc, allocZeroed} from '../memory/arena';
import {alignUp, u32At, u64At} from '../memory/column';
import {Problem} from '../memory/layout';
import {sweepOf} from '../problem/sweep';

/** Lowest gap that fits. */
export const FIRST_GAP: u32 = 0;
/** Smallest gap that fits, the lowest of equals; above everything if none does. */
export const SMALLEST_GAP: u32 = 1;
/** As SMALLEST_GAP, but if none fits, above all that was ever placed: linear scan's "extend the end". */
export const SMALLEST_GAP_OR_END: u32 = 2;

/** A set of disjoint, non-touching ranges `[low, high)` of addresses, in order; 16 bytes a range. */
@unmanaged
class RangeSet {
  ranges: usize;
  count: u32;
  room: u32;
}

@unmanaged
export class Placement {
  problem: Problem;
  /** Leaves of the tree, a power of two. */
  leaves: u32;
  /** RangeSet ×(2 × leaves) each, root at 1. */
  whole: usize;
  any: usize;
  /** Highest top placed so far, bytes. */
  peak: u64;
  /** The sets of the current query: u32 address of the next range, u32 address after the last. */
  sets: usize;
  numSets: u32;
}

/** An empty placement for a swept problem. Its memory lives in the arena and grows: release it with a mark. */
export function newPlacement(p: Problem): Placement {
  const s = sweepOf(p);
  const placement = changetype<Placement>(alloc(offsetof<Placement>()));
  let leaves: u32 = 1;
  let levels: u32 = 1;
  while (leaves < s.numSections) {
    leaves <<= 1;
    levels++;
  }
  placement.problem = p;
  placement.leaves = leaves;
  placement.whole = allocZeroed(<u64>leaves * 2 * offsetof<RangeSet>());
  placement.any = allocZeroed(<u64>leaves * 2 * offsetof<RangeSet>());
  placement.peak = 0;
  let mostPieces: u32 = 1;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    mostPieces = max(mostPieces, u32At(s.pieceIndex, i + 1) - u32At(s.pieceIndex, i));
  }
  // a piece takes at most two nodes and passes through two on every level
  placement.sets = alloc(<u64>mostPieces * levels * 4 * 8);
  return placement;
}

/** Occupies `[offset, offset + size)` for the life of `buffer`. */
export function place(placement: Placement, buffer: u32, offset: u64): void {
  const p = placement.problem;
  const s = sweepOf(p);
  const top = offset + u64At(p.size, buffer);
  placement.peak = max(placement.peak, top);
  const high = alignUp(top, p.granule);
  for (let k = u32At(s.pieceIndex, buffer); k < u32At(s.pieceIndex, buffer + 1); k++) {
    occupy(placement, 1, 0, placement.leaves, u32At(s.first, k), u32At(s.last, k), offset, high);
  }
}

/** The offset that `fit` chooses for `buffer`, bytes. */
export function fitOf(placement: Placement, buffer: u32, fit: u32): u64 {
  gather(placement, buffer);
  const p = placement.problem;
  const size = u64At(p.size, buffer);
  const alignment = u64At(p.alignment, buffer);
  if (fit == FIRST_GAP) return firstGap(placement, 0, size, alignment);
  return smallestGap(placement, size, alignment, fit == SMALLEST_GAP_OR_END);
}

/** Whether `buffer` is free of conflicts at `offset`, a multiple of its alignment. */
export function fitsAt(placement: Placement, buffer: u32, offset: u64): bool {
  gather(placement, buffer);
  const p = placement.problem;
  return firstGap(placement, offset, u64At(p.size, buffer), u64At(p.alignment, buffer)) == offset;
}

function setAt(sets: usize, node: u32): RangeSet {
  return changetype<RangeSet>(sets + <usize>node * offsetof<RangeSet>());
}

/** Depth is log2(leaves): at most 31. */
function occupy(
  placement: Placement,
  node: u32,
  from: u32,
  to: u32,
  first: u32,
  last: u32,
  low: u64,
  high: u64,
): void {
  const minSize = placement.problem.minSize;
  addRange(setAt(placement.any, node), low, high, minSize);
  if (first <= from && to <= last) {
    addRange(setAt(placement.whole, node), low, high, minSize);
    return;
  }
  const middle = (from + to) >> 1;
  if (first < middle) occupy(placement, 2 * node, from, middle, first, last, low, high);
  if (last > middle) occupy(placement, 2 * node + 1, middle, to, first, last, low, high);
}

/** Collects the sets whose union is the addresses that `buffer` conflicts with. */
function gather(placement: Placement, buffer: u32): void {
  const s = sweepOf(placement.problem);
  placement.numSets = 0;
  for (let k = u32At(s.pieceIndex, buffer); k < u32At(s.pieceIndex, buffer + 1); k++) {
    gatherPiece(placement, 1, 0, placement.leaves, u32At(s.first, k), u32At(s.last, k));
  }
}

function gatherPiece(placement: Placement, node: u32, from: u32, to: u32, first: u32, last: u32): void {
  if (setAt(placement.any, node).count == 0) return;
  if (first <= from && to <= last) {
    pushSet(placement, setAt(placement.any, node));
    return;
  }
  pushSet(placement, setAt(placement.whole, node));
  const middle = (from + to) >> 1;
  if (first < middle) gatherPiece(placement, 2 * node, from, middle, first, last);
  if (last > middle) gatherPiece(placement, 2 * node + 1, middle, to, first, last);
}

function pushSet(placement: Placement, set: RangeSet): void {
  if (set.count == 0) return;
  const at = placement.sets + ((<usize>placement.numSets) << 3);
  placement.numSets++;
  store<u32>(at, <u32>set.ranges);
  store<u32>(at, <u32>(set.ranges + ((<usize>set.count) << 4)), 4);
}

/** Lowest multiple of `alignment` at or above `from` (itself one) where `size` bytes are free in every set. */
function firstGap(placement: Placement, from: u64, size: u64, alignment: u64): u64 {
  let offset = from;
  let quiet: u32 = 0; // sets in a row that do not move the offset
  let set: u32 = 0;
  while (quiet < placement.numSets) {
    const at = placement.sets + ((<usize>set) << 3);
    const end: usize = load<u32>(at, 4);
    let range: usize = load<u32>(at);
    const before = offset;
    while (range < end) {
      if (load<u64>(range, 8) <= offset) {
        range += 16;
        continue;
      }
      if (load<u64>(range) >= offset + size) break;
      offset = alignUp(load<u64>(range, 8), alignment);
      range += 16;
    }
    store<u32>(at, <u32>range);
    quiet = offset == before ? quiet + 1 : 1;
    set = set + 1 == placement.numSets ? 0 : set + 1;
  }
  return offset;
}

function smallestGap(placement: Placement, size: u64, alignment: u64, orEnd: bool): u64 {
  const end = placement.peak;
  let best: u64 = 0;
  let bestLength = u64.MAX_VALUE;
  let low: u64 = 0;
  for (;;) {
    low = firstGap(placement, low, 1, 1);
    const high = nextRange(placement);
    // the gap above everything is the last resort, unless the end of the arena closes it
    if (high == u64.MAX_VALUE && !orEnd && bestLength == u64.MAX_VALUE) return alignUp(low, alignment);
    const limit = high == u64.MAX_VALUE && orEnd ? alignUp(end, placement.problem.granule) : high;
    const offset = alignUp(low, alignment);
    if (limit != u64.MAX_VALUE && offset + size <= limit && limit - low < bestLength) {
      best = offset;
      bestLength = limit - low;
    }
    if (high == u64.MAX_VALUE) break;
    low = high;
  }
  return bestLength == u64.MAX_VALUE ? alignUp(end, alignment) : best;
}

/** Lowest beginning of a range that the query has not passed yet; u64.MAX_VALUE if there is none. */
function nextRange(placement: Placement): u64 {
  let next = u64.MAX_VALUE;
  for (let set: u32 = 0; set < placement.numSets; set++) {
    const at = placement.sets + ((<usize>set) << 3);
    const range: usize = load<u32>(at);
    if (range < <usize>load<u32>(at, 4)) next = min(next, load<u64>(range));
  }
  return next;
}

/** Adds a range to a set. It merges with ranges that it touches or that only a useless hole separates from it. */
function addRange(set: RangeSet, low: u64, high: u64, minSize: u64): void {
  // a hole below `low` is closed when no buffer fits into it
  let left: u32 = 0;
  let right = set.count;
  while (left < right) {
    const middle = (left + right) >> 1;
    if (load<u64>(set.ranges + ((<usize>middle) << 4), 8) + minSize <= low) left = middle + 1;
    else right = middle;
  }
  if (left == 0 && low < minSize) low = 0;
  let after = left;
  while (after < set.count && load<u64>(set.ranges + ((<usize>after) << 4)) < high + minSize) {
    const at = set.ranges + ((<usize>after) << 4);
    low = min(low, load<u64>(at));
    high = max(high, load<u64>(at, 8));
    after++;
  }
  if (after == left) openRange(set, left);
  else if (after > left + 1) closeRanges(set, left + 1, after);
  const at = set.ranges + ((<usize>left) << 4);
  store<u64>(at, low);
  store<u64>(at, high, 8);
}

/** Makes room for one range at `index`. */
function openRange(set: RangeSet, index: u32): void {
  if (set.count == set.room) {
    const room = max<u32>(2, set.room * 2);
    const ranges = alloc((<u64>room) << 4); // the old ones are lost to the arena: no more than what is used now
    memory.copy(ranges, set.ranges, (<usize>set.count) << 4);
    set.ranges = ranges;
    set.room = room;
  }
  const at = set.ranges + ((<usize>index) << 4);
  memory.copy(at + 16, at, (<usize>(set.count - index)) << 4);
  set.count++;
}

/** Drops the ranges `[from, to)`. */
function closeRanges(set: RangeSet, from: u32, to: u32): void {
  const at = set.ranges + ((<usize>from) << 4);
  memory.copy(at, set.ranges + ((<usize>to) << 4), (<usize>(set.count - to)) << 4);
  set.count -= to - from;
}
