/**
 * Branch and bound: can a partition be placed within a capacity? An exhaustive search over canonical placements, after
 * MiniMalloc (Moffitt 2023), resumable by nodes.
 *
 *     offset
 *        ▲              ┌────────────────────┐    Canonical: buffers are placed in order of (offset, rank), each on its
 *        │  ┌─────────┐ │          4         │    floor: the lowest offset above the placed ones that it overlaps.
 *        │  │    3    │ └───┬────────────────┤    The floor of 4 is the top of 2. Every feasible problem has such a
 *        │  ├─────────┴─────┤                │    plan, and none is met twice.
 *        │  │       1       │       2        │    A buffer that is not placed on its floor is rejected there: then
 *        └──┴───────────────┴────────────────┴─►  something unplaced must come beneath it.
 *                                          time
 *
 * - The candidate of a node is the buffer with the lowest floor, the first in the ranking among equals. Its offset is at
 *   most the capacity less the unplaced bytes of the heaviest section. It is also below the top of every unplaced buffer
 *   on its own floor (dominance): otherwise one that fits beneath it would come first.
 * - What is rejected rises, and raises others (`propagate.ts`). Of buffers that are alike the first in the ranking comes
 *   first (`symmetry.ts`). Every section needs a witness (`witnesses.ts`).
 * - What falls apart is searched component by component (`components.ts`).
 */
import {alloc} from '../memory/arena';
import {u32At, u64At} from '../memory/column';
import {NO_OFFSET, NONE} from '../memory/layout';
import {descend, enterNextComponent} from './components';
import {Partition} from './partition';
import {forgetSupporters, newPropagation, Propagation, propagate, reject} from './propagate';
import {Ranking, rankUnplaced} from './ranking';
import {clearStack, findHeaviest, Node, newStack, popSplit, pushNode, Stack, topNode} from './stack';
import {backtrackTo, DOMINANCE, newState, place, resetState, State} from './state';
import {linkEquals, rejectOnTop} from './symmetry';
import {forgetWitnesses, hasWitnesses, newWitnesses, Witnesses} from './witnesses';

/** Answers of `stepBranchAndBound`. The search goes on, or has reached its fail limit. */
export const UNKNOWN: i32 = 0;
/** Every buffer is placed: the offsets are `state.floor`. */
export const FEASIBLE: i32 = 1;
/** No plan within the capacity exists. */
export const INFEASIBLE: i32 = 2;

@unmanaged
export class BranchAndBound {
  state: State;
  stack: Stack;
  propagation: Propagation;
  witnesses: Witnesses;
  /** The caller's; it may change between searches. */
  ranking: Ranking;
  /** Buffers placed so far. */
  nodes: u64;
  /** Nodes it may spend without placing more buffers at once than ever; the count at which it gives up. */
  failLimit: u64;
  givesUpAt: u64;
  mostPlaced: u32;
}

/** A search that is still to be begun. */
export function newSearch(part: Partition, ranking: Ranking): BranchAndBound {
  const search = changetype<BranchAndBound>(alloc(offsetof<BranchAndBound>()));
  search.state = newState(part);
  search.stack = newStack(part.count, part.numSections);
  search.propagation = newPropagation(search.state);
  search.witnesses = newWitnesses(search.state);
  search.ranking = ranking;
  return search;
}

/** Fail limit of a search that must come to an answer. */
export const NO_FAIL_LIMIT: u64 = 1 << 62;

/** Begins a search for a plan within `capacity` bytes, pruned by `rules` (`state.ts`). */
export function beginBranchAndBound(search: BranchAndBound, capacity: u64, rules: u32, failLimit: u64): void {
  search.nodes = 0;
  search.failLimit = failLimit;
  search.givesUpAt = failLimit;
  search.mostPlaced = 0;
  resetState(search.state, capacity, rules);
  forgetSupporters(search.propagation);
  forgetWitnesses(search.witnesses);
  linkEquals(search.state, search.ranking);
  pushRoot(search);
}

