/**
 * Which buffers to free together, around one that is outside. Three ways, one drawn each time:
 * - pushed: it is put somewhere, what it meets goes up to stand on it, what that meets goes up in turn, …;
 * - blockers: of some places for it, the one that costs least to clear; the same for what was cleared, …;
 * - brief: what is live with it or near it in time, the shorter-lived of some drawn.
 */

import {alloc} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {conflictsOf, entryAt, entryBuffer, entryOffset, entryTop} from '../placement/offset-list';
import {sweepOf} from '../problem/sweep';
import {below, Random} from '../search/random';
import {Standing, scaledSize} from './partial-plan';
import {Freed, free, isFreed, MOST_FREED} from './repair';

/** Of a hundred windows, so many are chosen the first way; and of those left, so many the third way. */
const PUSHED: u32 = 30;
const BRIEF: u32 = 20;
/** Places looked at for a buffer. */
const PLACES: u32 = 4;
/** Fewest buffers freed, and the range above it. */
const FEWEST: u32 = 8;
const RANGE: u32 = 16;

@unmanaged
export class Choice {
  standing: Standing;
  freed: Freed;
  random: Random;
  /** u32 ×n: entries of the line that the buffer at hand meets. */
  conflicts: usize;
  numConflicts: u32;
  /** Buffers pushed (u32), and the offsets they are pushed to (u64, bytes). */
  pushed: usize;
  pushedTo: usize;
  /** Walks along the whole line. */
  walks: u32;
}

export function newChoice(st: Standing, freed: Freed, random: Random): Choice {
  const c = changetype<Choice>(alloc(offsetof<Choice>()));
  c.standing = st;
  c.freed = freed;
  c.random = random;
  c.conflicts = newU32(st.problem.numBuffers);
  c.pushed = newU32(MOST_FREED + 1);
  c.pushedTo = newU64(MOST_FREED + 1);
  return c;
}

/** Frees a window of buffers, some of those outside among them. */
export function choose(c: Choice): void {
  const st = c.standing;
  c.walks = 0;
  const most = FEWEST + below(c.random, RANGE);
  const from = below(c.random, st.numOutside);
  const taken: u32 = 1 + below(c.random, min(st.numOutside, most >> 1));
  for (let k: u32 = 0; k < taken; k++) free(c.freed, u32At(st.outside, (from + k) % st.numOutside));
  const first = u32At(st.outside, from);
  if (below(c.random, 100) < PUSHED) push(c, first, most);
  else if (below(c.random, 100) < BRIEF) drawBrief(c, first, most);
  for (let tries = 2 * most; tries > 0 && c.freed.count < most; tries--) {
    clear(c, u32At(c.freed.buffer, below(c.random, c.freed.count)), most >> 1);
  }
}

function meet(c: Choice, buffer: u32): void {
  c.numConflicts = conflictsOf(c.standing.line, buffer, c.conflicts);
  c.walks++;
}

function conflict(c: Choice, k: u32): usize {
  return u32At(c.conflicts, k);
}

function push(c: Choice, first: u32, most: u32): void {
  const st = c.standing;
  const p = st.problem;
  meet(c, first);
  if (c.numConflicts == 0) return;
  const k = below(c.random, c.numConflicts + 1);
  let offset: u64 = 0;
  if (k < c.numConflicts)
    offset = below(c.random, 2) == 0 ? entryOffset(conflict(c, k)) : entryTop(conflict(c, k));
  if (offset + u64At(p.size, first) > st.target) return;
  setU32(c.pushed, 0, first);
  setU64(c.pushedTo, 0, offset);
  let count: u32 = 1;
  for (let next: u32 = 0; next < count && c.freed.count < most; next++) {
    const buffer = u32At(c.pushed, next);
    const low = u64At(c.pushedTo, next);
    const high = low + u64At(p.size, buffer);
    if (next > 0) meet(c, buffer);
    for (let j: u32 = 0; j < c.numConflicts && c.freed.count < most; j++) {
      const entry = conflict(c, j);
      const other = entryBuffer(entry);
      if (entryOffset(entry) >= high) break;
      if (entryTop(entry) <= low || isFreed(c.freed, other)) continue;
      free(c.freed, other);
      if (high + u64At(p.size, other) > st.target || count > MOST_FREED) continue;
      setU32(c.pushed, count, other);
      setU64(c.pushedTo, count++, high);
    }
  }
}

