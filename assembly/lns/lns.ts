/**
 * Large-neighbourhood search for plans of many buffers (Shaw 1998): what is above a target height is left outside, and
 * windows of some dozen buffers are freed (`choice.ts`) and placed anew (`freed.ts`) among all others, which stay where
 * they are, until nothing is left outside. A window's result is kept where the weight outside does not grow; where it
 * does not fall for a while, what is outside comes to weigh more (guided local search, Voudouris & Tsang 1999).
 *
 * A target lies some part of the way from the best peak down to the lower bound; it is a round to work towards one.
 * After a round that fails the next aims higher, in the end again lower. In between, whenever what is outside
 * has become so small that it may as well stand on top of all, it does: that plan, too, is better than the best.
 *
 * A plan found is never worse than the one to begin with. The search ends at the lower bound alone; it proves nothing.
 */
import {alloc} from '../memory/arena';
import {newU64, u64At} from '../memory/column';
import {Problem} from '../memory/layout';
import {DONE, RUNNING} from '../memory/status';
import {newRandom} from '../search/random';
import {beginSearch, Search} from '../search/search';
import {Choice, choose, newChoice} from './destroy';
import {complete, lower, newStanding, Standing, weighMore} from './partial-plan';
import {costNow, Freed, newFreed, search, settle, unfree} from './repair';

/** Windows without progress that end a round, and after which those outside come to weigh more. */
const PATIENCE: u32 = 500;
const WEIGH_AFTER: u32 = 20;
/** Targets are 1/2^level of the way down; the level to begin with, and the last before that again. */
const FIRST_LEVEL: u32 = 1;
const LAST_LEVEL: u32 = 6;
/** A walk along a line of so many entries costs as much as a node. */
const ENTRIES_PER_NODE: u64 = 64;
/** What is outside becomes a plan where so few buffers are outside; or up to so many, an eighth of bytes below the last. */
const FEW: u32 = 4;
const MANY: u32 = 256;

@unmanaged
export class Windows extends Search {
  standing: Standing;
  freed: Freed;
  choice: Choice;
  /** How far down the next target is. */
  level: u32;
  /** Rounds begun; they weigh by area and by size in turn. */
  rounds: u32;
  /** Whether a round has been begun and is not over. */
  isInRound: bool;
  /** Windows without progress; the least that was outside in this round: buffers, and their weight. */
  stale: u32;
  leastOutside: u32;
  leastBytes: u64;
  /** Bytes outside when a plan was last made of it. */
  completed: u64;
  /** u64 ×n: a plan being made. */
  trial: usize;
}

/** Begins with the valid plan in `p.plan`. */
export function beginWindows(p: Problem, lowerBound: u64, seed: u32): Windows {
  const w = changetype<Windows>(alloc(offsetof<Windows>()));
  beginSearch(w, p, lowerBound, u64.MAX_VALUE);
  w.standing = newStanding(p);
  w.freed = newFreed(w.standing);
  w.choice = newChoice(w.standing, w.freed, newRandom(seed));
  w.trial = newU64(p.numBuffers);
  w.level = FIRST_LEVEL;
  w.rounds = 0;
  w.isInRound = false;
  adoptWindows(w);
  return w;
}

/** Goes on from the valid plan in `p.plan` where that is better than its own. */
export function adoptWindows(w: Windows): void {
  const p = w.problem;
  note(w, p.plan, peakOf(p, p.plan));
  w.incumbent = min(w.incumbent, w.peak);
}

/**
 * Goes on until `nodes` more are spent, whole windows and at least one: RUNNING, or DONE at the lower bound. How a
 * budget is cut into steps that keep to it changes nothing.
 */
export function stepWindows(w: Windows, nodes: u64): i32 {
  const until = w.nodes + nodes;
  do {
    if (isDone(w)) return DONE;
    if (!w.isInRound) beginRound(w);
    else window(w);
  } while (w.nodes < until);
  return isDone(w) ? DONE : RUNNING;
}

function isDone(w: Windows): bool {
  return min(w.peak, w.incumbent) <= w.lowerBound;
}

function peakOf(p: Problem, plan: usize): u64 {
  let peak: u64 = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) peak = max(peak, u64At(plan, i) + u64At(p.size, i));
  return peak;
}

/** Keeps a plan where it is the best so far; a round then works for too little. */
function note(w: Windows, plan: usize, peak: u64): void {
  if (peak >= w.peak) return;
  w.peak = peak;
  memory.copy(w.plan, plan, (<usize>w.problem.numBuffers) << 3);
  if (w.isInRound && peak <= w.standing.target) w.isInRound = false;
}

function walked(w: Windows, lines: u64): void {
  w.nodes += 1 + (lines * w.standing.line.count) / ENTRIES_PER_NODE;
}

/** From the best plan: own, or below what somebody else has, whose offsets are not known. */
function beginRound(w: Windows): void {
  const best = min(w.peak, w.incumbent);
  const granule = w.problem.granule;
  const target = best - max<u64>(granule, ((best - w.lowerBound) >> w.level) & ~(granule - 1));
  lower(w.standing, w.plan, target, w.rounds++ % 2 == 0);
  w.isInRound = true;
  w.completed = u64.MAX_VALUE;
  w.stale = 0;
  w.leastOutside = w.standing.numOutside;
  w.leastBytes = w.standing.bytesOutside;
  walked(w, 8);
}

function endRound(w: Windows): void {
  w.isInRound = false;
  w.level = w.level == LAST_LEVEL ? FIRST_LEVEL : w.level + 1;
}

/** Frees some buffers, places them anew, and keeps that where it leaves no more outside. */
function window(w: Windows): void {
  const st = w.standing;
  const freed = w.freed;
  choose(w.choice);
  const before = costNow(freed);
  search(freed, w.choice.random);
  w.nodes += freed.nodes;
  walked(w, w.choice.walks + freed.count + 1);
  if (freed.cost <= before) {
    settle(freed);
    walked(w, 1);
  }
  unfree(freed);
  if (freed.cost <= before) assess(w);
  if (!w.isInRound || ++w.stale % WEIGH_AFTER != 0) return;
  weighMore(st);
  if (w.stale >= PATIENCE) endRound(w);
}

/** Ends a round that has left nothing outside, and makes a plan of what is worth it. */
function assess(w: Windows): void {
  const st = w.standing;
  if (st.numOutside == 0) {
    note(w, st.offsets, peakOf(w.problem, st.offsets));
    w.isInRound = false;
    return;
  }
  if (st.numOutside < w.leastOutside || st.bytesOutside < w.leastBytes) w.stale = 0;
  w.leastOutside = min(w.leastOutside, st.numOutside);
  w.leastBytes = min(w.leastBytes, st.bytesOutside);
  const isFew = st.numOutside <= FEW;
  if (!isFew && !isWorthIt(w)) return;
  w.completed = min(w.completed, st.bytesOutside);
  walked(w, st.numOutside + 2);
  note(w, w.trial, complete(st, w.trial));
}

/** Whether what is outside fits on top of all below the best peak, and has become less since that was last so. */
function isWorthIt(w: Windows): bool {
  const st = w.standing;
  if (st.numOutside > MANY || st.target + st.bytesOutside >= w.peak) return false;
  const eighth = (w.completed >> 3) + <u64>((w.completed & 7) != 0);
  return st.bytesOutside <= w.completed - eighth;
}
