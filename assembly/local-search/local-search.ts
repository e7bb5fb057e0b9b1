/**
 * Local search: orders of the buffers, packed by first fit below a target just under the best known peak
 * (`packing.ts`). A failed order is changed (`moves.ts`) until all buffers find a place.
 *
 * First every order of `starts.ts` is packed once without a target, and the best becomes the current one. From then
 * on an attempt is kept if it costs no more than the current order or the one of HISTORY attempts ago (late
 * acceptance, Burke & Bykov 2017). If the cost does not fall for a while, the unassigned buffers get more weight
 * (guided local search, Voudouris & Tsang 1999), so that others become unassigned. If no better plan comes for long,
 * a new round sets all weights anew, and some rounds begin with a start again.
 *
 * Every plan found after the starts is below the target, so it beats the best known peak. The search ends at the
 * lower bound only; it proves nothing else.
 */
import {alloc, mark, release} from '../memory/arena';
import {newU64, setU64, u32At, u64At} from '../memory/column';
import {NONE, Problem} from '../memory/layout';
import {DONE, RUNNING} from '../memory/status';
import {sweepOf} from '../problem/sweep';
import {newRandom, Random} from '../search/random';
import {beginSearch, Search} from '../search/search';
import {move, perturb} from './moves';
import {newPacking, Packing, pack, setOrder, summarize, usesList} from './packing';
import {NUM_STARTS, startOrder} from './starts';

/** An attempt is compared with the one accepted so many attempts ago; tuned on MiniMalloc's A–K. */
const HISTORY: u32 = 4;
/** Attempts without a lower cost before the unassigned buffers get more weight; tuned on MiniMalloc's A–K. */
const STALE_LIMIT: u32 = 128;
/** Nodes per buffer without a better plan before the weights are set anew. */
const NODES_PER_ROUND: u64 = 1 << 13;
/** One round in so many begins with the next start. */
const ROUNDS_PER_START: u32 = 4;
/** Weight of a buffer, or of a section of its life, at the beginning of a round. */
const UNIT: u64 = 16;

@unmanaged
export class LocalSearch extends Search {
  random: Random;
  /** Starts packed so far, and their peaks in bytes: u64 ×NUM_STARTS. */
  numStarts: u32;
  startPeaks: usize;
  /** The packing accepted last, and the one being tried. */
  current: Packing;
  trial: Packing;
  /** Highest top that a wanted plan may have, bytes. */
  target: u64;
  /** u64 ×n: cost of leaving a buffer unassigned. */
  weights: usize;
  /** u64 ×HISTORY: a ring of the costs accepted in the last attempts. */
  history: usize;
  attempts: u32;
  /** Attempts since the cost was last lowered. */
  stale: u32;
  /** Rounds begun, and the nodes spent before the last round or better plan. */
  rounds: u32;
  since: u64;
}

/** Begins a search for plans below `incumbent`, bytes; u64.MAX_VALUE for any. */
export function beginLocalSearch(p: Problem, lowerBound: u64, incumbent: u64, seed: u32): LocalSearch {
  const l = changetype<LocalSearch>(alloc(offsetof<LocalSearch>()));
  beginSearch(l, p, lowerBound, incumbent);
  l.random = newRandom(seed);
  l.numStarts = 0;
  l.startPeaks = newU64(NUM_STARTS);
  l.current = newPacking(p);
  l.trial = newPacking(p);
  l.weights = newU64(p.numBuffers);
  l.history = newU64(HISTORY);
  l.attempts = 0;
  l.rounds = 0;
  l.since = 0;
  return l;
}

/**
 * Goes on until `nodes` more are spent, whole attempts and at least one: RUNNING, or DONE at the lower bound. Cutting
 * a budget into steps that keep to it changes nothing.
 */
export function stepLocalSearch(l: LocalSearch, nodes: u64): i32 {
  const until = l.nodes + nodes;
  do {
    if (isDone(l)) return DONE;
    if (l.numStarts < NUM_STARTS) packStart(l);
    else if (l.target >= best(l)) retarget(l);
    else if (usesList(l.problem) && l.nodes - l.since > NODES_PER_ROUND * l.problem.numBuffers) beginRound(l);
    else attempt(l);
  } while (l.nodes < until);
  return isDone(l) ? DONE : RUNNING;
}

/** Peak of the best plan known, its own or the host's, bytes. */
function best(l: LocalSearch): u64 {
  return min(l.peak, l.incumbent);
}

function isDone(l: LocalSearch): bool {
  return best(l) <= l.lowerBound;
}

