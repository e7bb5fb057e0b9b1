/**
 * The address line at one moment of a sweep over time, cut into segments. Each has `next`: one more than the section
 * in which an obstacle next begins there (0: occupied now; NEVER). A buffer that dies at the end of section d − 1
 * fits where all `next` are above d.
 *
 *    low    0        96      160          256             END
 *           │ next 0 │ next 7 │   next 0   │     NEVER     │       one chunk of up to 32 segments
 *
 * The line is a list of groups of chunks of segments, so that a change (`cover.ts`) moves the segments of one chunk
 * only. Chunks and groups carry a summary by which a query skips them (`first-fit.ts`); a query that meets a stale
 * one renews it.
 */
import {alloc} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {allocateCell, CellAllocator, freeAll, freeCell, newCellAllocator} from './cells';

/** `next` of a segment that is occupied now. */
export const OCCUPIED: u32 = 0;
/** `next` of a segment where no obstacle will begin. */
export const NEVER: u32 = u32.MAX_VALUE;
/** Where the line ends; above every address. */
export const END: u64 = 1 << 62;

/** Segments in a chunk, chunks in a group. */
export const CHUNK: u32 = 32;
const GROUP: u32 = 32;
/** Segments that a change inserts at a time; with two halves beside them they fit into half a chunk. */
export const BATCH: u32 = 8;

/** A chunk or a group: `count` segments or chunks from address `low` on. Its own columns follow it in memory. */
@unmanaged
export class Span {
  low: u64;
  /** Summary: free bytes at its beginning, at its end, and at most in a row, all counted as of now; never too few. */
  prefix: u64;
  suffix: u64;
  longest: u64;
  /** Largest `next` in it. */
  mostNext: u32;
  count: u32;
  /** Whether it has changed since its summary was made. */
  isStale: u32;
  padding: u32;
}

const SPAN: usize = 48;
const HIGHS: usize = SPAN + <usize>CHUNK * 4;

@unmanaged
export class AddressLine {
  /** Segments whose `next` is at most this are occupied. */
  occupied: u32;
  /** u32 ×numGroups: addresses of the groups, in order of address on the line. */
  groups: usize;
  numGroups: u32;
  roomGroups: u32;
  chunkCells: CellAllocator;
  groupCells: CellAllocator;
  pieceCells: CellAllocator;
  /** Found by `locate`: index of a group, and of a chunk in it. */
  group: u32;
  chunk: u32;
  /** The segments that a change inserts: high end and `next`, ×BATCH. */
  highs: usize;
  nexts: usize;
  /** During a query (`first-fit.ts`): the current free run begins here, or, if that is not exact, here or above. */
  runLow: u64;
  isRunExact: bool;
  /** The list of pieces being saved. */
  firstPiece: usize;
  lastPiece: usize;
}

export function newAddressLine(): AddressLine {
  const line = changetype<AddressLine>(alloc(offsetof<AddressLine>()));
  line.roomGroups = 16;
  line.groups = newU32(line.roomGroups);
  line.chunkCells = newCellAllocator(<u32>(HIGHS + <usize>CHUNK * 8));
  line.groupCells = newCellAllocator(<u32>(SPAN + <usize>GROUP * 4));
  line.pieceCells = newCellAllocator(16);
  line.highs = newU64(BATCH);
  line.nexts = newU32(BATCH);
  resetAddressLine(line);
  return line;
}

/** Frees the whole line, and all lists of pieces. */
export function resetAddressLine(line: AddressLine): void {
  freeAll(line.chunkCells);
  freeAll(line.groupCells);
  freeAll(line.pieceCells);
  line.occupied = OCCUPIED;
  const chunk = newSpan(line.chunkCells, 0);
  chunk.count = 1;
  setNext(chunk, 0, NEVER);
  setHigh(chunk, 0, END);
  const group = newSpan(line.groupCells, 0);
  group.count = 1;
  setU32(childrenOf(group), 0, <u32>changetype<usize>(chunk));
  setU32(line.groups, 0, <u32>changetype<usize>(group));
  line.numGroups = 1;
}

