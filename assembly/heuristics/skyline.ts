/**
 * Best fit on a skyline, after Sekiyama et al., *Profile-guided memory optimization* (arXiv 1804.10001), itself after
 * Burke, Kendall & Whitwell 2004 for strip packing:
 * - the skyline is a height profile over time, at first one level at 0;
 * - take the lowest level, the earliest of equals; of the unplaced buffers that live wholly within it, place the one
 *   with the longest lifetime (then the larger, then canonical order) on it;
 * - if there is none, raise the level to its lower neighbour and merge them.
 *
 * Everything below a level is done, so no overlap is possible; holes under a raised level are lost. Gaps are not
 * used; the skyline begins on top of the fixed offsets. O(n log n) for most inputs.
 */

import {mark, release} from '../memory/arena';
import {alignUp, newU32, setU32, setU64, u32At, u64At, zeroedU64} from '../memory/column';
import {NO_OFFSET, NONE, Problem} from '../memory/layout';
import {addLevel, dropLevel, HeightProfile, lowestLevel, newHeightProfile} from '../placement/height-profile';
import {leastWithin, newWindowIndex, removeRank} from '../placement/window-query';
import {BY_LONGEST, moveFixedOut, orderBy} from '../problem/order';
import {sectionExtremes} from '../problem/section-extremes';
import {sortByKeyFalling} from '../problem/sort';
import {Sweep, sweepOf} from '../problem/sweep';

/** Offsets into `p.plan`; returns the peak, bytes. */
export function planOnSkyline(p: Problem): u64 {
  const scratch = mark();
  const s = sweepOf(p);
  const order = orderBy(p, BY_LONGEST);
  const count = moveFixedOut(p, order);
  const windows = newWindowIndex(p, order, count);
  const profile = newHeightProfile(2 * count + s.numSections + 2);
  let peak = beginSkyline(p, s, profile);
  for (let placed: u32 = 0; placed < count; ) {
    const level = lowestLevel(profile);
    const from = u32At(profile.from, level);
    const to = u32At(profile.to, level);
    const rank = leastWithin(windows, from, to, from, to);
    if (rank == NONE) {
      raiseToNeighbour(profile, level);
      continue;
    }
    const buffer = u32At(order, rank);
    const offset = alignUp(u64At(profile.height, level), u64At(p.alignment, buffer));
    const top = offset + u64At(p.size, buffer);
    setU64(p.plan, buffer, offset);
    peak = max(peak, top);
    raise(profile, level, u32At(s.hullFirst, buffer), u32At(s.hullLast, buffer), alignUp(top, p.granule));
    removeRank(windows, rank);
    placed++;
  }
  release(scratch);
  return peak;
}

/** One level at 0, or the tops of the fixed buffers; returns the highest. */
function beginSkyline(p: Problem, s: Sweep, profile: HeightProfile): u64 {
  let peak: u64 = 0;
  if (p.numFixed == 0) {
    addLevel(profile, 0, s.numSections, 0, NONE, NONE);
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
  const heights = sectionExtremes(s, fixed, count, tops);
  for (let i: u32 = 0; i < s.numSections; i++) {
    if (u64At(heights, i) != 0) setU64(heights, i, ~u64At(heights, i));
  }
  let last = NONE;
  for (let from: u32 = 0; from < s.numSections; ) {
    let to = from + 1;
    while (to < s.numSections && u64At(heights, to) == u64At(heights, from)) to++;
    last = addLevel(profile, from, to, u64At(heights, from), last, NONE);
    from = to;
  }
  release(scratch);
  return peak;
}

/** Raises `[from, to)` of a level to `height`; the rest of it to either side stays. */
function raise(profile: HeightProfile, level: u32, from: u32, to: u32, height: u64): void {
  const levelFrom = u32At(profile.from, level);
  const levelTo = u32At(profile.to, level);
  const base = u64At(profile.height, level);
  let previous = u32At(profile.previous, level);
  let next = u32At(profile.next, level);
  dropLevel(profile, level);
  if (levelFrom < from) previous = addLevel(profile, levelFrom, from, base, previous, next);
  if (to < levelTo) next = addLevel(profile, to, levelTo, base, previous, next);
  addMerged(profile, from, to, height, previous, next);
}

/** Raises the lowest level to the lower of its neighbours. */
function raiseToNeighbour(profile: HeightProfile, level: u32): void {
  const previous = u32At(profile.previous, level);
  const next = u32At(profile.next, level);
  let height = u64.MAX_VALUE;
  if (previous != NONE) height = u64At(profile.height, previous);
  if (next != NONE) height = min(height, u64At(profile.height, next));
  const from = u32At(profile.from, level);
  const to = u32At(profile.to, level);
  dropLevel(profile, level);
  addMerged(profile, from, to, height, previous, next);
}

/** Adds a level, merged with neighbours of its height. */
function addMerged(profile: HeightProfile, from: u32, to: u32, height: u64, previous: u32, next: u32): void {
  if (previous != NONE && u64At(profile.height, previous) == height) {
    const before = u32At(profile.previous, previous);
    from = u32At(profile.from, previous);
    dropLevel(profile, previous);
    previous = before;
  }
  if (next != NONE && u64At(profile.height, next) == height) {
    const after = u32At(profile.next, next);
    to = u32At(profile.to, next);
    dropLevel(profile, next);
    next = after;
  }
  addLevel(profile, from, to, height, previous, next);
}
