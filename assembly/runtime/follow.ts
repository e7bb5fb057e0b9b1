/**
 * Following a log: while an iteration makes the calls of its log (`event-log.ts`) in that order, each is compared with the
 * next event and no accounts are kept of what is live. The first call that differs has the accounts of `blocking.ts` and
 * `address-table.ts` made from the log, and they serve the rest of the iteration.
 *
 *    accounts ──begin, same slots live──► followed ──begin, linked──► parked ──begin──► followed …
 *       ▲  └──begin, no log──► recorded      │                          │
 *       └────────────────────────────────────┴──a call that differs─────┘
 *
 * The accounts of a plan that is followed or parked are empty, so that every call that is no event takes the slow path.
 */
import {closeFrees, openFrees} from './address-table';
import {isLive, numRecords, slotOf} from './blocking';
import {
  addCheckpoints,
  liveBefore,
  liveOf,
  logMark,
  logOf,
  numLiveAtStart,
  positionBefore,
  servedBefore,
  startLog,
} from './event-log';
import {
  EVENT_BYTES,
  Event,
  EventLog,
  isAttended,
  MARK,
  Plan,
  SLOT_BYTES,
  Slot,
  SPECIAL,
  Worker,
} from './worker';

/** Iterations in a row that may differ from a log before another is recorded. */
const PATIENCE: u32 = 2;
/** Most iterations, as a power of two, that pass before the next try after logs that were of no use. */
const LONGEST_PAUSE: u32 = 6;

/** The event that is expected, where a log is followed. */
export function eventOfNow(w: Worker): usize {
  return w.isInterrupted ? w.heldEvent : changetype<usize>(w.event);
}

function setEvent(w: Worker, event: usize): void {
  w.heldEvent = event;
  w.event = changetype<Event>(w.isInterrupted ? w.noEvent : event);
}

/** Takes the free of that address, if it is the next event. */
export function takeFree(w: Worker, address: usize): bool {
  const event = eventOfNow(w);
  if (load<u64>(event, offsetof<Event>('address')) != <u64>address) return false;
  setEvent(w, event + EVENT_BYTES);
  return true;
}

/** Takes the next event. */
export function takeEvent(w: Worker): void {
  setEvent(w, eventOfNow(w) + EVENT_BYTES);
}

/** Allocations concern the log from here on no more, or again. */
export function holdEvents(w: Worker, isInterrupted: bool): void {
  const event = eventOfNow(w);
  w.isInterrupted = isInterrupted;
  if (w.followed != 0) setEvent(w, event);
}

/**
 * An iteration begins: that ends the log that was recorded or followed since the one before.
 * @returns the log at whose end the worker is, or 0
 */
export function arrive(w: Worker): usize {
  if (w.log != 0) return finishLog(w);
  if (w.followed == 0) return 0;
  const plan = changetype<Plan>(w.followed);
  const log = changetype<EventLog>(w.followedLog);
  if (changetype<Event>(eventOfNow(w) + EVENT_BYTES) != endOf(log)) {
    differ(w);
    return 0;
  }
  log.isProven = true;
  log.failures = 0;
  log.futile = 0;
  if (log.isLinked && logOf(plan, plan.phase).isWhole) {
    plan.isParked = true;
    stopFollowing(w);
  } else {
    settle(w, plan);
  }
  return changetype<usize>(log);
}

function endOf(log: EventLog): Event {
  return changetype<Event>(log.events + <usize>log.numEvents * EVENT_BYTES);
}

function finishLog(w: Worker): usize {
  const log = changetype<EventLog>(w.log);
  if (!logMark(log)) {
    abandonLog(w);
    return 0;
  }
  w.log = 0;
  addCheckpoints(log);
  log.isWhole = true;
  log.isProven = false;
  log.isLinked = false;
  log.failures = 0;
  return changetype<usize>(log);
}

/**
 * Has the iteration that begins follow the log of its phase, if the same slots are live as at its beginning; or records
 * one, if there is none.
 * @param arrived the log at whose end the worker is, or 0
 */
export function follow(w: Worker, plan: Plan, arrived: usize): void {
  if (plan.logs == 0) return;
  const log = logOf(plan, plan.phase);
  const before = logOf(plan, (plan.phase == 0 ? plan.numPhases : plan.phase) - 1);
  const isNext = arrived == changetype<usize>(before);
  if (!plan.isParked && log.isWhole) {
    if (isAtStart(plan, log)) {
      park(plan, log);
      if (isNext) before.isLinked = true;
    } else {
      fail(log);
    }
  }
  if (plan.isParked) {
    plan.isParked = false;
    w.followed = changetype<usize>(plan);
    w.followedLog = changetype<usize>(log);
    setEvent(w, log.events);
  } else if (!log.isWhole) {
    record(w, plan, log);
    before.isLinked = isNext;
  }
}

function record(w: Worker, plan: Plan, log: EventLog): void {
  if (log.pause > 0) log.pause--;
  else if (startLog(plan, log)) w.log = changetype<usize>(log);
  else giveUp(log);
}

