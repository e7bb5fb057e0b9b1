/**
 * Repair: places the removed buffers anew around all others. An order of them is packed by first fit into the runs
 * that the others leave free; a short search over orders moves those that found no offset to the front.
 */

import {alloc, allocZeroed} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET} from '../memory/layout';
import {freeRuns, insert, lowestFitIn, mergeLists, newOffsetList, OffsetList} from '../placement/offset-list';
import {sweepOf} from '../problem/sweep';
import {below, Random} from '../search/random';
import {assign, PartialPlan, scaledSize, unassign} from './partial-plan';

/** Most buffers removed together. */
export const MOST_REMOVED: u32 = 64;
/** Orders tried. */
const ATTEMPTS: u32 = 100;
/** Free runs kept, of all removed buffers together; runs beyond are not used. */
const MOST_RUNS: u32 = 1 << 16;

@unmanaged
export class Repair {
  partial: PartialPlan;
  /** u32 ×MOST_REMOVED: the removed buffers; u8 ×n: whether a buffer is one of them. */
  count: u32;
  buffer: usize;
  isRemoved: usize;
  /** Free runs, two u64 each; those of buffer k begin at the k-th of `runIndex` (u32 ×(MOST_REMOVED + 1)). */
  runs: usize;
  runIndex: usize;
  /** u32 ×MOST_REMOVED each, indices into `buffer`: the best order, and the one being tried. */
  order: usize;
  trial: usize;
  /**
   * u64 ×MOST_REMOVED each, bytes: offsets of the best order and of the trial; NO_OFFSET for an unassigned buffer.
   */
  offsets: usize;
  trialOffsets: usize;
  /** Weight that the best order leaves unassigned. */
  cost: u64;
  /** The buffers that the trial has placed; and a list that is always empty. */
  list: OffsetList;
  none: OffsetList;
  /** Nodes that the last repair took. */
  nodes: u64;
}

export function newRepair(partial: PartialPlan): Repair {
  const repair = changetype<Repair>(alloc(offsetof<Repair>()));
  repair.partial = partial;
  repair.count = 0;
  repair.buffer = newU32(MOST_REMOVED);
  repair.isRemoved = allocZeroed(partial.problem.numBuffers);
  repair.runs = alloc(MOST_RUNS << 4);
  repair.runIndex = newU32(MOST_REMOVED + 1);
  repair.order = newU32(MOST_REMOVED);
  repair.trial = newU32(MOST_REMOVED);
  repair.offsets = newU64(MOST_REMOVED);
  repair.trialOffsets = newU64(MOST_REMOVED);
  repair.list = newOffsetList(partial.problem);
  repair.none = newOffsetList(partial.problem);
  return repair;
}

export function isRemoved(repair: Repair, buffer: u32): bool {
  return load<u8>(repair.isRemoved + <usize>buffer) != 0;
}

/** Removes `buffer`, unless it is fixed or removed already, or MOST_REMOVED are. */
export function remove(repair: Repair, buffer: u32): void {
  if (repair.count == MOST_REMOVED || isRemoved(repair, buffer)) return;
  if (u64At(repair.partial.problem.offset, buffer) != NO_OFFSET) return;
  store<u8>(repair.isRemoved + <usize>buffer, 1);
  setU32(repair.buffer, repair.count++, buffer);
}

/** No buffer is removed any more. */
export function clearRemoved(repair: Repair): void {
  for (let k: u32 = 0; k < repair.count; k++) store<u8>(repair.isRemoved + <usize>u32At(repair.buffer, k), 0);
  repair.count = 0;
}

/** Weight of the removed buffers that are unassigned in the partial plan. */
export function currentCost(repair: Repair): u64 {
  const partial = repair.partial;
  let cost: u64 = 0;
  for (let k: u32 = 0; k < repair.count; k++) {
    const buffer = u32At(repair.buffer, k);
    if (u64At(partial.offsets, buffer) == NO_OFFSET) cost += u64At(partial.weights, buffer);
  }
  return cost;
}

/** Searches for the order of the removed buffers that leaves least weight unassigned. */
export function repairRemoved(repair: Repair, random: Random): void {
  repair.nodes = 0;
  listRuns(repair);
  sortRemoved(repair, below(random, 4));
  repair.cost = u64.MAX_VALUE;
  for (let attempt: u32 = 0; attempt < ATTEMPTS && repair.cost > 0; attempt++) {
    memory.copy(repair.trial, repair.order, repair.count << 2);
    if (attempt > 0) moveEarlier(repair, random);
    if (!packTrial(repair)) continue;
    memory.copy(repair.order, repair.trial, repair.count << 2);
    memory.copy(repair.offsets, repair.trialOffsets, repair.count << 3);
  }
}

