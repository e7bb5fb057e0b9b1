/**
 * Bound propagation. A rejected buffer is not placed on its floor, so an unplaced buffer that it overlaps must come
 * beneath it. That raises its `lowestPossible` to the lowest top that such a buffer, its supporter, can have.
 *
 * Buffers that support each other in a ring have no such number. Round by round they climb to the capacity by their own
 * sizes, which may take for ever; so does a ring below one large neighbour. After some rounds the numbers are therefore
 * settled at once, as shortest paths are.
 */
import {alloc} from '../memory/arena';
import {alignUp, newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {listRejected, PROPAGATION, raise, State} from './state';

/** Rounds of propagation after which `settle` takes over; it comes to the same numbers. */
const MOST_ROUNDS: u32 = 32;

@unmanaged
export class Propagation {
  state: State;
  /** u32 per buffer: the supporter found last, checked again before use; the buffer itself where none was found. */
  supporter: usize;
  /** Scratch of `settle`. u32 per buffer: 1 where it is settled. */
  isSettled: usize;
  /** u64 per buffer, bytes: the lowest top of a settled buffer that it overlaps. */
  settledTop: usize;
  /** u32 per buffer: its equal that is placed beneath it; NONE for none. */
  equalBeneath: usize;
}

export function newPropagation(state: State): Propagation {
  const propagation = changetype<Propagation>(alloc(offsetof<Propagation>()));
  const count = state.part.count;
  propagation.state = state;
  propagation.supporter = newU32(count);
  propagation.isSettled = newU32(count);
  propagation.settledTop = newU64(count);
  propagation.equalBeneath = newU32(count);
  return propagation;
}

export function forgetSupporters(propagation: Propagation): void {
  for (let k: u32 = 0; k < propagation.state.part.count; k++) setU32(propagation.supporter, k, k);
}

/** Rejects a buffer on its floor. False where it fits nowhere any more. `propagate` draws the consequences for others. */
export function reject(propagation: Propagation, k: u32): bool {
  listRejected(propagation.state, k);
  return raiseRejected(propagation, k);
}

/** Raises a rejected buffer onto its lowest supporter. False where it has none or fits nowhere any more. */
function raiseRejected(propagation: Propagation, k: u32): bool {
  const state = propagation.state;
  const part = state.part;
  const lowest = u64At(state.lowestPossible, k);
  if ((state.rules & PROPAGATION) == 0) {
    // above its floor: that only marks it as rejected
    return lowest > u64At(state.floor, k) || raise(state, k, u64At(state.floor, k) + 1);
  }
  const latest = u32At(propagation.supporter, k);
  const isUnplaced = u32At(state.placed, latest) == 0;
  if (isUnplaced && u64At(state.lowestPossible, latest) + u64At(part.size, latest) <= lowest) return true;
  const placed = state.placed;
  const neighbours = part.neighbours;
  const end = u32At(part.neighbourIndex, k + 1);
  let lowestTop = u64.MAX_VALUE;
  for (let at = u32At(part.neighbourIndex, k); at < end; at++) {
    const j = u32At(neighbours, at);
    if (u32At(placed, j) != 0) continue;
    const top = u64At(state.lowestPossible, j) + u64At(part.size, j);
    if (top >= lowestTop) continue;
    lowestTop = top;
    setU32(propagation.supporter, k, j);
    if (top <= lowest) return true;
  }
  if (lowestTop == u64.MAX_VALUE) return false;
  const raised = alignUp(lowestTop, u64At(part.alignment, k));
  return raised <= lowest || raise(state, k, raised);
}

/** Raises all rejected buffers until none rises any more. False where one fits nowhere any more. */
export function propagate(propagation: Propagation): bool {
  const state = propagation.state;
  let before: u32;
  let rounds: u32 = 0;
  do {
    before = state.trail.length;
    if (rounds++ == MOST_ROUNDS) return settle(propagation);
    for (let at: u32 = 0; at < state.numRejected; at++) {
      const k = u32At(state.rejected, at);
      if (needsNoSupporter(state, k)) continue;
      if (!raiseRejected(propagation, k)) return false;
    }
  } while (state.trail.length != before);
  return true;
}

/** Whether its `lowestPossible` depends on no other buffer: it may be on its floor, or is placed. */
function needsNoSupporter(state: State, k: u32): bool {
  if (u32At(state.placed, k) != 0 || u32At(state.isRejected, k) == 0) return true;
  return (state.rules & PROPAGATION) == 0 || u64At(state.lowestPossible, k) == u64At(state.floor, k);
}

/**
 * The numbers that `propagate` climbs to, the lowest first, each from settled ones alone: Knuth's generalisation of
 * Dijkstra's algorithm (1977). False where a buffer has no supporter or fits nowhere any more.
 */
function settle(propagation: Propagation): bool {
  const state = propagation.state;
  const part = state.part;
  let left = beginSettling(propagation);
  for (; left > 0; left--) {
    const k = lowestUnsettled(propagation);
    if (k == part.count) return false;
    const lowest = lowestOnSettled(propagation, k);
    if (lowest > u64At(state.lowestPossible, k) && !raise(state, k, lowest)) return false;
    setU32(propagation.isSettled, k, 1);
    const top = u64At(state.lowestPossible, k) + u64At(part.size, k);
    for (let at = u32At(part.neighbourIndex, k); at < u32At(part.neighbourIndex, k + 1); at++) {
      const j = u32At(part.neighbours, at);
      if (top < u64At(propagation.settledTop, j)) setU64(propagation.settledTop, j, top);
    }
  }
  return true;
}

/** Nothing is settled; returns the number of buffers to be settled, which are the unplaced ones. */
function beginSettling(propagation: Propagation): u32 {
  const state = propagation.state;
  const count = state.part.count;
  memory.fill(propagation.isSettled, 0, (<usize>count) << 2);
  memory.fill(propagation.settledTop, 0xff, (<usize>count) << 3);
  memory.fill(propagation.equalBeneath, 0xff, (<usize>count) << 2); // NONE
  let unplaced: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    if (u32At(state.placed, k) != 0) continue;
    unplaced++;
    const next = u32At(state.nextEqual, k);
    if (next < count) setU32(propagation.equalBeneath, next, k);
  }
  return unplaced;
}

/** The unplaced buffer of least `lowestPossible` among those that can be settled next; `count` where there is none. */
function lowestUnsettled(propagation: Propagation): u32 {
  const state = propagation.state;
  const count = state.part.count;
  let best = count;
  let lowest = u64.MAX_VALUE;
  for (let k: u32 = 0; k < count; k++) {
    if (u32At(state.placed, k) != 0 || u32At(propagation.isSettled, k) != 0) continue;
    const beneath = u32At(propagation.equalBeneath, k);
    const isRaisedByEqual = beneath < count && u32At(propagation.isSettled, beneath) == 0;
    if (isRaisedByEqual) continue; // settling the one beneath may raise it
    const possible = lowestOnSettled(propagation, k);
    if (possible >= lowest) continue;
    best = k;
    lowest = possible;
  }
  return best;
}

/** Its `lowestPossible` on settled supporters; the largest number where it needs one and has none. */
function lowestOnSettled(propagation: Propagation, k: u32): u64 {
  const state = propagation.state;
  const lowest = u64At(state.lowestPossible, k);
  if (needsNoSupporter(state, k)) return lowest;
  const top = u64At(propagation.settledTop, k);
  return top == u64.MAX_VALUE ? top : max(lowest, alignUp(top, u64At(state.part.alignment, k)));
}
