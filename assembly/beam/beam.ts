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
import {
  Bin,
  Bins,
  binFor,
  dropBin,
  dropHighest,
  dropState,
  newBins,
  putState,
  stateOf,
  takeLowest,
} from './bins';
import {drawEvaluation, meanDifficulty, newEvaluation} from './evaluation';
import {addPlacement, newHistory, Placement} from './history';
import {drawParameters, Kept, keepParameters, newKept, newParameters, Parameters} from './parameters';
import {exp2} from './power';
import {
  advance,
  beginState,
  clearChanges,
  isUnplaced,
  layOutState,
  leaveOut,
  place,
  Rules,
  State,
  takeBack,
} from './state';
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
  /** A block of `states`: a copy of the state that is expanded, in which its branches are tried. */
  copy: State;
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
  rules.keySums = newU64(sections + 1);
  setU64(rules.keySums, 0, 0);
  for (let k: u32 = 0; k < sections; k++)
    setU64(rules.keySums, k + 1, u64At(rules.keySums, k) + u64At(rules.sectionKeys, k));
  layOutState(rules, n, sections);
  b.rules = rules;
  b.parameters = newParameters();
  b.kept = newKept();
  b.widest = widest;
  const most = <u32>(MOST_STATE_BYTES / rules.bytes);
  b.states = newStore(rules.bytes, most);
  b.copy = changetype<State>(newBlock(b.states));
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
  if (!advance(rules, x) || !keepState(b, x)) dropState(b.bins, x);
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
  const to = u32At(t.beginIndex, x.cursor + 1);
  let last: u32 = NONE;
  let size: u32 = 0;
  let isCopied = false;
  if (++b.expansions == EXPANSIONS_PER_NODE) {
    b.expansions = 0;
    b.nodes++;
  }
  for (let at = u32At(t.beginIndex, x.cursor); at < to && u32At(t.last, at) <= x.end; at++) {
    if (!isUnplaced(rules, x, at)) continue;
    if (u32At(t.last, at) == last && u32At(t.size, at) == size) continue; // as the one before
    last = u32At(t.last, at);
    size = u32At(t.size, at);
    if (!isCopied) memory.copy(changetype<usize>(b.copy), changetype<usize>(x), rules.bytes);
    isCopied = !branch(b, x, at);
    if (b.isComplete) break;
  }
  if (b.isComplete || !leaveOut(rules, x) || !advance(rules, x) || !keepState(b, x)) dropState(b.bins, x);
}

/**
 * The state after the buffer at place `at` is placed at the cursor. Whether the copy of `from` is now a state of its own;
 * else it is as before.
 */
function branch(b: Beam, from: State, at: u32): bool {
  const x = b.copy;
  clearChanges(b.rules);
  if (place(b.rules, x, at) && advance(b.rules, x)) {
    if (x.left == 0) keepPlan(b, from, at);
    else if (keepBranch(b, x, from, at)) return true;
  }
  takeBack(b.rules, x, from, at);
  return false;
}

/** Puts the copy with its last placement into its bin, and takes another block for the next; false where it is refused. */
function keepBranch(b: Beam, x: State, from: State, at: u32): bool {
  const cost = costOf(b, x);
  const hash = hashOf(x);
  const bin = binFor(b.bins, keyOf(x), hash, cost);
  if (changetype<usize>(bin) == 0) return false;
  const block = newState(b, x);
  if (block == 0) return false;
  const node = addPlacement(b.history, from.node, u32At(b.rules.timeline.buffers, at), from.level);
  if (node == 0) {
    freeBlock(b.states, block);
    return false;
  }
  x.node = node;
  putState(b.bins, bin, x, hash, cost);
  b.copy = changetype<State>(block);
  return true;
}

/** Puts a state into its bin; false where it is refused. */
function keepState(b: Beam, x: State): bool {
  const cost = costOf(b, x);
  const bin = binFor(b.bins, keyOf(x), hashOf(x), cost);
  if (changetype<usize>(bin) == 0) return false;
  putState(b.bins, bin, x, hashOf(x), cost);
  return true;
}

/** Room for one more state; where there is none, states higher than `x` make room. */
function newState(b: Beam, x: State): usize {
  let at = newBlock(b.states);
  if (at == 0 && dropHighest(b.bins, keyOf(x))) at = newBlock(b.states);
  return at;
}

function keyOf(x: State): u64 {
  return ((<u64>x.level) << 32) | x.cursor;
}

function hashOf(x: State): u64 {
  return x.hash + (<u64>x.hole + 1) * 0x9e3779b97f4a7c15;
}

function costOf(b: Beam, x: State): u64 {
  const cost = x.cost + meanDifficulty(x.difficulty, x.area);
  const noise = b.parameters.stateNoise;
  return noise == 0 ? cost : cost + (((cost >> 16) * noise * (next(b.random) >> 16)) >> 15);
}

/** Ends the run with the plan of `x` and its last placement, the buffer at place `at`; it is kept if it is the best. */
function keepPlan(b: Beam, x: State, at: u32): void {
  b.isComplete = true;
  const buffer = u32At(b.rules.timeline.buffers, at);
  let peak = topOf(b, buffer, x.level);
  for (let node = x.node; node != 0; node = changetype<Placement>(node).before)
    peak = max(peak, topOf(b, changetype<Placement>(node).buffer, changetype<Placement>(node).level));
  if (peak >= b.peak) return;
  b.peak = peak;
  setU64(b.plan, buffer, <u64>x.level * b.unit);
  for (let node = x.node; node != 0; node = changetype<Placement>(node).before)
    setU64(b.plan, changetype<Placement>(node).buffer, <u64>changetype<Placement>(node).level * b.unit);
}

/** Bytes up to which a buffer reaches that is placed at `level`, units. */
function topOf(b: Beam, buffer: u32, level: u32): u64 {
  return <u64>level * b.unit + u64At(b.problem.size, buffer);
}

function endRun(b: Beam): void {
  b.parameters.score = b.isComplete ? i64.MAX_VALUE : <i64>b.level - <i64>b.asked;
  keepParameters(b.parameters, b.kept);
  dropBin(b.bins, b.bin, b.position);
  while (b.bins.count > 0) dropBin(b.bins, takeLowest(b.bins), 0);
  b.isRunning = false;
}
