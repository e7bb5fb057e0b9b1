/**
 * First fit of an order, again and again: the buffers placed so far as one line in order of their offsets, which can
 * go back to any beginning of the order, so that a changed order costs only what stands behind the change.
 *
 * A buffer's place is found by walking the line from the ground up to the first gap: O(placed), but in one run
 * through memory, without a graph and without a tree.
 */
import {alloc} from './arena';
import {alignUp, u32At, u64At} from './column';
import {NONE, Problem} from './layout';
import {below, Random} from './random';
import {Sweep, sweepOf} from './sweep';

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
    store<u64>(to, load<u64>(at));
    store<u64>(to, load<u64>(at, 8), 8);
    store<u64>(to, load<u64>(at, 16), 16);
    store<u64>(to, load<u64>(at, 24), 24);
    to += ENTRY;
  }
  line.count = <u32>((to - line.entries) / ENTRY);
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
  const s = sweepOf(line.problem);
  const at = line.entries + <usize>indexOf(line, offset) * ENTRY;
  memory.copy(at + ENTRY, at, line.entries + <usize>line.count * ENTRY - at);
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
