/**
 * Changes of the address line: an item covers a range of addresses, and what it has covered comes back when it ends.
 * What is covered is kept as a list of pieces, 16 bytes each: address of the next piece, `next`, high end.
 */
import {setU32, setU64, u32At, u64At} from '../memory/column';
import {
  BATCH,
  CHUNK,
  chunkAt,
  dropChunk,
  groupAt,
  highAt,
  join,
  locate,
  moveTail,
  nextAt,
  OCCUPIED,
  Segments,
  Span,
  setHigh,
  setNext,
  splitChunk,
} from './address-line';
import {giveCell, takeCell} from './cells';

/** Gives `[low, high)` the same `next`; the list of pieces it had, for `restore`. */
export function cover(l: Segments, low: u64, high: u64, next: u32): usize {
  setU64(l.highs, 0, high);
  setU32(l.nexts, 0, next);
  l.firstPiece = 0;
  splice(l, low, high, 1, true);
  return l.firstPiece;
}

/** Puts the pieces back that `cover` found from `low` on; what has begun by now is occupied. */
export function restore(l: Segments, low: u64, pieces: usize): void {
  let from = low;
  for (let piece = pieces; piece != 0; ) {
    let count: u32 = 0;
    while (piece != 0 && count < BATCH) {
      const next = settled(l, load<u32>(piece, 4));
      if (count > 0 && u32At(l.nexts, count - 1) == next) count--;
      setU64(l.highs, count, load<u64>(piece, 8));
      setU32(l.nexts, count++, next);
      const after: usize = load<u32>(piece);
      giveCell(l.piecePool, piece);
      piece = after;
    }
    const to = u64At(l.highs, count - 1);
    splice(l, from, to, count, false);
    from = to;
  }
}

/** `next` as it counts now. */
function settled(l: Segments, next: u32): u32 {
  return next <= l.occupied ? OCCUPIED : next;
}

/** Makes the first `count` of `highs` and `nexts` the segments of `[low, high)`. */
function splice(l: Segments, low: u64, high: u64, count: u32, saves: bool): void {
  locate(l, low);
  let chunk = chunkAt(groupAt(l, l.group), l.chunk);
  if (chunk.count + count + 2 > CHUNK) {
    splitChunk(l);
    locate(l, low);
    chunk = chunkAt(groupAt(l, l.group), l.chunk);
  }
  let from: u32 = 0;
  while (highAt(chunk, from) <= low) from++;
  let to = from;
  for (; to < chunk.count; to++) {
    const end = highAt(chunk, to);
    if (saves) save(l, min(end, high), nextAt(chunk, to));
    if (end >= high) break;
  }
  if (to == chunk.count) eat(l, high, saves);
  write(l, chunk, low, high, count, from, to);
  chunk.isStale = 1;
  groupAt(l, l.group).isStale = 1;
  if (chunk.count < CHUNK / 4) join(l);
}

/** Puts the new segments into a chunk instead of `[from, to]`; of those the outer two may be covered in part. */
function write(l: Segments, chunk: Span, low: u64, high: u64, count: u32, from: u32, to: u32): void {
  const start = from == 0 ? chunk.low : highAt(chunk, from - 1);
  const first = u32At(l.nexts, 0);
  let left: u32 = 0;
  const leftNext = nextAt(chunk, from);
  if (low > start) {
    if (settled(l, leftNext) != first) left = 1;
  } else if (from > 0 && settled(l, nextAt(chunk, from - 1)) == first) from--;
  let right: u32 = 0;
  if (to < chunk.count) {
    const last = u32At(l.nexts, count - 1);
    if (highAt(chunk, to) > high) {
      if (settled(l, nextAt(chunk, to)) != last) right = 1;
      else setU64(l.highs, count - 1, highAt(chunk, to));
    } else if (to + 1 < chunk.count && settled(l, nextAt(chunk, to + 1)) == last) {
      to++;
      setU64(l.highs, count - 1, highAt(chunk, to));
    }
    to++;
  }
  // what remains of `to` keeps its place: it is moved as part of the tail
  to -= right;
  moveTail(chunk, to, from + left + count);
  if (left) {
    setHigh(chunk, from, low);
    setNext(chunk, from, leftNext);
    from++;
  }
  for (let k: u32 = 0; k < count; k++) {
    setHigh(chunk, from + k, u64At(l.highs, k));
    setNext(chunk, from + k, u32At(l.nexts, k));
  }
}

function save(l: Segments, high: u64, next: u32): void {
  const piece = takeCell(l.piecePool);
  store<u32>(piece, 0);
  store<u32>(piece, next, 4);
  store<u64>(piece, high, 8);
  if (l.firstPiece == 0) l.firstPiece = piece;
  else store<u32>(l.lastPiece, <u32>piece);
  l.lastPiece = piece;
}

/** Takes everything below `high` out of the chunks after the located one. */
function eat(l: Segments, high: u64, saves: bool): void {
  for (;;) {
    let index = l.group;
    let at = l.chunk + 1;
    if (at == groupAt(l, index).count) {
      if (++index == l.numGroups) return;
      at = 0;
    }
    const group = groupAt(l, index);
    const chunk = chunkAt(group, at);
    if (chunk.low >= high) return;
    let eaten: u32 = 0;
    while (eaten < chunk.count && highAt(chunk, eaten) <= high) {
      if (saves) save(l, highAt(chunk, eaten), nextAt(chunk, eaten));
      eaten++;
    }
    if (eaten == chunk.count) {
      dropChunk(l, index, at);
      continue;
    }
    if (saves && chunkStart(chunk, eaten) < high) save(l, high, nextAt(chunk, eaten));
    moveTail(chunk, eaten, 0);
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
