import {alloc, mark, release} from './arena';
import {setU64, u32At, u64At} from './column';
import {NONE, Problem} from './layout';
import {move, perturb} from './moves';
import {close, newPacking, pack, Packing, setOrder, usesLine} from './packing';
import {newRandom, Random} from './random';
import {beginSearch, Search} from './search';
import {NUM_STARTS, startOrder} from './starts';
import {DONE, RUNNING} from './status';
import {sweepOf} from './sweep';

const HISTORY: u32 = 256;

@unmanaged
export class Local extends Search {
  random: Random;
  /** Starts packed so far. */
  starts: u32;
  /** u64 ×NUM_STARTS: their peaks, bytes. */
  startPeaks: usize;
  /** Order accepted last, and the one being tried. */
  current: Packing;
  trial: Packing;
  /** Bytes that a plan is wanted to stay within. */
  target: u64;
  /** u64 ×n: what it costs to leave a buffer outside. */
  weights: usize;
  /** u64 ×HISTORY: costs that were accepted so many attempts ago. */
  history: usize;
  attempts: u32;
  /** Attempts since the cost was last lowered. */
  stale: u32;
  /** Nodes at which the last restart or better plan was. */
  since: u64;
  restarts: u32;
  mode: u32;
}

export function beginLocal(p: Problem, lowerBound: u64, incumbent: u64, seed: u32): Local {
  const l = changetype<Local>(alloc(offsetof<Local>()));
  beginSearch(l, p, lowerBound, incumbent);
  const n: u64 = p.numBuffers;
  l.mode = seed >> 24;
  l.random = newRandom(seed);
  l.starts = 0;
  l.startPeaks = alloc(NUM_STARTS << 3);
  l.current = newPacking(p);
  l.trial = newPacking(p);
  l.current.peak = u64.MAX_VALUE;
  l.weights = alloc(n << 3);
  l.history = alloc(HISTORY << 3);
  l.attempts = 0;
  l.stale = 0;
  l.restarts = 0;
  return l;
}

export function stepLocal(l: Local, nodes: u64): i32 {
  const until = l.nodes + nodes;
  do {
    if (min(l.peak, l.incumbent) <= l.lowerBound) return DONE;
    if (l.starts < NUM_STARTS) start(l);
    else attempt(l);
  } while (l.nodes < until);
  return min(l.peak, l.incumbent) <= l.lowerBound ? DONE : RUNNING;
}

function load(l: Local, index: u32): void {
  const scratch = mark();
  setOrder(l.trial, startOrder(l.problem, index));
  release(scratch);
}

function start(l: Local): void {
  load(l, l.starts);
  tryTrial(l, 0, u64.MAX_VALUE, u64.MAX_VALUE);
  close(l.trial, u64.MAX_VALUE);
  setU64(l.startPeaks, l.starts++, l.trial.peak);
  note(l, l.trial);
  if (l.trial.peak < l.current.peak) swap(l);
  if (l.starts == NUM_STARTS) restart(l);
}

function swap(l: Local): void {
  const t = l.current;
  l.current = l.trial;
  l.trial = t;
}

function note(l: Local, packing: Packing): void {
  if (packing.peak >= l.peak) return;
  l.peak = packing.peak;
  memory.copy(l.plan, packing.offsets, (<usize>l.problem.numBuffers) << 3);
  l.since = l.nodes;
}

function tryTrial(l: Local, from: u32, target: u64, worst: u64): bool {
  const ok = pack(l.trial, l.current, from, target, l.weights, worst);
  l.nodes += l.trial.nodes;
  return ok;
}

/** Bytes below which plans are wanted now. */
function wanted(l: Local): u64 {
  const best = min(l.peak, l.incumbent);
  const gap = best - l.lowerBound;
  return best - max<u64>(1, ((l.mode >> 4) & 3) == 0 ? 1 : gap >> (2 + 2 * ((l.mode >> 4) & 3)));
}

/** Packs the current order again for the target of now. */
function retarget(l: Local): void {
  l.target = wanted(l);
  memory.copy(l.trial.order, l.current.order, (<usize>l.problem.numBuffers) << 2);
  l.current.cost = u64.MAX_VALUE;
  settle(l);
}

/** Makes the order of `trial` the current one, whatever it costs. */
function settle(l: Local): void {
  for (;;) {
    tryTrial(l, 0, l.target, u64.MAX_VALUE);
    close(l.trial, l.target);
    swap(l);
    note(l, l.current);
    if (l.peak <= l.lowerBound) return;
    if (l.target == wanted(l) || l.current.cost > 0) break;
    l.target = wanted(l);
    memory.copy(l.trial.order, l.current.order, (<usize>l.problem.numBuffers) << 2);
  }
  forget(l);
}

function forget(l: Local): void {
  for (let i: u32 = 0; i < HISTORY; i++) setU64(l.history, i, l.current.cost);
  l.stale = 0;
}

function restart(l: Local): void {
  const s = sweepOf(l.problem);
  for (let b: u32 = 0; b < l.problem.numBuffers; b++) {
    setU64(l.weights, b, (u32At(s.hullLast, b) - u32At(s.hullFirst, b)) << 4);
  }
  l.target = wanted(l);
  if (l.restarts == 0) memory.copy(l.trial.order, l.current.order, (<usize>l.problem.numBuffers) << 2);
  else load(l, startByPeak(l, (l.restarts - 1) % NUM_STARTS));
  l.restarts++;
  l.since = l.nodes;
  settle(l);
}

/** The start with the `place`-th lowest peak. */
function startByPeak(l: Local, place: u32): u32 {
  for (let i: u32 = 0; i < NUM_STARTS; i++) {
    let before: u32 = 0;
    for (let j: u32 = 0; j < NUM_STARTS; j++) {
      const a = u64At(l.startPeaks, j);
      const b = u64At(l.startPeaks, i);
      if (a < b || (a == b && j < i)) before++;
    }
    if (before == place) return i;
  }
  return 0;
}

function attempt(l: Local): void {
  if (l.target >= min(l.peak, l.incumbent)) return retarget(l);
  const n = l.problem.numBuffers;
  if (usesLine(l.problem) && (l.mode & 4) && l.nodes - l.since > (<u64>n << 14)) return restart(l);
  let from: u32 = 0;
  if (usesLine(l.problem)) from = move(l.trial, l.current, l.random);
  else perturb(l.trial, l.current, l.random);
  l.attempts++;
  if (from == NONE) {
    l.nodes++;
    return;
  }
  const slot = l.attempts % HISTORY;
  const before = u64At(l.history, slot);
  const worst = usesLine(l.problem) ? max(before, l.current.cost) : l.current.cost;
  l.stale++;
  if (tryTrial(l, from, l.target, worst)) {
    if (l.trial.cost < l.current.cost) l.stale = 0;
    close(l.trial, l.target);
    swap(l);
    note(l, l.current);
    if (l.current.cost == 0 || !usesLine(l.problem) && l.current.peak == l.peak) return;
  }
  setU64(l.history, slot, min(before, l.current.cost));
  if (usesLine(l.problem) && l.stale > 512) reweigh(l);
}

function reweigh(l: Local): void {
  for (let i: u32 = 0; i < l.current.numAbove; i++) {
    const b = u32At(l.current.above, i);
    const more = (u64At(l.weights, b) >> 2) + 1;
    l.current.cost += more;
    setU64(l.weights, b, u64At(l.weights, b) + more);
  }
  forget(l);
}
