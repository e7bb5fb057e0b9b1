/**
 * Destroy: chooses the buffers to remove together, around one that is unassigned, in one of three ways drawn at
 * random:
 * - push: the buffer goes to some offset; buffers that overlap it there go on top of it, those that overlap these go
 *   on top in turn, …;
 * - clear: the offset that costs least to clear among some drawn for the buffer; then the same for a removed
 *   buffer, …;
 * - short-lived: the shortest-lived among a few buffers drawn that are live with it or near it in time.
 */

import {alloc} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {conflictsOf, entryAt, entryBuffer, entryOffset, entryTop} from '../placement/offset-list';
import {sweepOf} from '../problem/sweep';
import {below, Random} from '../search/random';
import {PartialPlan, scaledSize} from './partial-plan';
import {isRemoved, MOST_REMOVED, Repair, remove} from './repair';

/** Percent of the neighbourhoods that are pushed; and of the others, percent that are short-lived. */
const PUSH_PERCENT: u32 = 30;
const SHORT_LIVED_PERCENT: u32 = 20;
/** Offsets drawn for a buffer. */
const OFFSETS_DRAWN: u32 = 4;
/** Fewest buffers removed, and the range above it. */
const FEWEST: u32 = 8;
const RANGE: u32 = 16;

@unmanaged
export class Destroy {
  partial: PartialPlan;
  repair: Repair;
  random: Random;
  /** u32 ×n: entries of the list that are live together with the buffer in hand. */
  conflicts: usize;
  numConflicts: u32;
  /** Buffers pushed (u32), and the offsets they are pushed to (u64, bytes). */
  pushed: usize;
  pushedTo: usize;
  /** Walks along the whole list: part of the cost in nodes. */
  walks: u32;
}

export function newDestroy(partial: PartialPlan, repair: Repair, random: Random): Destroy {
  const d = changetype<Destroy>(alloc(offsetof<Destroy>()));
  d.partial = partial;
  d.repair = repair;
  d.random = random;
  d.conflicts = newU32(partial.problem.numBuffers);
  d.pushed = newU32(MOST_REMOVED + 1);
  d.pushedTo = newU64(MOST_REMOVED + 1);
  return d;
}

/** Removes a neighbourhood of buffers, some of the unassigned ones among them. */
export function destroy(d: Destroy): void {
  const partial = d.partial;
  d.walks = 0;
  const most = FEWEST + below(d.random, RANGE);
  const from = below(d.random, partial.numUnassigned);
  const taken: u32 = 1 + below(d.random, min(partial.numUnassigned, most >> 1));
  for (let k: u32 = 0; k < taken; k++)
    remove(d.repair, u32At(partial.unassigned, (from + k) % partial.numUnassigned));
  const first = u32At(partial.unassigned, from);
  if (below(d.random, 100) < PUSH_PERCENT) pushUp(d, first, most);
  else if (below(d.random, 100) < SHORT_LIVED_PERCENT) removeShortLived(d, first, most);
  for (let tries = 2 * most; tries > 0 && d.repair.count < most; tries--) {
    clearSpace(d, u32At(d.repair.buffer, below(d.random, d.repair.count)), most >> 1);
  }
}

function listConflicts(d: Destroy, buffer: u32): void {
  d.numConflicts = conflictsOf(d.partial.list, buffer, d.conflicts);
  d.walks++;
}

function conflict(d: Destroy, k: u32): usize {
  return u32At(d.conflicts, k);
}

function pushUp(d: Destroy, first: u32, most: u32): void {
  const partial = d.partial;
  const p = partial.problem;
  listConflicts(d, first);
  if (d.numConflicts == 0) return;
  const k = below(d.random, d.numConflicts + 1);
  let offset: u64 = 0;
  if (k < d.numConflicts)
    offset = below(d.random, 2) == 0 ? entryOffset(conflict(d, k)) : entryTop(conflict(d, k));
  if (offset + u64At(p.size, first) > partial.target) return;
  setU32(d.pushed, 0, first);
  setU64(d.pushedTo, 0, offset);
  let count: u32 = 1;
  for (let next: u32 = 0; next < count && d.repair.count < most; next++) {
    const buffer = u32At(d.pushed, next);
    const low = u64At(d.pushedTo, next);
    const high = low + u64At(p.size, buffer);
    if (next > 0) listConflicts(d, buffer);
    for (let j: u32 = 0; j < d.numConflicts && d.repair.count < most; j++) {
      const entry = conflict(d, j);
      const other = entryBuffer(entry);
      if (entryOffset(entry) >= high) break;
      if (entryTop(entry) <= low || isRemoved(d.repair, other)) continue;
      remove(d.repair, other);
      if (high + u64At(p.size, other) > partial.target || count > MOST_REMOVED) continue;
      setU32(d.pushed, count, other);
      setU64(d.pushedTo, count++, high);
    }
  }
}

