/**
 * Independent check of a plan, O(n log n): overlap in time and space, alignment, fixed offsets, capacity, range of
 * numbers. It shares no code with the solvers: its own sort, its own sweep (over ticks, not sections), its own set.
 *
 * The buffers are ranked by offset. During a sweep over time, deaths before births, a bitset over the ranks holds the
 * live buffers. While no two of those overlap, a buffer that is born can only overlap its two neighbours in rank.
 */
import {alloc, mark, release} from './memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At, zeroedU32, zeroedU64} from './memory/column';
import {NO_OFFSET, NONE, Problem} from './memory/layout';
import {bytesOf, NOT_BYTES} from './memory/numbers';
import {MISALIGNED, MOVED, OUT_OF_RANGE, OVER_CAPACITY, OVERLAP} from './memory/status';

/** Violations found, (kind, buffer, other buffer) u32 ×3 each; the other buffer is NONE except for overlaps. */
@unmanaged
export class Violations {
  count: u32;
  room: u32;
  triples: usize;
}

/**
 * Checks the offsets (f64 ×n at `offsets`, as the host sees them) against the problem and a capacity in bytes
 * (u64.MAX_VALUE: none). At most `room` violations are kept.
 */
export function verifyPlan(p: Problem, offsets: usize, capacity: u64, room: u32): Violations {
  const v = changetype<Violations>(alloc(offsetof<Violations>()));
  v.count = 0;
  v.room = room;
  v.triples = alloc(<u64>room * 12);
  const scratch = mark();
  const low = newU64(p.numBuffers);
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    const offset = bytesOf(load<f64>(offsets + ((<usize>i) << 3)));
    setU64(low, i, offset);
    checkAlone(p, v, i, offset, capacity);
  }
  checkTogether(p, v, low);
  release(scratch);
  return v;
}

function report(v: Violations, kind: u32, a: u32, b: u32): void {
  if (v.count == v.room) return;
  setU32(v.triples, 3 * v.count, kind);
  setU32(v.triples, 3 * v.count + 1, a);
  setU32(v.triples, 3 * v.count + 2, b);
  v.count++;
}

/** Reports the violations of one buffer by itself. */
function checkAlone(p: Problem, v: Violations, i: u32, offset: u64, capacity: u64): void {
  const size = u64At(p.size, i);
  // both are below 2^53, so the sum cannot wrap; the top must be a byte count as well
  if (offset == NOT_BYTES || bytesOf(<f64>(offset + size)) == NOT_BYTES) {
    report(v, OUT_OF_RANGE, i, NONE);
    return;
  }
  if (offset % u64At(p.alignment, i) != 0) report(v, MISALIGNED, i, NONE);
  const fixed = u64At(p.offset, i);
  if (fixed != NO_OFFSET && fixed != offset) report(v, MOVED, i, NONE);
  if (offset + size > capacity) report(v, OVER_CAPACITY, i, NONE);
}

function checkTogether(p: Problem, v: Violations, low: usize): void {
  const n = p.numBuffers;
  const rankOf = newU32(n);
  const bufferAt = newU32(n);
  rankByOffset(low, n, rankOf, bufferAt);
  const numPieces = n + p.numGaps;
  const events = alloc((<u64>numPieces) << 4);
  const owner = newU32(numPieces);
  listEvents(p, events, owner);
  mergeSort(events, 2 * numPieces);
  const live = newBits(n);
  for (let e: u32 = 0; e < 2 * numPieces; e++) {
    const event = u64At(events, e);
    const i = u32At(owner, <u32>event & ~BIRTH);
    if (u64At(low, i) == NOT_BYTES) continue;
    const rank = u32At(rankOf, i);
    if ((<u32>event & BIRTH) == 0) {
      clearBit(live, rank);
      continue;
    }
    const below = bitBelow(live, rank);
    const above = bitAbove(live, rank);
    if (below != NONE && topOf(p, low, u32At(bufferAt, below)) > u64At(low, i)) {
      report(v, OVERLAP, u32At(bufferAt, below), i);
    } else if (above != NONE && topOf(p, low, i) > u64At(low, u32At(bufferAt, above))) {
      report(v, OVERLAP, i, u32At(bufferAt, above));
    } else {
      setBit(live, rank); // a buffer that overlaps is left out, so that no two live ones overlap
    }
  }
}

function topOf(p: Problem, low: usize, i: u32): u64 {
  return u64At(low, i) + u64At(p.size, i);
}

// ---- events: tick, then deaths before births, then the piece, packed into a u64

const BIRTH: u32 = 1 << 31;

function listEvents(p: Problem, events: usize, owner: usize): void {
  let piece: u32 = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    let from = u32At(p.start, i);
    for (let g = u32At(p.gapIndex, i); g <= u32At(p.gapIndex, i + 1); g++) {
      const isLast = g == u32At(p.gapIndex, i + 1);
      const to = isLast ? u32At(p.end, i) : u32At(p.gapStart, g);
      setU64(events, 2 * piece, ((<u64>from) << 32) | BIRTH | piece);
      setU64(events, 2 * piece + 1, ((<u64>to) << 32) | piece);
      setU32(owner, piece++, i);
      if (!isLast) from = u32At(p.gapEnd, g);
    }
  }
}

