/**
 * The orders in which heuristics take the buffers. Every order is total and decided by content: it is the canonical
 * order, stably sorted by size, except by birth, and by the heuristic's own keys. So the order of the input decides only
 * which of two identical buffers is which.
 *
 * Canonical: start rising, end falling (longest first), size falling, alignment falling, gaps (by a 64-bit digest),
 * fixed offset.
 *
 * Planners of frameworks leave ties in the order of the input; a key with `TIES_BY_INPUT` does the same.
 */
import {mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, Problem} from '../memory/layout';
import {sortByKey, sortByKeyFalling} from './sort';
import {Sweep, sweepOf} from './sweep';

/** Keys for `orderBy`. */
export const BY_BIRTH: u32 = 0;
export const BY_SIZE: u32 = 1;
export const BY_LONGEST: u32 = 2;
export const BY_AREA: u32 = 3;
export const BY_BREADTH: u32 = 4;
export const BY_CONFLICTS: u32 = 5;
/** Added to a key: only the key itself decides, and equal buffers stay in the order of the input. */
export const TIES_BY_INPUT: u32 = 8;

/** All buffers (u32 ×n) in the order named by `key`; allocated from the arena. */
export function orderBy(p: Problem, key: u32): usize {
  const n = p.numBuffers;
  const order = newU32(n);
  for (let i: u32 = 0; i < n; i++) setU32(order, i, i);
  const scratch = mark();
  const keys = newU64(n);
  if ((key & TIES_BY_INPUT) == 0) {
    sortCanonically(p, order, keys);
    if (key != BY_BIRTH) sortBySize(p, order, keys);
  }
  sortByOwnKey(p, order, keys, key);
  release(scratch);
  return order;
}

/** Sorts stably by the keys of one order; the canonical order is that of birth already. */
function sortByOwnKey(p: Problem, order: usize, keys: usize, key: u32): void {
  if (key == (BY_BIRTH | TIES_BY_INPUT)) sortByStart(p, order, keys);
  else if (key == (BY_SIZE | TIES_BY_INPUT)) sortBySize(p, order, keys);
  else if ((key & ~TIES_BY_INPUT) == BY_LONGEST) sortByLongest(p, order, keys);
  else if ((key & ~TIES_BY_INPUT) == BY_AREA) sortByArea(p, order, keys);
  else if ((key & ~TIES_BY_INPUT) == BY_BREADTH) sortByBreadth(p, order, keys);
  else if ((key & ~TIES_BY_INPUT) == BY_CONFLICTS) sortByConflicts(p, order, keys);
}

/** Drops the fixed buffers from `order`, in place, and plans them at their offsets; returns how many remain. */
export function moveFixedOut(p: Problem, order: usize): u32 {
  let count: u32 = 0;
  for (let k: u32 = 0; k < p.numBuffers; k++) {
    const buffer = u32At(order, k);
    if (u64At(p.offset, buffer) == NO_OFFSET) setU32(order, count++, buffer);
    else setU64(p.plan, buffer, u64At(p.offset, buffer));
  }
  return count;
}

/** Ticks from the buffer's birth to its death, gaps included. */
export function lifetimeOf(p: Problem, i: u32): u32 {
  return u32At(p.end, i) - u32At(p.start, i);
}

function sortCanonically(p: Problem, order: usize, keys: usize): void {
  const n = p.numBuffers;
  if (p.numFixed > 0) {
    memory.copy(keys, p.offset, (<usize>n) << 3);
    sortByKey(order, n, keys);
  }
  if (p.numGaps > 0) {
    for (let i: u32 = 0; i < n; i++) setU64(keys, i, gapDigest(p, i));
    sortByKey(order, n, keys);
  }
  memory.copy(keys, p.alignment, (<usize>n) << 3);
  sortByKeyFalling(order, n, keys);
  memory.copy(keys, p.size, (<usize>n) << 3);
  sortByKeyFalling(order, n, keys);
  for (let i: u32 = 0; i < n; i++)
    setU64(keys, i, ((<u64>u32At(p.start, i)) << 32) | (u32.MAX_VALUE - u32At(p.end, i)));
  sortByKey(order, n, keys);
}

/** FNV-1a over the gaps' ticks from the buffer's start: equal gaps, equal digest, whenever the buffer lives. */
function gapDigest(p: Problem, i: u32): u64 {
  const start = u32At(p.start, i);
  let digest: u64 = 0xcbf29ce484222325;
  for (let g = u32At(p.gapIndex, i); g < u32At(p.gapIndex, i + 1); g++) {
    digest = (digest ^ (u32At(p.gapStart, g) - start)) * 0x100000001b3;
    digest = (digest ^ (u32At(p.gapEnd, g) - start)) * 0x100000001b3;
  }
  return digest;
}

function sortByStart(p: Problem, order: usize, keys: usize): void {
  for (let i: u32 = 0; i < p.numBuffers; i++) setU64(keys, i, u32At(p.start, i));
  sortByKey(order, p.numBuffers, keys);
}

