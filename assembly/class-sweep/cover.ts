/**
 * Changes of the address line: an item covers a range of addresses, and uncovers it when it ends. What was there is
 * kept as a list of pieces, 16 bytes each: address of the next piece, `next`, high end.
 *
 *    before     │ next 0 │ next 7 │   next 0   │ NEVER │
 *    cover             ├─── next 5 ───┤
 *    after      │next 0│    next 5    │ next 0 │ NEVER │       pieces: next 0, next 7, next 0
 */
import {setU32, setU64, u32At, u64At} from '../memory/column';
import {
  AddressLine,
  BATCH,
  CHUNK,
  chunkAt,
  dropChunk,
  groupAt,
  highAt,
  locate,
  mergeWithNext,
  moveTail,
  nextAt,
  OCCUPIED,
  Span,
  setHigh,
  setNext,
  splitChunk,
} from './address-line';
import {allocateCell, freeCell} from './cells';

/** Sets `next` of `[low, high)`; returns the list of pieces it had, for `uncover`. */
export function cover(line: AddressLine, low: u64, high: u64, next: u32): usize {
  setU64(line.highs, 0, high);
  setU32(line.nexts, 0, next);
  line.firstPiece = 0;
  replace(line, low, high, 1, true);
  return line.firstPiece;
}

/** Puts back the pieces that `cover` found from `low` on; those that have begun by now become occupied. */
export function uncover(line: AddressLine, low: u64, pieces: usize): void {
  let from = low;
  for (let piece = pieces; piece != 0; ) {
    let count: u32 = 0;
    while (piece != 0 && count < BATCH) {
      const next = effectiveNext(line, load<u32>(piece, 4));
      if (count > 0 && u32At(line.nexts, count - 1) == next) count--;
      setU64(line.highs, count, load<u64>(piece, 8));
      setU32(line.nexts, count++, next);
      const after: usize = load<u32>(piece);
      freeCell(line.pieceCells, piece);
      piece = after;
    }
    const to = u64At(line.highs, count - 1);
    replace(line, from, to, count, false);
    from = to;
  }
}

/** `next` as of now: OCCUPIED if the obstacle has begun. */
function effectiveNext(line: AddressLine, next: u32): u32 {
  return next <= line.occupied ? OCCUPIED : next;
}

/** Replaces the segments of `[low, high)` by the first `count` of `highs` and `nexts`. */
function replace(line: AddressLine, low: u64, high: u64, count: u32, savesPieces: bool): void {
  locate(line, low);
  let chunk = chunkAt(groupAt(line, line.group), line.chunk);
  if (chunk.count + count + 2 > CHUNK) {
    splitChunk(line);
    locate(line, low);
    chunk = chunkAt(groupAt(line, line.group), line.chunk);
  }
  let from: u32 = 0;
  while (highAt(chunk, from) <= low) from++;
  let to = from;
  for (; to < chunk.count; to++) {
    const end = highAt(chunk, to);
    if (savesPieces) savePiece(line, min(end, high), nextAt(chunk, to));
    if (end >= high) break;
  }
  if (to == chunk.count) coverBeyond(line, high, savesPieces);
  writeSegments(line, chunk, low, high, count, from, to);
  chunk.isStale = 1;
  groupAt(line, line.group).isStale = 1;
  if (chunk.count < CHUNK / 4) mergeWithNext(line);
}

/** Writes the new segments into a chunk in place of `[from, to]`; of those, the outer two may be covered in part. */
function writeSegments(
  line: AddressLine,
  chunk: Span,
  low: u64,
  high: u64,
  count: u32,
  from: u32,
  to: u32,
): void {
  const start = from == 0 ? chunk.low : highAt(chunk, from - 1);
  const first = u32At(line.nexts, 0);
  let left: u32 = 0;
  const leftNext = nextAt(chunk, from);
  if (low > start) {
    if (effectiveNext(line, leftNext) != first) left = 1;
  } else if (from > 0 && effectiveNext(line, nextAt(chunk, from - 1)) == first) from--;
  let right: u32 = 0;
  if (to < chunk.count) {
    const last = u32At(line.nexts, count - 1);
    if (highAt(chunk, to) > high) {
      if (effectiveNext(line, nextAt(chunk, to)) != last) right = 1;
      else setU64(line.highs, count - 1, highAt(chunk, to));
    } else if (to + 1 < chunk.count && effectiveNext(line, nextAt(chunk, to + 1)) == last) {
      to++;
      setU64(line.highs, count - 1, highAt(chunk, to));
    }
    to++;
  }
  // the rest of `to` keeps its place: it is moved as part of the tail
  to -= right;
  moveTail(chunk, to, from + left + count);
  if (left) {
    setHigh(chunk, from, low);
    setNext(chunk, from, leftNext);
    from++;
  }
  for (let k: u32 = 0; k < count; k++) {
    setHigh(chunk, from + k, u64At(line.highs, k));
    setNext(chunk, from + k, u32At(line.nexts, k));
  }
}

function savePiece(line: AddressLine, high: u64, next: u32): void {
  const piece = allocateCell(line.pieceCells);
  store<u32>(piece, 0);
  store<u32>(piece, next, 4);
  store<u64>(piece, high, 8);
  if (line.firstPiece == 0) line.firstPiece = piece;
  else store<u32>(line.lastPiece, <u32>piece);
  line.lastPiece = piece;
}

/** Removes everything below `high` from the chunks after the located one. */
function coverBeyond(line: AddressLine, high: u64, savesPieces: bool): void {
  for (;;) {
    let index = line.group;
    let at = line.chunk + 1;
    if (at == groupAt(line, index).count) {
      if (++index == line.numGroups) return;
      at = 0;
    }
    const group = groupAt(line, index);
    const chunk = chunkAt(group, at);
    if (chunk.low >= high) return;
    let covered: u32 = 0;
    while (covered < chunk.count && highAt(chunk, covered) <= high) {
      if (savesPieces) savePiece(line, highAt(chunk, covered), nextAt(chunk, covered));
      covered++;
    }
    if (covered == chunk.count) {
      dropChunk(line, index, at);
      continue;
    }
    if (savesPieces && chunkStart(chunk, covered) < high) savePiece(line, high, nextAt(chunk, covered));
    moveTail(chunk, covered, 0);
    chunk.low = high;
    chunk.isStale = 1;
    if (at == 0) group.low = high;
    group.isStale = 1;
    return;
  }
}

function chunkStart(chunk: Span, index: u32): u64 {
  return index == 0 ? chunk.low : highAt(chunk, index - 1);
}
