/**
 * The state of the search of `lns.ts`: buffers assigned to offsets below a target height, and the unassigned others.
 * The assigned buffers are in an offset-ordered list. A round may leave buffers out that are live under light loads
 * only: they are neither assigned nor unassigned (`widen.ts`).
 */

import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, NONE, Problem} from '../memory/layout';
import {append, insert, lowestFit, newOffsetList, OffsetList, rewind} from '../placement/offset-list';
import {BY_BIRTH, BY_SIZE, heaviestLoads, orderBy} from '../problem/order';
import {sortByKey} from '../problem/sort';
import {sweepOf} from '../problem/sweep';

/** Weight of a buffer of no size, and bits of the largest weight: sums stay far from 64 bits. */
const LEAST_WEIGHT: u64 = 16;
const WEIGHT_BITS: u64 = 32;

@unmanaged
export class PartialPlan {
  problem: Problem;
  /** Highest top that a buffer may have, bytes. */
  target: u64;
  /** u64 ×n, bytes; NO_OFFSET for an unassigned buffer. */
  offsets: usize;
  /** The assigned buffers; and room for the next such list. */
  list: OffsetList;
  spare: OffsetList;
  /** u32 each: the unassigned buffers; u32 ×n: index of a buffer in that list, NONE for an assigned one. */
  unassigned: usize;
  numUnassigned: u32;
  unassignedIndex: usize;
  /** Σ sizes of the unassigned buffers, bytes. */
  unassignedBytes: u64;
  /** u64 ×n: cost of leaving a buffer unassigned. */
  weights: usize;
  /** Bits to shift a size up or down to make it a weight: whatever the unit of sizes, the largest has 32 bits. */
  up: u64;
  down: u64;
  /** u32 ×n each: the buffers in canonical order, and by size falling. */
  canonical: usize;
  bySize: usize;
  /** u64 ×n, bytes: the largest load during the buffer's life; NO_OFFSET for a fixed buffer. */
  heaviest: usize;
  /** A buffer takes part in the round if its `heaviest` is at least this, bytes. */
  leastLoad: u64;
}

export function newPartialPlan(p: Problem): PartialPlan {
  const n: u64 = p.numBuffers;
  const partial = changetype<PartialPlan>(alloc(offsetof<PartialPlan>()));
  partial.problem = p;
  partial.offsets = newU64(n);
  partial.list = newOffsetList(p);
  partial.spare = newOffsetList(p);
  partial.unassigned = newU32(n);
  partial.unassignedIndex = newU32(n);
  partial.weights = newU64(n);
  partial.canonical = orderBy(p, BY_BIRTH);
  partial.bySize = orderBy(p, BY_SIZE);
  partial.heaviest = newU64(n);
  partial.leastLoad = 0;
  heaviestLoads(p, partial.heaviest);
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    if (u64At(p.offset, i) != NO_OFFSET) setU64(partial.heaviest, i, NO_OFFSET);
  }
  const largest = p.numBuffers > 0 ? u64At(p.size, u32At(partial.bySize, 0)) : 0;
  const bits = 64 - clz(largest);
  partial.up = bits < WEIGHT_BITS ? WEIGHT_BITS - bits : 0;
  partial.down = bits > WEIGHT_BITS ? bits - WEIGHT_BITS : 0;
  return partial;
}

export function takesPart(partial: PartialPlan, buffer: u32): bool {
  return u64At(partial.heaviest, buffer) >= partial.leastLoad;
}

/**
 * Starts from `plan` (u64 ×n): buffers above `target` become unassigned, and those that are only live under loads below
 * `leastLoad` take no part. Weights are the sizes, or `byArea` the √(size × sections), so that large buffers of short
 * life rather stay unassigned.
 */
