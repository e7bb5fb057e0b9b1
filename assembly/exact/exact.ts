/**
 * Exact search: proves a plan optimal, and finds smaller ones on the way.
 * - Every partition keeps its best plan. Those above the lower bound are worked on in turn.
 * - Proof: three orders search at the lower bound, in turn, never restarted. One that finds a plan ends it; one that
 *   exhausts its tree proves the bound out of reach, and it rises to the next multiple of the unit.
 * - Descent, in turn with that: many short searches below the partition's best (`descent.ts`).
 * The unit divides every size, alignment and fixed offset, so every peak of a canonical plan is a multiple of it.
 */

import {alloc, mark, release} from '../memory/arena';
import {setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, Problem} from '../memory/layout';
import {DONE, RUNNING} from '../memory/status';
import {sectionNeeds} from '../problem/bounds';
import {BY_BIRTH, orderBy} from '../problem/order';
import {sweepOf} from '../problem/sweep';
import {newRandom, Random} from '../search/random';
import {beginSearch, Search} from '../search/search';
import {beginProbe, ENDLESS, IMPOSSIBLE, newProbe, PLACED, PROBING, stepProbe} from './branch-and-bound';
import {beginDescent, Descent, newDescent, stepDescent} from './dive';
import {Probe} from './partial-plan';
import {newPartition, Partition, partitionBound} from './partition';
import {fixedRanking, NUM_RANKINGS} from './ranking';

/** Nodes that one order gets in its turn. */
const TURN: u64 = 200;
/** Nodes that the proof has for itself; afterwards it gets one turn in `DESCENT_SHARE`. */
const PROOF_FIRST: u64 = 40_000;
const DESCENT_SHARE: u32 = 12;

/** What one of several strands does. Proof and descent in turn, or descent alone: it proves only in passing. */
export const PROVES: u32 = 0;
export const DESCENDS: u32 = 1;

/** A partition that may be above the lower bound. */
@unmanaged
class Task {
  part: Partition;
  /** Bytes: of its best plan, whose offsets are at `best` (u64 ×count). */
  peak: u64;
  best: usize;
  /** u32 ×NUM_RANKINGS: the probes of the proof, and the capacity they were begun with. */
  probes: usize;
  proofCapacity: u64;
  descent: Descent;
}

@unmanaged
export class Exact extends Search {
  unit: u64;
  /** Pruning rules (`partial.ts`). */
  rules: u32;
  role: u32;
  /** u32 each: the buffers of no task; their peak, bytes. */
  others: usize;
  numOthers: u32;
  otherPeak: u64;
  /** u32 each: the tasks. */
  tasks: usize;
  numTasks: u32;
  /** Rounds begun; the task, and whether it is proven or descended, in this one; whose turn it is, what is left of it. */
  round: u32;
  task: Task;
  isProof: bool;
  ranking: u32;
  left: u64;
  random: Random;
}

/**
 * Begins with the plan in `p.plan`. The search runs for as long as it is stepped, or until it is DONE: the incumbent
 * is proven optimal (`lowerBound == incumbent`), or every partition left is too large.
 */
export function beginExact(p: Problem, lowerBound: u64, seed: u32, rules: u32, role: u32): Exact {
  const x = changetype<Exact>(alloc(offsetof<Exact>()));
  beginSearch(x, p, lowerBound, 0);
  x.random = newRandom(seed);
  x.unit = unitOf(p);
  x.rules = rules;
  x.role = role;
  x.round = 0;
  x.ranking = 0;
  x.left = 0;
  x.others = alloc((<u64>p.numBuffers) << 2);
  x.numOthers = 0;
  x.otherPeak = 0;
  x.numTasks = 0;
  x.tasks = alloc((<u64>p.numPartitions) << 2);
  memory.copy(x.plan, p.plan, (<usize>p.numBuffers) << 3);
  addTasks(x, p);
  x.incumbent = u64.MAX_VALUE;
  notePeak(x);
  return x;
}

/**
 * Goes on for `nodes` nodes: RUNNING or DONE. Raises `lowerBound` where it is proven out of reach. How the nodes are
 * cut into steps changes nothing.
 */