/** Size falling. */
function sortBySize(p: Problem, order: usize, keys: usize): void {
  memory.copy(keys, p.size, (<usize>p.numBuffers) << 3);
  sortByKeyFalling(order, p.numBuffers, keys);
}

/** Lifetime falling. */
function sortByLongest(p: Problem, order: usize, keys: usize): void {
  for (let i: u32 = 0; i < p.numBuffers; i++) setU64(keys, i, lifetimeOf(p, i));
  sortByKeyFalling(order, p.numBuffers, keys);
}

/** Size × lifetime falling: a 96-bit product, sorted in two halves. */
function sortByArea(p: Problem, order: usize, keys: usize): void {
  const n = p.numBuffers;
  for (let i: u32 = 0; i < n; i++) setU64(keys, i, (u64At(p.size, i) * lifetimeOf(p, i)) & 0xffffffff);
  sortByKeyFalling(order, n, keys);
  for (let i: u32 = 0; i < n; i++) {
    const size = u64At(p.size, i);
    const lifetime: u64 = lifetimeOf(p, i);
    const low = (size & 0xffffffff) * lifetime;
    setU64(keys, i, (size >> 32) * lifetime + (low >> 32));
  }
  sortByKeyFalling(order, n, keys);
}

/** By the heaviest section of the buffer's life: its load falling, then the earlier section. */
function sortByBreadth(p: Problem, order: usize, keys: usize): void {
  const n = p.numBuffers;
  const s = sweepOf(p);
  const scratch = mark();
  const heaviest = newU32(n);
  heaviestSections(p, s, heaviest);
  for (let i: u32 = 0; i < n; i++) setU64(keys, i, u32At(heaviest, i));
  sortByKey(order, n, keys);
  for (let i: u32 = 0; i < n; i++) setU64(keys, i, u64At(s.load, u32At(heaviest, i)));
  sortByKeyFalling(order, n, keys);
  release(scratch);
}

/** u64 per buffer, bytes: the largest load of the sections it is live in. */
export function heaviestLoads(p: Problem, loads: usize): void {
  const s = sweepOf(p);
  const scratch = mark();
  const sections = newU32(p.numBuffers);
  heaviestSections(p, s, sections);
  for (let i: u32 = 0; i < p.numBuffers; i++) setU64(loads, i, u64At(s.load, u32At(sections, i)));
  release(scratch);
}

/** u32 per buffer: the first of the heaviest sections it is live in, by a tournament over the sections. */
function heaviestSections(p: Problem, s: Sweep, heaviest: usize): void {
  let leaves: u32 = 1;
  while (leaves < s.numSections) leaves <<= 1;
  const winner = newU64(leaves);
  for (let i: u32 = 0; i < leaves; i++) setU32(winner, leaves + i, min(i, s.numSections - 1));
  for (let node = leaves - 1; node > 0; node--) {
    setU32(winner, node, heavier(s, u32At(winner, 2 * node), u32At(winner, 2 * node + 1)));
  }
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    let best = u32At(s.hullFirst, i);
    for (let k = u32At(s.pieceIndex, i); k < u32At(s.pieceIndex, i + 1); k++) {
      let from = u32At(s.first, k) + leaves;
      let to = u32At(s.last, k) + leaves;
      for (; from < to; from >>= 1, to >>= 1) {
        if (from & 1) best = heavier(s, best, u32At(winner, from++));
        if (to & 1) best = heavier(s, best, u32At(winner, --to));
      }
    }
    setU32(heaviest, i, best);
  }
}

function heavier(s: Sweep, a: u32, b: u32): u32 {
  const loadA = u64At(s.load, a);
  const loadB = u64At(s.load, b);
  return loadA > loadB || (loadA == loadB && a < b) ? a : b;
}

/** Number of buffers whose hull overlaps this one's falling (counted from the sorted section ranges, no graph). */
function sortByConflicts(p: Problem, order: usize, keys: usize): void {
  const n = p.numBuffers;
  const s = sweepOf(p);
  const scratch = mark();
  const born = newU32(<u64>s.numSections + 1); // hulls that begin in a section up to this one
  const dead = newU32(<u64>s.numSections + 1); // hulls that end at this section or before
  memory.fill(born, 0, (<usize>s.numSections + 1) << 2);
  memory.fill(dead, 0, (<usize>s.numSections + 1) << 2);
  for (let i: u32 = 0; i < n; i++) {
    const first = u32At(s.hullFirst, i);
    const last = u32At(s.hullLast, i);
    setU32(born, first, u32At(born, first) + 1);
    setU32(dead, last, u32At(dead, last) + 1);
  }
  for (let section: u32 = 1; section <= s.numSections; section++) {
    setU32(born, section, u32At(born, section) + u32At(born, section - 1));
    setU32(dead, section, u32At(dead, section) + u32At(dead, section - 1));
  }
  for (let i: u32 = 0; i < n; i++) {
    const conflicts = u32At(born, u32At(s.hullLast, i) - 1) - u32At(dead, u32At(s.hullFirst, i));
    setU64(keys, i, conflicts);
  }
  sortByKeyFalling(order, n, keys);
  release(scratch);
}
