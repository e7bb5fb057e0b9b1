/**
 * Gergov's 2-allocation and its colouring (SODA 1999: at most three times the load).
 * - Open intervals of time, each with a height; at first all time at 0. Take the lowest, the earliest of equals.
 * - Of the buffers that meet it and no other open interval, take the first born and place it at this height. Its part
 *   of the interval opens again at its top, the rest of the interval at the old height. If no buffer qualifies, the
 *   interval is closed for good.
 * - Now no address at any instant is taken more than twice. Colour the buffers in order of placing so that no two of
 *   a colour collide, and stack the colours.
 *
 * Sizes are rounded up to the largest alignment, so that every height is aligned. Gaps are not used; everything is
 * above the fixed offsets. O(n log n) for most inputs.
 */

import {mark, release} from '../memory/arena';
import {alignUp, newU32, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, NONE, Problem} from '../memory/layout';
import {addLevel, dropLevel, HeightProfile, lowestLevel, newHeightProfile} from '../placement/height-profile';
import {fitsAt, newPlacement, Placement, place} from '../placement/placement';
import {leastWithin, newWindowIndex, removeRank} from '../placement/window-query';
import {BY_BIRTH, moveFixedOut, orderBy} from '../problem/order';
import {Sweep, sweepOf} from '../problem/sweep';

/** Offsets into `p.plan`; returns the peak, bytes. */
export function planByGergov(p: Problem): u64 {
  const scratch = mark();
  const order = orderBy(p, BY_BIRTH);
  const count = moveFixedOut(p, order);
  const alignment = largestAlignment(p);
  const placing = allocateTwice(p, order, count, alignment);
  const colours = newU32(p.numBuffers);
  colour(p, placing, count, colours);
  let height: u64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const buffer = u32At(placing, k);
    height = max(height, alignUp(u64At(p.plan, buffer) + u64At(p.size, buffer), alignment));
  }
  let peak = fixedTop(p);
  const base = alignUp(peak, alignment);
  for (let k: u32 = 0; k < count; k++) {
    const buffer = u32At(placing, k);
    const offset = base + u64At(p.plan, buffer) + u32At(colours, buffer) * height;
    setU64(p.plan, buffer, offset);
    peak = max(peak, offset + u64At(p.size, buffer));
  }
  release(scratch);
  return peak;
}

function largestAlignment(p: Problem): u64 {
  let largest: u64 = 1;
  for (let i: u32 = 0; i < p.numBuffers; i++) largest = max(largest, u64At(p.alignment, i));
  return largest;
}

function fixedTop(p: Problem): u64 {
  let top: u64 = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    const offset = u64At(p.offset, i);
    if (offset != NO_OFFSET) top = max(top, offset + u64At(p.size, i));
  }
  return top;
}

/** The 2-allocation into `p.plan`; returns the buffers in order of placing (u32 × count). */
function allocateTwice(p: Problem, order: usize, count: u32, alignment: u64): usize {
  const s = sweepOf(p);
  const placing = newU32(count);
  const windows = newWindowIndex(p, order, count);
  const profile = newHeightProfile(2 * count + 2);
  if (s.numSections > 0) addLevel(profile, 0, s.numSections, 0, NONE, NONE);
  for (let placed: u32 = 0; placed < count; ) {
    const level = lowestLevel(profile);
    const previous = u32At(profile.previous, level);
    const next = u32At(profile.next, level);
    const from = u32At(profile.from, level);
    const to = u32At(profile.to, level);
    const clearFrom = previous == NONE ? 0 : u32At(profile.to, previous);
    const clearTo = next == NONE ? s.numSections : u32At(profile.from, next);
    const rank = leastWithin(windows, clearFrom, to, from, clearTo);
    const height = u64At(profile.height, level);
    dropLevel(profile, level);
    if (rank == NONE) continue;
    const buffer = u32At(order, rank);
    setU64(p.plan, buffer, height);
    setU32(placing, placed++, buffer);
    removeRank(windows, rank);
    reopen(
      profile,
      s,
      buffer,
      from,
      to,
      height,
      alignUp(height + u64At(p.size, buffer), alignment),
      previous,
      next,
    );
  }
  return placing;
}

/** Opens the rest of `[from, to)` beside the buffer at the old height, and the buffer's own part at its top. */
function reopen(
  profile: HeightProfile,
  s: Sweep,
  buffer: u32,
  from: u32,
  to: u32,
  height: u64,
  top: u64,
  previous: u32,
  next: u32,
): void {
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  if (from < first) previous = addLevel(profile, from, first, height, previous, next);
  previous = addLevel(profile, max(from, first), min(to, last), top, previous, next);
  if (last < to) addLevel(profile, last, to, height, previous, next);
}

/** Gives each buffer the least colour that collides with nothing placed before, u32 per buffer. */
function colour(p: Problem, placing: usize, count: u32, colours: usize): void {
  const scratch = mark();
  const MOST: u32 = 64; // theory needs three; each is a tree of its own
  const trees = newU32(MOST);
  let numTrees: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const buffer = u32At(placing, k);
    let c: u32 = 0;
    while (
      c < numTrees &&
      !fitsAt(changetype<Placement>(<usize>u32At(trees, c)), buffer, u64At(p.plan, buffer))
    )
      c++;
    if (c == numTrees) {
      if (numTrees == MOST) unreachable();
      setU32(trees, numTrees++, <u32>changetype<usize>(newPlacement(p)));
    }
    place(changetype<Placement>(<usize>u32At(trees, c)), buffer, u64At(p.plan, buffer));
    setU32(colours, buffer, c);
  }
  release(scratch);
}
