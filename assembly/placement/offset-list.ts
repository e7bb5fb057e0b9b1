/**
 * The placed buffers as a list ordered by offset, for first fit of one order after another. The list can go back to
 * any rank of the order, so a changed order costs only what follows the change.
 *
 * A query walks the list from the ground up to the first gap: O(placed), but in one run through memory, without a
 * graph and without a tree.
 *
 *    rank 0, 2, 1 by offset:  │ a 0–40 │ c 40–50 │ b 40–90 │    back to rank 1:  │ a 0–40 │
 */
import {alloc} from '../memory/arena';
import {alignUp, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, NONE, Problem} from '../memory/layout';
import {Sweep, sweepOf} from '../problem/sweep';
import {below, Random} from '../search/random';

/** u64 offset, u64 top, u32 hull's first and last section, u32 buffer, u32 rank. */
const ENTRY: usize = 32;
const TOP: usize = 8;
const FIRST: usize = 16;
const LAST: usize = 20;
const BUFFER: usize = 24;
const RANK: usize = 28;

@unmanaged
export class OffsetList {
  problem: Problem;
  count: u32;
  /** Entries, ordered by offset. */
  entries: usize;
}

/** An empty list with room for every buffer of a swept problem. */
export function newOffsetList(p: Problem): OffsetList {
  const list = changetype<OffsetList>(alloc(offsetof<OffsetList>()));
  list.problem = p;
  list.count = 0;
  list.entries = alloc(<u64>p.numBuffers * ENTRY);
  return list;
}

/** Sets `list` to the state of `from` before rank `rank` was placed. */
export function rewind(list: OffsetList, from: OffsetList, rank: u32): void {
  let to = list.entries;
  const end = from.entries + <usize>from.count * ENTRY;
  for (let at = from.entries; at < end; at += ENTRY) {
    if (load<u32>(at, RANK) >= rank) continue;
    copyEntry(to, at);
    to += ENTRY;
  }
  list.count = <u32>((to - list.entries) / ENTRY);
}

function copyEntry(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
  store<u64>(to, load<u64>(from, 16), 16);
  store<u64>(to, load<u64>(from, 24), 24);
}

/** The lowest offset at which `buffer` overlaps nothing in the list, bytes. */
export function lowestFit(list: OffsetList, buffer: u32): u64 {
  const p = list.problem;
  const s = sweepOf(p);
  const size = u64At(p.size, buffer);
  const mask = u64At(p.alignment, buffer) - 1;
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const hasGaps = p.numGaps > 0;
  const end = list.entries + <usize>list.count * ENTRY;
  let offset: u64 = 0;
  for (let at = list.entries; at < end; at += ENTRY) {
    if (load<u64>(at) >= offset + size) break;
    if (load<u32>(at, FIRST) >= last || load<u32>(at, LAST) <= first) continue;
    const top = load<u64>(at, TOP);
    if (top <= offset) continue;
    if (hasGaps && !liveTogether(s, buffer, load<u32>(at, BUFFER))) continue;
    offset = (top + mask) & ~mask;
  }
  return offset;
}

/** Inserts `buffer` into the list, at `offset`. */
export function insert(list: OffsetList, buffer: u32, rank: u32, offset: u64): void {
  const at = list.entries + <usize>indexOf(list, offset) * ENTRY;
  memory.copy(at + ENTRY, at, list.entries + <usize>list.count * ENTRY - at);
  write(list, at, buffer, rank, offset);
}

/** As `insert`, if nothing in the list is above `offset`. */
export function append(list: OffsetList, buffer: u32, rank: u32, offset: u64): void {
  write(list, list.entries + <usize>list.count * ENTRY, buffer, rank, offset);
}

