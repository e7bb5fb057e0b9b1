/**
 * Lifetimes → pieces, sections, partitions and the live load of every section. O(n log n), no conflict graph.
 *
 *    buffers      ███████ a                     A piece is live at its first tick and dead at its end, so the set of
 *              ██████ b    █████ c              live pieces is largest just before a death that follows a birth:
 *              │  S0 │ S1  │ S2 │               that instant represents the section. Two pieces overlap in time
 *                                               iff they share a section.
 *
 * The sections of a piece are the half-open range `[first, last)`; the hull of a buffer is the range of all its
 * pieces.
 */
import {alloc, mark, release} from '../memory/arena';
import {addU64, newU32, newU64, setU32, setU64, u32At, u64At, zeroedU64} from '../memory/column';
import {NO_OFFSET, NONE, Problem} from '../memory/layout';
import {sortByKey} from './sort';

@unmanaged
export class Sweep {
  numPieces: u32;
  numSections: u32;
  numPartitions: u32;
  /** u32 ×(n+1): pieces of buffer i are pieceIndex[i] … pieceIndex[i+1] − 1, in order of time. */
  pieceIndex: usize;
  /** u32 per piece: sections `[first, last)`. */
  first: usize;
  last: usize;
  /** u32 per buffer: sections of its hull. */
  hullFirst: usize;
  hullLast: usize;
  /** u32 per section: ticks `[sectionStart, sectionEnd)` in which exactly its pieces are live. */
  sectionStart: usize;
  sectionEnd: usize;
  /** u64 per section: Σ sizes of its pieces, bytes. */
  load: usize;
  /** u32 per section: number of its partition, rising with time. */
  partition: usize;
}

export function sweepOf(p: Problem): Sweep {
  return changetype<Sweep>(p.sweep);
}

/** Sweeps a problem whose columns are filled, and leaves the result at `p.sweep`. */
export function sweepProblem(p: Problem): void {
  const s = changetype<Sweep>(alloc(offsetof<Sweep>()));
  const n = p.numBuffers;
  const numPieces = n + p.numGaps;
  s.numPieces = numPieces;
  s.pieceIndex = newU32(<u64>n + 1);
  s.first = newU32(numPieces);
  s.last = newU32(numPieces);
  s.hullFirst = newU32(n);
  s.hullLast = newU32(n);
  s.sectionStart = newU32(numPieces);
  s.sectionEnd = newU32(numPieces);
  cutIntoPieces(p, s);
  findSections(s);
  for (let i: u32 = 0; i < n; i++) {
    setU32(s.hullFirst, i, u32At(s.first, u32At(s.pieceIndex, i)));
    setU32(s.hullLast, i, u32At(s.last, u32At(s.pieceIndex, i + 1) - 1));
  }
  sumLoads(p, s);
  findPartitions(n, s);
  p.sweep = changetype<usize>(s);
  p.numSections = s.numSections;
  p.numPartitions = s.numPartitions;
  setExtremes(p);
}

/** Fills `first` and `last` with the pieces' ticks. */
function cutIntoPieces(p: Problem, s: Sweep): void {
  let piece: u32 = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    setU32(s.pieceIndex, i, piece);
    let from = u32At(p.start, i);
    for (let g = u32At(p.gapIndex, i); g < u32At(p.gapIndex, i + 1); g++) {
      setU32(s.first, piece, from);
      setU32(s.last, piece++, u32At(p.gapStart, g));
      from = u32At(p.gapEnd, g);
    }
    setU32(s.first, piece, from);
    setU32(s.last, piece++, u32At(p.end, i));
  }
  setU32(s.pieceIndex, p.numBuffers, piece);
}

/** Replaces the pieces' ticks by section numbers, and records the ticks of every section. */
function findSections(s: Sweep): void {
  const scratch = mark();
  const count = s.numPieces;
  const births = sortedByTick(s.first, count);
  const deaths = sortedByTick(s.last, count);
  let sections: u32 = 0;
  let b: u32 = 0;
  // A death closes the section of the births before it; the next birth opens another.
  for (let d: u32 = 0; d < count; ) {
    const death = u32At(s.last, u32At(deaths, d));
    const opened = b;
    let birth: u32 = 0;
    while (b < count) {
      const tick = u32At(s.first, u32At(births, b));
      if (tick >= death) break;
      birth = tick;
      b++;
    }
    if (b > opened) {
      setU32(s.sectionStart, sections, birth);
      setU32(s.sectionEnd, sections, death);
      for (let i = opened; i < b; i++) setU32(s.first, u32At(births, i), sections);
      sections++;
    }
    // deaths before the next birth all end with the section just closed
    const next = b < count ? u32At(s.first, u32At(births, b)) : u32.MAX_VALUE;
    while (d < count && u32At(s.last, u32At(deaths, d)) <= next) setU32(s.last, u32At(deaths, d++), sections);
  }
  s.numSections = sections;
  release(scratch);
}

/** Indices of a column of ticks, in order of tick. */
function sortedByTick(ticks: usize, count: u32): usize {
  const order = newU32(count);
  const scratch = mark();
  const keys = newU64(count);
  for (let i: u32 = 0; i < count; i++) {
    setU32(order, i, i);
    setU64(keys, i, u32At(ticks, i));
  }
  sortByKey(order, count, keys);
  release(scratch);
  return order;
}

function sumLoads(p: Problem, s: Sweep): void {
  s.load = zeroedU64(<u64>s.numSections + 1);
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    const size = u64At(p.size, i);
    for (let k = u32At(s.pieceIndex, i); k < u32At(s.pieceIndex, i + 1); k++) {
      addU64(s.load, u32At(s.first, k), size);
      addU64(s.load, u32At(s.last, k), 0 - size);
    }
  }
  let live: u64 = 0;
  for (let section: u32 = 0; section < s.numSections; section++) {
    live += u64At(s.load, section);
    setU64(s.load, section, live);
  }
}

/** A partition ends where no hull continues into the next section. */
function findPartitions(numBuffers: u32, s: Sweep): void {
  s.partition = newU32(s.numSections);
  const reach = s.partition; // at first, per section, the furthest end of the hulls that begin there
  for (let section: u32 = 0; section < s.numSections; section++) setU32(reach, section, section + 1);
  for (let i: u32 = 0; i < numBuffers; i++) {
    const first = u32At(s.hullFirst, i);
    setU32(reach, first, max(u32At(reach, first), u32At(s.hullLast, i)));
  }
  let end: u32 = 0;
  let number: u32 = NONE;
  for (let section: u32 = 0; section < s.numSections; section++) {
    if (section >= end) number++;
    end = max(end, u32At(reach, section));
    setU32(s.partition, section, number);
  }
  s.numPartitions = number + 1;
}

function setExtremes(p: Problem): void {
  p.numFixed = 0;
  p.granule = u64.MAX_VALUE;
  p.minSize = u64.MAX_VALUE;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    if (u64At(p.offset, i) != NO_OFFSET) p.numFixed++;
    p.granule = min(p.granule, u64At(p.alignment, i));
    p.minSize = min(p.minSize, u64At(p.size, i));
  }
}