/** Takes the best order over into the partial plan. */
export function commit(repair: Repair): void {
  const partial = repair.partial;
  repair.list.count = 0;
  for (let k: u32 = 0; k < repair.count; k++) {
    const buffer = u32At(repair.buffer, k);
    const offset = u64At(repair.offsets, k);
    if (offset == NO_OFFSET) unassign(partial, buffer);
    else {
      assign(partial, buffer, offset);
      insert(repair.list, buffer, 0, offset);
    }
  }
  const next = partial.spare;
  mergeLists(next, partial.list, repair.isRemoved, repair.list);
  partial.spare = partial.list;
  partial.list = next;
}

/** Lists the runs that the others leave free, for each of the removed buffers. */
function listRuns(repair: Repair): void {
  const partial = repair.partial;
  mergeLists(partial.spare, partial.list, repair.isRemoved, repair.none);
  let used: u32 = 0;
  for (let k: u32 = 0; k < repair.count; k++) {
    setU32(repair.runIndex, k, used);
    used += freeRuns(
      partial.spare,
      u32At(repair.buffer, k),
      partial.target,
      repair.runs + ((<usize>used) << 4),
      MOST_RUNS - used,
    );
  }
  setU32(repair.runIndex, repair.count, used);
}

/** The first order: by size, area or lifetime falling, or by offset falling with the unassigned ones first. */
function sortRemoved(repair: Repair, kind: u32): void {
  for (let k: u32 = 0; k < repair.count; k++) {
    const key = keyOf(repair, k, kind);
    let rank = k; // insertion keeps equals in the order of their removal
    for (; rank > 0 && keyOf(repair, u32At(repair.order, rank - 1), kind) < key; rank--) {
      setU32(repair.order, rank, u32At(repair.order, rank - 1));
    }
    setU32(repair.order, rank, k);
  }
}

function keyOf(repair: Repair, k: u32, kind: u32): u64 {
  const p = repair.partial.problem;
  const s = sweepOf(p);
  const buffer = u32At(repair.buffer, k);
  const size = u64At(p.size, buffer);
  const sections: u64 = u32At(s.hullLast, buffer) - u32At(s.hullFirst, buffer);
  if (kind == 0) return size;
  if (kind == 1) return scaledSize(repair.partial, buffer) * sections;
  if (kind == 2) return sections;
  const offset = u64At(repair.partial.offsets, buffer);
  return offset == NO_OFFSET ? NO_OFFSET : NO_OFFSET - 1 - offset;
}

/** Moves a buffer that found no offset, or now and then any, to an earlier rank. */
function moveEarlier(repair: Repair, random: Random): void {
  let from = below(random, repair.count);
  if (below(random, 3) > 0) {
    let found: u32 = 0;
    for (let rank: u32 = 0; rank < repair.count; rank++) {
      if (u64At(repair.offsets, u32At(repair.order, rank)) != NO_OFFSET) continue;
      if (below(random, ++found) == 0) from = rank;
    }
  }
  const to = from > 0 ? below(random, from) : 0;
  const moved = u32At(repair.trial, from);
  for (let rank = from; rank > to; rank--) setU32(repair.trial, rank, u32At(repair.trial, rank - 1));
  setU32(repair.trial, to, moved);
}

/** Packs the trial's order; whether it costs no more than the best. */
function packTrial(repair: Repair): bool {
  const partial = repair.partial;
  repair.list.count = 0;
  let cost: u64 = 0;
  for (let rank: u32 = 0; rank < repair.count && cost <= repair.cost; rank++) {
    const k = u32At(repair.trial, rank);
    const buffer = u32At(repair.buffer, k);
    const run = u32At(repair.runIndex, k);
    const offset = lowestFitIn(
      repair.list,
      buffer,
      repair.runs + ((<usize>run) << 4),
      u32At(repair.runIndex, k + 1) - run,
    );
    repair.nodes++;
    setU64(repair.trialOffsets, k, offset);
    if (offset == NO_OFFSET) cost += u64At(partial.weights, buffer);
    else insert(repair.list, buffer, 0, offset);
  }
  if (cost > repair.cost) return false;
  repair.cost = cost;
  return true;
}