export function resetTo(partial: PartialPlan, plan: usize, target: u64, byArea: bool, leastLoad: u64): void {
  const p = partial.problem;
  const n = p.numBuffers;
  const scratch = mark();
  const order = newU32(n);
  const keys = newU64(n);
  memory.copy(order, partial.canonical, (<usize>n) << 2);
  memory.copy(keys, plan, (<usize>n) << 3);
  sortByKey(order, n, keys);
  partial.target = target;
  partial.leastLoad = leastLoad;
  partial.list.count = 0;
  partial.numUnassigned = 0;
  partial.unassignedBytes = 0;
  for (let k: u32 = 0; k < n; k++) {
    const buffer = u32At(order, k);
    const offset = u64At(plan, buffer);
    setU32(partial.unassignedIndex, buffer, NONE);
    setU64(partial.offsets, buffer, NO_OFFSET);
    if (!takesPart(partial, buffer)) continue;
    setU64(
      partial.weights,
      buffer,
      LEAST_WEIGHT + (byArea ? rootOfArea(partial, buffer) : scaledSize(partial, buffer)),
    );
    setU64(partial.offsets, buffer, offset);
    if (offset + u64At(p.size, buffer) > target) unassign(partial, buffer);
    else append(partial.list, buffer, 0, offset);
  }
  release(scratch);
}

/** Size in the unit of weights. */
export function scaledSize(partial: PartialPlan, buffer: u32): u64 {
  return (u64At(partial.problem.size, buffer) << partial.up) >> partial.down;
}

/** Whole part of √(scaled size × sections), bit by bit. */
function rootOfArea(partial: PartialPlan, buffer: u32): u64 {
  const s = sweepOf(partial.problem);
  const area = scaledSize(partial, buffer) * (u32At(s.hullLast, buffer) - u32At(s.hullFirst, buffer));
  let root: u64 = 0;
  for (let bit: u64 = 1 << 31; bit > 0; bit >>= 1) {
    const more = root | bit;
    if (more * more <= area) root = more;
  }
  return root;
}

/** Makes `buffer` unassigned; the list is updated by the caller. */
export function unassign(partial: PartialPlan, buffer: u32): void {
  setU64(partial.offsets, buffer, NO_OFFSET);
  if (u32At(partial.unassignedIndex, buffer) != NONE) return;
  setU32(partial.unassignedIndex, buffer, partial.numUnassigned);
  setU32(partial.unassigned, partial.numUnassigned++, buffer);
  partial.unassignedBytes += u64At(partial.problem.size, buffer);
}

/** Assigns `buffer` to `offset`; the list is updated by the caller. */
export function assign(partial: PartialPlan, buffer: u32, offset: u64): void {
  setU64(partial.offsets, buffer, offset);
  const unassignedIndex = u32At(partial.unassignedIndex, buffer);
  if (unassignedIndex == NONE) return;
  const moved = u32At(partial.unassigned, --partial.numUnassigned);
  setU32(partial.unassigned, unassignedIndex, moved);
  setU32(partial.unassignedIndex, moved, unassignedIndex);
  setU32(partial.unassignedIndex, buffer, NONE);
  partial.unassignedBytes -= u64At(partial.problem.size, buffer);
}

/** Raises the weights of the unassigned buffers by a quarter. */
export function raiseWeights(partial: PartialPlan): void {
  for (let k: u32 = 0; k < partial.numUnassigned; k++) {
    const buffer = u32At(partial.unassigned, k);
    const weight = u64At(partial.weights, buffer);
    setU64(partial.weights, buffer, min(weight + (weight >> 2), 1 << 40));
  }
}

/**
 * Leaves at `plan` a plan of all buffers that take part: the unassigned ones by first fit, above the target if need be.
 * Its peak, bytes.
 */
export function complete(partial: PartialPlan, plan: usize): u64 {
  const p = partial.problem;
  const n = p.numBuffers;
  memory.copy(plan, partial.offsets, (<usize>n) << 3);
  for (let k: u32 = 0; k < n && partial.numUnassigned > 0; k++) {
    const buffer = u32At(partial.bySize, k);
    if (u32At(partial.unassignedIndex, buffer) == NONE) continue;
    const offset = lowestFit(partial.list, buffer);
    setU64(plan, buffer, offset);
    insert(partial.list, buffer, 1, offset);
  }
  rewind(partial.list, partial.list, 1);
  let peak: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (u64At(plan, i) != NO_OFFSET) peak = max(peak, u64At(plan, i) + u64At(p.size, i));
  }
  return peak;
}
