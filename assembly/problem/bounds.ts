/**
 * Lower bound on the peak, in O(n log n).
 *
 * For every alignment a: the buffers of a section that are aligned to a or more (powers of two divide each other)
 * have offsets that are multiples of a. Each of them but the topmost takes ⌈size⌉ₐ before the next can begin.
 * Together they need at least Σ⌈size⌉ₐ − max(⌈size⌉ₐ − size) bytes: which one is topmost is unknown, so the largest
 * padding is left out. The section needs the maximum over all a. Leaving a buffer out takes at least its own size
 * from every sum that it is in, so it never raises the bound. If all are aligned to 1 the bound is the load. A buffer
 * with a fixed offset also needs its own top.
 */
import {mark, release} from '../memory/arena';
import {addU64, alignUp, newU32, newU64, setU32, setU64, u32At, u64At, zeroedU64} from '../memory/column';
import {NO_OFFSET, Problem} from '../memory/layout';
import {sectionExtremes} from './section-extremes';
import {sortByKey, sortByKeyFalling} from './sort';
import {Sweep, sweepOf} from './sweep';

/** Bytes no plan can undercut; leaves the ticks where they are needed in `p.boundStart`, `p.boundEnd`. */
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
  const need = zeroedU64(<u64>s.numSections + 1);
  const scratch = mark();
  const order = newU32(n);
  const keys = newU64(n);
  for (let i: u32 = 0; i < n; i++) {
    setU32(order, i, i);
    setU64(keys, i, u64At(p.alignment, i));
  }
  sortByKey(order, n, keys);
  for (let i: u32 = 0; i < n; ) {
    const alignment = u64At(p.alignment, u32At(order, i));
    raiseNeeds(p, s, alignment, order + ((<usize>i) << 2), n - i, need);
    while (i < n && u64At(p.alignment, u32At(order, i)) == alignment) i++;
  }
  release(scratch);
  return need;
}

/** Raises the needs to those of `count` buffers that are aligned to `alignment` or more. */
function raiseNeeds(p: Problem, s: Sweep, alignment: u64, buffers: usize, count: u32, need: usize): void {
  const scratch = mark();
  const order = newU32(count);
  const paddings = newU64(p.numBuffers);
  const sums = zeroedU64(<u64>s.numSections + 1);
  memory.copy(order, buffers, (<usize>count) << 2);
  for (let at: u32 = 0; at < count; at++) {
    const i = u32At(order, at);
    const padded = alignUp(u64At(p.size, i), alignment);
    setU64(paddings, i, padded - u64At(p.size, i));
    for (let k = u32At(s.pieceIndex, i); k < u32At(s.pieceIndex, i + 1); k++) {
      addU64(sums, u32At(s.first, k), padded);
      addU64(sums, u32At(s.last, k), 0 - padded);
    }
  }
  sortByKeyFalling(order, count, paddings); // leaves complements behind
  const largest = sectionExtremes(s, order, count, paddings);
  let live: u64 = 0;
  for (let section: u32 = 0; section < s.numSections; section++) {
    live += u64At(sums, section);
    if (live == 0) continue; // none of them is live here
    setU64(need, section, max(u64At(need, section), live - ~u64At(largest, section)));
  }
  release(scratch);
}
