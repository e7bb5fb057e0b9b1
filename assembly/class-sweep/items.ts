/**
 * The items of the class sweep: the pieces of buffers as columns in order of birth, in either direction of time. The
 * first `numFree` items are buffers without gaps or fixed offsets, one item each, which the classes place. The rest
 * are the pieces of all other buffers, which are preplaced: the fixed ones at their offsets, then those with gaps,
 * largest first, each in the lowest gap that is free for its whole life (`placement.ts`).
 *
 * With time reversed, section s is section numSections − 1 − s.
 */
import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, Problem} from '../memory/layout';
import {FIRST_GAP, fitOf, newPlacement, place} from '../placement/placement';
import {BY_BIRTH, BY_SIZE, heaviestLoads, orderBy} from '../problem/order';
import {sortByKey, sortByKeyFalling} from '../problem/sort';
import {sweepOf} from '../problem/sweep';

@unmanaged
export class Items {
  problem: Problem;
  count: u32;
  numFree: u32;
  numSections: u32;
  isReversed: bool;
  /** u32 per item: sections `[first, last)` in the present direction. */
  first: usize;
  last: usize;
  /** u32 per item: its buffer. */
  buffer: usize;
  /** u64 per item, bytes; `offset` is a column of the caller's, valid for placed items only. */
  size: usize;
  alignment: usize;
  offset: usize;
  /**
   * u32 ×n: the buffers in order of birth, forwards and in the present direction; how many of them have become items.
   */
  births: usize;
  order: usize;
  filled: u32;
  /** The next item of either kind to be filled in. */
  nextFree: u32;
  nextPreplaced: u32;
  /** u64 ×n: offsets of the preplaced buffers; NO_OFFSET for the free ones. */
  preplaced: usize;
  /** Highest top of the preplaced buffers, bytes. */
  preplacedPeak: u64;
  /** u64 ×n, bytes: the largest load during each buffer's life, 0 until it is needed; the largest of all. */
  heaviest: usize;
  mostLoad: u64;
}

export function newItems(p: Problem): Items {
  const items = changetype<Items>(alloc(offsetof<Items>()));
  items.problem = p;
  items.numSections = p.numSections;
  items.preplaced = newU64(p.numBuffers);
  items.preplacedPeak = 0;
  items.heaviest = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) setU64(items.preplaced, i, u64At(p.offset, i));
  if (p.numFixed + p.numGaps > 0) preplace(p, items);
  countItems(p, items);
  items.first = newU32(items.count);
  items.last = newU32(items.count);
  items.buffer = newU32(items.count);
  items.size = newU64(items.count);
  items.alignment = newU64(items.count);
  items.births = orderBy(p, BY_BIRTH);
  items.order = newU32(p.numBuffers);
  return items;
}

function preplace(p: Problem, items: Items): void {
  const scratch = mark();
  const order = orderBy(p, BY_SIZE);
  const placement = newPlacement(p);
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    if (u64At(p.offset, i) != NO_OFFSET) place(placement, i, u64At(p.offset, i));
  }
  for (let k: u32 = 0; k < p.numBuffers; k++) {
    const i = u32At(order, k);
    if (u64At(p.offset, i) != NO_OFFSET || u32At(p.gapIndex, i) == u32At(p.gapIndex, i + 1)) continue;
    const offset = fitOf(placement, i, FIRST_GAP);
    setU64(items.preplaced, i, offset);
    place(placement, i, offset);
  }
  items.preplacedPeak = placement.peak;
  release(scratch);
}

/** The column `heaviest`, filled in. */
export function heaviestOf(items: Items): usize {
  if (items.heaviest != 0) return items.heaviest;
  const n = items.problem.numBuffers;
  items.heaviest = newU64(n);
  heaviestLoads(items.problem, items.heaviest);
  items.mostLoad = 0;
  for (let i: u32 = 0; i < n; i++) items.mostLoad = max(items.mostLoad, u64At(items.heaviest, i));
  return items.heaviest;
}

function countItems(p: Problem, items: Items): void {
  const s = sweepOf(p);
  items.count = 0;
  items.numFree = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    items.count += u32At(s.pieceIndex, i + 1) - u32At(s.pieceIndex, i);
    if (u64At(items.preplaced, i) == NO_OFFSET) items.numFree++;
  }
}

/**
 * Begins to fill the columns for a direction of time. Of free items born together, the longest come first, then the
 * largest; the order is total and decided by content.
 */
export function setDirection(items: Items, isReversed: bool): void {
  const p = items.problem;
  items.isReversed = isReversed;
  items.filled = 0;
  items.nextFree = 0;
  items.nextPreplaced = items.numFree;
  memory.copy(items.order, items.births, (<usize>p.numBuffers) << 2);
  if (!isReversed) return;
  const scratch = mark();
  const keys = newU64(p.numBuffers);
  for (let i: u32 = 0; i < p.numBuffers; i++) setU64(keys, i, u32At(p.end, i));
  sortByKeyFalling(items.order, p.numBuffers, keys);
  release(scratch);
}

/** Turns the next buffer into items; false if there is none left. */
export function fillNext(items: Items): bool {
  if (items.filled == items.problem.numBuffers) return false;
  const i = u32At(items.order, items.filled++);
  if (u64At(items.preplaced, i) == NO_OFFSET) items.nextFree = addPieces(items, i, items.nextFree);
  else items.nextPreplaced = addPieces(items, i, items.nextPreplaced);
  return true;
}

/** Adds a buffer's pieces as items from `at` on; returns the next item to be filled. */
function addPieces(items: Items, i: u32, at: u32): u32 {
  const p = items.problem;
  const s = sweepOf(p);
  for (let k = u32At(s.pieceIndex, i); k < u32At(s.pieceIndex, i + 1); k++) {
    const first = u32At(s.first, k);
    const last = u32At(s.last, k);
    setU32(items.first, at, items.isReversed ? items.numSections - last : first);
    setU32(items.last, at, items.isReversed ? items.numSections - first : last);
    setU32(items.buffer, at, i);
    setU64(items.size, at, u64At(p.size, i));
    setU64(items.alignment, at, u64At(p.alignment, i));
    setU64(items.offset, at, u64At(items.preplaced, i));
    at++;
  }
  return at;
}

/** Fills `list` (u32) with the preplaced items in order of birth; returns how many. */
export function listPreplaced(items: Items, list: usize): u32 {
  const count = items.count - items.numFree;
  if (count == 0) return 0;
  const scratch = mark();
  const keys = newU64(items.count);
  for (let k: u32 = 0; k < count; k++) {
    setU32(list, k, items.numFree + k);
    setU64(keys, items.numFree + k, u32At(items.first, items.numFree + k));
  }
  sortByKey(list, count, keys);
  release(scratch);
  return count;
}

/** Puts the items' offsets into `plan` (u64 ×n). */
export function writePlan(items: Items, plan: usize): void {
  for (let k: u32 = 0; k < items.count; k++) setU64(plan, u32At(items.buffer, k), u64At(items.offset, k));
}
