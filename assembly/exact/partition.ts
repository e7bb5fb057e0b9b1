/**
 * One partition as read-only tables for the exact search: its buffers numbered from 0 in order of birth, its sections
 * from 0, which buffers overlap, and which are live in a section. Refused where the tables would be too large.
 */
import {alloc} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At, zeroedU32} from '../memory/column';
import {NO_OFFSET, Problem} from '../memory/layout';
import {lifetimeOf} from '../problem/order';
import {Sweep, sweepOf} from '../problem/sweep';

/** Above either, a partition is refused: a list per depth takes count² × 4 bytes in all, a pair 8 bytes. */
const MOST_BUFFERS: u32 = 3000;
const MOST_PAIRS: u64 = 4_000_000;

@unmanaged
export class Partition {
  count: u32;
  numSections: u32;
  /** Its largest size, bytes. */
  largest: u64;
  /** u32 per buffer: its index in the problem. */
  buffer: usize;
  /** u64 per buffer: bytes; `fixed` is NO_OFFSET where the buffer has no fixed offset. */
  size: usize;
  alignment: usize;
  fixed: usize;
  /** u32 per buffer: ticks. */
  lifetime: usize;
  /** u32 per buffer: sections of its hull, from the partition's first. */
  first: usize;
  last: usize;
  /** Pieces: u32 ×(count+1), then sections `[from, to)` u32 per piece. */
  pieceIndex: usize;
  pieceFirst: usize;
  pieceLast: usize;
  /** Buffers that share a section: u32 ×(count+1), then u32 per pair and direction. */
  neighbourIndex: usize;
  neighbours: usize;
  /** Buffers live in a section: u32 ×(numSections+1), then u32 each. */
  memberIndex: usize;
  members: usize;
  /** u32 per buffer: the next one that is alike (no fixed offset, same sections and alignment), in a ring. */
  nextAlike: usize;
  /** u32 per buffer: the first one that is alike and of the same size; itself where it is the first. */
  firstEqual: usize;
}

/** The tables of the buffers `order[from … to)`, in order of birth, one whole partition; null where refused. */
export function newPartition(p: Problem, order: usize, from: u32, to: u32): Partition | null {
  const s = sweepOf(p);
  const count = to - from;
  if (count > MOST_BUFFERS) return null;
  const part = changetype<Partition>(alloc(offsetof<Partition>()));
  part.count = count;
  part.largest = 0;
  part.buffer = newU32(count);
  part.size = newU64(count);
  part.alignment = newU64(count);
  part.fixed = newU64(count);
  part.lifetime = newU32(count);
  part.first = newU32(count);
  part.last = newU32(count);
  const base = u32At(s.hullFirst, u32At(order, from));
  let end: u32 = base;
  for (let k: u32 = 0; k < count; k++) {
    const i = u32At(order, from + k);
    setU32(part.buffer, k, i);
    setU64(part.size, k, u64At(p.size, i));
    part.largest = max(part.largest, u64At(p.size, i));
    setU64(part.alignment, k, u64At(p.alignment, i));
    setU64(part.fixed, k, u64At(p.offset, i));
    setU32(part.lifetime, k, lifetimeOf(p, i));
    setU32(part.first, k, u32At(s.hullFirst, i) - base);
    setU32(part.last, k, u32At(s.hullLast, i) - base);
    end = max(end, u32At(s.hullLast, i));
  }
  part.numSections = end - base;
  copyPieces(s, part, base);
  listMembers(part);
  linkAlike(part);
  return listNeighbours(part) ? part : null;
}

function copyPieces(s: Sweep, part: Partition, base: u32): void {
  part.pieceIndex = newU32(<u64>part.count + 1);
  let pieces: u32 = 0;
  for (let k: u32 = 0; k < part.count; k++) {
    const i = u32At(part.buffer, k);
    setU32(part.pieceIndex, k, pieces);
    pieces += u32At(s.pieceIndex, i + 1) - u32At(s.pieceIndex, i);
  }
  setU32(part.pieceIndex, part.count, pieces);
  part.pieceFirst = newU32(pieces);
  part.pieceLast = newU32(pieces);
  for (let k: u32 = 0; k < part.count; k++) {
    const from = u32At(s.pieceIndex, u32At(part.buffer, k));
    for (let piece = u32At(part.pieceIndex, k); piece < u32At(part.pieceIndex, k + 1); piece++) {
      const at = from + piece - u32At(part.pieceIndex, k);
      setU32(part.pieceFirst, piece, u32At(s.first, at) - base);
      setU32(part.pieceLast, piece, u32At(s.last, at) - base);
    }
  }
}

function listMembers(part: Partition): void {
  part.memberIndex = zeroedU32(<u64>part.numSections + 2);
  const pieces = u32At(part.pieceIndex, part.count);
  // counted one place ahead, so that filling leaves every index where it belongs
  for (let piece: u32 = 0; piece < pieces; piece++) {
    for (let section = u32At(part.pieceFirst, piece); section < u32At(part.pieceLast, piece); section++) {
      setU32(part.memberIndex, section + 2, u32At(part.memberIndex, section + 2) + 1);
    }
  }
  for (let section: u32 = 1; section < part.numSections + 2; section++) {
    setU32(
      part.memberIndex,
      section,
      u32At(part.memberIndex, section) + u32At(part.memberIndex, section - 1),
    );
  }
  part.members = newU32(u32At(part.memberIndex, part.numSections + 1));
  for (let k: u32 = 0; k < part.count; k++) {
    for (let piece = u32At(part.pieceIndex, k); piece < u32At(part.pieceIndex, k + 1); piece++) {
      for (let section = u32At(part.pieceFirst, piece); section < u32At(part.pieceLast, piece); section++) {
        const at = u32At(part.memberIndex, section + 1);
        setU32(part.members, at, k);
        setU32(part.memberIndex, section + 1, at + 1);
      }
    }
  }
}

