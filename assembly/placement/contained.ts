/**
 * Which unplaced buffer of least rank lies within a window of sections? Hulls as points (first, last), in Morton
 * order under a binary tree whose nodes know the box of their points and the least rank among those not yet taken:
 * a quadtree in effect. O(log n) for most queries, O(√n) at worst; 20 bytes a node, two nodes a buffer.
 */
import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At} from '../memory/column';
import {NONE, Problem} from '../memory/layout';
import {sortByKey} from '../problem/sort';
import {Sweep, sweepOf} from '../problem/sweep';

@unmanaged
export class Contained {
  leaves: u32;
  /** u32 ×(2 × leaves): box of the node's hulls, `[min, max]`. */
  minFirst: usize;
  maxFirst: usize;
  minLast: usize;
  maxLast: usize;
  /** u32 ×(2 × leaves): least rank below the node; NONE when all are taken. */
  least: usize;
  /** u32 per rank: its leaf. */
  leafOf: usize;
  stack: usize;
}

/** A tree over the `count` buffers of `order`; the rank of a buffer is its index there. */
export function newContained(p: Problem, order: usize, count: u32): Contained {
  const c = changetype<Contained>(alloc(offsetof<Contained>()));
  let leaves: u32 = 1;
  while (leaves < count) leaves <<= 1;
  c.leaves = leaves;
  c.minFirst = newU64(leaves);
  c.maxFirst = newU64(leaves);
  c.minLast = newU64(leaves);
  c.maxLast = newU64(leaves);
  c.least = newU64(leaves);
  c.leafOf = newU32(count);
  c.stack = newU32(64); // two children a level
  const scratch = mark();
  const s = sweepOf(p);
  const ranks = mortonOrder(s, order, count);
  for (let leaf: u32 = 0; leaf < leaves; leaf++) {
    const rank = leaf < count ? u32At(ranks, leaf) : NONE;
    setLeaf(c, s, leaf + leaves, rank, rank == NONE ? 0 : u32At(order, rank));
  }
  for (let node = leaves - 1; node > 0; node--) sumBoxes(c, node);
  release(scratch);
  return c;
}

/** Takes a rank out of the tree. */
export function takeRank(c: Contained, rank: u32): void {
  let node = u32At(c.leafOf, rank);
  setU32(c.least, node, NONE);
  for (node >>= 1; node > 0; node >>= 1) {
    setU32(c.least, node, min(u32At(c.least, 2 * node), u32At(c.least, 2 * node + 1)));
  }
}

/** Least rank with `fromFirst ≤ first < toFirst` and `fromLast < last ≤ toLast`; NONE where there is none. */
export function leastWithin(c: Contained, fromFirst: u32, toFirst: u32, fromLast: u32, toLast: u32): u32 {
  let best = NONE;
  let depth: u32 = 0;
  setU32(c.stack, depth++, 1);
  while (depth > 0) {
    const node = u32At(c.stack, --depth);
    if (u32At(c.least, node) >= best) continue;
    const minFirst = u32At(c.minFirst, node);
    const maxFirst = u32At(c.maxFirst, node);
    const minLast = u32At(c.minLast, node);
    const maxLast = u32At(c.maxLast, node);
    if (maxFirst < fromFirst || minFirst >= toFirst || maxLast <= fromLast || minLast > toLast) continue;
    if (minFirst >= fromFirst && maxFirst < toFirst && minLast > fromLast && maxLast <= toLast) {
      best = u32At(c.least, node);
      continue;
    }
    // the child that promises more is looked at first
    const leftIsBetter = u32At(c.least, 2 * node) < u32At(c.least, 2 * node + 1);
    setU32(c.stack, depth++, leftIsBetter ? 2 * node + 1 : 2 * node);
    setU32(c.stack, depth++, leftIsBetter ? 2 * node : 2 * node + 1);
  }
  return best;
}

function setLeaf(c: Contained, s: Sweep, node: u32, rank: u32, buffer: u32): void {
  const empty = rank == NONE;
  setU32(c.least, node, rank);
  setU32(c.minFirst, node, empty ? NONE : u32At(s.hullFirst, buffer));
  setU32(c.maxFirst, node, empty ? 0 : u32At(s.hullFirst, buffer));
  setU32(c.minLast, node, empty ? NONE : u32At(s.hullLast, buffer));
  setU32(c.maxLast, node, empty ? 0 : u32At(s.hullLast, buffer));
  if (!empty) setU32(c.leafOf, rank, node);
}

function sumBoxes(c: Contained, node: u32): void {
  const a: u32 = 2 * node;
  const b: u32 = a + 1;
  setU32(c.least, node, min(u32At(c.least, a), u32At(c.least, b)));
  setU32(c.minFirst, node, min(u32At(c.minFirst, a), u32At(c.minFirst, b)));
  setU32(c.maxFirst, node, max(u32At(c.maxFirst, a), u32At(c.maxFirst, b)));
  setU32(c.minLast, node, min(u32At(c.minLast, a), u32At(c.minLast, b)));
  setU32(c.maxLast, node, max(u32At(c.maxLast, a), u32At(c.maxLast, b)));
}

/** Ranks sorted along the Morton curve over (first, last). */
function mortonOrder(s: Sweep, order: usize, count: u32): usize {
  const ranks = newU32(count);
  const scratch = mark();
  const keys = newU64(count);
  for (let rank: u32 = 0; rank < count; rank++) {
    const buffer = u32At(order, rank);
    setU32(ranks, rank, rank);
    setU64(keys, rank, (spread(u32At(s.hullFirst, buffer)) << 1) | spread(u32At(s.hullLast, buffer)));
  }
  sortByKey(ranks, count, keys);
  release(scratch);
  return ranks;
}

/** Bits of x at the even places. */
function spread(value: u32): u64 {
  let x: u64 = value;
  x = (x | (x << 16)) & 0x0000ffff0000ffff;
  x = (x | (x << 8)) & 0x00ff00ff00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f0f0f0f0f;
  x = (x | (x << 2)) & 0x3333333333333333;
  return (x | (x << 1)) & 0x5555555555555555;
}
