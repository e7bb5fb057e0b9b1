/**
 * The records of a worker, and where they lie in its region. There are no statics: a module that shares its memory
 * would rewrite them at every instantiation, so all state hangs from the address of the worker.
 *
 *   region   Worker │ root of the heap │ queue │ blocks of the heap …
 *                                                 └─ tables and arenas of plans, recordings, all general allocations
 */
import {CANARIES, POISON} from './status';

/** In `Place.state` of a slot that waits for another than its first due (`due.ts`). */
export const POSTPONED: u32 = 1 << 31;
/** In `Place.tag`; no address has it, all being multiples of 16. */
export const SPECIAL: usize = 1;
/** No row of a recording, no key. */
export const NONE: u32 = u32.MAX_VALUE;

/** One allocation of the plan: 32 bytes, in order of serving, a sentinel after every phase. */
@unmanaged
export class Slot {
  key: u32;
  /** Most bytes it serves; 0 where the plan leaves this allocation to the general allocator, and in a sentinel. */
  size: u32;
  /** Live slots that this one is the next to share bytes with; never 0 in one that serves nothing. */
  waiting: u32;
  /** In the cold columns. */
  index: u32;
  /** Address and first due, as `Place.tag` and `Place.due` take them over at once. */
  address: usize;
  /** The next slot, in order of serving, that shares bytes with this one; itself where no other does. */
  due: Slot;
  /** That of its address; 0 where it serves nothing. */
  place: Place;
  unused: u32;
}

/** An address of the plan, with the one slot that may be live there: a cell of an open table, 16 bytes. */
@unmanaged
export class Place {
  /** The address itself where a slot is live that nothing is special about; else with the bit SPECIAL. */
  tag: usize;
  /** What that slot waits for. */
  due: Slot;
  /** The slot that is live, or was. */
  slot: Slot;
  /** Of a live slot: owners beyond the first, and POSTPONED; 0 where none is live. */
  state: u32;
}

@unmanaged
export class Plan {
  /** The next in the worker's list, or 0. */
  next: usize;
  signature: u32;
  /** Another plan of its signature has replaced it: it goes when its last slot is dead. */
  isRetired: bool;
  /** The tables hold a whole plan. */
  isSealed: bool;
  ownsArena: bool;
  /** Slots per phase, without the sentinel; phases; the phase that the next iteration serves. */
  numSlots: u32;
  numPhases: u32;
  phase: u32;
  /** Slot ×(numSlots + 1)·numPhases. */
  slots: usize;
  /** Where serving stands. */
  position: Slot;
  arena: usize;
  arenaBytes: u32;
  /** Place ×2^k, open addressing; what an address is multiplied with for its place, and 32 − k. */
  places: usize;
  placeFactor: u32;
  placeShift: u32;
  /** {key, first slot, slot looked at last, iteration of that} ×2^k, and 32 − k. */
  keys: usize;
  keyShift: u32;
  /** Cold columns, u32 per slot: bytes asked for; row of the recording; the next slot of the same key, or 0. */
  asked: usize;
  row: usize;
  nextSame: usize;
  /** What a postponed slot waits for. */
  postponedDue: usize;
  /** By slot, those that it is the first due of: `waiters[waiterIndex[i]] …`, slots. */
  waiterIndex: usize;
  waiters: usize;
  /** By slot, the list of those that were postponed to it: its head, and in each the next and previous; slots or 0. */
  postponed: usize;
  nextPostponed: usize;
  previousPostponed: usize;
  /** The most bytes that were asked for in vain, 0 where none were. */
  wanted: usize;
  /** What the host fills in before the plan is sealed: key, size, offset, u32 ×numSlots·numPhases each. */
  columns: usize;
}

@unmanaged
export class Worker {
  /** The slot to be served next; the sentinel below where every call must take the long way. */
  cursor: Slot;
  /** Of the plan being served, as in it; `noPlaces` where every free must take the long way. */
  places: usize;
  placeFactor: u32;
  placeShift: u32;
  // ---- from here on for the long way alone
  base: usize;
  bytes: u32;
  mode: u32;
  isInterrupted: bool;
  isRecording: bool;
  isIterating: bool;
  /** Plan of the present iteration, or 0; all plans, the newest first. */
  plan: usize;
  plans: usize;
  /** Far slot that the next allocation may confirm, or 0, and where serving stood then (`find.ts`). */
  suspect: usize;
  suspectFrom: usize;
  /** Iterations begun. */
  iteration: u32;
  /** Slots passed without being served, or none at all, in this iteration; and where it began. */
  passed: u32;
  origin: usize;
  /** Allocations of this iteration that the plan should have served and did not. */
  misses: u32;
  /** Recording: its number, rows of {key, size, end}, and borders of its iterations. */
  recording: u32;
  rows: usize;
  numRows: u32;
  maxRows: u32;
  borders: usize;
  numBorders: u32;
  /** {base, bytes} of every worker's region that shares this memory. */
  peers: usize;
  numPeers: u32;
  counters: usize;
  heap: usize;
  queue: usize;
  sentinel: usize;
  /** An empty table of two places. */
  noPlaces: usize;
}

/** Bytes of a slot. */
export const SLOT_BYTES: usize = 32;
/** Bytes of a place, as a power of two. */
export const PLACE_BITS: usize = 4;
/** Most borders that a recording keeps. */
export const MAX_BORDERS: u32 = 64;

/** Whether every call takes the long way: it writes canaries, poison or rows. */
export function isAttended(w: Worker): bool {
  return w.isRecording || (w.mode & (CANARIES | POISON)) != 0;
}

/** Adds to a counter. */
export function count(w: Worker, counter: u32, by: u64 = 1): void {
  const at = w.counters + ((<usize>counter) << 3);
  store<u64>(at, load<u64>(at) + by);
}
