/**
 * Some buffers taken out of what stands, and placed anew around all others: an order of them, first fit in the runs
 * that the others leave free, and a short search over orders, in which what found no place comes earlier.
 */

import {alloc, allocZeroed} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET} from '../memory/layout';
import {freeRuns, insert, Line, lowestFitIn, mergeLines, newLine} from '../placement/offset-list';
import {sweepOf} from '../problem/sweep';
import {below, Random} from '../search/random';
import {leaveOutside, letStand, Standing, scaledSize} from './partial-plan';

/** Most buffers freed together. */
export const MOST_FREED: u32 = 64;
/** Orders tried. */
const ATTEMPTS: u32 = 100;
/** Free runs kept, of all freed buffers together; what is beyond is not used. */
const MOST_RUNS: u32 = 1 << 16;

@unmanaged
export class Freed {
  standing: Standing;
  /** u32 ×MOST_FREED: the buffers; u8 ×n: whether a buffer is one of them. */
  count: u32;
  buffer: usize;
  isFreed: usize;
  /** Free runs, two u64 each; those of buffer k begin at the k-th of `runIndex` (u32 ×(MOST_FREED + 1)). */
  runs: usize;
  runIndex: usize;
  /** u32 ×MOST_FREED each, ranks: the best order, and the one being tried. */
  order: usize;
  trial: usize;
  /** u64 ×MOST_FREED each, bytes: what the best order and the trial make; NO_OFFSET outside. */
  offsets: usize;
  trialOffsets: usize;
  /** Weight of what the best order leaves outside. */
  cost: u64;
  /** Those of the trial that stand; nothing. */
  line: Line;
  none: Line;
  /** Nodes that the last search took. */
  nodes: u64;
}

export function newFreed(st: Standing): Freed {
  const f = changetype<Freed>(alloc(offsetof<Freed>()));
  f.standing = st;
  f.count = 0;
  f.buffer = newU32(MOST_FREED);
  f.isFreed = allocZeroed(st.problem.numBuffers);
  f.runs = alloc(MOST_RUNS << 4);
  f.runIndex = newU32(MOST_FREED + 1);
  f.order = newU32(MOST_FREED);
  f.trial = newU32(MOST_FREED);
  f.offsets = newU64(MOST_FREED);
  f.trialOffsets = newU64(MOST_FREED);
  f.line = newLine(st.problem);
  f.none = newLine(st.problem);
  return f;
}

export function isFreed(f: Freed, buffer: u32): bool {
  return load<u8>(f.isFreed + <usize>buffer) != 0;
}

/** Frees `buffer`; of no effect for one that is fixed or freed, and where there are MOST_FREED. */
export function free(f: Freed, buffer: u32): void {
  if (f.count == MOST_FREED || isFreed(f, buffer)) return;
  if (u64At(f.standing.problem.offset, buffer) != NO_OFFSET) return;
  store<u8>(f.isFreed + <usize>buffer, 1);
  setU32(f.buffer, f.count++, buffer);
}

/** Frees none. */
export function unfree(f: Freed): void {
  for (let k: u32 = 0; k < f.count; k++) store<u8>(f.isFreed + <usize>u32At(f.buffer, k), 0);
  f.count = 0;
}

/** Weight of the freed buffers that are outside now. */
export function costNow(f: Freed): u64 {
  const st = f.standing;
  let cost: u64 = 0;
  for (let k: u32 = 0; k < f.count; k++) {
    const buffer = u32At(f.buffer, k);
    if (u64At(st.offsets, buffer) == NO_OFFSET) cost += u64At(st.weights, buffer);
  }
  return cost;
}

/** Searches orders of the freed buffers for one that leaves as little weight outside as possible. */
export function search(f: Freed, random: Random): void {
  f.nodes = 0;
  listRuns(f);
  sortFreed(f, below(random, 4));
  f.cost = u64.MAX_VALUE;
  for (let attempt: u32 = 0; attempt < ATTEMPTS && f.cost > 0; attempt++) {
    memory.copy(f.trial, f.order, f.count << 2);
    if (attempt > 0) change(f, random);
    if (!packTrial(f)) continue;
    memory.copy(f.order, f.trial, f.count << 2);
    memory.copy(f.offsets, f.trialOffsets, f.count << 3);
  }
}

