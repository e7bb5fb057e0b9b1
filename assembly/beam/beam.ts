/**
 * Beam search on the skyline: partial plans grow from the bottom, without waste but for the holes they must leave; of those at the
 * same place the best few are kept (`state.ts`, `bins.ts`). Many runs, each with parameters and a height to
 * keep to of its own (`parameters.ts`, `evaluation.ts`); a run that completes a plan ends.
 *
 * Every plan whose buffers all rest on something is generated in exactly one way, so a run of unlimited width misses none.
 * It proves nothing all the same.
 */
import {alloc} from '../memory/arena';
import {alignUp, newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE, Problem} from '../memory/layout';
import {DONE, RUNNING} from '../memory/status';
import {sweepOf} from '../problem/sweep';
import {below, newRandom, next, Random} from '../search/random';
import {beginSearch, Search} from '../search/search';
import {addState, Bin, Bins, dropBin, dropHighest, dropState, newBins, stateOf, takeLowest} from './bins';
import {drawEvaluation, meanDifficulty, newEvaluation} from './evaluation';
import {addPlacement, keepPlacement, newHistory, Placement} from './history';
import {drawParameters, Kept, keepParameters, newKept, newParameters, Parameters} from './parameters';
import {exp2} from './power';
import {advance, beginState, endOfValley, fits, layOutState, leaveOut, place, Rules, State} from './state';
import {freeBlock, newBlock, newStore, Store} from './store';
import {newTimeline, Timeline} from './timeline';

/** States a bin keeps at most; a run keeps a quarter to all of it, the first runs fewer. */
export const WIDEST: u32 = 150;
const FIRST_WIDTH: u64 = 16;
/** A run asks for a plan at most so many thousandths of the load below the best. */
const DROP: u64 = 20;
/** An expansion takes less time than a placement of the exact search: so many are one node. */
const EXPANSIONS_PER_NODE: u32 = 3;
/** What it may hold. */
const MOST_STATE_BYTES: usize = 24 << 20;
const MOST_PLACEMENTS: u32 = 1 << 19;
const MOST_BINS: u32 = 4096;
/** Above, the sections of the states take too much memory and time. */
const MOST_BUFFERS: u32 = 4000;
/** Heights must be below it, units. */
const MOST_UNITS: u64 = 1 << 30;

@unmanaged
export class Beam extends Search {
  random: Random;
  /** Divides all sizes and alignments, bytes. */
  unit: u64;
  /** The largest load, units. */
  most: u32;
  forward: Timeline;
  backward: Timeline;
  rules: Rules;
  parameters: Parameters;
  kept: Kept;
  /** Widest beam; tests set it to keep all states. */
  widest: u32;
  states: Store;
  history: Store;
  bins: Bins;
  /** Runs begun; whether one is going on, and the height that it began with, units. */
  runs: u32;
  isRunning: bool;
  asked: u32;
  /** Expansions since the last node. */
  expansions: u32;
  /** The bin whose states are expanded, and the next of them; its level. */
  bin: Bin;
  position: u32;
  level: u32;
  /** Whether the run has completed a plan, which ends it. */
  isComplete: bool;
}

/** Whether a problem can be searched: no gaps, no fixed offsets, one partition, and heights in units of 32 bits. */
export function suitsBeam(p: Problem): bool {
  if (p.numGaps != 0 || p.numFixed != 0 || p.numPartitions != 1 || p.numBuffers > MOST_BUFFERS) return false;
  const unit = unitOf(p);
  let sum: u64 = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) sum += sizeOf(p, i) / unit + 1;
  return sum < MOST_UNITS;
}

/** Bytes that a buffer takes where each begins at a multiple of the largest alignment. */
function sizeOf(p: Problem, i: u32): u64 {
  return alignUp(u64At(p.size, i), largestAlignment(p));
}

function largestAlignment(p: Problem): u64 {
  let largest: u64 = 1;
  for (let i: u32 = 0; i < p.numBuffers; i++) largest = max(largest, u64At(p.alignment, i));
  return largest;
}

/** The greatest number that divides all sizes so rounded; the largest alignment divides it. */
function unitOf(p: Problem): u64 {
  let unit: u64 = 0;
  const alignment = largestAlignment(p);
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    let a = alignUp(u64At(p.size, i), alignment);
    while (a != 0) {
      const rest = unit % a;
      unit = a;
      a = rest;
    }
  }
  return unit;
}

