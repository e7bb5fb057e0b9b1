/**
 * Best fit over offset lines, after Sekiyama et al., *Profile-guided memory optimization* (arXiv 1804.10001),
 * itself after Burke, Kendall & Whitwell 2004 for strip packing:
 * - a skyline over time: lines of equal height, at first one line at 0;
 * - take the lowest line, the earliest of equals; of the unplaced buffers whose whole life lies on it, place the one
 *   with the longest lifetime (then the larger, then canonical order) on it;
 * - where there is none, lift the line to its lower neighbour and melt them.
 * Whatever stands below a line is done, so no overlap is possible; holes under a lifted line are lost. Gaps are not
 * used; fixed offsets stand first and the skyline begins on top of them. O(n log n) for most inputs.
 */

import {mark, release} from '../memory/arena';
import {alignUp, newU32, setU32, setU64, u32At, u64At, zeroedU64} from '../memory/column';
import {NO_OFFSET, NONE, Problem} from '../memory/layout';
import {leastWithin, newContained, takeRank} from '../placement/contained';
import {addLine, dropLine, Lines, lowestLine, newLines} from '../placement/height-profile';
import {BY_LONGEST, moveFixedOut, orderBy} from '../problem/order';
import {paint} from '../problem/section-extremes';
import {sortByKeyFalling} from '../problem/sort';
import {Sweep, sweepOf} from '../problem/sweep';

/** Offsets into `p.plan`; returns the peak, bytes. */
export function planOnSkyline(p: Problem): u64 {
  const scratch = mark();
  const s = sweepOf(p);
  const order = orderBy(p, BY_LONGEST);
  const count = moveFixedOut(p, order);
  const contained = newContained(p, order, count);
  const lines = newLines(2 * count + s.numSections + 2);
  let peak = beginSkyline(p, s, lines);
  for (let placed: u32 = 0; placed < count; ) {
    const line = lowestLine(lines);
    const from = u32At(lines.from, line);
    const to = u32At(lines.to, line);
    const rank = leastWithin(contained, from, to, from, to);
    if (rank == NONE) {
      lift(lines, line);
      continue;
    }
    const buffer = u32At(order, rank);
    const offset = alignUp(u64At(lines.height, line), u64At(p.alignment, buffer));
    const top = offset + u64At(p.size, buffer);
    setU64(p.plan, buffer, offset);
    peak = max(peak, top);
    raise(lines, line, u32At(s.hullFirst, buffer), u32At(s.hullLast, buffer), alignUp(top, p.granule));
    takeRank(contained, rank);
    placed++;
  }
  release(scratch);
  return peak;
}

/** One line at 0, or the tops of the fixed buffers; returns the highest. */
function beginSkyline(p: Problem, s: Sweep, lines: Lines): u64 {
  let peak: u64 = 0;
  if (p.numFixed == 0) {
    addLine(lines, 0, s.numSections, 0, NONE, NONE);
    return peak;
  }
  const scratch = mark();
  const tops = zeroedU64(p.numBuffers);
  const fixed = newU32(p.numBuffers);
  let count: u32 = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    const offset = u64At(p.offset, i);
    if (offset == NO_OFFSET) continue;
    peak = max(peak, offset + u64At(p.size, i));
    setU64(tops, i, alignUp(offset + u64At(p.size, i), p.granule));
    setU32(fixed, count++, i);
  }
  sortByKeyFalling(fixed, count, tops); // leaves complements of the fixed buffers' tops
  const heights = paint(s, fixed, count, tops);
  for (let i: u32 = 0; i < s.numSections; i++) {
    if (u64At(heights, i) != 0) setU64(heights, i, ~u64At(heights, i));
  }
  let last = NONE;
  for (let from: u32 = 0; from < s.numSections; ) {
    let to = from + 1;
    while (to < s.numSections && u64At(heights, to) == u64At(heights, from)) to++;
    last = addLine(lines, from, to, u64At(heights, from), last, NONE);
    from = to;
  }
  release(scratch);
  return peak;
}

/** Raises `[from, to)` of a line to `height`; what is left of it to either side stays. */
function raise(lines: Lines, line: u32, from: u32, to: u32, height: u64): void {
  const lineFrom = u32At(lines.from, line);
  const lineTo = u32At(lines.to, line);
  const base = u64At(lines.height, line);
  let previous = u32At(lines.previous, line);
  let next = u32At(lines.next, line);
  dropLine(lines, line);
  if (lineFrom < from) previous = addLine(lines, lineFrom, from, base, previous, next);
  if (to < lineTo) next = addLine(lines, to, lineTo, base, previous, next);
  addMelted(lines, from, to, height, previous, next);
}

/** Lifts the lowest line to the lower of its neighbours. */
function lift(lines: Lines, line: u32): void {
  const previous = u32At(lines.previous, line);
  const next = u32At(lines.next, line);
  let height = u64.MAX_VALUE;
  if (previous != NONE) height = u64At(lines.height, previous);
  if (next != NONE) height = min(height, u64At(lines.height, next));
  const from = u32At(lines.from, line);
  const to = u32At(lines.to, line);
  dropLine(lines, line);
  addMelted(lines, from, to, height, previous, next);
}

/** A new line, melted with the neighbours of its height. */
function addMelted(lines: Lines, from: u32, to: u32, height: u64, previous: u32, next: u32): void {
  if (previous != NONE && u64At(lines.height, previous) == height) {
    const before = u32At(lines.previous, previous);
    from = u32At(lines.from, previous);
    dropLine(lines, previous);
    previous = before;
  }
  if (next != NONE && u64At(lines.height, next) == height) {
    const after = u32At(lines.next, next);
    to = u32At(lines.to, next);
    dropLine(lines, next);
    next = after;
  }
  addLine(lines, from, to, height, previous, next);
}
