/**
 * The ABI of the runtime: the functions a host calls, in C's manner. A worker is the address of its region. Sizes,
 * offsets and addresses are u32: this is 32-bit memory. There is no state outside the regions, and no import except,
 * in the shared build, the memory.
 *
 *    worker = create(base, bytes, …)          plan = newPlan(worker, …); fill columns(plan); seal(plan)
 *    begin(worker, signature); malloc(worker, key, size) …; free(worker, address) …; end(worker)
 *    record(worker) before an iteration, stopRecording(worker) after it, rows(worker) to plan from
 */

import {clearTable, closeFrees, openFrees} from './address-table';
import {brokenBlocks, isCovered, numLive} from './check';
import {logMark} from './event-log';
import {
  abandonLog,
  arrive,
  differ,
  follow,
  holdEvents,
  isAtEnd,
  leaveCursor,
  servedByEvents,
  settle,
  settleAll,
  takeCursor,
  takeEvent,
} from './follow';
import {drain, releaseSlowly, retain as retainBlock} from './free';
import {give, HEAP_BYTES, Heap, initHeap, take} from './heap';
import {finishPhase, nextPhase} from './match-slot';
import {offsetsAtValues} from './offsets-at';
import {choosePlan, dropRetired, newPlan as makePlan, retirePlan, sealPlan} from './plan';
import {initQueue, QUEUE_BYTES} from './queue';
import {border, recordFree, startRecording} from './record';
import {CANARIES, FOREIGN, NUM_COUNTERS, POISON, SERVED} from './status';
import {
  count,
  ENTRY_BITS,
  EVENT_BYTES,
  Event,
  EventLog,
  isAttended,
  MARK,
  MAX_BORDERS,
  NONE,
  Plan,
  SLOT_BYTES,
  Slot,
  Worker,
} from './worker';

/** Ends of regions stay below this, so that no end wraps to 0. */
const MOST_END: u64 = 0xffff0000;

/**
 * Makes a worker over [base, base + bytes); its general allocator aligns to 2^alignmentBits bytes, 4 bits at least.
 * @returns the worker; 0 if the region is too small or badly placed
 */
export function create(base: usize, bytes: u32, alignmentBits: u32, mode: u32): usize {
  if (base == 0 || base & 63 || alignmentBits < 4 || alignmentBits > 20) return 0;
  if (<u64>base + bytes > MOST_END || bytes < 1 << 16) return 0;
  if (mode & FOREIGN && mode & (CANARIES | POISON)) return 0; // the bytes are not ours to write
  memory.fill(base, 0, offsetof<Worker>());
  const w = changetype<Worker>(base);
  w.base = base;
  w.bytes = bytes;
  w.mode = mode;
  w.sentinel = base + 256;
  w.emptyTable = w.sentinel + SLOT_BYTES;
  w.noEvent = w.emptyTable + (2 << ENTRY_BITS);
  w.counters = w.noEvent + EVENT_BYTES;
  w.borders = w.counters + (NUM_COUNTERS << 3);
  w.heap = w.borders + (MAX_BORDERS << 2);
  w.queue = (w.heap + HEAP_BYTES + 63) & ~63;
  memory.fill(w.sentinel, 0, w.heap - w.sentinel);
  const sentinel = changetype<Slot>(w.sentinel);
  sentinel.key = NONE;
  sentinel.blockedCount = 1;
  w.cursor = sentinel;
  w.event = changetype<Event>(w.noEvent);
  w.event.slot = changetype<Slot>(MARK);
  closeFrees(w);
  clearTable(w.addressTable, w.addressShift);
  initQueue(w.queue);
  return initHeap(w.heap, w.queue + QUEUE_BYTES, <u64>base + bytes, alignmentBits) ? base : 0;
}

/** Gives a worker the list of all regions in its memory: {base, bytes} ×count at `peers`, which stays where it is. */
export function introduce(worker: usize, peers: usize, numPeers: u32): void {
  changetype<Worker>(worker).peers = peers;
  changetype<Worker>(worker).numPeers = numPeers;
}

