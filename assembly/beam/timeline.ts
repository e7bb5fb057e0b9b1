/**
 * A problem in one direction of time, in units. Its buffers are in the order in which they begin, those of equal end and size
 * side by side: a run of the beam reads one direction, and knows buffers by their place in it.
 */
import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At, zeroedU32} from '../memory/column';
import {Problem} from '../memory/layout';
import {sortByKey} from '../problem/sort';
import {sweepOf} from '../problem/sweep';

@unmanaged
export class Timeline {
  numSections: u32;
  /** u32 per place: the buffer's index in the problem, its sections `[first, last)`, and its size in units. */
  buffers: usize;
  first: usize;
  last: usize;
  size: usize;
  /** u32 ×(numSections + 1): the places of the buffers that begin in a section. */
  beginIndex: usize;
  /** u32 per section: Σ sizes of its buffers, units. */
  load: usize;
}

/** `size`: u32 per buffer, units. */
export function newTimeline(p: Problem, size: usize, isReversed: bool): Timeline {
  const s = sweepOf(p);
  const n = p.numBuffers;
  const sections = s.numSections;
  const t = changetype<Timeline>(alloc(offsetof<Timeline>()));
  t.numSections = sections;
  t.buffers = newU32(n);
  t.first = newU32(n);
  t.last = newU32(n);
  t.size = newU32(n);
  t.load = zeroedU32(sections);
  t.beginIndex = zeroedU32(<u64>sections + 1);
  const scratch = mark();
  const ranges = newU64(n);
  for (let i: u32 = 0; i < n; i++) {
    const first = isReversed ? sections - u32At(s.hullLast, i) : u32At(s.hullFirst, i);
    const last = isReversed ? sections - u32At(s.hullFirst, i) : u32At(s.hullLast, i);
    setU64(ranges, i, ((<u64>first) << 32) | last);
  }
  sortBuffers(t.buffers, n, size, ranges);
  for (let at: u32 = 0; at < n; at++) {
    const buffer = u32At(t.buffers, at);
    setU32(t.first, at, <u32>(u64At(ranges, buffer) >> 32));
    setU32(t.last, at, <u32>u64At(ranges, buffer));
    setU32(t.size, at, u32At(size, buffer));
  }
  release(scratch);
  for (let at: u32 = 0; at < n; at++) addBuffer(t, at);
  for (let k: u32 = 0; k < sections; k++)
    setU32(t.beginIndex, k + 1, u32At(t.beginIndex, k + 1) + u32At(t.beginIndex, k));
  return t;
}

/** By beginning, then by end, then by size: the sorts are stable. */
function sortBuffers(buffers: usize, n: u32, size: usize, ranges: usize): void {
  const keys = newU64(n);
  for (let i: u32 = 0; i < n; i++) {
    setU32(buffers, i, i);
    setU64(keys, i, u32At(size, i));
  }
  sortByKey(buffers, n, keys);
  sortByKey(buffers, n, ranges);
}

/** Counts a buffer where it begins, and in the load of its sections. */
function addBuffer(t: Timeline, at: u32): void {
  const begin = u32At(t.first, at) + 1;
  setU32(t.beginIndex, begin, u32At(t.beginIndex, begin) + 1);
  for (let k = u32At(t.first, at); k < u32At(t.last, at); k++)
    setU32(t.load, k, u32At(t.load, k) + u32At(t.size, at));
}
