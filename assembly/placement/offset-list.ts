/**
 * First fit of an order, again and again: the buffers placed so far as one line in order of their offsets, which can
 * go back to any beginning of the order, so that a changed order costs only what stands behind the change.
 *
 * A buffer's place is found by walking the line from the ground up to the first gap: O(placed), but in one run
 * through memory, without a graph and without a tree.
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
export class Line {
  problem: Problem;
  count: u32;
  /** Entries, in order of their offsets. */
  entries: usize;
}

/** An empty line with room for every buffer of a swept problem. */
export function newLine(p: Problem): Line {
  const line = changetype<Line>(alloc(offsetof<Line>()));
  line.problem = p;
  line.count = 0;
  line.entries = alloc(<u64>p.numBuffers * ENTRY);
  return line;
}

/** Makes `line` what `from` was before the rank `rank` was placed. */
export function rewind(line: Line, from: Line, rank: u32): void {
  let to = line.entries;
  const end = from.entries + <usize>from.count * ENTRY;
  for (let at = from.entries; at < end; at += ENTRY) {
    if (load<u32>(at, RANK) >= rank) continue;
    copyEntry(to, at);
    to += ENTRY;
  }
  line.count = <u32>((to - line.entries) / ENTRY);
}

function copyEntry(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
  store<u64>(to, load<u64>(from, 16), 16);
  store<u64>(to, load<u64>(from, 24), 24);
}

/** The lowest offset at which `buffer` meets nothing in the line, bytes. */
export function lowestFit(line: Line, buffer: u32): u64 {
  const p = line.problem;
  const s = sweepOf(p);
  const size = u64At(p.size, buffer);
  const mask = u64At(p.alignment, buffer) - 1;
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const hasGaps = p.numGaps > 0;
  const end = line.entries + <usize>line.count * ENTRY;
  let offset: u64 = 0;
  for (let at = line.entries; at < end; at += ENTRY) {
    if (load<u64>(at) >= offset + size) break;
    if (load<u32>(at, FIRST) >= last || load<u32>(at, LAST) <= first) continue;
    const top = load<u64>(at, TOP);
    if (top <= offset) continue;
    if (hasGaps && !liveTogether(s, buffer, load<u32>(at, BUFFER))) continue;
    offset = (top + mask) & ~mask;
  }
  return offset;
}

/** Puts `buffer` into the line, at `offset`. */
export function insert(line: Line, buffer: u32, rank: u32, offset: u64): void {
  const at = line.entries + <usize>indexOf(line, offset) * ENTRY;
  memory.copy(at + ENTRY, at, line.entries + <usize>line.count * ENTRY - at);
  write(line, at, buffer, rank, offset);
}

/** As `insert`, where nothing in the line is above `offset`. */
export function append(line: Line, buffer: u32, rank: u32, offset: u64): void {
  write(line, line.entries + <usize>line.count * ENTRY, buffer, rank, offset);
}

function write(line: Line, at: usize, buffer: u32, rank: u32, offset: u64): void {
  const s = sweepOf(line.problem);
  line.count++;
  store<u64>(at, offset);
  store<u64>(at, offset + u64At(line.problem.size, buffer), TOP);
  store<u32>(at, u32At(s.hullFirst, buffer), FIRST);
  store<u32>(at, u32At(s.hullLast, buffer), LAST);
  store<u32>(at, buffer, BUFFER);
  store<u32>(at, rank, RANK);
}

/** One of those on which `buffer` stands at `offset`, at random; NONE on the ground. */
export function supporterOf(line: Line, buffer: u32, offset: u64, random: Random): u32 {
  const p = line.problem;
  const s = sweepOf(p);
  const alignment = u64At(p.alignment, buffer);
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const end = line.entries + <usize>indexOf(line, offset) * ENTRY;
  let found: u32 = 0;
  let supporter: u32 = NONE;
  for (let at = line.entries; at < end; at += ENTRY) {
    if (load<u32>(at, FIRST) >= last || load<u32>(at, LAST) <= first) continue;
    if (alignUp(load<u64>(at, TOP), alignment) != offset) continue;
    if (!liveTogether(s, buffer, load<u32>(at, BUFFER))) continue;
    if (below(random, ++found) == 0) supporter = load<u32>(at, BUFFER);
  }
  return supporter;
}

/** Number of entries below `offset`. */
function indexOf(line: Line, offset: u64): u32 {
  let left: u32 = 0;
  let right = line.count;
  while (left < right) {
    const middle = (left + right) >> 1;
    if (load<u64>(line.entries + <usize>middle * ENTRY) < offset) left = middle + 1;
    else right = middle;
  }
  return left;
}

/** The entry at `index`: what `entryBuffer` and its like take. */
export function entryAt(line: Line, index: u32): usize {
  return line.entries + <usize>index * ENTRY;
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

/** Leaves at `out` (u32 each) the entries that are live together with `buffer`, by offset; their number. */
export function conflictsOf(line: Line, buffer: u32, out: usize): u32 {
  const s = sweepOf(line.problem);
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const hasGaps = line.problem.numGaps > 0;
  const end = line.entries + <usize>line.count * ENTRY;
  let count: u32 = 0;
  for (let at = line.entries; at < end; at += ENTRY) {
    if (load<u32>(at, FIRST) >= last || load<u32>(at, LAST) <= first) continue;
    if (hasGaps && !liveTogether(s, buffer, load<u32>(at, BUFFER))) continue;
    setU32(out, count++, <u32>at);
  }
  return count;
}

/**
 * Leaves at `out` the free runs `[low, high)` below `target`, u64 each, in which `buffer` may find a place, by offset;
 * their number, at most `room`.
 */
export function freeRuns(line: Line, buffer: u32, target: u64, out: usize, room: u32): u32 {
  const s = sweepOf(line.problem);
  const size = u64At(line.problem.size, buffer);
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const hasGaps = line.problem.numGaps > 0;
  const end = line.entries + <usize>line.count * ENTRY;
  let low: u64 = 0;
  let count: u32 = 0;
  for (let at = line.entries; at < end && count < room; at += ENTRY) {
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
 * The lowest offset in `count` free runs at `runs` at which `buffer` meets nothing in the line, bytes; NO_OFFSET where
 * there is none.
 */
export function lowestFitIn(line: Line, buffer: u32, runs: usize, count: u32): u64 {
  const p = line.problem;
  const s = sweepOf(p);
  const size = u64At(p.size, buffer);
  const mask = u64At(p.alignment, buffer) - 1;
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const hasGaps = p.numGaps > 0;
  const end = line.entries + <usize>line.count * ENTRY;
  let at = line.entries;
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

/** Makes `line` what `from` is without the buffers marked in `isOut` (u8 ×n) and with the entries of `added`. */
export function mergeLines(line: Line, from: Line, isOut: usize, added: Line): void {
  let to = line.entries;
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
  line.count = <u32>((to + (otherEnd - other) - line.entries) / ENTRY);
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