/** Begins an iteration, served from the plan of that signature. @returns whether there is one */
export function begin(worker: usize, signature: u32): bool {
  const w = changetype<Worker>(worker);
  if (w.isIterating) end(worker);
  drain(w);
  const arrived = arrive(w);
  border(w);
  w.iteration++;
  w.isIterating = true;
  w.plan = choosePlan(w, signature);
  w.suspect = 0;
  w.passed = 0;
  w.fallbacks = 0;
  if (w.plan != 0) {
    const plan = changetype<Plan>(w.plan);
    plan.position = changetype<Slot>(plan.slots + <usize>(plan.phase * (plan.numSlots + 1)) * SLOT_BYTES);
    w.origin = changetype<usize>(plan.position);
  }
  closeFrees(w);
  if (w.plan != 0) startServing(w, changetype<Plan>(w.plan), arrived);
  takeCursor(w);
  return w.plan != 0;
}

/** By the log of the phase or by accounts. */
function startServing(w: Worker, plan: Plan, arrived: usize): void {
  if (isAttended(w)) {
    settle(w, plan);
    return;
  }
  follow(w, plan, arrived);
  if (w.followed == 0 && w.log == 0) openFrees(w, plan);
}

// exported as they are, not wrapped: a second call would cost as much as the work
export {release as free} from './free';
export {allocate as malloc} from './malloc';

/**
 * As `free`, for a block that another thread has freed: it is likely to be no slot of the present iteration. A second user
 * keeps the optimizer from putting the slow path into `free`.
 */
export function reclaim(worker: usize, address: usize): i32 {
  return releaseSlowly(changetype<Worker>(worker), address);
}

/** Adds an owner of the block at `address`: a view, or an output in place. */
export function retain(worker: usize, address: usize): i32 {
  return retainBlock(changetype<Worker>(worker), address);
}

/** Ends the iteration; the slots that were not asked for are missing. */
export function end(worker: usize): void {
  const w = changetype<Worker>(worker);
  if (!w.isIterating) return;
  if (w.followed != 0 && !isAtEnd(w)) differ(w);
  leaveCursor(w);
  if (w.plan != 0) {
    const plan = changetype<Plan>(w.plan);
    if (w.followed == 0)
      finishPhase(w, plan); // may abandon the log
    else nextPhase(plan);
    if (w.log != 0 && !logMark(changetype<EventLog>(w.log))) abandonLog(w);
    count(w, SERVED, servedSoFar(w));
    if (w.followed != 0) takeEvent(w);
  }
  holdEvents(w, false);
  w.plan = 0;
  w.isIterating = false;
  takeCursor(w);
  drain(w);
  dropRetired(w);
}

/** Slots served in the present iteration. */
function servedSoFar(w: Worker): u64 {
  if (w.followed != 0) return servedByEvents(w);
  return (changetype<usize>(changetype<Plan>(w.plan).position) - w.origin) / SLOT_BYTES - w.passed;
}

/** Slots served in the present iteration, which the counters do not include yet. */
export function servedNow(worker: usize): u32 {
  const w = changetype<Worker>(worker);
  leaveCursor(w);
  return w.plan == 0 ? 0 : <u32>servedSoFar(w);
}

/** Fallbacks of this iteration, or of the last: allocations that the plan should have served and did not. */
export function misses(worker: usize): u32 {
  return changetype<Worker>(worker).fallbacks;
}

/** Interrupts the iteration: allocations from here on concern neither the plan nor the recording. */
export function interrupt(worker: usize): void {
  const w = changetype<Worker>(worker);
  leaveCursor(w);
  holdEvents(w, true);
  takeCursor(w);
}

/** Resumes the iteration where it was interrupted. */
export function resume(worker: usize): void {
  const w = changetype<Worker>(worker);
  leaveCursor(w); // the iteration may not have been interrupted
  holdEvents(w, false);
  takeCursor(w);
}

/** Frees the blocks that other workers have freed, and drops retired plans; `begin` and `end` do so, too. */
export function collect(worker: usize): void {
  drain(changetype<Worker>(worker));
  dropRetired(changetype<Worker>(worker));
}

/** Begins a recording, in place of one that is not ended; within an iteration, of its rest. @returns false if memory is short */
export function record(worker: usize): bool {
  const w = changetype<Worker>(worker);
  leaveCursor(w);
  settleAll(w);
  closeFrees(w);
  const isOn = startRecording(w);
  takeCursor(w);
  return isOn;
}

