/**
 * A problem in one direction of time, in units: the sections of each buffer, the buffers that begin in each section, and the load of
 * each section. A run of the beam reads one direction.
 */
import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, zeroedU32} from '../memory/column';
import {Problem} from '../memory/layout';
import {sortByKey} from '../problem/sort';
import {sweepOf} from '../problem/sweep';

@unmanaged
export class Timeline {
  numSections: u32;
  /** u32 per buffer: its sections `[first, last)`, and its size in units. */
  first: usize;
  last: usize;
  size: usize;
  /** u32 ×(numSections + 1), then u32 ×n: the buffers that begin in a section, those of equal end and size side by side. */
  beginIndex: usize;
  begins: usize;
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
  t.size = size;
  t.first = newU32(n);
  t.last = newU32(n);
  t.load = zeroedU32(sections);
  for (let i: u32 = 0; i < n; i++) {
    const first = u32At(s.hullFirst, i);
    const last = u32At(s.hullLast, i);
    setU32(t.first, i, isReversed ? sections - last : first);
    setU32(t.last, i, isReversed ? sections - first : last);
    for (let k = u32At(t.first, i); k < u32At(t.last, i); k++)
      setU32(t.load, k, u32At(t.load, k) + u32At(size, i));
  }
  listBegins(t, n);
  return t;
}

function listBegins(t: Timeline, n: u32): void {
  t.begins = newU32(n);
  t.beginIndex = zeroedU32(<u64>t.numSections + 1);
  const scratch = mark();
  const keys = newU64(n);
  for (let i: u32 = 0; i < n; i++) {
    setU32(t.begins, i, i);
    setU64(keys, i, u32At(t.size, i));
  }
  sortByKey(t.begins, n, keys);
  // the sorts are stable: by size, then by end, then by beginning
  for (let i: u32 = 0; i < n; i++) setU64(keys, i, ((<u64>u32At(t.first, i)) << 32) | u32At(t.last, i));
  sortByKey(t.begins, n, keys);
  release(scratch);
  for (let i: u32 = 0; i < n; i++) {
    const at = u32At(t.first, i) + 1;
    setU32(t.beginIndex, at, u32At(t.beginIndex, at) + 1);
  }
  for (let k: u32 = 0; k < t.numSections; k++)
    setU32(t.beginIndex, k + 1, u32At(t.beginIndex, k + 1) + u32At(t.beginIndex, k));
}