export function stepExact(x: Exact, nodes: u64): i32 {
  const end = x.nodes + nodes;
  while (x.nodes < end && x.incumbent > x.lowerBound) {
    if (x.left == 0 && !beginTurn(x)) return DONE;
    if (x.isProof) prove(x, min(x.left, end - x.nodes));
    else descend(x, min(x.left, end - x.nodes));
  }
  return x.incumbent <= x.lowerBound ? DONE : RUNNING;
}

/** Whose turn is next; false where no task is left above the lower bound. */
function beginTurn(x: Exact): bool {
  if (x.ranking == 0) {
    const task = nextTask(x);
    if (changetype<usize>(task) == 0) return false;
    x.task = task;
    x.isProof = x.role == PROVES && (x.nodes < PROOF_FIRST || x.round % DESCENT_SHARE == 0);
    x.round++;
  }
  x.left = x.isProof ? TURN : TURN * NUM_RANKINGS;
  return true;
}

/** Accounts for what a probe has done of its turn; an answer ends the round. */
function spend(x: Exact, spent: u64, answer: i32): void {
  // an answer without a placement costs something too, so that every budget comes to its end
  const cost = max<u64>(spent, 1);
  x.nodes += cost;
  x.left -= min(x.left, cost);
  if (answer != PROBING) x.left = 0;
  if (x.left != 0) return;
  x.ranking = answer == PROBING && x.isProof ? (x.ranking + 1) % NUM_RANKINGS : 0;
}

/** Cuts the problem into partitions; those above the lower bound become tasks. */
function addTasks(x: Exact, p: Problem): void {
  const s = sweepOf(p);
  const order = orderBy(p, BY_BIRTH);
  const need = sectionNeeds(p, s);
  for (let from: u32 = 0; from < p.numBuffers; ) {
    const partition = u32At(s.partition, u32At(s.hullFirst, u32At(order, from)));
    let to = from;
    let peak: u64 = 0;
    for (; to < p.numBuffers; to++) {
      const i = u32At(order, to);
      if (u32At(s.partition, u32At(s.hullFirst, i)) != partition) break;
      peak = max(peak, u64At(p.plan, i) + u64At(p.size, i));
    }
    if (peak <= x.lowerBound || !addTask(x, p, order, from, to, peak, need)) {
      x.otherPeak = max(x.otherPeak, peak);
      for (let at = from; at < to; at++) setU32(x.others, x.numOthers++, u32At(order, at));
    }
    from = to;
  }
}

function addTask(x: Exact, p: Problem, order: usize, from: u32, to: u32, peak: u64, need: usize): bool {
  const scratch = mark();
  const part = newPartition(p, order, from, to);
  if (part == null) {
    release(scratch);
    return false;
  }
  x.lowerBound = max(x.lowerBound, partitionBound(p, part, need));
  const task = changetype<Task>(alloc(offsetof<Task>()));
  task.part = part;
  task.peak = peak;
  task.best = alloc((<u64>part.count) << 3);
  for (let k: u32 = 0; k < part.count; k++) setU64(task.best, k, u64At(p.plan, u32At(part.buffer, k)));
  task.probes = alloc(NUM_RANKINGS << 2);
  for (let r: u32 = 0; r < NUM_RANKINGS && x.role == PROVES; r++) {
    setU32(task.probes, r, <u32>changetype<usize>(newProbe(part, fixedRanking(part, r))));
  }
  task.proofCapacity = 0;
  task.descent = newDescent(part);
  setU32(x.tasks, x.numTasks++, <u32>changetype<usize>(task));
  return true;
}

/** The next task above the lower bound; null where there is none. */
function nextTask(x: Exact): Task {
  for (let i: u32 = 0; i < x.numTasks; i++) {
    const at = (x.round / DESCENT_SHARE + i) % x.numTasks;
    const task = changetype<Task>(<usize>u32At(x.tasks, at));
    if (task.peak > x.lowerBound) return task;
  }
  return changetype<Task>(0);
}