/** Begins a search for plans below `incumbent`, bytes, of a problem that suits it. */
export function beginBeam(p: Problem, lowerBound: u64, incumbent: u64, seed: u32, widest: u32): Beam {
  const b = changetype<Beam>(alloc(offsetof<Beam>()));
  beginSearch(b, p, lowerBound, incumbent);
  b.random = newRandom(seed);
  b.unit = unitOf(p);
  const n = p.numBuffers;
  const sections = sweepOf(p).numSections;
  const alignment = largestAlignment(p);
  const size = newU32(n);
  for (let i: u32 = 0; i < n; i++) setU32(size, i, <u32>(alignUp(u64At(p.size, i), alignment) / b.unit));
  b.forward = newTimeline(p, size, false);
  b.backward = newTimeline(p, size, true);
  b.most = 0;
  for (let k: u32 = 0; k < sections; k++) b.most = max(b.most, u32At(b.forward.load, k));
  const rules = changetype<Rules>(alloc(offsetof<Rules>()));
  rules.evaluation = newEvaluation(n, sections);
  rules.bufferKeys = randomKeys(b.random, n);
  rules.sectionKeys = randomKeys(b.random, sections);
  layOutState(rules, n, sections);
  b.rules = rules;
  b.parameters = newParameters();
  b.kept = newKept();
  b.widest = widest;
  const most = <u32>(MOST_STATE_BYTES / rules.bytes);
  b.states = newStore(rules.bytes, most);
  b.history = newHistory(MOST_PLACEMENTS);
  b.bins = newBins(widest, MOST_BINS, b.states, b.history);
  b.runs = 0;
  b.expansions = 0;
  b.isRunning = false;
  return b;
}

function randomKeys(random: Random, count: u32): usize {
  const keys = newU64(count);
  for (let i: u32 = 0; i < count; i++) setU64(keys, i, ((<u64>next(random)) << 32) | next(random) | 1);
  return keys;
}

/**
 * Goes on until `nodes` more are spent: RUNNING, or DONE where no smaller plan is wanted or can be expressed. How the
 * nodes are cut into steps changes nothing.
 */
export function stepBeam(b: Beam, nodes: u64): i32 {
  const until = b.nodes + nodes;
  while (b.nodes < until) {
    if (isDone(b)) return DONE;
    if (!b.isRunning) beginRun(b);
    else if (b.position < b.bin.count) expandNext(b);
    else if (!nextBin(b)) endRun(b);
  }
  return isDone(b) ? DONE : RUNNING;
}

/** Largest height that is wanted, units. */
function wanted(b: Beam): u64 {
  const best = min(b.peak, b.incumbent);
  return best == u64.MAX_VALUE ? MOST_UNITS : (best + b.unit - 1) / b.unit - 1;
}

function isDone(b: Beam): bool {
  return min(b.peak, b.incumbent) <= b.lowerBound || wanted(b) < least(b);
}

/** Least height that a plan can have, units. */
function least(b: Beam): u64 {
  return max<u64>(b.most, (b.lowerBound + b.unit - 1) / b.unit);
}

function beginRun(b: Beam): void {
  const rules = b.rules;
  drawParameters(b.parameters, b.kept, b.random);
  rules.timeline = b.parameters.isReversed ? b.backward : b.forward;
  b.asked = <u32>drawHeight(b);
  rules.ceiling = b.asked;
  b.bins.width = drawWidth(b);
  drawEvaluation(rules.evaluation, rules.timeline, rules.count, b.asked, b.most, b.parameters, b.random);
  b.runs++;
  b.isRunning = true;
  b.isComplete = false;
  b.level = 0;
  b.bin = changetype<Bin>(newBlock(b.bins.blocks));
  b.bin.count = 0;
  b.position = 0;
  const x = changetype<State>(newBlock(b.states));
  beginState(rules, x);
  pushState(b, x);
  b.nodes += rules.count;
}

/** Just below the best in the first run; later also lower, and one time in three at the bound. */
function drawHeight(b: Beam): u64 {
  const top = wanted(b);
  if (b.runs == 0) return min<u64>(top, <u64>b.most * 4);
  const grain = <u32>max<u64>(b.most / 1000, 1);
  const bound = least(b);
  if (top - bound > 2 * grain && below(b.random, 3) == 0) return min(bound + below(b.random, 3 * grain), top);
  return top - below(b.random, <u32>min<u64>(top - bound + 1, DROP * grain));
}

function drawWidth(b: Beam): u32 {
  if (b.widest != WIDEST) return b.widest;
  const width = exp2(2 * <i64>(next(b.random) >> 16), 16) * WIDEST; // a quarter to all, 18 binary places
  return <u32>min(width >> 18, FIRST_WIDTH << min<u32>(b.runs, 8));
}

