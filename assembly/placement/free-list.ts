/**
 * The address line at one moment, as blocks in order of address, each live or a free run. The free runs are also in a
 * treap, so that the lowest or the smallest run that fits is found in O(log n). Neighbouring free runs merge, as in
 * any allocator. The last run is endless.
 *
 *    │ live │ free │ live │ live │   free   │ live │ free, endless …
 *
 * The treap is keyed by address for first fit, with the longest run of every subtree, or by (length, address) for
 * best fit. A block's priority comes from its number: same input, same shape.
 */
import {alloc} from '../memory/arena';
import {alignUp, newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';

const ENDLESS: u64 = 1 << 62;

@unmanaged
export class FreeList {
  /** Whether the treap is keyed by length first. */
  byLength: bool;
  /** Whether a run that touches the endless one merges into it; linear scan keeps them apart. */
  mergesIntoEnd: bool;
  /** Every top is rounded up to this, a power of two. */
  granule: u64;
  root: u32;
  numBlocks: u32;
  /** Blocks no longer in use, linked by `next`. */
  spare: u32;
  /** Per block: `[low, high)`, neighbours in order of address, whether it is free. */
  low: usize;
  high: usize;
  previous: usize;
  next: usize;
  isFree: usize;
  /** Per free block: treap. */
  left: usize;
  right: usize;
  priority: usize;
  longest: usize;
}

/** One endless run; room for `mostLive` live blocks. */
export function newFreeList(mostLive: u32, granule: u64, byLength: bool, mergesIntoEnd: bool): FreeList {
  const list = changetype<FreeList>(alloc(offsetof<FreeList>()));
  const room: u64 = 2 * <u64>mostLive + 4; // a free run beside every live block, and the ends
  list.byLength = byLength;
  list.mergesIntoEnd = mergesIntoEnd;
  list.granule = granule;
  list.root = NONE;
  list.numBlocks = 0;
  list.spare = NONE;
  list.low = newU64(room);
  list.high = newU64(room);
  list.previous = newU32(room);
  list.next = newU32(room);
  list.isFree = newU32(room);
  list.left = newU32(room);
  list.right = newU32(room);
  list.priority = newU32(room);
  list.longest = newU64(room);
  const end = newBlock(list, 0, ENDLESS);
  setU32(list.previous, end, NONE);
  setU32(list.next, end, NONE);
  setFree(list, end);
  return list;
}

/** Takes `size` bytes from the run that fits; returns the live block, whose offset is `lowOf`. */
export function take(list: FreeList, size: u64, alignment: u64): u32 {
  const run = list.byLength ? smallestFit(list, size, alignment) : lowestFit(list, size, alignment);
  const offset = alignUp(u64At(list.low, run), alignment);
  const top = alignUp(offset + size, list.granule);
  remove(list, run);
  setU32(list.isFree, run, 0);
  // linear scan: the bytes that aligning skips below the end may touch a free run that was kept apart from it
  if (u64At(list.low, run) < offset) give(list, splitBefore(list, run, offset));
  if (top < u64At(list.high, run)) setFree(list, splitAfter(list, run, top));
  return run;
}

/** Offset of a live block, bytes. */
export function lowOf(list: FreeList, block: u32): u64 {
  return u64At(list.low, block);
}

/** Frees a live block. */
export function give(list: FreeList, block: u32): void {
  const before = u32At(list.previous, block);
  if (before != NONE && u32At(list.isFree, before) != 0) {
    remove(list, before);
    setU64(list.low, block, u64At(list.low, before));
    unlink(list, before);
  }
  const after = u32At(list.next, block);
  if (u32At(list.isFree, after) != 0 && (list.mergesIntoEnd || u32At(list.next, after) != NONE)) {
    remove(list, after);
    setU64(list.high, block, u64At(list.high, after));
    unlink(list, after);
  }
  setFree(list, block);
}

// ---- blocks

function newBlock(list: FreeList, low: u64, high: u64): u32 {
  let block = list.spare;
  if (block != NONE) list.spare = u32At(list.next, block);
  else block = list.numBlocks++;
  setU64(list.low, block, low);
  setU64(list.high, block, high);
  setU32(list.priority, block, scramble(block));
  return block;
}

/** A new block for `[low of block, at)`, before the block that keeps the rest. */
function splitBefore(list: FreeList, block: u32, at: u64): u32 {
  const pad = newBlock(list, u64At(list.low, block), at);
  const before = u32At(list.previous, block);
  setU64(list.low, block, at);
  setU32(list.previous, pad, before);
  setU32(list.next, pad, block);
  setU32(list.previous, block, pad);
  if (before != NONE) setU32(list.next, before, pad);
  return pad;
}

/** A new block for `[at, high of block)`, after the block that keeps the rest. */
function splitAfter(list: FreeList, block: u32, at: u64): u32 {
  const rest = newBlock(list, at, u64At(list.high, block));
  const after = u32At(list.next, block);
  setU64(list.high, block, at);
  setU32(list.next, rest, after);
  setU32(list.previous, rest, block);
  setU32(list.next, block, rest);
  if (after != NONE) setU32(list.previous, after, rest);
  return rest;
}

function unlink(list: FreeList, block: u32): void {
  const before = u32At(list.previous, block);
  const after = u32At(list.next, block);
  if (before != NONE) setU32(list.next, before, after);
  if (after != NONE) setU32(list.previous, after, before);
  setU32(list.next, block, list.spare);
  list.spare = block;
}

/** Murmur3's finaliser: a fixed, well-mixed priority per block number. */
function scramble(block: u32): u32 {
  let x = block + 1;
  x = (x ^ (x >> 16)) * 0x85ebca6b;
  x = (x ^ (x >> 13)) * 0xc2b2ae35;
  return x ^ (x >> 16);
}

// ---- treap

function setFree(list: FreeList, block: u32): void {
  setU32(list.isFree, block, 1);
  setU32(list.left, block, NONE);
  setU32(list.right, block, NONE);
  sum(list, block);
  list.root = insertInto(list, list.root, block);
}

function remove(list: FreeList, block: u32): void {
  list.root = removeFrom(list, list.root, block);
}

function lengthOf(list: FreeList, block: u32): u64 {
  return u64At(list.high, block) - u64At(list.low, block);
}

/** Whether free run a comes before free run b. */
function precedes(list: FreeList, a: u32, b: u32): bool {
  if (list.byLength && lengthOf(list, a) != lengthOf(list, b)) return lengthOf(list, a) < lengthOf(list, b);
  return u64At(list.low, a) < u64At(list.low, b);
}

/** Brings `longest` of a node up to date with its children. */
function sum(list: FreeList, node: u32): void {
  let longest = lengthOf(list, node);
  const left = u32At(list.left, node);
  const right = u32At(list.right, node);
  if (left != NONE) longest = max(longest, u64At(list.longest, left));
  if (right != NONE) longest = max(longest, u64At(list.longest, right));
  setU64(list.longest, node, longest);
}

function insertInto(list: FreeList, node: u32, block: u32): u32 {
  if (node == NONE) return block;
  if (u32At(list.priority, block) > u32At(list.priority, node)) {
    split(list, node, block);
    setU32(list.left, block, splitLeft);
    setU32(list.right, block, splitRight);
    sum(list, block);
    return block;
  }
  if (precedes(list, block, node)) setU32(list.left, node, insertInto(list, u32At(list.left, node), block));
  else setU32(list.right, node, insertInto(list, u32At(list.right, node), block));
  sum(list, node);
  return node;
}

// the two trees that `split` leaves: wasm functions of this core return one value
let splitLeft: u32 = NONE;
let splitRight: u32 = NONE;

/** Splits a tree into the blocks before `block` and the rest. */
function split(list: FreeList, node: u32, block: u32): void {
  if (node == NONE) {
    splitLeft = NONE;
    splitRight = NONE;
    return;
  }
  if (precedes(list, node, block)) {
    split(list, u32At(list.right, node), block);
    setU32(list.right, node, splitLeft);
    splitLeft = node;
  } else {
    split(list, u32At(list.left, node), block);
    setU32(list.left, node, splitRight);
    splitRight = node;
  }
  sum(list, node);
}

function removeFrom(list: FreeList, node: u32, block: u32): u32 {
  if (node == block) return merged(list, u32At(list.left, node), u32At(list.right, node));
  if (precedes(list, block, node)) setU32(list.left, node, removeFrom(list, u32At(list.left, node), block));
  else setU32(list.right, node, removeFrom(list, u32At(list.right, node), block));
  sum(list, node);
  return node;
}

/** One tree of two; all of the first precede all of the second. */
function merged(list: FreeList, first: u32, second: u32): u32 {
  if (first == NONE) return second;
  if (second == NONE) return first;
  if (u32At(list.priority, first) > u32At(list.priority, second)) {
    setU32(list.right, first, merged(list, u32At(list.right, first), second));
    sum(list, first);
    return first;
  }
  setU32(list.left, second, merged(list, first, u32At(list.left, second)));
  sum(list, second);
  return second;
}

function fits(list: FreeList, run: u32, size: u64, alignment: u64): bool {
  return alignUp(u64At(list.low, run), alignment) + size <= u64At(list.high, run);
}

/** The lowest run that fits; the endless one always does. */
function lowestFit(list: FreeList, size: u64, alignment: u64): u32 {
  let run = lowestLongEnough(list, list.root, 0, size);
  // long enough, but perhaps not once aligned
  while (!fits(list, run, size, alignment))
    run = lowestLongEnough(list, list.root, u64At(list.high, run), size);
  return run;
}

/** The lowest run of at least `size` bytes that begins at or above `from`; NONE where the subtree has none. */
function lowestLongEnough(list: FreeList, node: u32, from: u64, size: u64): u32 {
  if (node == NONE || u64At(list.longest, node) < size) return NONE;
  if (u64At(list.low, node) >= from) {
    const lower = lowestLongEnough(list, u32At(list.left, node), from, size);
    if (lower != NONE) return lower;
    if (lengthOf(list, node) >= size) return node;
  }
  return lowestLongEnough(list, u32At(list.right, node), from, size);
}

/** The smallest run that fits, the lowest of equals. */
function smallestFit(list: FreeList, size: u64, alignment: u64): u32 {
  let run = smallestFrom(list, size, 0);
  while (!fits(list, run, size, alignment))
    run = smallestFrom(list, lengthOf(list, run), u64At(list.low, run) + 1);
  return run;
}

/** The first run in (length, address) order that is not before (`length`, `low`). */
function smallestFrom(list: FreeList, length: u64, low: u64): u32 {
  let found = NONE;
  let node = list.root;
  while (node != NONE) {
    const nodeLength = lengthOf(list, node);
    if (nodeLength < length || (nodeLength == length && u64At(list.low, node) < low)) {
      node = u32At(list.right, node);
    } else {
      found = node;
      node = u32At(list.left, node);
    }
  }
  return found;
}