/** The order whose turn it is goes on at the lower bound. */
function prove(x: Exact, nodes: u64): void {
  const task = x.task;
  if (task.proofCapacity != x.lowerBound) {
    task.proofCapacity = x.lowerBound;
    for (let r: u32 = 0; r < NUM_RANKINGS; r++) beginProbe(probeOf(task, r), x.lowerBound, x.rules, ENDLESS);
  }
  const probe = probeOf(task, x.ranking);
  const before = probe.nodes;
  const answer = stepProbe(probe, nodes);
  spend(x, probe.nodes - before, answer);
  if (answer == PLACED) keep(x, task, probe.min);
  else if (answer == IMPOSSIBLE) x.lowerBound = nextPeak(x, x.lowerBound);
}

/** The short searches below the task's best go on. */
function descend(x: Exact, nodes: u64): void {
  const task = x.task;
  const descent = task.descent;
  // a plan may have been adopted that is as good as what it looks for
  if (!descent.isRunning || descent.probe.capacity >= task.peak)
    beginDescent(descent, x.random, task.best, task.peak, x.lowerBound, x.unit, x.rules);
  const before = descent.probe.nodes;
  const answer = stepDescent(descent, nodes);
  spend(x, descent.probe.nodes - before, answer);
  if (answer == PLACED) keep(x, task, descent.probe.min);
  else if (answer == IMPOSSIBLE) x.lowerBound = max(x.lowerBound, nextPeak(x, descent.probe.capacity));
}

function probeOf(task: Task, ranking: u32): Probe {
  return changetype<Probe>(<usize>u32At(task.probes, ranking));
}

/**
 * Takes over what is lower in a valid plan of all buffers (u64 ×n): the offsets of each task of its own, those of all
 * other buffers together. To be called between steps.
 */
export function adopt(x: Exact, plan: usize): void {
  const p = x.problem;
  const scratch = mark();
  for (let i: u32 = 0; i < x.numTasks; i++) {
    const task = changetype<Task>(<usize>u32At(x.tasks, i));
    const offsets = alloc((<u64>task.part.count) << 3);
    for (let k: u32 = 0; k < task.part.count; k++)
      setU64(offsets, k, u64At(plan, u32At(task.part.buffer, k)));
    keep(x, task, offsets);
    release(scratch);
  }
  let peak: u64 = 0;
  for (let at: u32 = 0; at < x.numOthers; at++) {
    const i = u32At(x.others, at);
    peak = max(peak, u64At(plan, i) + u64At(p.size, i));
  }
  if (peak >= x.otherPeak) return;
  x.otherPeak = peak;
  for (let at: u32 = 0; at < x.numOthers; at++) {
    const i = u32At(x.others, at);
    setU64(x.plan, i, u64At(plan, i));
  }
  notePeak(x);
}

/** Takes over the offsets of a probe that has placed every buffer of the task, where they are lower. */
function keep(x: Exact, task: Task, offsets: usize): void {
  const part = task.part;
  let peak: u64 = 0;
  for (let k: u32 = 0; k < part.count; k++) peak = max(peak, u64At(offsets, k) + u64At(part.size, k));
  if (peak >= task.peak) return;
  task.peak = peak;
  memory.copy(task.best, offsets, (<usize>part.count) << 3);
  for (let k: u32 = 0; k < part.count; k++) setU64(x.plan, u32At(part.buffer, k), u64At(offsets, k));
  notePeak(x);
}

function notePeak(x: Exact): void {
  x.peak = x.otherPeak;
  for (let i: u32 = 0; i < x.numTasks; i++)
    x.peak = max(x.peak, changetype<Task>(<usize>u32At(x.tasks, i)).peak);
  x.incumbent = min(x.incumbent, x.peak);
}

/** The smallest peak that a plan above `capacity` can have. */
function nextPeak(x: Exact, capacity: u64): u64 {
  return (capacity / x.unit + 1) * x.unit;
}

/** Largest number that divides all sizes, alignments and fixed offsets. */
function unitOf(p: Problem): u64 {
  let unit: u64 = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    unit = gcd(u64At(p.size, i), unit);
    unit = gcd(u64At(p.alignment, i), unit);
    if (u64At(p.offset, i) != NO_OFFSET) unit = gcd(u64At(p.offset, i), unit);
  }
  return unit;
}

function gcd(a: u64, b: u64): u64 {
  while (b != 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}