function write(list: OffsetList, at: usize, buffer: u32, rank: u32, offset: u64): void {
  const s = sweepOf(list.problem);
  list.count++;
  store<u64>(at, offset);
  store<u64>(at, offset + u64At(list.problem.size, buffer), TOP);
  store<u32>(at, u32At(s.hullFirst, buffer), FIRST);
  store<u32>(at, u32At(s.hullLast, buffer), LAST);
  store<u32>(at, buffer, BUFFER);
  store<u32>(at, rank, RANK);
}

/**
 * A supporter of `buffer` at `offset`: a buffer on whose top it is. Drawn at random of several; NONE on the ground.
 */
export function supporterOf(list: OffsetList, buffer: u32, offset: u64, random: Random): u32 {
  const p = list.problem;
  const s = sweepOf(p);
  const alignment = u64At(p.alignment, buffer);
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const end = list.entries + <usize>indexOf(list, offset) * ENTRY;
  let found: u32 = 0;
  let supporter: u32 = NONE;
  for (let at = list.entries; at < end; at += ENTRY) {
    if (load<u32>(at, FIRST) >= last || load<u32>(at, LAST) <= first) continue;
    if (alignUp(load<u64>(at, TOP), alignment) != offset) continue;
    if (!liveTogether(s, buffer, load<u32>(at, BUFFER))) continue;
    if (below(random, ++found) == 0) supporter = load<u32>(at, BUFFER);
  }
  return supporter;
}

/** Number of entries below `offset`. */
function indexOf(list: OffsetList, offset: u64): u32 {
  let left: u32 = 0;
  let right = list.count;
  while (left < right) {
    const middle = (left + right) >> 1;
    if (load<u64>(list.entries + <usize>middle * ENTRY) < offset) left = middle + 1;
    else right = middle;
  }
  return left;
}

/** The entry at `index`, for `entryBuffer` and the two after it. */
export function entryAt(list: OffsetList, index: u32): usize {
  return list.entries + <usize>index * ENTRY;
}

export function entryBuffer(at: usize): u32 {
  return load<u32>(at, BUFFER);
}

export function entryOffset(at: usize): u64 {
  return load<u64>(at);
}

export function entryTop(at: usize): u64 {
  return load<u64>(at, TOP);
}

/** Leaves at `out` (u32 each) the entries that are live together with `buffer`, by offset; returns their number. */
export function conflictsOf(list: OffsetList, buffer: u32, out: usize): u32 {
  const s = sweepOf(list.problem);
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const hasGaps = list.problem.numGaps > 0;
  const end = list.entries + <usize>list.count * ENTRY;
  let count: u32 = 0;
  for (let at = list.entries; at < end; at += ENTRY) {
    if (load<u32>(at, FIRST) >= last || load<u32>(at, LAST) <= first) continue;
    if (hasGaps && !liveTogether(s, buffer, load<u32>(at, BUFFER))) continue;
    setU32(out, count++, <u32>at);
  }
  return count;
}

/**
 * As `conflictsOf`, for those that share bytes with `buffer` at `offset`.
 */
export function overlapsOf(list: OffsetList, buffer: u32, offset: u64, out: usize): u32 {
  const s = sweepOf(list.problem);
  const top = offset + u64At(list.problem.size, buffer);
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const hasGaps = list.problem.numGaps > 0;
  const end = list.entries + <usize>list.count * ENTRY;
  let count: u32 = 0;
  for (let at = list.entries; at < end && load<u64>(at) < top; at += ENTRY) {
    if (load<u64>(at, TOP) <= offset) continue;
    if (load<u32>(at, FIRST) >= last || load<u32>(at, LAST) <= first) continue;
    if (hasGaps && !liveTogether(s, buffer, load<u32>(at, BUFFER))) continue;
    setU32(out, count++, <u32>at);
  }
  return count;
}

/**
 * Leaves at `out` the free runs `[low, high)` below `target`, u64 each, in which `buffer` may find a place, by
 * offset; returns their number, at most `room`.
 */
