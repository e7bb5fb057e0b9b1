/**
 * The records of a worker, and their places in its region. There are no statics: a module that shares its memory
 * would rewrite them at every instantiation, so all state is reached from the address of the worker.
 *
 *    region   Worker │ root of the heap │ queue │ blocks of the heap …
 *                                                  └─ tables and arenas of plans, recordings, all general allocations
 */
import {CANARIES, POISON} from './status';

/** In `AddressEntry.state`: the slot blocks another than the one it was sealed with (`blocking.ts`). */
export const POSTPONED: u32 = 1 << 31;
/** In `AddressEntry.tag`: the slow path has to look. No address has this bit, all being multiples of 16. */
export const SPECIAL: usize = 1;
/** No row of a recording, no key. */
export const NONE: u32 = u32.MAX_VALUE;

/** One allocation of the plan: 32 bytes, in order of serving, a sentinel after every phase. */
@unmanaged
export class Slot {
  key: u32;
  /** Most bytes it serves; 0 if the plan leaves this allocation to the general allocator, and in a sentinel. */
  size: u32;
  /** Live slots that block this one; never 0 in a slot that serves nothing. */
  blockedCount: u32;
  /** Index in the cold columns. */
  index: u32;
  /** `address` and `blocks` are side by side, so that one store sets `AddressEntry.tag` and `AddressEntry.blocks`. */
  address: usize;
  /** The slot that this one blocks while it is live: the next that shares bytes with it; itself if no other does. */
  blocks: Slot;
  /** The entry of its address; 0 if it serves nothing. */
  entry: AddressEntry;
  unused: u32;
}

/** An address of the plan and the one slot that may be live there: a cell of an open hash table, 16 bytes. */
@unmanaged
export class AddressEntry {
  /** The address itself if a slot is live that the fast path may free; else with the bit SPECIAL. */
  tag: usize;
  /** The slot that it blocks, unless postponed. */
  blocks: Slot;
  /** The slot that is live, or was last. */
  slot: Slot;
  /** For a live slot: owners beyond the first, and POSTPONED; 0 if none is live. */
  state: u32;
}

/** One call of the order in which an iteration allocates and frees: 16 bytes, see `event-log.ts`. */
@unmanaged
export class Event {
  /** Of an allocation. */
  key: u32;
  /** One more than the bytes that an allocation may have; 0 where none matches: in all that is not served by a slot. */
  limit: u32;
  /** Allocated or freed. */
  address: usize;
  /** The slot of an allocation; 0 in a free, so that `address` and `slot` as one u64 equal the address; else MARK. */
  slot: Slot;
}

/** What an iteration of one phase allocates and frees, in order, until the next iteration begins (`event-log.ts`). */
@unmanaged
export class EventLog {
  plan: usize;
  /** Whether it is recorded to its end. */
  isWhole: bool;
  /** Whether an iteration has followed it to its end. */
  isProven: bool;
  /** Whether the same slots are live at its end and at the beginning of the next phase's log. */
  isLinked: bool;
  /** Iterations in a row that differed from it. */
  failures: u32;
  /** Logs in a row that were of no use; iterations that pass before the next one is recorded. */
  futile: u32;
  pause: u32;
  /** Event ×numEvents, and of each allocation the number of the event that frees it, or NONE: u32 ×numEvents. */
  events: usize;
  ends: usize;
  numEvents: u32;
  maxEvents: u32;
  /** Slots that it serves. */
  served: u32;
  /** {slot, number of the event that frees it} of live slots, for all checkpoints. */
  lives: usize;
  numLives: u32;
  maxLives: u32;
  /** Checkpoint ×numCheckpoints; the first is the beginning. */
  checkpoints: usize;
  numCheckpoints: u32;
}

/** The state before an event of a log. */
@unmanaged
export class Checkpoint {
  event: u32;
  /** Of `EventLog.lives`. */
  firstLive: u32;
  numLive: u32;
  /** The slot to be served next, and slots served before. */
  position: usize;
  served: u32;
}

