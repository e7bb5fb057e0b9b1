/**
 * A partial plan of a partition: what is placed, what that leaves the others, and the log to take it back.
 *
 * `min` of an unplaced buffer is the lowest offset that the placed ones it overlaps leave it, `low` the least it can
 * still get: `min`, or more once the search has passed it over there.
 */
import {alloc} from '../memory/arena';
import {addU64, alignUp, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';
import {Partition} from './partition';
import {Ranking} from './ranking';

/**
 * Rules that prune without losing a plan; each can be switched off, and the grid of them gives the same answers
 * (`tests/bindings/exact.test.ts`).
 */
export const LIFTING: u32 = 1;
export const WITNESSES: u32 = 2;
export const DECOMPOSITION: u32 = 4;
export const DOMINANCE: u32 = 8;
/** Of plans that differ only in the order of buffers that are alike, one is looked for (`symmetry.ts`). */
export const SYMMETRY: u32 = 16;

@unmanaged
export class Probe {
  part: Partition;
  capacity: u64;
  rules: u32;
  /** Belongs to the caller, who may change it between searches. */
  ranking: Ranking;
  /** u32 per buffer: its place in the ranking's order. */
  position: usize;
  nodes: u64;
  /** Nodes it may spend without placing more buffers than ever; the count at which that is up. */
  patience: u64;
  givesUpAt: u64;
  /** Buffers placed now, and most at once so far. */
  numPlaced: u32;
  mostPlaced: u32;
  /** Offsets once PLACED. */
  min: usize;
  low: usize;
  placed: usize;
  /** u32 per buffer: the one seen last that can come beneath it; itself where none was. */
  support: usize;
  /** u32 per buffer: the next of its equals in the ranking's order, which stands above it; NONE for the last. */
  equal: usize;
  /** u32 each, none twice: all that are passed over, and some that were; u32 per buffer: whether it is among them. */
  passed: usize;
  numPassed: u32;
  isNoted: usize;
  /** u32 per buffer: scratch of `settle`. */
  isSettled: usize;
  /** Whether a border was left without a crossing hull since it was last reset. */
  isCut: bool;
  /** u64, u32, u32 per section: unplaced bytes; unplaced hulls that go on into the next; the witness. */
  total: usize;
  crossing: usize;
  witness: usize;
  frames: usize;
  numFrames: u32;
  lists: usize;
  listTop: u32;
  listRoom: u32;
  subs: usize;
  subTop: u32;
  log: usize;
  logCount: u32;
  logRoom: u32;
  /** u64 and u32 ×count: keys and scratch of the sort. */
  keys: usize;
  merged: usize;
}

export const LOG_BYTES: u32 = 16;

/** Kinds of log entry: a buffer was placed, its `min` or its `low` was raised from the value beside it. */
const PLACE_ENTRY: u32 = 0;
const MIN_ENTRY: u32 = 1;
const LOW_ENTRY: u32 = 2;
/** It is among the passed. */
export const PASSED_ENTRY: u32 = 3;

/** Adds `bytes` to the buffer's sections and `hulls` to the borders it crosses. */
export function countIn(probe: Probe, k: u32, bytes: u64, hulls: u32): void {
  const part = probe.part;
  for (let piece = u32At(part.pieceIndex, k); piece < u32At(part.pieceIndex, k + 1); piece++) {
    for (let section = u32At(part.pieceFirst, piece); section < u32At(part.pieceLast, piece); section++) {
      addU64(probe.total, section, bytes);
    }
  }
  for (let section = u32At(part.first, k); section + 1 < u32At(part.last, k); section++) {
    const crossing = u32At(probe.crossing, section) + hulls;
    setU32(probe.crossing, section, crossing);
    if (crossing == 0) probe.isCut = true;
  }
}

export function note(probe: Probe, kind: u32, k: u32, old: u64): void {
  if (probe.logCount == probe.logRoom) {
    const log = alloc(<u64>probe.logRoom * 2 * LOG_BYTES);
    memory.copy(log, probe.log, <usize>probe.logRoom * LOG_BYTES);
    probe.log = log;
    probe.logRoom *= 2;
  }
  const at = probe.log + <usize>probe.logCount * LOG_BYTES;
  probe.logCount++;
  store<u32>(at, kind);
  store<u32>(at, k, 4);
  store<u64>(at, old, 8);
}

export function undo(probe: Probe, to: u32): void {
  while (probe.logCount > to) {
    probe.logCount--;
    const at = probe.log + <usize>probe.logCount * LOG_BYTES;
    const kind = load<u32>(at);
    const k = load<u32>(at, 4);
    if (kind == MIN_ENTRY) setU64(probe.min, k, load<u64>(at, 8));
    else if (kind == LOW_ENTRY) setU64(probe.low, k, load<u64>(at, 8));
    else if (kind == PASSED_ENTRY) {
      setU32(probe.isNoted, k, 0);
      probe.numPassed--;
    } else {
      setU32(probe.placed, k, 0);
      probe.numPlaced--;
      countIn(probe, k, u64At(probe.part.size, k), 1);
    }
  }
}

/** Places a buffer at its `min`; false where an unplaced one can no longer stand anywhere. */
export function placeOne(probe: Probe, k: u32): bool {
  const part = probe.part;
  const size = u64At(part.size, k);
  const top = u64At(probe.min, k) + size;
  note(probe, PLACE_ENTRY, k, 0);
  setU32(probe.placed, k, 1);
  probe.numPlaced++;
  if (probe.numPlaced > probe.mostPlaced) {
    probe.mostPlaced = probe.numPlaced;
    probe.givesUpAt = probe.nodes + probe.patience;
  }
  countIn(probe, k, 0 - size, <u32>-1);
  for (let at = u32At(part.neighbourIndex, k); at < u32At(part.neighbourIndex, k + 1); at++) {
    const j = u32At(part.neighbours, at);
    if (u32At(probe.placed, j) != 0 || u64At(probe.min, j) >= top) continue;
    const min = alignUp(top, u64At(part.alignment, j));
    note(probe, MIN_ENTRY, j, u64At(probe.min, j));
    setU64(probe.min, j, min);
    if (min > u64At(probe.low, j) && !raiseLow(probe, j, min)) return false;
    if (min > u64At(part.fixed, j)) return false; // NO_OFFSET is the largest number
  }
  return true;
}

/** Raises the least offset a buffer can still get, and so those of its equals above; false where one gets none. */
export function raiseLow(probe: Probe, k: u32, low: u64): bool {
  const part = probe.part;
  const size = u64At(part.size, k);
  note(probe, LOW_ENTRY, k, u64At(probe.low, k));
  setU64(probe.low, k, low);
  if (low + size > probe.capacity || low > u64At(part.fixed, k)) return false;
  for (let next = u32At(probe.equal, k); next != NONE; next = u32At(probe.equal, next)) {
    low = alignUp(low + size, u64At(part.alignment, k));
    if (low <= u64At(probe.low, next)) return true;
    note(probe, LOW_ENTRY, next, u64At(probe.low, next));
    setU64(probe.low, next, low);
    if (low + size > probe.capacity) return false;
  }
  return true;
}

/** Whether every section has an unplaced member from whose `low` all its unplaced bytes fit. */
export function hasWitnesses(probe: Probe, first: u32, last: u32): bool {
  if ((probe.rules & WITNESSES) == 0) return true;
  for (let section = first; section < last; section++) {
    const total = u64At(probe.total, section);
    if (total == 0) continue;
    const witness = u32At(probe.witness, section);
    if (u32At(probe.placed, witness) == 0 && u64At(probe.low, witness) + total <= probe.capacity) continue;
    if (!findWitness(probe, section, total)) return false;
  }
  return true;
}

function findWitness(probe: Probe, section: u32, total: u64): bool {
  const part = probe.part;
  for (let at = u32At(part.memberIndex, section); at < u32At(part.memberIndex, section + 1); at++) {
    const k = u32At(part.members, at);
    if (u32At(probe.placed, k) != 0 || u64At(probe.low, k) + total > probe.capacity) continue;
    setU32(probe.witness, section, k);
    return true;
  }
  return false;
}

/**
 * Ranks the unplaced buffers `lists[from … to)`: in the static order, or by the heaviest section each is live in now
 * (its unplaced bytes, falling), and by the static order among equals.
 */
export function rank(probe: Probe, from: u32, to: u32): void {
  if (!probe.ranking.heaviestFirst) return; // a part of an ordered list is in order
  for (let at = from; at < to; at++) {
    const k = u32At(probe.lists, at);
    setU64(probe.keys, k, heaviestOf(probe, k));
  }
  const count = to - from;
  let source = probe.lists + ((<usize>from) << 2);
  let target = probe.merged;
  for (let width: u32 = 1; width < count; width <<= 1) {
    for (let start: u32 = 0; start < count; start += 2 * width)
      merge(probe, source, target, start, width, count);
    const sorted = target;
    target = source;
    source = sorted;
  }
  const list = probe.lists + ((<usize>from) << 2);
  if (source != list) memory.copy(list, source, (<usize>count) << 2);
}

function merge(probe: Probe, source: usize, target: usize, start: u32, width: u32, count: u32): void {
  const middle = min(start + width, count);
  const end = min(start + 2 * width, count);
  let a = start;
  let b = middle;
  for (let to = start; to < end; to++) {
    const takeA = b >= end || (a < middle && !isRankedBefore(probe, u32At(source, b), u32At(source, a)));
    setU32(target, to, takeA ? u32At(source, a++) : u32At(source, b++));
  }
}

function isRankedBefore(probe: Probe, a: u32, b: u32): bool {
  const keyA = u64At(probe.keys, a);
  const keyB = u64At(probe.keys, b);
  return keyA > keyB || (keyA == keyB && u32At(probe.position, a) < u32At(probe.position, b));
}

function heaviestOf(probe: Probe, k: u32): u64 {
  const part = probe.part;
  let heaviest: u64 = 0;
  for (let piece = u32At(part.pieceIndex, k); piece < u32At(part.pieceIndex, k + 1); piece++) {
    for (let section = u32At(part.pieceFirst, piece); section < u32At(part.pieceLast, piece); section++) {
      heaviest = max(heaviest, u64At(probe.total, section));
    }
  }
  return heaviest;
}
