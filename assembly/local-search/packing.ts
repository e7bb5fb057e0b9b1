/**
 * A packing: an order of the buffers and the result of first fit below a target height. A buffer that would pass the
 * target is unassigned. The cost of a packing is the weight of those buffers; packing stops as soon as it exceeds the
 * acceptable cost. So a packing of cost 0 is a plan below the target, and the cost of any other says how far it is
 * from one.
 *
 * Up to some thousand buffers first fit walks an offset-ordered list, which can go back to the rank where two orders
 * part. For more buffers it queries the tree of `placement.ts`, always from the beginning. There, buffers above the
 * target are placed all the same: an attempt is dear, and may yield a better plan before it yields one below the
 * target.
 */

import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, Problem} from '../memory/layout';
import {insert, lowestFit, newOffsetList, OffsetList, rewind} from '../placement/offset-list';
import {FIRST_GAP, fitOf, newPlacement, place} from '../placement/placement';

/** Up to so many buffers the list is faster than the tree. */
const LIST_UP_TO: u32 = 4096;

@unmanaged
export class Packing {
  problem: Problem;
  /** u32 ×n: buffer by rank, the fixed ones first. */
  order: usize;
  /** u32 ×n: rank by buffer; current only after `summarize`. */
  rank: usize;
  /** u64 ×n, bytes; NO_OFFSET for an unassigned buffer. */
  offsets: usize;
  /** Placed buffers; meaningless where the tree is used. */
  list: OffsetList;
  /** u32 each: the unassigned buffers, or with the tree those above the target; current only after `summarize`. */
  above: usize;
  numAbove: u32;
  /** Weight of those buffers. */
  cost: u64;
  /** Highest top, bytes; u64.MAX_VALUE if a buffer is unassigned. */
  peak: u64;
  /** Nodes that the last packing took. */
  nodes: u32;
}

export function usesList(p: Problem): bool {
  return p.numBuffers <= LIST_UP_TO;
}

export function newPacking(p: Problem): Packing {
  const packing = changetype<Packing>(alloc(offsetof<Packing>()));
  const n: u64 = p.numBuffers;
  packing.problem = p;
  packing.order = newU32(n);
  packing.rank = newU32(n);
  packing.offsets = newU64(n);
  packing.above = newU32(n);
  if (usesList(p)) packing.list = newOffsetList(p);
  return packing;
}

/** Takes over an order, the fixed buffers moved to its front. */
export function setOrder(packing: Packing, order: usize): void {
  const p = packing.problem;
  let fixed: u32 = 0;
  let free = p.numFixed;
  for (let k: u32 = 0; k < p.numBuffers; k++) {
    const buffer = u32At(order, k);
    setU32(packing.order, u64At(p.offset, buffer) == NO_OFFSET ? free++ : fixed++, buffer);
  }
}

/**
 * Packs the order below `target`, bytes. Up to the rank `from` it equals that of `base`, a whole packing for the same
 * target and weights. Returns false, and leaves nothing of use, if the cost would be above `worst`.
 */
export function pack(
  packing: Packing,
  base: Packing,
  from: u32,
  target: u64,
  weights: usize,
  worst: u64,
): bool {
  packing.nodes = 1; // an attempt is never free, so that every budget ends
  return usesList(packing.problem)
    ? packList(packing, base, from, target, weights, worst)
    : packTree(packing, target, weights, worst);
}

function packList(packing: Packing, base: Packing, from: u32, target: u64, weights: usize, worst: u64): bool {
  const p = packing.problem;
  const n = p.numBuffers;
  const list = packing.list;
  rewind(list, base.list, from);
  let cost: u64 = 0;
  for (let rank: u32 = 0; rank < from; rank++) {
    const buffer = u32At(packing.order, rank);
    const offset = u64At(base.offsets, buffer);
    setU64(packing.offsets, buffer, offset);
    if (offset == NO_OFFSET) cost += u64At(weights, buffer);
  }
  for (let rank = from; rank < n && cost <= worst; rank++) {
    const buffer = u32At(packing.order, rank);
    const fixed = u64At(p.offset, buffer);
    const offset = fixed == NO_OFFSET ? lowestFit(list, buffer) : fixed;
    packing.nodes++;
    if (offset + u64At(p.size, buffer) <= target) {
      setU64(packing.offsets, buffer, offset);
      insert(list, buffer, rank, offset);
    } else {
      setU64(packing.offsets, buffer, NO_OFFSET);
      cost += u64At(weights, buffer);
    }
  }
  packing.cost = cost;
  return cost <= worst;
}

function packTree(packing: Packing, target: u64, weights: usize, worst: u64): bool {
  const p = packing.problem;
  const scratch = mark();
  const placement = newPlacement(p);
  let cost: u64 = 0;
  for (let rank: u32 = 0; rank < p.numBuffers && cost <= worst; rank++) {
    const buffer = u32At(packing.order, rank);
    const fixed = u64At(p.offset, buffer);
    const offset = fixed == NO_OFFSET ? fitOf(placement, buffer, FIRST_GAP) : fixed;
    packing.nodes++;
    setU64(packing.offsets, buffer, offset);
    place(placement, buffer, offset);
    if (offset + u64At(p.size, buffer) > target) cost += u64At(weights, buffer);
  }
  release(scratch);
  packing.cost = cost;
  return cost <= worst;
}

/** Brings ranks, peak and the list of buffers above the target up to date after `pack`. */
export function summarize(packing: Packing, target: u64): void {
  const p = packing.problem;
  packing.peak = 0;
  packing.numAbove = 0;
  for (let rank: u32 = 0; rank < p.numBuffers; rank++) {
    const buffer = u32At(packing.order, rank);
    setU32(packing.rank, buffer, rank);
    const offset = u64At(packing.offsets, buffer);
    const top = offset == NO_OFFSET ? NO_OFFSET : offset + u64At(p.size, buffer);
    packing.peak = max(packing.peak, top);
    if (top > target) setU32(packing.above, packing.numAbove++, buffer);
  }
}
