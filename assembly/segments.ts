/**
 * The address line at one moment of a sweep over time, cut into segments, each with `next`: one more than the section
 * in which an obstacle next begins there (0: occupied now; NEVER). A buffer that dies at the end of section d − 1 fits
 * where all `next` are above d.
 *
 *   low    0        96      160          256             END
 *          │ next 0 │ next 7 │   next 0   │     NEVER     │       one chunk of up to 32 segments
 *
 * A list of groups of chunks of segments: a change moves the segments of one chunk. Chunks and groups carry what a
 * query needs to pass them by (`fit.ts`), brought up to date where a query comes by. What a change covers can be saved
 * as a list of pieces (high end and `next`), and put back later.
 */
import {alloc} from './arena';
import {setU32, setU64, u32At, u64At} from './column';
import {clear, giveCell, newPool, Pool, takeCell} from './pool';

/** `next` of a segment that is occupied now. */
export const OCCUPIED: u32 = 0;
/** `next` of a segment where no obstacle will begin. */
export const NEVER: u32 = u32.MAX_VALUE;
/** Where the line ends; above every address. */
export const END: u64 = 1 << 62;

const CHUNK: u32 = 32;
const GROUP: u32 = 32;
/** Pieces put back at a time; with two halves beside them they fit into half a chunk. */
const BATCH: u32 = 8;

/** What chunks and groups have in common: `count` segments or chunks from address `low` on. */
@unmanaged
export class Span {
  low: u64;
  /** Free bytes at its beginning, at its end, and in a row at most; never too few. */
  prefix: u64;
  suffix: u64;
  longest: u64;
  /** Largest `next` in it. */
  mostNext: u32;
  count: u32;
  /** Whether it has changed since the five above were summed up. */
  isStale: u32;
  padding: u32;
}

const SPAN: usize = 48;
const HIGHS: usize = SPAN + <usize>CHUNK * 4;

@unmanaged
export class Segments {
  /** Segments whose `next` is at most this are occupied. */
  occupied: u32;
  /** u32 ×numGroups: addresses of the groups, in order of address on the line. */
  groups: usize;
  numGroups: u32;
  roomGroups: u32;
  chunkPool: Pool;
  groupPool: Pool;
  piecePool: Pool;
  /** Where `locate` stopped: index of a group, and of a chunk in it. */
  group: u32;
  chunk: u32;
  /** The segments that come instead of others: high end and `next`, ×BATCH. */
  highs: usize;
  nexts: usize;
  /** Of a query (`fit.ts`): the free run that goes on begins here, or where that is not sure, here or above. */
  runLow: u64;
  isSure: bool;
  /** The list of pieces being saved. */
  firstPiece: usize;
  lastPiece: usize;
}

export function newSegments(): Segments {
  const l = changetype<Segments>(alloc(offsetof<Segments>()));
  l.roomGroups = 16;
  l.groups = alloc((<u64>l.roomGroups) << 2);
  l.chunkPool = newPool(<u32>(HIGHS + <usize>CHUNK * 8));
  l.groupPool = newPool(<u32>(SPAN + <usize>GROUP * 4));
  l.piecePool = newPool(16);
  l.highs = alloc(BATCH << 3);
  l.nexts = alloc(BATCH << 2);
  resetSegments(l);
  return l;
}

/** Frees all of the line, and forgets every list of pieces. */
export function resetSegments(l: Segments): void {
  clear(l.chunkPool);
  clear(l.groupPool);
  clear(l.piecePool);
  l.occupied = OCCUPIED;
  const chunk = newSpan(l.chunkPool, 0);
  chunk.count = 1;
  setNext(chunk, 0, NEVER);
  setHigh(chunk, 0, END);
  const group = newSpan(l.groupPool, 0);
  group.count = 1;
  setU32(childrenOf(group), 0, <u32>changetype<usize>(chunk));
  setU32(l.groups, 0, <u32>changetype<usize>(group));
  l.numGroups = 1;
}

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

// ---- segments, chunks, groups

export function groupAt(l: Segments, index: u32): Span {
  return changetype<Span>(<usize>u32At(l.groups, index));
}

export function chunkAt(group: Span, index: u32): Span {
  return changetype<Span>(<usize>u32At(childrenOf(group), index));
}

/** End of the chunk's segment `index`. */
export function highAt(chunk: Span, index: u32): u64 {
  return u64At(changetype<usize>(chunk) + HIGHS, index);
}

export function nextAt(chunk: Span, index: u32): u32 {
  return u32At(changetype<usize>(chunk) + SPAN, index);
}

function setHigh(chunk: Span, index: u32, high: u64): void {
  setU64(changetype<usize>(chunk) + HIGHS, index, high);
}

function setNext(chunk: Span, index: u32, next: u32): void {
  setU32(changetype<usize>(chunk) + SPAN, index, next);
}

function childrenOf(group: Span): usize {
  return changetype<usize>(group) + SPAN;
}

function newSpan(pool: Pool, low: u64): Span {
  const span = changetype<Span>(takeCell(pool));
  span.low = low;
  span.count = 0;
  span.isStale = 1;
  return span;
}