export function groupAt(line: AddressLine, index: u32): Span {
  return changetype<Span>(<usize>u32At(line.groups, index));
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

function newSpan(cells: CellAllocator, low: u64): Span {
  const span = changetype<Span>(allocateCell(cells));
  span.low = low;
  span.count = 0;
  span.isStale = 1;
  return span;
}

/** Finds the group and the chunk that hold an address, into `group` and `chunk`. */
export function locate(line: AddressLine, address: u64): void {
  let from: u32 = 0;
  let to = line.numGroups;
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (groupAt(line, middle).low <= address) from = middle;
    else to = middle;
  }
  line.group = from;
  const group = groupAt(line, from);
  from = 0;
  to = group.count;
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (chunkAt(group, middle).low <= address) from = middle;
    else to = middle;
  }
  line.chunk = from;
}

/** Moves the segments from index `from` on to index `to`. */
export function moveTail(chunk: Span, from: u32, to: u32): void {
  const count = chunk.count - from;
  chunk.count = to + count;
  if (from == to || count == 0) return;
  const nexts = changetype<usize>(chunk) + SPAN;
  const highs = changetype<usize>(chunk) + HIGHS;
  memory.copy(nexts + ((<usize>to) << 2), nexts + ((<usize>from) << 2), (<usize>count) << 2);
  memory.copy(highs + ((<usize>to) << 3), highs + ((<usize>from) << 3), (<usize>count) << 3);
}

/** Removes a chunk from its group. */
export function dropChunk(line: AddressLine, index: u32, at: u32): void {
  const group = groupAt(line, index);
  freeCell(line.chunkCells, changetype<usize>(chunkAt(group, at)));
  removeAt(childrenOf(group), group.count, at);
  group.count--;
  group.isStale = 1;
  if (group.count > 0) {
    if (at == 0) group.low = chunkAt(group, 0).low;
    return;
  }
  freeCell(line.groupCells, changetype<usize>(group));
  removeAt(line.groups, line.numGroups, index);
  line.numGroups--;
}

/** Moves the upper half of the located chunk into a new chunk after it. */
export function splitChunk(line: AddressLine): void {
  let group = groupAt(line, line.group);
  if (group.count == GROUP) {
    splitGroup(line);
    group = groupAt(line, line.group);
  }
  const chunk = chunkAt(group, line.chunk);
  const half = chunk.count >> 1;
  const upper = newSpan(line.chunkCells, highAt(chunk, half - 1));
  appendSegments(upper, chunk, half);
  chunk.count = half;
  chunk.isStale = 1;
  group.isStale = 1;
  insertAt(childrenOf(group), group.count, line.chunk + 1, <u32>changetype<usize>(upper));
  group.count++;
}

/** Moves the upper half of the located group into a new group after it, and locates the chunk again. */
function splitGroup(line: AddressLine): void {
  const group = groupAt(line, line.group);
  const half = group.count >> 1;
  const upper = newSpan(line.groupCells, chunkAt(group, half).low);
  upper.count = group.count - half;
  memory.copy(childrenOf(upper), childrenOf(group) + ((<usize>half) << 2), (<usize>upper.count) << 2);
  group.count = half;
  group.isStale = 1;
  if (line.numGroups == line.roomGroups) growGroups(line);
  insertAt(line.groups, line.numGroups, line.group + 1, <u32>changetype<usize>(upper));
  line.numGroups++;
  if (line.chunk >= half) {
    line.group++;
    line.chunk -= half;
  }
}

function growGroups(line: AddressLine): void {
  const groups = newU64(line.roomGroups); // the old ones are lost to the arena: no more than what is used now
  memory.copy(groups, line.groups, (<usize>line.numGroups) << 2);
  line.groups = groups;
  line.roomGroups *= 2;
}

/** Merges the located chunk with the one after it in its group, if they leave room. */
export function mergeWithNext(line: AddressLine): void {
  const group = groupAt(line, line.group);
  if (line.chunk + 1 >= group.count) return;
  const chunk = chunkAt(group, line.chunk);
  const after = chunkAt(group, line.chunk + 1);
  if (chunk.count + after.count > (3 * CHUNK) / 4) return;
  appendSegments(chunk, after, 0);
  dropChunk(line, line.group, line.chunk + 1);
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