function linkAlike(part: Partition): void {
  part.nextAlike = newU32(part.count);
  part.firstEqual = newU32(part.count);
  for (let k: u32 = 0; k < part.count; k++) {
    setU32(part.nextAlike, k, k);
    setU32(part.firstEqual, k, k);
    // in order of birth, so that those before it with the same first section are next to it
    for (let j = k; j > 0 && u32At(part.first, j - 1) == u32At(part.first, k); j--) {
      if (!areAlike(part, j - 1, k)) continue;
      if (u32At(part.nextAlike, k) == k) {
        setU32(part.nextAlike, k, u32At(part.nextAlike, j - 1));
        setU32(part.nextAlike, j - 1, k);
      }
      if (u64At(part.size, j - 1) != u64At(part.size, k)) continue;
      setU32(part.firstEqual, k, u32At(part.firstEqual, j - 1));
      break;
    }
  }
}

function areAlike(part: Partition, a: u32, b: u32): bool {
  const count = u32At(part.pieceIndex, a + 1) - u32At(part.pieceIndex, a);
  if (u32At(part.last, a) != u32At(part.last, b)) return false;
  if (u64At(part.alignment, a) != u64At(part.alignment, b)) return false;
  if (u64At(part.fixed, a) != NO_OFFSET || u64At(part.fixed, b) != NO_OFFSET) return false;
  if (u32At(part.pieceIndex, b + 1) - u32At(part.pieceIndex, b) != count) return false;
  for (let piece: u32 = 0; piece < count; piece++) {
    const pieceA = u32At(part.pieceIndex, a) + piece;
    const pieceB = u32At(part.pieceIndex, b) + piece;
    if (u32At(part.pieceFirst, pieceA) != u32At(part.pieceFirst, pieceB)) return false;
    if (u32At(part.pieceLast, pieceA) != u32At(part.pieceLast, pieceB)) return false;
  }
  return true;
}

/** False where there are more pairs than may be listed. */
function listNeighbours(part: Partition): bool {
  part.neighbourIndex = zeroedU32(<u64>part.count + 2);
  let pairs: u64 = 0;
  for (let a: u32 = 0; a < part.count; a++) {
    for (let b = a + 1; b < part.count && u32At(part.first, b) < u32At(part.last, a); b++) {
      if (!areLiveTogether(part, a, b)) continue;
      setU32(part.neighbourIndex, a + 2, u32At(part.neighbourIndex, a + 2) + 1);
      setU32(part.neighbourIndex, b + 2, u32At(part.neighbourIndex, b + 2) + 1);
      pairs++;
    }
    if (pairs > MOST_PAIRS) return false;
  }
  for (let k: u32 = 1; k < part.count + 2; k++) {
    setU32(part.neighbourIndex, k, u32At(part.neighbourIndex, k) + u32At(part.neighbourIndex, k - 1));
  }
  part.neighbours = newU32(2 * pairs);
  for (let a: u32 = 0; a < part.count; a++) {
    for (let b = a + 1; b < part.count && u32At(part.first, b) < u32At(part.last, a); b++) {
      if (!areLiveTogether(part, a, b)) continue;
      addNeighbour(part, a, b);
      addNeighbour(part, b, a);
    }
  }
  return true;
}

function addNeighbour(part: Partition, k: u32, neighbour: u32): void {
  const at = u32At(part.neighbourIndex, k + 1);
  setU32(part.neighbours, at, neighbour);
  setU32(part.neighbourIndex, k + 1, at + 1);
}

function areLiveTogether(part: Partition, a: u32, b: u32): bool {
  const endA = u32At(part.pieceIndex, a + 1);
  const endB = u32At(part.pieceIndex, b + 1);
  for (let pieceA = u32At(part.pieceIndex, a); pieceA < endA; pieceA++) {
    for (let pieceB = u32At(part.pieceIndex, b); pieceB < endB; pieceB++) {
      const apart =
        u32At(part.pieceLast, pieceA) <= u32At(part.pieceFirst, pieceB) ||
        u32At(part.pieceLast, pieceB) <= u32At(part.pieceFirst, pieceA);
      if (!apart) return true;
    }
  }
  return false;
}

/** A lower bound of the partition, bytes: its heaviest section (`need`, u64 per section), and the tops of its fixed buffers. */
export function partitionBound(p: Problem, part: Partition, need: usize): u64 {
  const s = sweepOf(p);
  const base = u32At(s.hullFirst, u32At(part.buffer, 0));
  let bound: u64 = 0;
  for (let section: u32 = 0; section < part.numSections; section++)
    bound = max(bound, u64At(need, base + section));
  for (let k: u32 = 0; k < part.count; k++) {
    const fixed = u64At(part.fixed, k);
    if (fixed != NO_OFFSET) bound = max(bound, fixed + u64At(part.size, k));
  }
  return bound;
}
