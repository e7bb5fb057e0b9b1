/**
 * Serving: by the next event of the log; else by the next slot of the plan, where no live one shares its bytes; and the
 * slow path for everything else.
 */
import {setU32, u32At} from '../memory/column';
import {keyEntry} from './address-table';
import {isBlocked, occupy, pass} from './blocking';
import {logAllocation} from './event-log';
import {abandonLog, differ, leaveCursor, takeCursor, takeEvent} from './follow';
import {drain} from './free';
import {guard, guardedBytes} from './guard';
import {blockAt, Heap, take} from './heap';
import {fallBack, findSlot, jumpTo} from './match-slot';
import {recordAllocation} from './record';
import {BLOCKED, FAILED, FOREIGN, LARGER, UNKNOWN, UNMANAGED, UNPLANNED} from './status';
import {count, EVENT_BYTES, Event, EventLog, MARK, NONE, Plan, SLOT_BYTES, Slot, Worker} from './worker';

/** Most bytes of one allocation: room for canary, header and granule below 4 GiB. */
const MOST_BYTES: u32 = 0xfff00000;

/** Address of `size` bytes; 0 if memory is short, or if the host has to serve it from its own heap. */
export function allocate(worker: usize, key: u32, size: u32): usize {
  const w = changetype<Worker>(worker);
  const event = w.event;
  // two branches: for one `||`, engines compute a value first and branch again
  if (event.key == key) {
    if (size < event.limit) {
      w.event = changetype<Event>(changetype<usize>(event) + EVENT_BYTES);
      return event.address;
    }
  }
  return allocateByAccounts(w, key, size);
}

function allocateByAccounts(w: Worker, key: u32, size: u32): usize {
  const slot = w.cursor;
  if (((slot.key ^ key) | slot.blockedCount) != 0) return allocateSlowly(w, key, size);
  if (size > slot.size) return allocateSlowly(w, key, size);
  w.cursor = changetype<Slot>(changetype<usize>(slot) + SLOT_BYTES);
  return occupy(slot);
}

function allocateSlowly(w: Worker, key: u32, asked: u32): usize {
  if (asked > MOST_BYTES) {
    count(w, FAILED);
    return 0;
  }
  if (w.followed != 0 && w.plan != 0 && !w.isInterrupted) return allocateBesides(w, key, asked);
  leaveCursor(w);
  const size = guardedBytes(w, max<u32>(asked, 1));
  const row = w.isRecording && w.isIterating && !w.isInterrupted ? recordAllocation(w, key, size) : NONE;
  const slot = slotFor(w, key, size);
  const address =
    slot != 0
      ? serve(changetype<Plan>(w.plan), changetype<Slot>(slot), asked, row)
      : allocateGeneral(w, size, asked, row);
  if (address != 0) guard(w, address, asked);
  takeCursor(w);
  return address;
}

/**
 * An allocation that is not the next event. The log is followed on where that is the one of a block freed by another
 * thread by now, one that the plan leaves out, or where the plan does not have the key: those change no accounts.
 */
function allocateBesides(w: Worker, key: u32, asked: u32): usize {
  const event = w.event;
  if (ASC_FEATURE_THREADS && changetype<usize>(event.slot) == 0) {
    drain(w);
    if (w.event != event) return allocate(changetype<usize>(w), key, asked);
  }
  const size = max<u32>(asked, 1);
  if (isLeftOut(event) && event.key == key) {
    leaveOut(w, changetype<Plan>(w.plan), event.slot, size);
    takeEvent(w);
    return allocateGeneral(w, size, asked, NONE);
  }
  if (key == NONE || load<u32>(keyEntry(changetype<Plan>(w.plan), key), 4) == 0) {
    fallBack(w, UNKNOWN);
    return allocateGeneral(w, size, asked, NONE);
  }
  differ(w);
  return allocateSlowly(w, key, asked); // by the accounts
}

function isLeftOut(event: Event): bool {
  return changetype<usize>(event.slot) > MARK && event.slot.size == 0;
}

/** Counts an allocation that the plan leaves to the general allocator. */
function leaveOut(w: Worker, plan: Plan, slot: Slot, size: u32): void {
  count(w, UNMANAGED);
  w.passed++;
  if (size > u32At(plan.wanted, slot.index)) setU32(plan.wanted, slot.index, size);
}

/** The slot to serve, which the cursor has passed; 0 for the general allocator, with the reason counted. */
function slotFor(w: Worker, key: u32, size: u32): usize {
  if (w.plan == 0 || w.isInterrupted) {
    count(w, UNPLANNED);
    return 0;
  }
  const plan = changetype<Plan>(w.plan);
  const found = findSlot(w, plan, key);
  if (found == 0) return 0;
  jumpTo(w, plan, found);
  const slot = changetype<Slot>(found);
  if (slot.size != 0 && isBlocked(slot)) drain(w); // perhaps other workers have freed the blockers by now
  plan.position = changetype<Slot>(found + SLOT_BYTES);
  if (slot.size == 0) {
    leaveOut(w, plan, slot, size);
    logServed(w, slot);
    return 0;
  }
  if (slot.size >= size && !isBlocked(slot)) {
    logServed(w, slot);
    return found;
  }
  if (w.log != 0) abandonLog(w);
  count(w, slot.size < size ? LARGER : BLOCKED);
  w.passed++;
  w.fallbacks++;
  if (size > u32At(plan.wanted, slot.index)) setU32(plan.wanted, slot.index, size);
  pass(plan, slot);
  return 0;
}

function logServed(w: Worker, slot: Slot): void {
  if (w.log != 0 && !logAllocation(changetype<EventLog>(w.log), slot)) abandonLog(w);
}

function serve(plan: Plan, slot: Slot, asked: u32, row: u32): usize {
  setU32(plan.asked, slot.index, asked);
  setU32(plan.row, slot.index, row);
  return occupy(slot);
}

function allocateGeneral(w: Worker, size: u32, asked: u32, row: u32): usize {
  if (w.mode & FOREIGN) return 0;
  const h = changetype<Heap>(w.heap);
  let payload = take(h, size);
  if (payload == 0) {
    drain(w);
    payload = take(h, size);
  }
  if (payload == 0) {
    count(w, FAILED);
    return 0;
  }
  const block = blockAt(payload);
  block.asked = asked;
  block.row = row;
  block.recording = w.recording;
  block.isGeneral = 1;
  return payload;
}
