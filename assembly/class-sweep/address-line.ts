/**
 * The address line at one moment of a sweep over time, cut into segments, each with `next`: one more than the section
 * in which an obstacle next begins there (0: occupied now; NEVER). A buffer that dies at the end of section d − 1 fits
 * where all `next` are above d.
 *
 *   low    0        96      160          256             END
 *          │ next 0 │ next 7 │   next 0   │     NEVER     │       one chunk of up to 32 segments
 *
 * A list of groups of chunks of segments: a change (`splice.ts`) moves the segments of one chunk. Chunks and groups
 * carry what a query needs to pass them by (`fit.ts`), brought up to date where a query comes by.
 */
import {alloc} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {clear, giveCell, newPool, Pool, takeCell} from './cells';

/** `next` of a segment that is occupied now. */
export const OCCUPIED: u32 = 0;
/** `next` of a segment where no obstacle will begin. */
export const NEVER: u32 = u32.MAX_VALUE;
/** Where the line ends; above every address. */
export const END: u64 = 1 << 62;

/** Segments in a chunk, chunks in a group. */
export const CHUNK: u32 = 32;
const GROUP: u32 = 32;
/** Segments that a change puts in at a time; with two halves beside them they fit into half a chunk. */
export const BATCH: u32 = 8;

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
  /** Whether it has changed since prefix, suffix, longest and mostNext were summed up. */
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
  l.groups = newU32(l.roomGroups);
  l.chunkPool = newPool(<u32>(HIGHS + <usize>CHUNK * 8));
  l.groupPool = newPool(<u32>(SPAN + <usize>GROUP * 4));
  l.piecePool = newPool(16);
  l.highs = newU64(BATCH);
  l.nexts = newU32(BATCH);
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

export function setHigh(chunk: Span, index: u32, high: u64): void {
  setU64(changetype<usize>(chunk) + HIGHS, index, high);
}

export function setNext(chunk: Span, index: u32, next: u32): void {
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

/** Finds the group and the chunk that hold an address. */
export function locate(l: Segments, address: u64): void {
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

/** Moves the segments from `from` on so that they begin at `to`. */
export function moveTail(chunk: Span, from: u32, to: u32): void {
  const count = chunk.count - from;
  chunk.count = to + count;
  if (from == to || count == 0) return;
  const nexts = changetype<usize>(chunk) + SPAN;
  const highs = changetype<usize>(chunk) + HIGHS;
  memory.copy(nexts + ((<usize>to) << 2), nexts + ((<usize>from) << 2), (<usize>count) << 2);
  memory.copy(highs + ((<usize>to) << 3), highs + ((<usize>from) << 3), (<usize>count) << 3);
}

/** Takes a chunk out of its group. */
export function dropChunk(l: Segments, index: u32, at: u32): void {
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
export function splitChunk(l: Segments): void {
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
  const groups = newU64(l.roomGroups); // the old ones are lost to the arena: no more than what is used now
  memory.copy(groups, l.groups, (<usize>l.numGroups) << 2);
  l.groups = groups;
  l.roomGroups *= 2;
}

/** Melts the located chunk and the one after it in its group, where that leaves room. */
export function join(l: Segments): void {
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
