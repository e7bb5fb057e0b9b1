/**
 * The address line at one moment, as blocks in order of address, each live or a free run; the free runs also in a
 * treap, so that the lowest or the smallest run that fits is found in O(log n). Neighbouring free runs melt
 * together, as in any allocator. The last run is endless.
 *
 * The treap is keyed by address for first fit, with the longest run of every subtree, or by (length, address) for
 * best fit. Its priorities come from the block's number: same input, same shape.
 */
import {alloc} from '../memory/arena';
import {alignUp, newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';

const ENDLESS: u64 = 1 << 62;

@unmanaged
export class Runs {
  /** Whether the treap is keyed by length first. */
  byLength: bool;
  /** Whether a run that touches the endless one melts into it; linear scan keeps them apart. */
  meltsIntoEnd: bool;
  /** Every top is rounded up to this, a power of two. */
  granule: u64;
  root: u32;
  numBlocks: u32;
  /** Blocks given up, linked by `next`. */
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
export function newRuns(mostLive: u32, granule: u64, byLength: bool, meltsIntoEnd: bool): Runs {
  const r = changetype<Runs>(alloc(offsetof<Runs>()));
  const room: u64 = 2 * <u64>mostLive + 4; // a free run beside every live block, and the ends
  r.byLength = byLength;
  r.meltsIntoEnd = meltsIntoEnd;
  r.granule = granule;
  r.root = NONE;
  r.numBlocks = 0;
  r.spare = NONE;
  r.low = newU64(room);
  r.high = newU64(room);
  r.previous = newU32(room);
  r.next = newU32(room);
  r.isFree = newU32(room);
  r.left = newU32(room);
  r.right = newU32(room);
  r.priority = newU32(room);
  r.longest = newU64(room);
  const end = newBlock(r, 0, ENDLESS);
  setU32(r.previous, end, NONE);
  setU32(r.next, end, NONE);
  setFree(r, end);
  return r;
}

/** Takes `size` bytes from the run that fits; returns the live block, whose low end is `lowOf`. */
export function take(r: Runs, size: u64, alignment: u64): u32 {
  const run = r.byLength ? smallestFit(r, size, alignment) : lowestFit(r, size, alignment);
  const offset = alignUp(u64At(r.low, run), alignment);
  const top = alignUp(offset + size, r.granule);
  remove(r, run);
  setU32(r.isFree, run, 0);
  // linear scan: what aligning leaves below the end may touch a free run that was kept apart from it
  if (u64At(r.low, run) < offset) give(r, splitBefore(r, run, offset));
  if (top < u64At(r.high, run)) setFree(r, splitAfter(r, run, top));
  return run;
}

/** Offset of a live block, bytes. */
export function lowOf(r: Runs, block: u32): u64 {
  return u64At(r.low, block);
}

/** Frees a live block. */
export function give(r: Runs, block: u32): void {
  const before = u32At(r.previous, block);
  if (before != NONE && u32At(r.isFree, before) != 0) {
    remove(r, before);
    setU64(r.low, block, u64At(r.low, before));
    unlink(r, before);
  }
  const after = u32At(r.next, block);
  if (u32At(r.isFree, after) != 0 && (r.meltsIntoEnd || u32At(r.next, after) != NONE)) {
    remove(r, after);
    setU64(r.high, block, u64At(r.high, after));
    unlink(r, after);
  }
  setFree(r, block);
}

// ---- blocks

function newBlock(r: Runs, low: u64, high: u64): u32 {
  let block = r.spare;
  if (block != NONE) r.spare = u32At(r.next, block);
  else block = r.numBlocks++;
  setU64(r.low, block, low);
  setU64(r.high, block, high);
  setU32(r.priority, block, scramble(block));
  return block;
}

/** A new block for `[low of block, at)`, before the block that keeps the rest. */
function splitBefore(r: Runs, block: u32, at: u64): u32 {
  const pad = newBlock(r, u64At(r.low, block), at);
  const before = u32At(r.previous, block);
  setU64(r.low, block, at);
  setU32(r.previous, pad, before);
  setU32(r.next, pad, block);
  setU32(r.previous, block, pad);
  if (before != NONE) setU32(r.next, before, pad);
  return pad;
}

/** A new block for `[at, high of block)`, after the block that keeps the rest. */
function splitAfter(r: Runs, block: u32, at: u64): u32 {
  const rest = newBlock(r, at, u64At(r.high, block));
  const after = u32At(r.next, block);
  setU64(r.high, block, at);
  setU32(r.next, rest, after);
  setU32(r.previous, rest, block);
  setU32(r.next, block, rest);
  if (after != NONE) setU32(r.previous, after, rest);
  return rest;
}

function unlink(r: Runs, block: u32): void {
  const before = u32At(r.previous, block);
  const after = u32At(r.next, block);
  if (before != NONE) setU32(r.next, before, after);
  if (after != NONE) setU32(r.previous, after, before);
  setU32(r.next, block, r.spare);
  r.spare = block;
}

/** Murmur3's finaliser: a fixed, well-mixed priority per block number. */
function scramble(block: u32): u32 {
  let x = block + 1;
  x = (x ^ (x >> 16)) * 0x85ebca6b;
  x = (x ^ (x >> 13)) * 0xc2b2ae35;
  return x ^ (x >> 16);
}

// ---- treap

function setFree(r: Runs, block: u32): void {
  setU32(r.isFree, block, 1);
  setU32(r.left, block, NONE);
  setU32(r.right, block, NONE);
  sum(r, block);
  r.root = insertInto(r, r.root, block);
}

function remove(r: Runs, block: u32): void {
  r.root = removeFrom(r, r.root, block);
}

function lengthOf(r: Runs, block: u32): u64 {
  return u64At(r.high, block) - u64At(r.low, block);
}

/** Whether free run a comes before free run b. */
function precedes(r: Runs, a: u32, b: u32): bool {
  if (r.byLength && lengthOf(r, a) != lengthOf(r, b)) return lengthOf(r, a) < lengthOf(r, b);
  return u64At(r.low, a) < u64At(r.low, b);
}

/** Brings `longest` of a node up to date with its children. */
function sum(r: Runs, node: u32): void {
  let longest = lengthOf(r, node);
  const left = u32At(r.left, node);
  const right = u32At(r.right, node);
  if (left != NONE) longest = max(longest, u64At(r.longest, left));
  if (right != NONE) longest = max(longest, u64At(r.longest, right));
  setU64(r.longest, node, longest);
}

function insertInto(r: Runs, node: u32, block: u32): u32 {
  if (node == NONE) return block;
  if (u32At(r.priority, block) > u32At(r.priority, node)) {
    split(r, node, block);
    setU32(r.left, block, splitLeft);
    setU32(r.right, block, splitRight);
    sum(r, block);
    return block;
  }
  if (precedes(r, block, node)) setU32(r.left, node, insertInto(r, u32At(r.left, node), block));
  else setU32(r.right, node, insertInto(r, u32At(r.right, node), block));
  sum(r, node);
  return node;
}

// the two trees that `split` leaves: wasm functions of this core return one value
let splitLeft: u32 = NONE;
let splitRight: u32 = NONE;

/** Splits a tree into what precedes `block` and the rest. */
function split(r: Runs, node: u32, block: u32): void {
  if (node == NONE) {
    splitLeft = NONE;
    splitRight = NONE;
    return;
  }
  if (precedes(r, node, block)) {
    split(r, u32At(r.right, node), block);
    setU32(r.right, node, splitLeft);
    splitLeft = node;
  } else {
    split(r, u32At(r.left, node), block);
    setU32(r.left, node, splitRight);
    splitRight = node;
  }
  sum(r, node);
}

function removeFrom(r: Runs, node: u32, block: u32): u32 {
  if (node == block) return joined(r, u32At(r.left, node), u32At(r.right, node));
  if (precedes(r, block, node)) setU32(r.left, node, removeFrom(r, u32At(r.left, node), block));
  else setU32(r.right, node, removeFrom(r, u32At(r.right, node), block));
  sum(r, node);
  return node;
}

/** One tree of two, all of the first preceding all of the second. */
function joined(r: Runs, first: u32, second: u32): u32 {
  if (first == NONE) return second;
  if (second == NONE) return first;
  if (u32At(r.priority, first) > u32At(r.priority, second)) {
    setU32(r.right, first, joined(r, u32At(r.right, first), second));
    sum(r, first);
    return first;
  }
  setU32(r.left, second, joined(r, first, u32At(r.left, second)));
  sum(r, second);
  return second;
}

function fits(r: Runs, run: u32, size: u64, alignment: u64): bool {
  return alignUp(u64At(r.low, run), alignment) + size <= u64At(r.high, run);
}

/** The lowest run that fits; the endless one always does. */
function lowestFit(r: Runs, size: u64, alignment: u64): u32 {
  let run = lowestLongEnough(r, r.root, 0, size);
  // long enough, but perhaps not once aligned
  while (!fits(r, run, size, alignment)) run = lowestLongEnough(r, r.root, u64At(r.high, run), size);
  return run;
}

/** The lowest run of at least `size` bytes that begins at or above `from`; NONE where the subtree has none. */
function lowestLongEnough(r: Runs, node: u32, from: u64, size: u64): u32 {
  if (node == NONE || u64At(r.longest, node) < size) return NONE;
  if (u64At(r.low, node) >= from) {
    const lower = lowestLongEnough(r, u32At(r.left, node), from, size);
    if (lower != NONE) return lower;
    if (lengthOf(r, node) >= size) return node;
  }
  return lowestLongEnough(r, u32At(r.right, node), from, size);
}

/** The smallest run that fits, the lowest of equals. */
function smallestFit(r: Runs, size: u64, alignment: u64): u32 {
  let run = smallestFrom(r, size, 0);
  while (!fits(r, run, size, alignment)) run = smallestFrom(r, lengthOf(r, run), u64At(r.low, run) + 1);
  return run;
}

/** The first run in (length, address) order that is not before (`length`, `low`). */
function smallestFrom(r: Runs, length: u64, low: u64): u32 {
  let found = NONE;
  let node = r.root;
  while (node != NONE) {
    const nodeLength = lengthOf(r, node);
    if (nodeLength < length || (nodeLength == length && u64At(r.low, node) < low)) {
      node = u32At(r.right, node);
    } else {
      found = node;
      node = u32At(r.left, node);
    }
  }
  return found;
}
