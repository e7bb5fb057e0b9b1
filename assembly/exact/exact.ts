/**
 * Exact search: proves a plan optimal, and finds smaller ones on the way. The partitions above the lower bound take
 * their turns (`partitioned.ts`); in each round one of them is worked on, by its proof or by its dives.
 * - Proof: a search by each of three rankings at the lower bound, slice by slice, never restarted. One that finds a plan
 *   ends it; one that exhausts its tree proves the bound out of reach, and it rises to the next multiple of the unit.
 * - Dives: many short searches below the partition's best plan (`dives.ts`).
 *
 * The unit divides every size, alignment and fixed offset, so every peak of a canonical plan is a multiple of it.
 */
import {alloc} from '../memory/arena';
import {u64At} from '../memory/column';
import {NO_OFFSET, Problem} from '../memory/layout';
import {DONE, RUNNING} from '../memory/status';
import {newRandom, Random} from '../search/random';
import {beginSearch} from '../search/search';
import {
  beginBranchAndBound,
  FEASIBLE,
  INFEASIBLE,
  NO_FAIL_LIMIT,
  stepBranchAndBound,
  UNKNOWN,
} from './branch-and-bound';
import {restartDive, stepDive} from './dives';
import {beginPartitions, improveTask, PartitionedSearch, PartitionTask, proofOf, taskAt} from './partitioned';
import {NUM_RANKINGS} from './ranking';

export {adopt} from './partitioned';

/** Nodes of a slice of the proof; a slice of the dives has as many as the proof's of a round together. */
const SLICE: u64 = 200;
/** Nodes that the proof has to itself; afterwards it gets one round of `DIVE_SHARE`. */
const PROOF_FIRST: u64 = 40_000;
const DIVE_SHARE: u32 = 12;

/** Roles of a search that is one of several: proof and dives, or dives alone, which may prove all the same. */
export const PROVES: u32 = 0;
export const DIVES: u32 = 1;

@unmanaged
export class Exact extends PartitionedSearch {
  unit: u64;
  /** Pruning rules (`state.ts`). */
  rules: u32;
  role: u32;
  random: Random;
  /** Rounds begun; the task of this one, and whether it is its proof's. */
  round: u32;
  task: PartitionTask;
  isProof: bool;
  /** The ranking whose slice it is, in a round of the proof; what is left of the slice, nodes. */
  ranking: u32;
  nodesLeft: u64;
}

/**
 * Begins with the plan in `p.plan`. The search runs for as long as it is stepped, or until it is DONE: the incumbent
 * is proven optimal (`lowerBound == incumbent`), or every partition left is too large.
 */
export function beginExact(p: Problem, lowerBound: u64, seed: u32, rules: u32, role: u32): Exact {
  const exact = changetype<Exact>(alloc(offsetof<Exact>()));
  beginSearch(exact, p, lowerBound, 0);
  exact.random = newRandom(seed);
  exact.unit = unitOf(p);
  exact.rules = rules;
  exact.role = role;
  exact.round = 0;
  exact.ranking = 0;
  exact.nodesLeft = 0;
  beginPartitions(exact, p, role == PROVES);
  return exact;
}

/**
 * Goes on for `nodes` nodes: RUNNING or DONE. Raises `lowerBound` where it is proven out of reach. How the nodes are
 * cut into steps changes nothing.
 */
export function stepExact(exact: Exact, nodes: u64): i32 {
  const end = exact.nodes + nodes;
  while (exact.nodes < end && exact.incumbent > exact.lowerBound) {
    if (exact.nodesLeft == 0 && !beginSlice(exact)) return DONE;
    if (exact.isProof) prove(exact, min(exact.nodesLeft, end - exact.nodes));
    else dive(exact, min(exact.nodesLeft, end - exact.nodes));
  }
  return exact.incumbent <= exact.lowerBound ? DONE : RUNNING;
}

/** The next slice, in a new round where this one is over. False where no task is above the lower bound. */
function beginSlice(exact: Exact): bool {
  if (exact.ranking == 0) {
    const task = nextTask(exact);
    if (changetype<usize>(task) == 0) return false;
    exact.task = task;
    exact.isProof = exact.role == PROVES && (exact.nodes < PROOF_FIRST || exact.round % DIVE_SHARE == 0);
    exact.round++;
  }
  exact.nodesLeft = exact.isProof ? SLICE : SLICE * NUM_RANKINGS;
  return true;
}

/** The next task above the lower bound; null where there is none. */
function nextTask(exact: Exact): PartitionTask {
  for (let i: u32 = 0; i < exact.numTasks; i++) {
    const task = taskAt(exact, (exact.round / DIVE_SHARE + i) % exact.numTasks);
    if (task.peak > exact.lowerBound) return task;
  }
  return changetype<PartitionTask>(0);
}

/** Takes nodes from the slice; an answer ends the round. */
function spend(exact: Exact, nodes: u64, answer: i32): void {
  // an answer without a placement costs something too, so that every budget comes to its end
  const cost = max<u64>(nodes, 1);
  exact.nodes += cost;
  exact.nodesLeft -= min(exact.nodesLeft, cost);
  if (answer != UNKNOWN) exact.nodesLeft = 0;
  if (exact.nodesLeft != 0) return;
  exact.ranking = answer == UNKNOWN && exact.isProof ? (exact.ranking + 1) % NUM_RANKINGS : 0;
}

/** The ranking whose slice it is goes on with its search at the lower bound. */
function prove(exact: Exact, nodes: u64): void {
  const task = exact.task;
  if (task.proofCapacity != exact.lowerBound) {
    task.proofCapacity = exact.lowerBound;
    for (let r: u32 = 0; r < NUM_RANKINGS; r++)
      beginBranchAndBound(proofOf(task, r), exact.lowerBound, exact.rules, NO_FAIL_LIMIT);
  }
  const search = proofOf(task, exact.ranking);
  const before = search.nodes;
  const answer = stepBranchAndBound(search, nodes);
  spend(exact, search.nodes - before, answer);
  if (answer == FEASIBLE) improveTask(exact, task, search.state.floor);
  else if (answer == INFEASIBLE) exact.lowerBound = nextPeak(exact, exact.lowerBound);
}

/** The dive below the task's best plan goes on, or the next one begins. */
function dive(exact: Exact, nodes: u64): void {
  const task = exact.task;
  const dives = task.dives;
  const search = dives.search;
  // an adopted plan may be as good as the dive's target
  if (!dives.isRunning || search.state.capacity >= task.peak)
    restartDive(dives, exact.random, task.best, task.peak, exact.lowerBound, exact.unit, exact.rules);
  const before = search.nodes;
  const answer = stepDive(dives, nodes);
  spend(exact, search.nodes - before, answer);
  if (answer == FEASIBLE) improveTask(exact, task, search.state.floor);
  else if (answer == INFEASIBLE)
    exact.lowerBound = max(exact.lowerBound, nextPeak(exact, search.state.capacity));
}

/** The smallest peak that a plan above `capacity` can have. */
function nextPeak(exact: Exact, capacity: u64): u64 {
  return (capacity / exact.unit + 1) * exact.unit;
}

/** The largest number that divides all sizes, alignments and fixed offsets. */
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
