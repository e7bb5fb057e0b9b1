/**
 * Window queries: which unplaced buffer of least rank lives within a window of sections? A hull is a point (first,
 * last). The points, in Morton order, are the leaves of a binary tree whose nodes know the box of their points and
 * the least rank not yet removed: a quadtree in effect. O(log n) for most queries, O(√n) at worst; 20 bytes a node,
 * two nodes a buffer.
 */
import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At} from '../memory/column';
import {NONE, Problem} from '../memory/layout';
import {sortByKey} from '../problem/sort';
import {Sweep, sweepOf} from '../problem/sweep';

@unmanaged
export class WindowIndex {
  leaves: u32;
  /** u32 ×(2 × leaves): box of the node's hulls, `[min, max]`. */
  minFirst: usize;
  maxFirst: usize;
  minLast: usize;
  maxLast: usize;
  /** u32 ×(2 × leaves): least rank below the node; NONE if all are removed. */
  least: usize;
  /** u32 per rank: its leaf. */
  leafOf: usize;
  stack: usize;
}

/** A tree over the `count` buffers of `order`; the rank of a buffer is its index there. */
export function newWindowIndex(p: Problem, order: usize, count: u32): WindowIndex {
  const index = changetype<WindowIndex>(alloc(offsetof<WindowIndex>()));
  let leaves: u32 = 1;
  while (leaves < count) leaves <<= 1;
  index.leaves = leaves;
  index.minFirst = newU64(leaves);
  index.maxFirst = newU64(leaves);
  index.minLast = newU64(leaves);
  index.maxLast = newU64(leaves);
  index.least = newU64(leaves);
  index.leafOf = newU32(count);
  index.stack = newU32(64); // two children a level
  const scratch = mark();
  const s = sweepOf(p);
  const ranks = mortonOrder(s, order, count);
  for (let leaf: u32 = 0; leaf < leaves; leaf++) {
    const rank = leaf < count ? u32At(ranks, leaf) : NONE;
    setLeaf(index, s, leaf + leaves, rank, rank == NONE ? 0 : u32At(order, rank));
  }
  for (let node = leaves - 1; node > 0; node--) updateNode(index, node);
  release(scratch);
  return index;
}

/** Removes a rank from the tree. */
export function removeRank(index: WindowIndex, rank: u32): void {
  let node = u32At(index.leafOf, rank);
  setU32(index.least, node, NONE);
  for (node >>= 1; node > 0; node >>= 1) {
    setU32(index.least, node, min(u32At(index.least, 2 * node), u32At(index.least, 2 * node + 1)));
  }
}

/** Least rank with `fromFirst ≤ first < toFirst` and `fromLast < last ≤ toLast`; NONE if there is none. */
export function leastWithin(
  index: WindowIndex,
  fromFirst: u32,
  toFirst: u32,
  fromLast: u32,
  toLast: u32,
): u32 {
  let best = NONE;
  let depth: u32 = 0;
  setU32(index.stack, depth++, 1);
  while (depth > 0) {
    const node = u32At(index.stack, --depth);
    if (u32At(index.least, node) >= best) continue;
    const minFirst = u32At(index.minFirst, node);
    const maxFirst = u32At(index.maxFirst, node);
    const minLast = u32At(index.minLast, node);
    const maxLast = u32At(index.maxLast, node);
    if (maxFirst < fromFirst || minFirst >= toFirst || maxLast <= fromLast || minLast > toLast) continue;
    if (minFirst >= fromFirst && maxFirst < toFirst && minLast > fromLast && maxLast <= toLast) {
      best = u32At(index.least, node);
      continue;
    }
    // the child that promises more is visited first
    const leftIsBetter = u32At(index.least, 2 * node) < u32At(index.least, 2 * node + 1);
    setU32(index.stack, depth++, leftIsBetter ? 2 * node + 1 : 2 * node);
    setU32(index.stack, depth++, leftIsBetter ? 2 * node : 2 * node + 1);
  }
  return best;
}

function setLeaf(index: WindowIndex, s: Sweep, node: u32, rank: u32, buffer: u32): void {
  const empty = rank == NONE;
  setU32(index.least, node, rank);
  setU32(index.minFirst, node, empty ? NONE : u32At(s.hullFirst, buffer));
  setU32(index.maxFirst, node, empty ? 0 : u32At(s.hullFirst, buffer));
  setU32(index.minLast, node, empty ? NONE : u32At(s.hullLast, buffer));
  setU32(index.maxLast, node, empty ? 0 : u32At(s.hullLast, buffer));
  if (!empty) setU32(index.leafOf, rank, node);
}

function updateNode(index: WindowIndex, node: u32): void {
  const a: u32 = 2 * node;
  const b: u32 = a + 1;
  setU32(index.least, node, min(u32At(index.least, a), u32At(index.least, b)));
  setU32(index.minFirst, node, min(u32At(index.minFirst, a), u32At(index.minFirst, b)));
  setU32(index.maxFirst, node, max(u32At(index.maxFirst, a), u32At(index.maxFirst, b)));
  setU32(index.minLast, node, min(u32At(index.minLast, a), u32At(index.minLast, b)));
  setU32(index.maxLast, node, max(u32At(index.maxLast, a), u32At(index.maxLast, b)));
}

/** Ranks sorted along the Morton curve over (first, last). */
function mortonOrder(s: Sweep, order: usize, count: u32): usize {
  const ranks = newU32(count);
  const scratch = mark();
  const keys = newU64(count);
  for (let rank: u32 = 0; rank < count; rank++) {
    const buffer = u32At(order, rank);
    setU32(ranks, rank, rank);
    setU64(keys, rank, (spreadBits(u32At(s.hullFirst, buffer)) << 1) | spreadBits(u32At(s.hullLast, buffer)));
  }
  sortByKey(ranks, count, keys);
  release(scratch);
  return ranks;
}

/** Bits of x at the even places. */
function spreadBits(value: u32): u64 {
  let x: u64 = value;
  x = (x | (x << 16)) & 0x0000ffff0000ffff;
  x = (x | (x << 8)) & 0x00ff00ff00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f0f0f0f0f;
  x = (x | (x << 2)) & 0x3333333333333333;
  return (x | (x << 1)) & 0x5555555555555555;
}
