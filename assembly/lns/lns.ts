/**
 * Large neighbourhood search for plans of many buffers (Shaw 1998). A round works towards a target height: whatever
 * is above it becomes unassigned. Then, again and again, some dozen buffers are removed (`destroy.ts`) and placed
 * anew (`repair.ts`) among all others, which stay where they are, until nothing is unassigned. A result is kept if
 * the unassigned weight does not rise. If it does not fall for a while, the unassigned buffers get more weight
 * (guided local search, Voudouris & Tsang 1999).
 *
 * Of many buffers, most rounds take only those that are live under a load near the bound: they decide the peak, and an
 * attempt costs as much as there are buffers in the round. The others are put around them when they fit (`widen.ts`).
 *
 * A target is some part of the way from the best peak down to the lower bound. After a round that fails the next
 * target is higher; after the highest it is low again. Whenever few enough bytes are unassigned, they are placed on
 * top of all others, if that plan beats the best one.
 *
 * The plan never becomes worse than the first one. The search ends at the lower bound only; it proves nothing.
 */
import {alloc} from '../memory/arena';
import {newU64, u64At} from '../memory/column';
import {Problem} from '../memory/layout';
import {DONE, RUNNING} from '../memory/status';
import {below, newRandom} from '../search/random';
import {beginSearch, Search} from '../search/search';
import {Destroy, destroy, newDestroy} from './destroy';
import {complete, newPartialPlan, PartialPlan, raiseWeights, resetTo} from './partial-plan';
import {clearRemoved, commit, currentCost, newRepair, Repair, repairRemoved} from './repair';
import {newWidening, Widening, widen} from './widen';

/** Attempts without progress that end a round, and after which the unassigned buffers get more weight. */
const STALE_LIMIT: u32 = 500;
const WEIGH_AFTER: u32 = 20;
/** Targets are 1/2^level of the way down; the first level, and the last before the first again. */
const FIRST_LEVEL: u32 = 1;
const LAST_LEVEL: u32 = 6;
/** A walk along a list of so many entries costs as much as a node. */
const ENTRIES_PER_NODE: u64 = 64;
/**
 * A partial plan is completed if so few buffers are unassigned; or up to so many, if an eighth fewer bytes are than
 * last time.
 */
const FEW: u32 = 4;
const MANY: u32 = 256;

/**
 * With more buffers than this, a round takes those under a load of at least 1 − 1/2^shift of the bound; one round in so
 * many takes all.
 */
const MANY_BUFFERS: u32 = 1000;
const LEAST_SHIFT: u32 = 3;
const NUM_SHIFTS: u32 = 4;
const ALL_ONE_IN: u32 = 6;

@unmanaged
export class Lns extends Search {
  partial: PartialPlan;
  repair: Repair;
  destruction: Destroy;
  widening: Widening;
  /** How far down the next target is. */
  level: u32;
  /** Rounds begun; even ones weigh by area, odd ones by size. */
  rounds: u32;
  /** Whether a round has begun and is not over. */
  isInRound: bool;
  /** Attempts without progress; the fewest buffers and bytes that were unassigned in this round. */
  stale: u32;
  leastUnassigned: u32;
  leastBytes: u64;
  /** Unassigned bytes when a plan was last completed. */
  completedBytes: u64;
  /** u64 ×n: the plan being completed. */
  trial: usize;
}

/** Begins with the valid plan in `p.plan`. */
export function beginLns(p: Problem, lowerBound: u64, seed: u32): Lns {
  const lns = changetype<Lns>(alloc(offsetof<Lns>()));
  beginSearch(lns, p, lowerBound, u64.MAX_VALUE);
  lns.partial = newPartialPlan(p);
  lns.repair = newRepair(lns.partial);
  lns.destruction = newDestroy(lns.partial, lns.repair, newRandom(seed));
  lns.widening = newWidening(lns.partial);
  lns.trial = newU64(p.numBuffers);
  lns.level = FIRST_LEVEL;
  lns.rounds = 0;
  lns.isInRound = false;
  adoptLns(lns);
  return lns;
}

/** Goes on from the valid plan in `p.plan` if that is better than its own. */
export function adoptLns(lns: Lns): void {
  const p = lns.problem;
  keepBest(lns, p.plan, peakOf(p, p.plan));
  lns.incumbent = min(lns.incumbent, lns.peak);
}

/**
 * Goes on until `nodes` more are spent, whole attempts and at least one: RUNNING, or DONE at the lower bound. Cutting
 * a budget into steps that keep to it changes nothing.
 */
export function stepLns(lns: Lns, nodes: u64): i32 {
  const until = lns.nodes + nodes;
  do {
    if (isDone(lns)) return DONE;
    if (!lns.isInRound) beginRound(lns);
    else if (lns.partial.numUnassigned == 0) completeRound(lns);
    else destroyAndRepair(lns);
  } while (lns.nodes < until);
  return isDone(lns) ? DONE : RUNNING;
}

function isDone(lns: Lns): bool {
  return min(lns.peak, lns.incumbent) <= lns.lowerBound;
}

function peakOf(p: Problem, plan: usize): u64 {
  let peak: u64 = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) peak = max(peak, u64At(plan, i) + u64At(p.size, i));
  return peak;
}