/** Takes the next bin, and tightens the height to what is wanted by now; false where there is none. */
function nextBin(b: Beam): bool {
  if (b.isComplete || b.bins.count == 0) return false;
  dropBin(b.bins, b.bin, b.position);
  b.rules.ceiling = <u32>min<u64>(b.rules.ceiling, wanted(b));
  b.bin = takeLowest(b.bins);
  b.position = 0;
  b.level = <u32>(b.bin.key >> 32);
  return true;
}

function expandNext(b: Beam): void {
  const x = stateOf(b.bins, b.bin, b.position++);
  const rules = b.rules;
  const t = rules.timeline;
  const end = endOfValley(rules, x, x.cursor);
  const to = u32At(t.beginIndex, x.cursor + 1);
  let last: u32 = NONE;
  let size: u32 = 0;
  if (++b.expansions == EXPANSIONS_PER_NODE) {
    b.expansions = 0;
    b.nodes++;
  }
  for (let at = u32At(t.beginIndex, x.cursor); at < to && !b.isComplete; at++) {
    const buffer = u32At(t.begins, at);
    if (!fits(rules, x, buffer, end)) continue;
    if (u32At(t.last, buffer) == last && u32At(t.size, buffer) == size) continue; // as the one before
    last = u32At(t.last, buffer);
    size = u32At(t.size, buffer);
    branch(b, x, buffer);
  }
  if (!b.isComplete) branch(b, x, NONE);
  dropState(b.bins, x);
}

/** The state after `buffer` is placed at the cursor, or none of them where it is NONE. */
function branch(b: Beam, from: State, buffer: u32): void {
  const rules = b.rules;
  const x = changetype<State>(newState(b, from));
  if (changetype<usize>(x) == 0) return;
  memory.copy(changetype<usize>(x), changetype<usize>(from), rules.bytes);
  const isAlive = buffer == NONE ? leaveOut(rules, x) : place(rules, x, buffer);
  if (!isAlive || !advance(rules, x) || !recordBranch(b, x, from, buffer))
    freeBlock(b.states, changetype<usize>(x));
  else pushState(b, x);
}

/** Gives a state its last placement; false where the history has no room. */
function recordBranch(b: Beam, x: State, from: State, buffer: u32): bool {
  if (buffer == NONE) {
    keepPlacement(x.node);
    return true;
  }
  x.node = addPlacement(b.history, from.node, buffer, from.level);
  return x.node != 0;
}

/** Room for a state; where there is none, the highest states make room. */
function newState(b: Beam, from: State): usize {
  let at = newBlock(b.states);
  if (at == 0 && dropHighest(b.bins, keyOf(from))) at = newBlock(b.states);
  return at;
}

function keyOf(x: State): u64 {
  return ((<u64>x.level) << 32) | x.cursor;
}

function pushState(b: Beam, x: State): void {
  if (x.left == 0) {
    b.isComplete = true;
    keepPlan(b, x);
    return;
  }
  let cost = x.cost + meanDifficulty(x.difficulty, x.area);
  const noise = b.parameters.stateNoise;
  if (noise != 0) cost += ((cost >> 16) * noise * (next(b.random) >> 16)) >> 15;
  addState(b.bins, x, keyOf(x), x.hash + (<u64>x.hole + 1) * 0x9e3779b97f4a7c15, cost);
}

/** Keeps the plan of a state with nothing left, if it is the best. */
function keepPlan(b: Beam, x: State): void {
  let peak: u64 = 0;
  for (let at: usize = x.node; at != 0; at = changetype<Placement>(at).before) {
    const placement = changetype<Placement>(at);
    peak = max(peak, <u64>placement.level * b.unit + u64At(b.problem.size, placement.buffer));
  }
  if (peak < b.peak) {
    b.peak = peak;
    for (let at: usize = x.node; at != 0; at = changetype<Placement>(at).before) {
      const placement = changetype<Placement>(at);
      setU64(b.plan, placement.buffer, <u64>placement.level * b.unit);
    }
  }
  dropState(b.bins, x);
}

function endRun(b: Beam): void {
  b.parameters.score = b.isComplete ? i64.MAX_VALUE : <i64>b.level - <i64>b.asked;
  keepParameters(b.parameters, b.kept);
  dropBin(b.bins, b.bin, b.position);
  while (b.bins.count > 0) dropBin(b.bins, takeLowest(b.bins), 0);
  b.isRunning = false;
}
