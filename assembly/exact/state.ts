/**
 * The state of one search: a partial plan, the space left to the unplaced buffers, and the trail of its changes.
 *
 * - `floor` of an unplaced buffer is the lowest offset above every placed buffer that it overlaps.
 * - `lowestPossible` is the lowest offset it can still get: its floor, or more once it is rejected there.
 *
 * Every change goes through this file, which records it on the trail; `backtrackTo` undoes the latest ones.
 */
import {alloc} from '../memory/arena';
import {addU64, alignUp, newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, NONE} from '../memory/layout';
import {Partition} from './partition';

/**
 * Rules that prune without losing a plan. Each can be switched off: every combination of them yields the same answers
 * (`tests/bindings/exact.test.ts`).
 */
export const PROPAGATION: u32 = 1;
export const WITNESSES: u32 = 2;
export const COMPONENTS: u32 = 4;
export const DOMINANCE: u32 = 8;
export const SYMMETRY: u32 = 16;

@unmanaged
export class State {
  part: Partition;
  /** Bytes: no buffer may end above. */
  capacity: u64;
  rules: u32;
  /** u32 per buffer: 1 where it is placed. */
  placed: usize;
  numPlaced: u32;
  /** u64 per buffer, bytes. The floor of a placed buffer is its offset. */
  floor: usize;
  lowestPossible: usize;
  /** u32 each, none twice: all buffers rejected at their floor, and some that were rejected at a lower one. */
  rejected: usize;
  numRejected: u32;
  /** u32 per buffer: 1 where it is in `rejected`. */
  isRejected: usize;
  /** u32 per buffer: its next equal, which is placed above it (`symmetry.ts`); NONE for the last. */
  nextEqual: usize;
  /** u64 per section: bytes of its unplaced buffers. */
  unplacedBytes: usize;
  /** u32 per section: unplaced buffers whose hull goes on into the next section. */
  crossing: usize;
  /** Whether some `crossing` has become 0 since this was last cleared. */
  isCut: bool;
  trail: Trail;
}

/** The changes of a state, oldest first. */
@unmanaged
export class Trail {
  entries: usize;
  length: u32;
  room: u32;
}

/** A change of buffer `k`: its kind, and the value it replaced. */
@unmanaged
class Change {
  kind: u32;
  k: u32;
  old: u64;
}

const CHANGE_BYTES: u32 = 16;

const PLACED: u32 = 0;
const FLOOR: u32 = 1;
const LOWEST_POSSIBLE: u32 = 2;
const REJECTED: u32 = 3;

export function newState(part: Partition): State {
  const state = changetype<State>(alloc(offsetof<State>()));
  state.part = part;
  state.placed = newU32(part.count);
  state.floor = newU64(part.count);
  state.lowestPossible = newU64(part.count);
  state.rejected = newU32(part.count);
  state.isRejected = newU32(part.count);
  state.nextEqual = newU32(part.count);
  state.unplacedBytes = newU64(part.numSections + 1);
  state.crossing = newU32(part.numSections + 1);
  const trail = changetype<Trail>(alloc(offsetof<Trail>()));
  trail.room = 16 * part.count + 1024;
  trail.entries = alloc(<u64>trail.room * CHANGE_BYTES);
  state.trail = trail;
  return state;
}

/** The empty plan. No buffer has an equal yet. */
export function resetState(state: State, capacity: u64, rules: u32): void {
  const part = state.part;
  state.capacity = capacity;
  state.rules = rules;
  state.numPlaced = 0;
  state.numRejected = 0;
  state.trail.length = 0;
  memory.fill(state.placed, 0, (<usize>part.count) << 2);
  memory.fill(state.isRejected, 0, (<usize>part.count) << 2);
  memory.fill(state.nextEqual, 0xff, (<usize>part.count) << 2); // NONE
  memory.fill(state.unplacedBytes, 0, (<usize>part.numSections + 1) << 3);
  memory.fill(state.crossing, 0, (<usize>part.numSections + 1) << 2);
  for (let k: u32 = 0; k < part.count; k++) {
    const fixed = u64At(part.fixed, k);
    const lowest: u64 = fixed == NO_OFFSET ? 0 : fixed;
    setU64(state.floor, k, lowest);
    setU64(state.lowestPossible, k, lowest);
    countUnplaced(state, k, u64At(part.size, k), 1);
  }
  state.isCut = false;
}