export function freeRuns(list: OffsetList, buffer: u32, target: u64, out: usize, room: u32): u32 {
  const s = sweepOf(list.problem);
  const size = u64At(list.problem.size, buffer);
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const hasGaps = list.problem.numGaps > 0;
  const end = list.entries + <usize>list.count * ENTRY;
  let low: u64 = 0;
  let count: u32 = 0;
  for (let at = list.entries; at < end && count < room; at += ENTRY) {
    if (load<u32>(at, FIRST) >= last || load<u32>(at, LAST) <= first) continue;
    const top = load<u64>(at, TOP);
    if (top <= low) continue;
    if (hasGaps && !liveTogether(s, buffer, load<u32>(at, BUFFER))) continue;
    if (load<u64>(at) >= low + size) count = pushRun(out, count, low, load<u64>(at));
    low = top;
  }
  return low + size <= target && count < room ? pushRun(out, count, low, target) : count;
}

function pushRun(out: usize, count: u32, low: u64, high: u64): u32 {
  setU64(out, 2 * count, low);
  setU64(out, 2 * count + 1, high);
  return count + 1;
}

/**
 * The lowest offset in `count` free runs at `runs` at which `buffer` overlaps nothing in the list, bytes; NO_OFFSET
 * if there is none.
 */
export function lowestFitIn(list: OffsetList, buffer: u32, runs: usize, count: u32): u64 {
  const p = list.problem;
  const s = sweepOf(p);
  const size = u64At(p.size, buffer);
  const mask = u64At(p.alignment, buffer) - 1;
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const hasGaps = p.numGaps > 0;
  const end = list.entries + <usize>list.count * ENTRY;
  let at = list.entries;
  let offset: u64 = 0;
  for (let run: u32 = 0; run < count; run++) {
    const high = u64At(runs, 2 * run + 1);
    offset = max(offset, (u64At(runs, 2 * run) + mask) & ~mask);
    for (; at < end && load<u64>(at) < offset + size && offset + size <= high; at += ENTRY) {
      if (load<u32>(at, FIRST) >= last || load<u32>(at, LAST) <= first) continue;
      const top = load<u64>(at, TOP);
      if (top <= offset) continue;
      if (hasGaps && !liveTogether(s, buffer, load<u32>(at, BUFFER))) continue;
      offset = (top + mask) & ~mask;
    }
    if (offset + size <= high) return offset;
  }
  return NO_OFFSET;
}

/** Makes `list` the merge of `added` and of `from` without the buffers marked in `isOut` (u8 ×n). */
export function mergeLists(list: OffsetList, from: OffsetList, isOut: usize, added: OffsetList): void {
  let to = list.entries;
  let other = added.entries;
  const otherEnd = other + <usize>added.count * ENTRY;
  const end = from.entries + <usize>from.count * ENTRY;
  for (let at = from.entries; at < end; at += ENTRY) {
    if (load<u8>(isOut + <usize>load<u32>(at, BUFFER))) continue;
    for (; other < otherEnd && load<u64>(other) <= load<u64>(at); other += ENTRY) {
      copyEntry(to, other);
      to += ENTRY;
    }
    copyEntry(to, at);
    to += ENTRY;
  }
  memory.copy(to, other, otherEnd - other);
  list.count = <u32>((to + (otherEnd - other) - list.entries) / ENTRY);
}

/** Whether two buffers whose hulls overlap have pieces that do. */
function liveTogether(s: Sweep, a: u32, b: u32): bool {
  let i = u32At(s.pieceIndex, a);
  let j = u32At(s.pieceIndex, b);
  const iEnd = u32At(s.pieceIndex, a + 1);
  const jEnd = u32At(s.pieceIndex, b + 1);
  while (i < iEnd && j < jEnd) {
    if (u32At(s.last, i) <= u32At(s.first, j)) i++;
    else if (u32At(s.last, j) <= u32At(s.first, i)) j++;
    else return true;
  }
  return false;
}
