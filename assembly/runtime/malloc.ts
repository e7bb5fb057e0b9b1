/** Serving: the short way, a few loads in order of the plan; and the long way for everything else. */
import {setU32, u32At} from '../memory/column';
import {isBlocked, pass} from './blocking';
import {drain} from './free';
import {guard, guardedBytes} from './guard';
import {blockAt, Heap, take} from './heap';
import {findSlot, jumpTo} from './match-slot';
import {note} from './record';
import {BLOCKED, FAILED, FOREIGN, LARGER, UNMANAGED, UNPLANNED} from './status';
import {count, isAttended, NONE, Place, Plan, SLOT_BYTES, Slot, Worker} from './worker';

/** Most bytes of one allocation: room for canary, header and granule below 4 GiB. */
const MOST_BYTES: u32 = 0xfff00000;

/** Address of `size` bytes; 0 where memory is short, or where the host has to serve it from its own heap. */
export function allocate(worker: usize, key: u32, size: u32): usize {
  const w = changetype<Worker>(worker);
  const slot = w.cursor;
  // two branches; of one `||` engines make a value first, and branch again
  if (((slot.key ^ key) | slot.waiting) != 0) return allocateWithCare(w, key, size);
  if (size > slot.size) return allocateWithCare(w, key, size);
  w.cursor = changetype<Slot>(changetype<usize>(slot) + SLOT_BYTES);
  return occupy(slot);
}

/** The slot is live, with one owner, and waits for its first due. @returns its address */
function occupy(slot: Slot): usize {
  const place = slot.place;
  // address and due in one, as both records have them side by side
  const pair = load<u64>(changetype<usize>(slot), offsetof<Slot>('address'));
  changetype<Slot>(<usize>(pair >> 32)).waiting++;
  store<u64>(changetype<usize>(place), pair, offsetof<Place>('tag'));
  place.slot = slot;
  return <usize>pair;
}

function allocateWithCare(w: Worker, key: u32, asked: u32): usize {
  if (asked > MOST_BYTES) {
    count(w, FAILED);
    return 0;
  }
  leaveCursor(w);
  const size = guardedBytes(w, max<u32>(asked, 1));
  const row = w.isRecording && w.isIterating && !w.isInterrupted ? note(w, key, size) : NONE;
  const slot = slotFor(w, key, size);
  const address =
    slot != 0
      ? serve(changetype<Plan>(w.plan), changetype<Slot>(slot), asked, row)
      : general(w, size, asked, row);
  if (address != 0) guard(w, address, asked);
  takeCursor(w);
  return address;
}

/** The slot to serve, past which the cursor has gone; 0 for the general allocator, with the reason counted. */
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
  if (slot.size != 0 && isBlocked(slot)) drain(w); // maybe others have freed it by now
  plan.position = changetype<Slot>(found + SLOT_BYTES);
  if (slot.size >= size && !isBlocked(slot)) return found;
  count(w, slot.size == 0 ? UNMANAGED : slot.size < size ? LARGER : BLOCKED);
  w.passed++;
  if (slot.size != 0) w.misses++;
  if (size > u32At(plan.wanted, slot.index)) setU32(plan.wanted, slot.index, size);
  pass(plan, slot);
  return 0;
}

function serve(plan: Plan, slot: Slot, asked: u32, row: u32): usize {
  setU32(plan.asked, slot.index, asked);
  setU32(plan.row, slot.index, row);
  return occupy(slot);
}

function general(w: Worker, size: u32, asked: u32, row: u32): usize {
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

/** The plan learns where the short way has got to. */
export function leaveCursor(w: Worker): void {
  if (w.plan != 0 && changetype<usize>(w.cursor) != w.sentinel) changetype<Plan>(w.plan).position = w.cursor;
}

/** The short way goes on from where the plan stands, or is closed. */
export function takeCursor(w: Worker): void {
  const isOpen = w.plan != 0 && !w.isInterrupted && !isAttended(w);
  w.cursor = isOpen ? changetype<Plan>(w.plan).position : changetype<Slot>(w.sentinel);
}