/** The node of all buffers and sections. */
function pushRoot(search: BranchAndBound): void {
  const stack = search.stack;
  const part = search.state.part;
  clearStack(stack);
  memory.copy(stack.lists, search.ranking.order, (<usize>part.count) << 2);
  stack.listTop = part.count;
  rankUnplaced(search.ranking, search.state, stack.lists, part.count);
  findHeaviest(search.state, pushNode(stack, 0, part.count, 0, part.numSections));
}

export function hasGivenUp(search: BranchAndBound): bool {
  return search.nodes >= search.givesUpAt;
}

/** Goes on for `nodes` nodes at most: UNKNOWN, FEASIBLE or INFEASIBLE. */
export function stepBranchAndBound(search: BranchAndBound, nodes: u64): i32 {
  const end = search.nodes + nodes;
  const stack = search.stack;
  while (stack.numNodes > 0) {
    if (stack.numNodes == stack.base) {
      enterNextComponent(search.state, stack, search.ranking);
      continue;
    }
    const node = topNode(stack);
    const candidate = nextCandidate(search.state, stack, node);
    // only a placement waits for the next step, so that no answer depends on how nodes are cut into steps
    if (candidate != NONE && (search.nodes == end || hasGivenUp(search))) return UNKNOWN;
    const goesOn = candidate != NONE && tryCandidate(search, node, candidate);
    if (!goesOn && !backtrack(search)) return INFEASIBLE;
  }
  return FEASIBLE;
}

/** The unplaced buffer of least (floor, rank) that can be placed there; NONE where there is none. */
function nextCandidate(state: State, stack: Stack, node: Node): u32 {
  if (node.heaviest > state.capacity) return NONE;
  const dominates = (state.rules & DOMINANCE) != 0;
  const lists = stack.lists;
  const floors = state.floor;
  const sizes = state.part.size;
  let limit = state.capacity - node.heaviest + 1; // candidates are below
  let best = NONE;
  let bestFloor = u64.MAX_VALUE;
  for (let at = node.from, to = node.to; at < to; at++) {
    const k = u32At(lists, at);
    const floor = u64At(floors, k);
    if (dominates) limit = min(limit, floor + u64At(sizes, k));
    if (floor < bestFloor && u64At(state.lowestPossible, k) == floor) {
      best = k;
      bestFloor = floor;
      node.candidateAt = at;
    }
  }
  return bestFloor < limit ? best : NONE;
}

/** Places a candidate and goes on below it, or rejects it. False where the node has failed with that. */
function tryCandidate(search: BranchAndBound, node: Node, candidate: u32): bool {
  const state = search.state;
  node.candidate = candidate;
  node.trailLength = state.trail.length;
  state.isCut = false;
  countNode(search);
  const fits =
    place(state, candidate) &&
    rejectOnTop(search.propagation, search.ranking, candidate) &&
    propagate(search.propagation) &&
    hasWitnesses(search.witnesses, node.first, node.last);
  if (fits) {
    descend(state, search.stack, node);
    return true;
  }
  backtrackTo(state, node.trailLength);
  return rejectCandidate(search, node);
}

/** One more placement. More buffers at once than ever put off the fail limit. */
function countNode(search: BranchAndBound): void {
  search.nodes++;
  const numPlaced = search.state.numPlaced + 1;
  if (numPlaced <= search.mostPlaced) return;
  search.mostPlaced = numPlaced;
  search.givesUpAt = search.nodes + search.failLimit;
}

/** The candidate will not be on its floor. False where the node has failed with that. */
function rejectCandidate(search: BranchAndBound, node: Node): bool {
  if (u64At(search.state.part.fixed, node.candidate) != NO_OFFSET) return false; // it fits nowhere else
  return (
    reject(search.propagation, node.candidate) &&
    propagate(search.propagation) &&
    hasWitnesses(search.witnesses, node.first, node.last)
  );
}

/** The top node has failed: the candidate below it is taken back and rejected. False where no node is left. */
function backtrack(search: BranchAndBound): bool {
  const stack = search.stack;
  while (--stack.numNodes > 0) {
    if (stack.numNodes == stack.base) popSplit(stack); // one component without a plan: the whole has none
    const node = topNode(stack);
    stack.listTop = node.to;
    backtrackTo(search.state, node.trailLength);
    if (rejectCandidate(search, node)) return true;
  }
  return false;
}