@unmanaged
export class Plan {
  /** The next in the worker's list, or 0. */
  next: usize;
  signature: u32;
  /** Another plan of its signature has replaced it: it is dropped when its last slot is dead. */
  isRetired: bool;
  /** Whether the tables hold a whole plan. */
  isSealed: bool;
  ownsArena: bool;
  /** Slots per phase, without the sentinel; phases; the phase that the next iteration serves. */
  numSlots: u32;
  numPhases: u32;
  phase: u32;
  /** Slot ×(numSlots + 1)·numPhases. */
  slots: usize;
  /** The slot to be served next. */
  position: Slot;
  arena: usize;
  arenaBytes: u32;
  /** AddressEntry ×2^k, open addressing; the factor of the hash, and 32 − k. */
  addressTable: usize;
  addressFactor: u32;
  addressShift: u32;
  /** {key, first slot, slot looked at last, iteration of that} ×2^k, and 32 − k. */
  keys: usize;
  keyShift: u32;
  /** Cold columns, u32 per slot: bytes asked for; row of the recording; the next slot of the same key, or 0. */
  asked: usize;
  row: usize;
  nextSame: usize;
  /** Per slot: the slot that it blocks since it was postponed. */
  postponedTo: usize;
  /** Per slot, those sealed as its blockers: `blockers[blockerIndex[i]] …`, slots. */
  blockerIndex: usize;
  blockers: usize;
  /** Per slot, the list of blockers postponed to it: its head, and in each the next and previous; slots or 0. */
  postponed: usize;
  nextPostponed: usize;
  previousPostponed: usize;
  /** Per slot: the most bytes that it was asked for and could not serve, 0 if none. */
  wanted: usize;
  /** Per slot, while a log is recorded: the address of the word that receives the number of its free. */
  endCell: usize;
  /** Slots that serve nothing, sentinels included. */
  numIdle: u32;
  /** EventLog ×numPhases; 0 where memory was short. */
  logs: usize;
  /** Its accounts are empty in place of what is live at the beginning of the log of its phase (`follow.ts`). */
  isParked: bool;
  /** Columns for the host to fill in before the plan is sealed: key, size, offset, u32 ×numSlots·numPhases each. */
  columns: usize;
}

@unmanaged
export class Worker {
  /** The event that is expected; `noEvent` where no log is followed. */
  event: Event;
  /** The slot to be served next; the sentinel if every call that is no event must take the slow path. */
  cursor: Slot;
  /** Those of the plan being served; `emptyTable` if every free must take the slow path. */
  addressTable: usize;
  addressFactor: u32;
  addressShift: u32;
  // ---- from here on for the slow path alone
  base: usize;
  bytes: u32;
  mode: u32;
  isInterrupted: bool;
  isRecording: bool;
  isIterating: bool;
  /** Plan of the present iteration, or 0; all plans, the newest first. */
  plan: usize;
  plans: usize;
  /** Far slot that the next allocation may confirm, or 0, and the position at that time (`match-slot.ts`). */
  suspect: usize;
  suspectFrom: usize;
  /** Iterations begun. */
  iteration: u32;
  /** Slots passed without being served, or serving nothing, in this iteration; and the position where it began. */
  passed: u32;
  origin: usize;
  /** Fallbacks of this iteration: allocations that the plan should have served and did not. */
  fallbacks: u32;
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
  /** An empty address table of two entries. */
  emptyTable: usize;
  /** An event that no call matches. */
  noEvent: usize;
  /** The plan whose log is followed, or 0: from `begin` to the next `begin`, or to the first difference; and the log. */
  followed: usize;
  followedLog: usize;
  /** The event that is expected after `resume`. */
  heldEvent: usize;
  /** The log that is being recorded, or 0: from `begin` to the next `begin`. */
  log: usize;
}

/** Bytes of a slot. */
export const SLOT_BYTES: usize = 32;
/** Bytes of an address entry, as a power of two. */
export const ENTRY_BITS: usize = 4;
/** Bytes of an event. */
export const EVENT_BYTES: usize = 16;
/** In `Event.slot`: no call, but the end of the iteration, or of the log. */
export const MARK: usize = 1;
/** Most borders that a recording keeps. */
export const MAX_BORDERS: u32 = 64;

/** Whether every call takes the slow path: it writes canaries, poison or rows. */
export function isAttended(w: Worker): bool {
  return w.isRecording || (w.mode & (CANARIES | POISON)) != 0;
}

/** Adds to a counter. */
export function count(w: Worker, counter: u32, by: u64 = 1): void {
  const at = w.counters + ((<usize>counter) << 3);
  store<u64>(at, load<u64>(at) + by);
}
