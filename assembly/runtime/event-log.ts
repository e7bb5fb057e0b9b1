/**
 * Event logs: the allocations and frees of an iteration in order, as one of them was served, and of the frees until the
 * next begins. From the beginning's live slots, whoever makes the same calls again can be given the same addresses:
 * nothing else has to be counted.
 *
 *    event    {key, limit, address, slot}   an allocation          {key, 0, 0, slot}   one that the plan leaves out
 *             {0, 0, address, 0}            a free                 {0, 0, 0, MARK}     end of the iteration, of the log
 *
 * Checkpoints have the live slots, at distances of at least SPACING events and of as many as are live, so that they take
 * no more room than the events, and the live slots before any event are found in time of that order.
 */
import {setU32, u32At} from '../memory/column';
import {isLive, numRecords, occupy, slotOf} from './blocking';
import {give, Heap, take} from './heap';
import {Checkpoint, EVENT_BYTES, Event, EventLog, MARK, NONE, Plan, SLOT_BYTES, Slot, Worker} from './worker';

const SPACING: u32 = 1024;
/** Events and live slots of a log beyond what an iteration with all slots needs. */
const SPARE: u32 = 16;
const LIVE_BITS: usize = 3;

/** Sets memory apart for the logs of a plan, if there is enough. */
export function newLogs(w: Worker, plan: Plan): void {
  plan.logs = 0;
  const n = plan.numSlots;
  const events: u64 = 2 * <u64>n + SPARE;
  const lives: u64 = 3 * <u64>n + SPARE;
  const checkpoints = events / SPACING + 2;
  const each = (events + 3) * (EVENT_BYTES + 4) + (lives << LIVE_BITS) + checkpoints * offsetof<Checkpoint>();
  const all = ((offsetof<EventLog>() + each + 31) & ~15) * plan.numPhases;
  if (all >= 1 << 31) return;
  plan.logs = take(changetype<Heap>(w.heap), <u32>all);
  if (plan.logs == 0) return;
  memory.fill(plan.logs, 0, plan.numPhases * offsetof<EventLog>());
  let at = (plan.logs + plan.numPhases * offsetof<EventLog>() + 15) & ~15;
  for (let phase: u32 = 0; phase < plan.numPhases; phase++) {
    const log = logOf(plan, phase);
    log.plan = changetype<usize>(plan);
    log.maxEvents = <u32>events;
    log.maxLives = <u32>lives;
    log.events = at;
    log.lives = at + <usize>events * EVENT_BYTES;
    log.ends = log.lives + ((<usize>lives) << LIVE_BITS);
    log.checkpoints = log.ends + ((<usize>events) << 2);
    at = (log.checkpoints + <usize>checkpoints * offsetof<Checkpoint>() + 15) & ~15;
  }
}

export function dropLogs(w: Worker, plan: Plan): void {
  if (plan.logs != 0) give(changetype<Heap>(w.heap), plan.logs);
}

/** The log of a phase of a plan that has logs. */
export function logOf(plan: Plan, phase: u32): EventLog {
  return changetype<EventLog>(plan.logs + <usize>phase * offsetof<EventLog>());
}

export function eventOf(log: EventLog, index: u32): Event {
  return changetype<Event>(log.events + <usize>index * EVENT_BYTES);
}

function indexOf(log: EventLog, event: usize): u32 {
  return <u32>((event - log.events) / EVENT_BYTES);
}

/** Begins a log with the slots that are live. @returns false if one of them is not as it was sealed, or has a view */
export function startLog(plan: Plan, log: EventLog): bool {
  log.isWhole = false;
  log.numEvents = 0;
  log.numLives = 0;
  log.served = 0;
  const records = numRecords(plan);
  for (let i: u32 = 0; i < records; i++) {
    const slot = slotOf(plan, i);
    if (!isLive(slot)) continue;
    if (slot.entry.state != 0 || !addLive(log, slot, NONE)) return false;
    setU32(plan.endCell, i, <u32>(liveOf(log, log.numLives - 1) + 4));
  }
  const first = changetype<Checkpoint>(log.checkpoints);
  first.event = 0;
  first.firstLive = 0;
  first.numLive = log.numLives;
  first.position = changetype<usize>(plan.position);
  first.served = 0;
  log.numCheckpoints = 1;
  return true;
}

/** Records an allocation that `slot` served, or that it left to the general allocator. @returns false for no room */
export function logAllocation(log: EventLog, slot: Slot): bool {
  const index = addEvent(
    log,
    slot.key,
    slot.size == 0 ? 0 : slot.size + 1,
    slot.address,
    changetype<usize>(slot),
  );
  if (index == NONE) return false;
  if (slot.size == 0) return true;
  setU32(changetype<Plan>(log.plan).endCell, slot.index, <u32>(log.ends + ((<usize>index) << 2)));
  log.served++;
  return true;
}

/** Records the free of a live slot. @returns false for no room */
export function logFree(log: EventLog, slot: Slot): bool {
  const index = addEvent(log, 0, 0, slot.address, 0);
  if (index == NONE) return false;
  store<u32>(u32At(changetype<Plan>(log.plan).endCell, slot.index), index);
  return true;
}