/** Adds `bytes` to the buffer's sections, and `hulls` to `crossing` of every section whose end its hull crosses. */
function countUnplaced(state: State, k: u32, bytes: u64, hulls: u32): void {
  const part = state.part;
  for (let piece = u32At(part.pieceIndex, k); piece < u32At(part.pieceIndex, k + 1); piece++) {
    for (let section = u32At(part.pieceFirst, piece); section < u32At(part.pieceLast, piece); section++) {
      addU64(state.unplacedBytes, section, bytes);
    }
  }
  for (let section = u32At(part.first, k); section + 1 < u32At(part.last, k); section++) {
    const crossing = u32At(state.crossing, section) + hulls;
    setU32(state.crossing, section, crossing);
    if (crossing == 0) state.isCut = true;
  }
}

function record(trail: Trail, kind: u32, k: u32, old: u64): void {
  if (trail.length == trail.room) {
    const entries = alloc(<u64>trail.room * 2 * CHANGE_BYTES);
    memory.copy(entries, trail.entries, <usize>trail.room * CHANGE_BYTES);
    trail.entries = entries;
    trail.room *= 2;
  }
  const change = changetype<Change>(trail.entries + <usize>trail.length * CHANGE_BYTES);
  trail.length++;
  change.kind = kind;
  change.k = k;
  change.old = old;
}

/** Undoes the latest changes, until the trail is `length` long. */
export function backtrackTo(state: State, length: u32): void {
  const trail = state.trail;
  while (trail.length > length) {
    trail.length--;
    const change = changetype<Change>(trail.entries + <usize>trail.length * CHANGE_BYTES);
    const k = change.k;
    if (change.kind == FLOOR) setU64(state.floor, k, change.old);
    else if (change.kind == LOWEST_POSSIBLE) setU64(state.lowestPossible, k, change.old);
    else if (change.kind == REJECTED) {
      setU32(state.isRejected, k, 0);
      state.numRejected--;
    } else {
      setU32(state.placed, k, 0);
      state.numPlaced--;
      countUnplaced(state, k, u64At(state.part.size, k), 1);
    }
  }
}

/** Places a buffer on its floor. False where an unplaced one fits nowhere any more. */
export function place(state: State, k: u32): bool {
  const part = state.part;
  const size = u64At(part.size, k);
  const top = u64At(state.floor, k) + size;
  record(state.trail, PLACED, k, 0);
  setU32(state.placed, k, 1);
  state.numPlaced++;
  countUnplaced(state, k, 0 - size, <u32>-1);
  for (let at = u32At(part.neighbourIndex, k); at < u32At(part.neighbourIndex, k + 1); at++) {
    const j = u32At(part.neighbours, at);
    if (u32At(state.placed, j) != 0 || u64At(state.floor, j) >= top) continue;
    const floor = alignUp(top, u64At(part.alignment, j));
    record(state.trail, FLOOR, j, u64At(state.floor, j));
    setU64(state.floor, j, floor);
    if (floor > u64At(state.lowestPossible, j) && !raise(state, j, floor)) return false;
    if (floor > u64At(part.fixed, j)) return false; // NO_OFFSET is the largest number
  }
  return true;
}

/** Lists a buffer as rejected. What follows for its `lowestPossible` is up to `propagate.ts`. */
export function listRejected(state: State, k: u32): void {
  if (u32At(state.isRejected, k) != 0) return;
  record(state.trail, REJECTED, k, 0);
  setU32(state.isRejected, k, 1);
  setU32(state.rejected, state.numRejected++, k);
}

/** Raises `lowestPossible` of a buffer, and so that of its equals above it. False where one fits nowhere any more. */
export function raise(state: State, k: u32, lowest: u64): bool {
  const part = state.part;
  const size = u64At(part.size, k);
  record(state.trail, LOWEST_POSSIBLE, k, u64At(state.lowestPossible, k));
  setU64(state.lowestPossible, k, lowest);
  if (lowest + size > state.capacity || lowest > u64At(part.fixed, k)) return false;
  for (let next = u32At(state.nextEqual, k); next != NONE; next = u32At(state.nextEqual, next)) {
    lowest = alignUp(lowest + size, u64At(part.alignment, k));
    if (lowest <= u64At(state.lowestPossible, next)) return true;
    record(state.trail, LOWEST_POSSIBLE, next, u64At(state.lowestPossible, next));
    setU64(state.lowestPossible, next, lowest);
    if (lowest + size > state.capacity) return false;
  }
  return true;
}