/** Whether the slots that are live are those at the beginning of the log, with one owner and as they were sealed. */
function isAtStart(plan: Plan, log: EventLog): bool {
  // every live slot blocks one, and what serves nothing has 1 for good
  let live: u32 = 0;
  const end = changetype<usize>(slotOf(plan, numRecords(plan)));
  for (let at = plan.slots; at < end; at += SLOT_BYTES) live += changetype<Slot>(at).blockedCount;
  const expected = numLiveAtStart(log);
  if (live - plan.numIdle != expected) return false;
  for (let i: u32 = 0; i < expected; i++) {
    const slot = changetype<Slot>(load<usize>(liveOf(log, i)));
    if (!isLive(slot) || slot.entry.state != 0) return false;
  }
  return true;
}

/** Empties the accounts of a plan whose live slots are those at the beginning of the log. */
function park(plan: Plan, log: EventLog): void {
  const count = numLiveAtStart(log);
  for (let i: u32 = 0; i < count; i++) {
    const entry = changetype<Slot>(load<usize>(liveOf(log, i))).entry;
    entry.tag |= SPECIAL;
    entry.blocks.blockedCount--;
  }
  plan.isParked = true;
}

/** A call differs from the log. */
export function differ(w: Worker): void {
  fail(changetype<EventLog>(w.followedLog));
  settle(w, changetype<Plan>(w.followed));
}

/** An iteration differs from a log: another is recorded if that repeats, or if no iteration ever followed it. */
function fail(log: EventLog): void {
  log.failures++;
  if (log.isProven && log.failures < PATIENCE) return;
  log.isWhole = false;
  giveUp(log);
}

function giveUp(log: EventLog): void {
  log.futile++;
  log.pause = log.futile <= PATIENCE ? 0 : 1 << min(log.futile - PATIENCE, LONGEST_PAUSE);
}

/** Whether the accounts of a plan are empty, whatever is live. */
export function isApart(w: Worker, plan: Plan): bool {
  return plan.isParked || w.followed == changetype<usize>(plan);
}

/** Live slots of a plan whose accounts are empty. */
export function numLiveApart(w: Worker, plan: Plan): u32 {
  if (plan.isParked) return numLiveAtStart(logOf(plan, plan.phase));
  return liveBefore(changetype<EventLog>(w.followedLog), eventOfNow(w), false);
}

/** Slots that this iteration was served, where a log is followed. */
export function servedByEvents(w: Worker): u32 {
  return servedBefore(changetype<EventLog>(w.followedLog), eventOfNow(w));
}

/** Makes the accounts of a plan what they have to be, if they are empty. */
export function settle(w: Worker, plan: Plan): void {
  if (plan.isParked) {
    plan.isParked = false;
    const log = logOf(plan, plan.phase);
    liveBefore(log, log.events, true);
  }
  if (w.followed != changetype<usize>(plan)) return;
  const log = changetype<EventLog>(w.followedLog);
  const event = eventOfNow(w);
  stopFollowing(w);
  liveBefore(log, event, true);
  if (w.plan != 0) {
    plan.position = changetype<Slot>(positionBefore(log, event));
    w.passed = <u32>((changetype<usize>(plan.position) - w.origin) / SLOT_BYTES) - servedBefore(log, event);
  }
  openPaths(w, plan);
}

function stopFollowing(w: Worker): void {
  w.followed = 0;
  w.event = changetype<Event>(w.noEvent);
}

/** Makes the accounts of all plans what they have to be, and ends a log that is being recorded. */
export function settleAll(w: Worker): void {
  if (w.log != 0) abandonLog(w);
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) settle(w, changetype<Plan>(at));
}

/** The iteration is none to follow. */
export function abandonLog(w: Worker): void {
  const log = changetype<EventLog>(w.log);
  w.log = 0;
  giveUp(log);
  openPaths(w, changetype<Plan>(log.plan));
}

/** Opens the fast paths of the accounts, as far as they may be. */
function openPaths(w: Worker, plan: Plan): void {
  if (!isAttended(w)) openFrees(w, plan);
  takeCursor(w);
}

/** The iteration ends: whether it has made all calls of the log, which is followed until the next begins. */
export function isAtEnd(w: Worker): bool {
  return changetype<usize>(changetype<Event>(eventOfNow(w)).slot) == MARK;
}

/** A plan is dropped. */
export function forget(w: Worker, plan: Plan): void {
  if (w.followed == changetype<usize>(plan)) stopFollowing(w);
  if (w.log != 0 && changetype<EventLog>(w.log).plan == changetype<usize>(plan)) w.log = 0;
  if (w.addressTable == plan.addressTable) closeFrees(w);
}

/** Stores the cursor of the accounts' fast path as the plan's position. */
export function leaveCursor(w: Worker): void {
  if (w.plan != 0 && changetype<usize>(w.cursor) != w.sentinel) changetype<Plan>(w.plan).position = w.cursor;
}

/** Sets the cursor to the plan's position, or closes the accounts' fast path. */
export function takeCursor(w: Worker): void {
  const isOpen = w.plan != 0 && w.followed == 0 && w.log == 0 && !w.isInterrupted && !isAttended(w);
  w.cursor = isOpen ? changetype<Plan>(w.plan).position : changetype<Slot>(w.sentinel);
}
