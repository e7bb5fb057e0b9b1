/**
 * Lower bound on the peak, in O(n log n).
 *
 * Every offset is a multiple of a, the smallest alignment among a section's buffers (powers of two divide each
 * other). So each of them but the topmost takes ⌈size⌉ₐ before the next can begin, and the section needs at least
 * Σ⌈size⌉ₐ − max(⌈size⌉ₐ − size) bytes: which one is topmost is unknown, so the largest padding is left out. With
 * a = 1 this is the load. A buffer with a fixed offset needs its own top besides.
 */
import {alloc, allocZeroed, mark, release} from './arena';
import {addU64, alignUp, setU32, setU64, u32At, u64At} from './column';
import {NO_OFFSET, Problem} from './layout';
import {paint} from './paint';
import {sortByKey, sortByKeyFalling} from './sort';
import {Sweep, sweepOf} from './sweep';

/** Bytes no plan can undercut; leaves the ticks where that stands in `p.boundStart`, `p.boundEnd`. */
export function lowerBound(p: Problem): u64 {
  const scratch = mark();
  const s = sweepOf(p);
  const need = sectionNeeds(p, s);
  let bound: u64 = 0;
  for (let section: u32 = 0; section < s.numSections; section++) {
    if (u64At(need, section) > bound) {
      bound = u64At(need, section);
      p.boundStart = u32At(s.sectionStart, section);
      p.boundEnd = u32At(s.sectionEnd, section);
    }
  }
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    const offset = u64At(p.offset, i);
    if (offset != NO_OFFSET && offset + u64At(p.size, i) > bound) {
      bound = offset + u64At(p.size, i);
      p.boundStart = u32At(p.start, i);
      p.boundEnd = u32At(p.end, i);
    }
  }
  release(scratch);
  return bound;
}

/** u64 per section: bytes it needs. */
export function sectionNeeds(p: Problem, s: Sweep): usize {
  const n = p.numBuffers;
  const need = allocZeroed((<u64>s.numSections + 1) << 3);
  const order = alloc((<u64>n) << 2);
  const keys = alloc((<u64>n) << 3);
  for (let i: u32 = 0; i < n; i++) {
    setU32(order, i, i);
    setU64(keys, i, u64At(p.alignment, i));
  }
  sortByKey(order, n, keys);
  const smallest = paint(s, order, p.numBuffers, p.alignment);
  const sums = alloc((<u64>s.numSections + 1) << 3);
  for (let i: u32 = 0; i < n; ) {
    const alignment = u64At(p.alignment, u32At(order, i));
    needWithAlignment(p, s, alignment, smallest, sums, need);
    while (i < n && u64At(p.alignment, u32At(order, i)) == alignment) i++;
  }
  return need;
}

/** Fills in the need of the sections whose smallest alignment is `alignment`. */
function needWithAlignment(
  p: Problem,
  s: Sweep,
  alignment: u64,
  smallest: usize,
  sums: usize,
  need: usize,
): void {
  const scratch = mark();
  const n = p.numBuffers;
  const order = alloc((<u64>n) << 2);
  const paddings = alloc((<u64>n) << 3);
  memory.fill(sums, 0, (<usize>s.numSections + 1) << 3);
  for (let i: u32 = 0; i < n; i++) {
    const padded = alignUp(u64At(p.size, i), alignment);
    setU32(order, i, i);
    setU64(paddings, i, padded - u64At(p.size, i));
    for (let k = u32At(s.pieceIndex, i); k < u32At(s.pieceIndex, i + 1); k++) {
      addU64(sums, u32At(s.first, k), padded);
      addU64(sums, u32At(s.last, k), 0 - padded);
    }
  }
  sortByKeyFalling(order, n, paddings); // leaves complements behind
  const largest = paint(s, order, n, paddings);
  let live: u64 = 0;
  for (let section: u32 = 0; section < s.numSections; section++) {
    live += u64At(sums, section);
    if (u64At(smallest, section) == alignment) setU64(need, section, live - ~u64At(largest, section));
  }
  release(scratch);
}
