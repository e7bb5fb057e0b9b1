/**
 * What stands below a target height, and what is left outside: the state of the search of `windows.ts`. The standing
 * buffers are kept in a `line`; those outside stand nowhere until a place is found for them.
 */

import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, NONE, Problem} from '../memory/layout';
import {append, insert, Line, lowestFit, newLine, rewind} from '../placement/offset-list';
import {BY_BIRTH, BY_SIZE, orderBy} from '../problem/order';
import {sortByKey} from '../problem/sort';
import {sweepOf} from '../problem/sweep';

/** Weight of a buffer of no size, and the most that one may weigh: sums stay far from 64 bits. */
const LEAST_WEIGHT: u64 = 16;
const WEIGHT_BITS: u64 = 32;

@unmanaged
export class Standing {
  problem: Problem;
  /** Highest top that a buffer may have, bytes. */
  target: u64;
  /** u64 ×n, bytes; NO_OFFSET outside. */
  offsets: usize;
  /** What stands; and room for the next such line. */
  line: Line;
  spare: Line;
  /** u32 each: the buffers outside; u32 ×n: where in that list a buffer is, NONE where it stands. */
  outside: usize;
  numOutside: u32;
  place: usize;
  /** Σ sizes of those outside, bytes. */
  bytesOutside: u64;
  /** u64 ×n: what it costs to leave a buffer outside. */
  weights: usize;
  /** Bits by which a size is shifted to be a weight, up or down: whatever the unit of sizes, the largest has 32 bits. */
  up: u64;
  down: u64;
  /** u32 ×n each: the buffers in canonical order, and by size falling. */
  canonical: usize;
  bySize: usize;
}

export function newStanding(p: Problem): Standing {
  const n: u64 = p.numBuffers;
  const st = changetype<Standing>(alloc(offsetof<Standing>()));
  st.problem = p;
  st.offsets = newU64(n);
  st.line = newLine(p);
  st.spare = newLine(p);
  st.outside = newU32(n);
  st.place = newU32(n);
  st.weights = newU64(n);
  st.canonical = orderBy(p, BY_BIRTH);
  st.bySize = orderBy(p, BY_SIZE);
  const largest = p.numBuffers > 0 ? u64At(p.size, u32At(st.bySize, 0)) : 0;
  const bits = 64 - clz(largest);
  st.up = bits < WEIGHT_BITS ? WEIGHT_BITS - bits : 0;
  st.down = bits > WEIGHT_BITS ? bits - WEIGHT_BITS : 0;
  return st;
}

/**
 * Begins with `plan` (u64 ×n): what is above `target` is left outside. Weights are those of the sizes, or `byArea` of
 * √(size × sections), so that what is large for a short while rather stays outside.
 */
export function lower(st: Standing, plan: usize, target: u64, byArea: bool): void {
  const p = st.problem;
  const n = p.numBuffers;
  const scratch = mark();
  const order = newU32(n);
  const keys = newU64(n);
  memory.copy(order, st.canonical, (<usize>n) << 2);
  memory.copy(keys, plan, (<usize>n) << 3);
  sortByKey(order, n, keys);
  st.target = target;
  st.line.count = 0;
  st.numOutside = 0;
  st.bytesOutside = 0;
  for (let k: u32 = 0; k < n; k++) {
    const buffer = u32At(order, k);
    const offset = u64At(plan, buffer);
    setU64(st.weights, buffer, LEAST_WEIGHT + (byArea ? rootOfArea(st, buffer) : scaledSize(st, buffer)));
    setU32(st.place, buffer, NONE);
    setU64(st.offsets, buffer, offset);
    if (offset + u64At(p.size, buffer) > target) leaveOutside(st, buffer);
    else append(st.line, buffer, 0, offset);
  }
  release(scratch);
}

/** Size in units that a weight has room for. */
export function scaledSize(st: Standing, buffer: u32): u64 {
  return (u64At(st.problem.size, buffer) << st.up) >> st.down;
}

/** Whole part of √(scaled size × sections), bit by bit. */
function rootOfArea(st: Standing, buffer: u32): u64 {
  const s = sweepOf(st.problem);
  const area = scaledSize(st, buffer) * (u32At(s.hullLast, buffer) - u32At(s.hullFirst, buffer));
  let root: u64 = 0;
  for (let bit: u64 = 1 << 31; bit > 0; bit >>= 1) {
    const more = root | bit;
    if (more * more <= area) root = more;
  }
  return root;
}

/** Takes note that `buffer` stands nowhere; the line is the caller's. */
export function leaveOutside(st: Standing, buffer: u32): void {
  setU64(st.offsets, buffer, NO_OFFSET);
  if (u32At(st.place, buffer) != NONE) return;
  setU32(st.place, buffer, st.numOutside);
  setU32(st.outside, st.numOutside++, buffer);
  st.bytesOutside += u64At(st.problem.size, buffer);
}

/** Takes note that `buffer` stands at `offset`; the line is the caller's. */
export function letStand(st: Standing, buffer: u32, offset: u64): void {
  setU64(st.offsets, buffer, offset);
  const place = u32At(st.place, buffer);
  if (place == NONE) return;
  const moved = u32At(st.outside, --st.numOutside);
  setU32(st.outside, place, moved);
  setU32(st.place, moved, place);
  setU32(st.place, buffer, NONE);
  st.bytesOutside -= u64At(st.problem.size, buffer);
}

/** Makes those outside weigh a quarter more. */
export function weighMore(st: Standing): void {
  for (let k: u32 = 0; k < st.numOutside; k++) {
    const buffer = u32At(st.outside, k);
    const weight = u64At(st.weights, buffer);
    setU64(st.weights, buffer, min(weight + (weight >> 2), 1 << 40));
  }
}

/** Leaves at `plan` a whole plan: those outside by first fit, above the target if need be. Its peak, bytes. */
export function complete(st: Standing, plan: usize): u64 {
  const p = st.problem;
  const n = p.numBuffers;
  memory.copy(plan, st.offsets, (<usize>n) << 3);
  for (let k: u32 = 0; k < n && st.numOutside > 0; k++) {
    const buffer = u32At(st.bySize, k);
    if (u32At(st.place, buffer) == NONE) continue;
    const offset = lowestFit(st.line, buffer);
    setU64(plan, buffer, offset);
    insert(st.line, buffer, 1, offset);
  }
  rewind(st.line, st.line, 1);
  let peak: u64 = 0;
  for (let i: u32 = 0; i < n; i++) peak = max(peak, u64At(plan, i) + u64At(p.size, i));
  return peak;
}