/** Lets the freed buffers stand where the search has placed them, and leaves the others outside. */
export function settle(f: Freed): void {
  const st = f.standing;
  f.line.count = 0;
  for (let k: u32 = 0; k < f.count; k++) {
    const buffer = u32At(f.buffer, k);
    const offset = u64At(f.offsets, k);
    if (offset == NO_OFFSET) leaveOutside(st, buffer);
    else {
      letStand(st, buffer, offset);
      insert(f.line, buffer, 0, offset);
    }
  }
  const next = st.spare;
  mergeLines(next, st.line, f.isFreed, f.line);
  st.spare = st.line;
  st.line = next;
}

/** What the others leave free, for each of the freed buffers. */
function listRuns(f: Freed): void {
  const st = f.standing;
  mergeLines(st.spare, st.line, f.isFreed, f.none);
  let used: u32 = 0;
  for (let k: u32 = 0; k < f.count; k++) {
    setU32(f.runIndex, k, used);
    used += freeRuns(
      st.spare,
      u32At(f.buffer, k),
      st.target,
      f.runs + ((<usize>used) << 4),
      MOST_RUNS - used,
    );
  }
  setU32(f.runIndex, f.count, used);
}

/** The order to begin with: by size, area or lifetime falling, or as they stand, those outside first. */
function sortFreed(f: Freed, kind: u32): void {
  for (let k: u32 = 0; k < f.count; k++) {
    const key = keyOf(f, k, kind);
    let rank = k; // insertion keeps equals as they were freed
    for (; rank > 0 && keyOf(f, u32At(f.order, rank - 1), kind) < key; rank--) {
      setU32(f.order, rank, u32At(f.order, rank - 1));
    }
    setU32(f.order, rank, k);
  }
}

function keyOf(f: Freed, k: u32, kind: u32): u64 {
  const p = f.standing.problem;
  const s = sweepOf(p);
  const buffer = u32At(f.buffer, k);
  const size = u64At(p.size, buffer);
  const sections: u64 = u32At(s.hullLast, buffer) - u32At(s.hullFirst, buffer);
  if (kind == 0) return size;
  if (kind == 1) return scaledSize(f.standing, buffer) * sections;
  if (kind == 2) return sections;
  const offset = u64At(f.standing.offsets, buffer);
  return offset == NO_OFFSET ? NO_OFFSET : NO_OFFSET - 1 - offset;
}

/** Moves one that found no place, or now and then any, to an earlier rank. */
function change(f: Freed, random: Random): void {
  let from = below(random, f.count);
  if (below(random, 3) > 0) {
    let found: u32 = 0;
    for (let rank: u32 = 0; rank < f.count; rank++) {
      if (u64At(f.offsets, u32At(f.order, rank)) != NO_OFFSET) continue;
      if (below(random, ++found) == 0) from = rank;
    }
  }
  const to = from > 0 ? below(random, from) : 0;
  const moved = u32At(f.trial, from);
  for (let rank = from; rank > to; rank--) setU32(f.trial, rank, u32At(f.trial, rank - 1));
  setU32(f.trial, to, moved);
}

/** Places the trial's order; whether it costs no more than the best. */
function packTrial(f: Freed): bool {
  const st = f.standing;
  f.line.count = 0;
  let cost: u64 = 0;
  for (let rank: u32 = 0; rank < f.count && cost <= f.cost; rank++) {
    const k = u32At(f.trial, rank);
    const buffer = u32At(f.buffer, k);
    const run = u32At(f.runIndex, k);
    const offset = lowestFitIn(f.line, buffer, f.runs + ((<usize>run) << 4), u32At(f.runIndex, k + 1) - run);
    f.nodes++;
    setU64(f.trialOffsets, k, offset);
    if (offset == NO_OFFSET) cost += u64At(st.weights, buffer);
    else insert(f.line, buffer, 0, offset);
  }
  if (cost > f.cost) return false;
  f.cost = cost;
  return true;
}