/** Keeps a plan if it is the best so far. A round whose target it reaches ends. */
function keepBest(lns: Lns, plan: usize, peak: u64): void {
  if (peak >= lns.peak) return;
  lns.peak = peak;
  memory.copy(lns.plan, plan, (<usize>lns.problem.numBuffers) << 3);
  if (lns.isInRound && peak <= lns.partial.target) lns.isInRound = false;
}

function countWalks(lns: Lns, walks: u64): void {
  lns.nodes += 1 + (walks * lns.partial.list.count) / ENTRIES_PER_NODE;
}

/**
 * Starts from its own best plan. The target is below the best peak of any search, whose offsets may be unknown here.
 */
function beginRound(lns: Lns): void {
  const best = min(lns.peak, lns.incumbent);
  const granule = lns.problem.granule;
  const target = best - max<u64>(granule, ((best - lns.lowerBound) >> lns.level) & ~(granule - 1));
  lns.rounds++;
  begin(lns, lns.plan, target, drawLeastLoad(lns));
}

/** Starts from `plan`, with the buffers under loads of at least `leastLoad`. */
function begin(lns: Lns, plan: usize, target: u64, leastLoad: u64): void {
  const partial = lns.partial;
  resetTo(partial, plan, target, lns.rounds % 2 == 1, leastLoad);
  lns.isInRound = true;
  lns.completedBytes = u64.MAX_VALUE;
  lns.stale = 0;
  lns.leastUnassigned = partial.numUnassigned;
  lns.leastBytes = partial.unassignedBytes;
  lns.nodes += 1 + (8 * <u64>lns.problem.numBuffers) / ENTRIES_PER_NODE;
}

function drawLeastLoad(lns: Lns): u64 {
  const random = lns.destruction.random;
  if (lns.problem.numBuffers <= MANY_BUFFERS || below(random, ALL_ONE_IN) == 0) return 0;
  return lns.lowerBound - (lns.lowerBound >> (LEAST_SHIFT + below(random, NUM_SHIFTS)));
}

function endRound(lns: Lns): void {
  lns.isInRound = false;
  lns.level = lns.level == LAST_LEVEL ? FIRST_LEVEL : lns.level + 1;
}

/** One attempt: removes some buffers, places them anew, and keeps the result if no more weight is unassigned. */
function destroyAndRepair(lns: Lns): void {
  const partial = lns.partial;
  const repair = lns.repair;
  destroy(lns.destruction);
  const before = currentCost(repair);
  repairRemoved(repair, lns.destruction.random);
  lns.nodes += repair.nodes;
  countWalks(lns, lns.destruction.walks + repair.count + 1);
  if (repair.cost <= before) {
    commit(repair);
    countWalks(lns, 1);
  }
  clearRemoved(repair);
  if (repair.cost <= before) assessRound(lns);
  if (!lns.isInRound || ++lns.stale % WEIGH_AFTER != 0) return;
  raiseWeights(partial);
  if (lns.stale >= STALE_LIMIT) endRound(lns);
}

/** Ends a round that has nothing unassigned, and completes a partial plan that is worth it. */
function assessRound(lns: Lns): void {
  const partial = lns.partial;
  if (partial.numUnassigned == 0) {
    completeRound(lns);
    return;
  }
  if (partial.numUnassigned < lns.leastUnassigned || partial.unassignedBytes < lns.leastBytes) lns.stale = 0;
  lns.leastUnassigned = min(lns.leastUnassigned, partial.numUnassigned);
  lns.leastBytes = min(lns.leastBytes, partial.unassignedBytes);
  const isFew = partial.numUnassigned <= FEW;
  if (!isFew && !isWorthCompleting(lns)) return;
  lns.completedBytes = min(lns.completedBytes, partial.unassignedBytes);
  countWalks(lns, partial.numUnassigned + 2);
  const peak = complete(partial, lns.trial);
  if (peak >= lns.peak) return;
  keepBest(lns, lns.trial, partial.leastLoad > 0 ? widened(lns) : peak);
}

/**
 * Ends a round that has nothing unassigned. If the buffers that took no part are above the target now, it goes on with
 * all of them.
 */
function completeRound(lns: Lns): void {
  const partial = lns.partial;
  const target = partial.target;
  memory.copy(lns.trial, partial.offsets, (<usize>lns.problem.numBuffers) << 3);
  const peak = partial.leastLoad > 0 ? widened(lns) : peakOf(lns.problem, lns.trial);
  keepBest(lns, lns.trial, peak);
  lns.isInRound = false;
  if (peak > target) begin(lns, lns.trial, target, 0);
}

/** Puts all other buffers around those in the trial; its peak. */
function widened(lns: Lns): u64 {
  const peak = widen(lns.widening, lns.trial, lns.plan);
  lns.nodes += 1 + (<u64>lns.widening.walks * lns.problem.numBuffers) / ENTRIES_PER_NODE;
  return peak;
}

/** Whether the unassigned buffers fit on top of all below the best peak, and are an eighth less than last time. */
function isWorthCompleting(lns: Lns): bool {
  const partial = lns.partial;
  if (partial.numUnassigned > MANY || partial.target + partial.unassignedBytes >= lns.peak) return false;
  const eighth = (lns.completedBytes >> 3) + <u64>((lns.completedBytes & 7) != 0);
  return partial.unassignedBytes <= lns.completedBytes - eighth;
}