/** Ends it; its rows stay until the next one. @returns false if there is none, or memory ran short */
export function stopRecording(worker: usize): bool {
  const w = changetype<Worker>(worker);
  const isWhole = w.isRecording;
  border(w);
  w.isRecording = false;
  return isWhole;
}

/** Records the end of a block that the host served from its own heap; `row` was the last one when it did. */
export function died(worker: usize, row: u32): void {
  recordFree(changetype<Worker>(worker), row);
}

/** Rows {key, size, end} of the recording. */
export function rows(worker: usize): usize {
  return changetype<Worker>(worker).rows;
}
export function numRows(worker: usize): u32 {
  return changetype<Worker>(worker).numRows;
}
/** Row at which each of its iterations begins. */
export function borders(worker: usize): usize {
  return changetype<Worker>(worker).borders;
}
export function numBorders(worker: usize): u32 {
  return changetype<Worker>(worker).numBorders;
}

/** Lays out a plan; 0 if memory is short. `arena` is used with a foreign heap only. */
export function newPlan(
  worker: usize,
  signature: u32,
  numSlots: u32,
  numPhases: u32,
  arena: usize,
  arenaBytes: u32,
): usize {
  return makePlan(changetype<Worker>(worker), signature, numSlots, numPhases, arena, arenaBytes);
}

/** Where the host writes key, size and offset of the plan's slots, one column after the other. */
export function columns(plan: usize): usize {
  return changetype<Plan>(plan).columns;
}

/** Most bytes that each slot was asked for and could not serve, 0 if none: u32 ×(numSlots + 1)·numPhases. */
export function wanted(plan: usize): usize {
  return changetype<Plan>(plan).wanted;
}

/**
 * Begins to serve from a plan, from the next iteration on. @returns false for columns that make no plan, which is then
 * dropped; and for what is no plan that waits to be sealed: nothing is changed
 */
export function seal(worker: usize, plan: usize): bool {
  const w = changetype<Worker>(worker);
  if (!isHeld(worker, plan) || changetype<Plan>(plan).isSealed) return false;
  const granule: u32 = w.mode & FOREIGN ? 16 : 1 << changetype<Heap>(w.heap).granuleBits;
  return sealPlan(w, changetype<Plan>(plan), granule);
}

/** Retires the plan of that signature: it serves no further iteration, and is freed when all in it is dead. Those not sealed go, too. */
export function retire(worker: usize, signature: u32): void {
  retirePlan(changetype<Worker>(worker), signature);
}

/** Whether a plan still holds memory: it is not retired, or something in it is live. */
export function isHeld(worker: usize, plan: usize): bool {
  for (let at = changetype<Worker>(worker).plans; at != 0; at = changetype<Plan>(at).next)
    if (at == plan) return true;
  return false;
}

/** Memory for a table of `offsetsAt`, a multiple of 8; 0 for no memory. Its layout is that of `offsets-at.ts`. */
export function newTable(worker: usize, bytes: u32): usize {
  return take(changetype<Heap>(changetype<Worker>(worker).heap), bytes);
}

export function dropTable(worker: usize, table: usize): void {
  give(changetype<Heap>(changetype<Worker>(worker).heap), table);
}

/** Fills in the results of a table. @returns as `offsetsAtValues` */
export function offsetsAt(table: usize): u32 {
  return offsetsAtValues(table);
}

/** The counters of `status.ts`, u64 each. */
export function counters(worker: usize): usize {
  return changetype<Worker>(worker).counters;
}

/** Bytes of the general allocator in use, and the most there were: plans, arenas and headers included. */
export function usedBytes(worker: usize): u32 {
  return changetype<Heap>(changetype<Worker>(worker).heap).used;
}
export function highWater(worker: usize): u32 {
  return changetype<Heap>(changetype<Worker>(worker).heap).highWater;
}

/** Live blocks whose canaries are overwritten. */
export function broken(worker: usize): u32 {
  return brokenBlocks(changetype<Worker>(worker));
}

/** Whether all of [address, address + bytes) is in one live block: a walk over all of them. */
export function covers(worker: usize, address: usize, bytes: u32): bool {
  return isCovered(changetype<Worker>(worker), address, bytes);
}

/** Blocks that callers hold. */
export function live(worker: usize): u32 {
  return numLive(changetype<Worker>(worker));
}