/** Records the end of the iteration, or of the log. @returns false for no room */
export function logMark(log: EventLog): bool {
  return addEvent(log, 0, 0, 0, MARK) != NONE;
}

/** @returns its number; NONE for no room */
function addEvent(log: EventLog, key: u32, limit: u32, address: usize, slot: usize): u32 {
  const index = log.numEvents;
  if (index == log.maxEvents) return NONE;
  const event = eventOf(log, index);
  event.key = key;
  event.limit = limit;
  event.address = address;
  event.slot = changetype<Slot>(slot);
  setU32(log.ends, index, NONE);
  log.numEvents++;
  return index;
}

/** Adds the checkpoints after the first. */
export function addCheckpoints(log: EventLog): void {
  let last = changetype<Checkpoint>(log.checkpoints);
  let live = last.numLive;
  let position = last.position;
  let served: u32 = 0;
  for (let i: u32 = 0; i < log.numEvents; i++) {
    if (i - last.event >= max(SPACING, live)) {
      if (!addCheckpoint(log, last, i, position, served)) return;
      last = changetype<Checkpoint>(changetype<usize>(last) + offsetof<Checkpoint>());
    }
    const event = eventOf(log, i);
    if (changetype<usize>(event.slot) == 0) live--;
    if (changetype<usize>(event.slot) > MARK) position = changetype<usize>(event.slot) + SLOT_BYTES;
    if (event.limit == 0) continue;
    served++;
    live++;
  }
}

function addCheckpoint(log: EventLog, last: Checkpoint, event: u32, position: usize, served: u32): bool {
  const from = log.numLives;
  for (let i: u32 = 0; i < last.numLive; i++) {
    const live = liveOf(log, last.firstLive + i);
    const end = load<u32>(live, 4);
    if (end >= event && !addLive(log, changetype<Slot>(load<usize>(live)), end)) return false;
  }
  for (let i = last.event; i < event; i++) {
    const end = u32At(log.ends, i);
    if (eventOf(log, i).limit == 0 || end < event) continue;
    if (!addLive(log, eventOf(log, i).slot, end)) return false;
  }
  const checkpoint = changetype<Checkpoint>(changetype<usize>(last) + offsetof<Checkpoint>());
  checkpoint.event = event;
  checkpoint.firstLive = from;
  checkpoint.numLive = log.numLives - from;
  checkpoint.position = position;
  checkpoint.served = served;
  log.numCheckpoints++;
  return true;
}

function addLive(log: EventLog, slot: Slot, end: u32): bool {
  if (log.numLives == log.maxLives) return false;
  const live = liveOf(log, log.numLives++);
  store<usize>(live, changetype<usize>(slot));
  store<u32>(live, end, 4);
  return true;
}

/** {slot, number of the event that frees it} */
export function liveOf(log: EventLog, index: u32): usize {
  return log.lives + ((<usize>index) << LIVE_BITS);
}

/** Slots that are live at the beginning. */
export function numLiveAtStart(log: EventLog): u32 {
  return changetype<Checkpoint>(log.checkpoints).numLive;
}

/** The last checkpoint that is not behind an event. */
function checkpointBefore(log: EventLog, event: u32): Checkpoint {
  let i = min(event / SPACING, log.numCheckpoints - 1);
  while (checkpointOf(log, i).event > event) i--;
  return checkpointOf(log, i);
}

function checkpointOf(log: EventLog, index: u32): Checkpoint {
  return changetype<Checkpoint>(log.checkpoints + <usize>index * offsetof<Checkpoint>());
}

/** Slots that are live before an event, which the accounts now get if they are revived. */
export function liveBefore(log: EventLog, event: usize, isReviving: bool): u32 {
  const index = indexOf(log, event);
  const from = checkpointBefore(log, index);
  let count: u32 = 0;
  for (let i: u32 = 0; i < from.numLive; i++) {
    const live = liveOf(log, from.firstLive + i);
    if (load<u32>(live, 4) < index) continue;
    count++;
    if (isReviving) occupy(changetype<Slot>(load<usize>(live)));
  }
  for (let i = from.event; i < index; i++) {
    if (eventOf(log, i).limit == 0 || u32At(log.ends, i) < index) continue;
    count++;
    if (isReviving) occupy(eventOf(log, i).slot);
  }
  return count;
}

/** Slots that were served before an event. */
export function servedBefore(log: EventLog, event: usize): u32 {
  if (changetype<usize>(changetype<Event>(event).slot) == MARK) return log.served; // an end of an iteration costs no walk
  const from = checkpointBefore(log, indexOf(log, event));
  let served = from.served;
  for (let at = changetype<usize>(eventOf(log, from.event)); at < event; at += EVENT_BYTES)
    if (changetype<Event>(at).limit != 0) served++;
  return served;
}

/** The slot that is to be served next, before an event. */
export function positionBefore(log: EventLog, event: usize): usize {
  const from = checkpointBefore(log, indexOf(log, event));
  const first = changetype<usize>(eventOf(log, from.event));
  for (let at = event; at > first; ) {
    at -= EVENT_BYTES;
    const slot = changetype<usize>(changetype<Event>(at).slot);
    if (slot > MARK) return slot + SLOT_BYTES;
  }
  return from.position;
}