function packStart(l: LocalSearch): void {
  loadStart(l, l.numStarts);
  packTrial(l, 0, u64.MAX_VALUE, u64.MAX_VALUE);
  summarize(l.trial, u64.MAX_VALUE);
  setU64(l.startPeaks, l.numStarts, l.trial.peak);
  if (l.numStarts == 0 || l.trial.peak < l.current.peak) swapPackings(l);
  keepBest(l);
  if (++l.numStarts == NUM_STARTS && !isDone(l)) beginRound(l);
}

function loadStart(l: LocalSearch, index: u32): void {
  const scratch = mark();
  setOrder(l.trial, startOrder(l.problem, index));
  release(scratch);
}

function loadCurrent(l: LocalSearch): void {
  memory.copy(l.trial.order, l.current.order, (<usize>l.problem.numBuffers) << 2);
}

function packTrial(l: LocalSearch, from: u32, target: u64, worst: u64): bool {
  const isGood = pack(l.trial, l.current, from, target, l.weights, worst);
  l.nodes += l.trial.nodes;
  return isGood;
}

function swapPackings(l: LocalSearch): void {
  const accepted = l.trial;
  l.trial = l.current;
  l.current = accepted;
}

/** Keeps the current packing's plan if it is the best so far. */
function keepBest(l: LocalSearch): void {
  if (l.current.peak >= l.peak) return;
  l.peak = l.current.peak;
  memory.copy(l.plan, l.current.offsets, (<usize>l.problem.numBuffers) << 3);
  l.since = l.nodes;
}

/** Sets the weights anew, in turn equal for all and by lifetime, and goes on from here or from a start. */
function beginRound(l: LocalSearch): void {
  const s = sweepOf(l.problem);
  for (let i: u32 = 0; i < l.problem.numBuffers; i++) {
    const sections = u32At(s.hullLast, i) - u32At(s.hullFirst, i);
    setU64(l.weights, i, l.rounds % 2 == 0 ? UNIT : UNIT * sections);
  }
  const turn = l.rounds % ROUNDS_PER_START;
  if (turn == ROUNDS_PER_START - 1) loadStart(l, startByPeak(l, (l.rounds / ROUNDS_PER_START) % NUM_STARTS));
  else loadCurrent(l);
  l.rounds++;
  l.since = l.nodes;
  acceptAtAnyCost(l);
}

/** The start with the `place`-th lowest peak; the earlier of equals. */
function startByPeak(l: LocalSearch, place: u32): u32 {
  for (let i: u32 = 0; i < NUM_STARTS; i++) {
    const peak = u64At(l.startPeaks, i);
    let before: u32 = 0;
    for (let j: u32 = 0; j < NUM_STARTS; j++) {
      const other = u64At(l.startPeaks, j);
      if (other < peak || (other == peak && j < i)) before++;
    }
    if (before == place) return i;
  }
  return unreachable();
}

/** Packs the current order again, below the best known peak. */
function retarget(l: LocalSearch): void {
  loadCurrent(l);
  acceptAtAnyCost(l);
}

/** Makes the trial's order the current one, whatever it costs. */
function acceptAtAnyCost(l: LocalSearch): void {
  l.target = best(l) - 1;
  packTrial(l, 0, l.target, u64.MAX_VALUE);
  accept(l);
  resetHistory(l);
}

function accept(l: LocalSearch): void {
  summarize(l.trial, l.target);
  swapPackings(l);
  keepBest(l);
}

/** Fills the history with the current cost. */
function resetHistory(l: LocalSearch): void {
  for (let i: u32 = 0; i < HISTORY; i++) setU64(l.history, i, l.current.cost);
  l.stale = 0;
}

function attempt(l: LocalSearch): void {
  const from = changeOrder(l);
  if (from == NONE) {
    l.nodes++; // so that every budget ends
    return;
  }
  const slot = l.attempts++ % HISTORY;
  const before = u64At(l.history, slot);
  l.stale++;
  if (packTrial(l, from, l.target, max(before, l.current.cost))) {
    if (l.trial.cost < l.current.cost) l.stale = 0;
    accept(l);
    if (l.target >= best(l)) return;
  }
  setU64(l.history, slot, min(before, l.current.cost));
  if (usesList(l.problem) && l.stale > STALE_LIMIT) raiseWeights(l);
}

function changeOrder(l: LocalSearch): u32 {
  if (usesList(l.problem)) return move(l.trial, l.current, l.random);
  perturb(l.trial, l.current, l.random);
  return 0;
}

function raiseWeights(l: LocalSearch): void {
  const current = l.current;
  for (let i: u32 = 0; i < current.numAbove; i++) {
    const buffer = u32At(current.above, i);
    const weight = u64At(l.weights, buffer);
    const more = min<u64>((weight >> 2) + 1, 1 << 40); // sums of weights stay far from 64 bits
    setU64(l.weights, buffer, weight + more);
    current.cost += more;
  }
  resetHistory(l);
}