/** Frees what is in the way of `buffer` where that costs least of some places drawn; not more than about `most`. */
function clear(c: Choice, buffer: u32, most: u32): void {
  const size = u64At(c.standing.problem.size, buffer);
  meet(c, buffer);
  if (c.numConflicts == 0) return;
  let least = u64.MAX_VALUE;
  let best: u64 = 0;
  for (let k: u32 = 0; k < PLACES; k++) {
    const offset = drawPlace(c, size);
    const cost = costAt(c, offset, size);
    if (cost == 0 || cost >= least) continue;
    least = cost;
    best = offset;
  }
  if (least == u64.MAX_VALUE) return;
  let count: u32 = 0;
  for (let k: u32 = 0; k < c.numConflicts && count <= most; k++) {
    const entry = conflict(c, k);
    if (entryOffset(entry) >= best + size) break;
    if (entryTop(entry) <= best || isFreed(c.freed, entryBuffer(entry))) continue;
    free(c.freed, entryBuffer(entry));
    count++;
  }
}

/** An offset just above or just below one of the conflicts, below the target. */
function drawPlace(c: Choice, size: u64): u64 {
  const entry = conflict(c, below(c.random, c.numConflicts));
  const offset = entryOffset(entry);
  const place = below(c.random, 2) == 0 ? entryTop(entry) : offset - min(size, offset);
  return place + size <= c.standing.target ? place : c.standing.target - min(size, c.standing.target);
}

/** Bytes (scaled as weights are) of what is in the way of `size` bytes at `offset`. */
function costAt(c: Choice, offset: u64, size: u64): u64 {
  const st = c.standing;
  let cost: u64 = 0;
  for (let k: u32 = 0; k < c.numConflicts; k++) {
    const entry = conflict(c, k);
    if (entryOffset(entry) >= offset + size) break;
    const buffer = entryBuffer(entry);
    if (entryTop(entry) > offset && !isFreed(c.freed, buffer)) cost += 16 + scaledSize(st, buffer);
  }
  return cost;
}

/** Frees short-lived ones of those live with `buffer` or near it in time. */
function drawBrief(c: Choice, buffer: u32, most: u32): void {
  const s = sweepOf(c.standing.problem);
  const first = u32At(s.hullFirst, buffer);
  const last = u32At(s.hullLast, buffer);
  const margin = below(c.random, 2 * (last - first) + 8);
  meetNear(c, first - min(first, margin), min(last + margin, s.numSections));
  if (c.numConflicts == 0) return;
  const drawn: u32 = 2 + below(c.random, 4);
  for (let tries = 3 * most; tries > 0 && c.freed.count < most; tries--) {
    let best: u32 = 0;
    let least = u32.MAX_VALUE;
    for (let k: u32 = 0; k < drawn; k++) {
      const other = entryBuffer(conflict(c, below(c.random, c.numConflicts)));
      const sections = u32At(s.hullLast, other) - u32At(s.hullFirst, other);
      if (sections >= least) continue;
      least = sections;
      best = other;
    }
    free(c.freed, best);
  }
}

/** As `meet`, of what stands in some of the sections `[first, last)`. */
function meetNear(c: Choice, first: u32, last: u32): void {
  const line = c.standing.line;
  const s = sweepOf(c.standing.problem);
  c.numConflicts = 0;
  c.walks++;
  for (let k: u32 = 0; k < line.count; k++) {
    const entry = entryAt(line, k);
    const buffer = entryBuffer(entry);
    if (u32At(s.hullFirst, buffer) >= last || u32At(s.hullLast, buffer) <= first) continue;
    setU32(c.conflicts, c.numConflicts, <u32>entry);
    c.numConflicts++;
  }
}