/** Ranks of the buffers by offset: offset and buffer cannot share a u64, so the offsets are sorted first. */
function rankByOffset(low: usize, n: u32, rankOf: usize, bufferAt: usize): void {
  const sorted = newU64(n);
  const taken = zeroedU32(n);
  memory.copy(sorted, low, (<usize>n) << 3);
  mergeSort(sorted, n);
  for (let i: u32 = 0; i < n; i++) {
    const first = firstAtLeast(sorted, n, u64At(low, i));
    const rank = first + u32At(taken, first);
    setU32(taken, first, u32At(taken, first) + 1);
    setU32(rankOf, i, rank);
    setU32(bufferAt, rank, i);
  }
}

function firstAtLeast(sorted: usize, n: u32, value: u64): u32 {
  let left: u32 = 0;
  let right = n;
  while (left < right) {
    const middle = (left + right) >> 1;
    if (u64At(sorted, middle) < value) left = middle + 1;
    else right = middle;
  }
  return left;
}

/** Sorts `count` u64 in place, bottom up. */
function mergeSort(values: usize, count: u32): void {
  const scratch = mark();
  let from = values;
  let to = newU64(count);
  for (let width: u64 = 1; width < count; width <<= 1) {
    for (let start: u64 = 0; start < count; start += 2 * width) {
      const middle = <u32>min<u64>(start + width, count);
      const end = <u32>min<u64>(start + 2 * width, count);
      let a = <u32>start;
      let b = middle;
      for (let k = <u32>start; k < end; k++) {
        const takeA = b >= end || (a < middle && u64At(from, a) <= u64At(from, b));
        setU64(to, k, takeA ? u64At(from, a++) : u64At(from, b++));
      }
    }
    const sorted = to;
    to = from;
    from = sorted;
  }
  if (from != values) memory.copy(values, from, (<usize>count) << 3);
  release(scratch);
}

// ---- a set of ranks: bits, and above them a bit per word that is not 0, up to a single word

const LEVELS: u32 = 6; // 64^6 > 2^32

@unmanaged
class Bits {
  level0: usize;
  level1: usize;
  level2: usize;
  level3: usize;
  level4: usize;
  level5: usize;
}

function newBits(n: u32): Bits {
  const bits = changetype<Bits>(alloc(offsetof<Bits>()));
  let words: u64 = n;
  for (let level: u32 = 0; level < LEVELS; level++) {
    words = (words + 63) >> 6;
    store<usize>(changetype<usize>(bits) + level * sizeof<usize>(), zeroedU64(words));
  }
  return bits;
}

function levelOf(bits: Bits, level: u32): usize {
  return load<usize>(changetype<usize>(bits) + level * sizeof<usize>());
}

function setBit(bits: Bits, index: u32): void {
  for (let level: u32 = 0; level < LEVELS; level++) {
    const words = levelOf(bits, level);
    const word = u64At(words, index >> 6);
    setU64(words, index >> 6, word | ((<u64>1) << (index & 63)));
    if (word != 0) return;
    index >>= 6;
  }
}

function clearBit(bits: Bits, index: u32): void {
  for (let level: u32 = 0; level < LEVELS; level++) {
    const words = levelOf(bits, level);
    const word = u64At(words, index >> 6) & ~((<u64>1) << (index & 63));
    setU64(words, index >> 6, word);
    if (word != 0) return;
    index >>= 6;
  }
}

/** Largest member below `index`; NONE where there is none. */
function bitBelow(bits: Bits, index: u32): u32 {
  for (let level: u32 = 0; level < LEVELS; level++) {
    const lower = u64At(levelOf(bits, level), index >> 6) & (((<u64>1) << (index & 63)) - 1);
    if (lower != 0) {
      let found = (index & ~63) | (63 - <u32>clz(lower));
      while (level > 0) {
        level--;
        found = (found << 6) | (63 - <u32>clz(u64At(levelOf(bits, level), found)));
      }
      return found;
    }
    index >>= 6;
  }
  return NONE;
}

/** Smallest member above `index`; NONE where there is none. */
function bitAbove(bits: Bits, index: u32): u32 {
  for (let level: u32 = 0; level < LEVELS; level++) {
    // shifted twice, since a shift by 64 would shift by 0
    const higher = u64At(levelOf(bits, level), index >> 6) & ((u64.MAX_VALUE << (index & 63)) << 1);
    if (higher != 0) {
      let found = (index & ~63) | <u32>ctz(higher);
      while (level > 0) {
        level--;
        found = (found << 6) | <u32>ctz(u64At(levelOf(bits, level), found));
      }
      return found;
    }
    index >>= 6;
  }
  return NONE;
}