/** `next` as it counts now. */
function settled(l: Segments, next: u32): u32 {
  return next <= l.occupied ? OCCUPIED : next;
}

// ---- change

/** Finds the group and the chunk that hold an address. */
function locate(l: Segments, address: u64): void {
  let from: u32 = 0;
  let to = l.numGroups;
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (groupAt(l, middle).low <= address) from = middle;
    else to = middle;
  }
  l.group = from;
  const group = groupAt(l, from);
  from = 0;
  to = group.count;
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (chunkAt(group, middle).low <= address) from = middle;
    else to = middle;
  }
  l.chunk = from;
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

/** Moves the segments from `from` on so that they begin at `to`. */
function moveTail(chunk: Span, from: u32, to: u32): void {
  const count = chunk.count - from;
  chunk.count = to + count;
  if (from == to || count == 0) return;
  const nexts = changetype<usize>(chunk) + SPAN;
  const highs = changetype<usize>(chunk) + HIGHS;
  memory.copy(nexts + ((<usize>to) << 2), nexts + ((<usize>from) << 2), (<usize>count) << 2);
  memory.copy(highs + ((<usize>to) << 3), highs + ((<usize>from) << 3), (<usize>count) << 3);
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

function dropChunk(l: Segments, index: u32, at: u32): void {
  const group = groupAt(l, index);
  giveCell(l.chunkPool, changetype<usize>(chunkAt(group, at)));
  removeAt(childrenOf(group), group.count, at);
  group.count--;
  group.isStale = 1;
  if (group.count > 0) {
    if (at == 0) group.low = chunkAt(group, 0).low;
    return;
  }
  giveCell(l.groupPool, changetype<usize>(group));
  removeAt(l.groups, l.numGroups, index);
  l.numGroups--;
}

/** Moves the upper half of the located chunk into a new one after it. */
function splitChunk(l: Segments): void {
  let group = groupAt(l, l.group);
  if (group.count == GROUP) {
    splitGroup(l);
    group = groupAt(l, l.group);
  }
  const chunk = chunkAt(group, l.chunk);
  const half = chunk.count >> 1;
  const upper = newSpan(l.chunkPool, highAt(chunk, half - 1));
  appendSegments(upper, chunk, half);
  chunk.count = half;
  chunk.isStale = 1;
  group.isStale = 1;
  insertAt(childrenOf(group), group.count, l.chunk + 1, <u32>changetype<usize>(upper));
  group.count++;
}

/** Moves the upper half of the located group into a new one after it, and locates the chunk again. */
function splitGroup(l: Segments): void {
  const group = groupAt(l, l.group);
  const half = group.count >> 1;
  const upper = newSpan(l.groupPool, chunkAt(group, half).low);
  upper.count = group.count - half;
  memory.copy(childrenOf(upper), childrenOf(group) + ((<usize>half) << 2), (<usize>upper.count) << 2);
  group.count = half;
  group.isStale = 1;
  if (l.numGroups == l.roomGroups) growGroups(l);
  insertAt(l.groups, l.numGroups, l.group + 1, <u32>changetype<usize>(upper));
  l.numGroups++;
  if (l.chunk >= half) {
    l.group++;
    l.chunk -= half;
  }
}

function growGroups(l: Segments): void {
  const groups = alloc((<u64>l.roomGroups) << 3); // the old ones are lost to the arena: no more than what is used now
  memory.copy(groups, l.groups, (<usize>l.numGroups) << 2);
  l.groups = groups;
  l.roomGroups *= 2;
}

/** Melts the located chunk and the one after it in its group, where that leaves room. */
function join(l: Segments): void {
  const group = groupAt(l, l.group);
  if (l.chunk + 1 >= group.count) return;
  const chunk = chunkAt(group, l.chunk);
  const after = chunkAt(group, l.chunk + 1);
  if (chunk.count + after.count > (3 * CHUNK) / 4) return;
  appendSegments(chunk, after, 0);
  dropChunk(l, l.group, l.chunk + 1);
}

/** Appends the segments of another chunk from `first` on. */
function appendSegments(chunk: Span, other: Span, first: u32): void {
  const count = other.count - first;
  const nexts = changetype<usize>(chunk) + SPAN + ((<usize>chunk.count) << 2);
  const highs = changetype<usize>(chunk) + HIGHS + ((<usize>chunk.count) << 3);
  memory.copy(nexts, changetype<usize>(other) + SPAN + ((<usize>first) << 2), (<usize>count) << 2);
  memory.copy(highs, changetype<usize>(other) + HIGHS + ((<usize>first) << 3), (<usize>count) << 3);
  chunk.count += count;
}

function insertAt(column: usize, count: u32, index: u32, value: u32): void {
  const at = column + ((<usize>index) << 2);
  memory.copy(at + 4, at, (<usize>(count - index)) << 2);
  store<u32>(at, value);
}

function removeAt(column: usize, count: u32, index: u32): void {
  const at = column + ((<usize>index) << 2);
  memory.copy(at, at + 4, (<usize>(count - index - 1)) << 2);
}