/** Removes the buffers that overlap `buffer` at the cheapest of some offsets drawn; about `most` at most. */
function clearSpace(d: Destroy, buffer: u32, most: u32): void {
  const size = u64At(d.partial.problem.size, buffer);
  listConflicts(d, buffer);
  if (d.numConflicts == 0) return;
  let least = u64.MAX_VALUE;
  let best: u64 = 0;
  for (let k: u32 = 0; k < OFFSETS_DRAWN; k++) {
    const offset = drawOffset(d, size);
    const cost = costOf(d, offset, size);
    if (cost == 0 || cost >= least) continue;
    least = cost;
    best = offset;
  }
  if (least == u64.MAX_VALUE) return;
  let count: u32 = 0;
  for (let k: u32 = 0; k < d.numConflicts && count <= most; k++) {
    const entry = conflict(d, k);
    if (entryOffset(entry) >= best + size) break;
    if (entryTop(entry) <= best || isRemoved(d.repair, entryBuffer(entry))) continue;
    remove(d.repair, entryBuffer(entry));
    count++;
  }
}

/** An offset just above or just below one of the conflicts, below the target. */
function drawOffset(d: Destroy, size: u64): u64 {
  const entry = conflict(d, below(d.random, d.numConflicts));
  const offset = entryOffset(entry);
  const drawn = below(d.random, 2) == 0 ? entryTop(entry) : offset - min(size, offset);
  return drawn + size <= d.partial.target ? drawn : d.partial.target - min(size, d.partial.target);
}

/** Bytes (scaled as weights are) that overlap `size` bytes at `offset` and are not removed. */
function costOf(d: Destroy, offset: u64, size: u64): u64 {
  const partial = d.partial;
  let cost: u64 = 0;
  for (let k: u32 = 0; k < d.numConflicts; k++) {
    const entry = conflict(d, k);
    if (entryOffset(entry) >= offset + size) break;
    const buffer = entryBuffer(entry);
    if (entryTop(entry) > offset && !isRemoved(d.repair, buffer)) cost += 16 + scaledSize(partial, buffer);
  }
  return cost;
}

/** Removes short-lived buffers of those live with `buffer` or near it in time. */
function removeShortLived(d: Destroy, buffer: u32, most: u32): void {
  const s = sweepOf(d.partial.problem);
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const margin = below(d.random, 2 * (last - first) + 8);
  listNear(d, first - min(first, margin), min(last + margin, s.numSections));
  if (d.numConflicts == 0) return;
  const drawn: u32 = 2 + below(d.random, 4);
  for (let tries = 3 * most; tries > 0 && d.repair.count < most; tries--) {
    let best: u32 = 0;
    let least = u32.MAX_VALUE;
    for (let k: u32 = 0; k < drawn; k++) {
      const other = entryBuffer(conflict(d, below(d.random, d.numConflicts)));
      const sections = u32At(s.hullLast, other) - u32At(s.hullFirst, other);
      if (sections >= least) continue;
      least = sections;
      best = other;
    }
    remove(d.repair, best);
  }
}

/** As `listConflicts`, for the assigned buffers that are live in some of the sections `[first, last)`. */
function listNear(d: Destroy, first: u32, last: u32): void {
  const list = d.partial.list;
  const s = sweepOf(d.partial.problem);
  d.numConflicts = 0;
  d.walks++;
  for (let k: u32 = 0; k < list.count; k++) {
    const entry = entryAt(list, k);
    const buffer = entryBuffer(entry);
    if (u32At(s.hullFirst, buffer) >= last || u32At(s.hullLast, buffer) <= first) continue;
    setU32(d.conflicts, d.numConflicts, <u32>entry);
    d.numConflicts++;
  }
}
