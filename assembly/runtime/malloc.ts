/** Serving: the fast path, a few loads in the order of the plan, and the slow path for everything else. */
import {setU32, u32At} from '../memory/column';
import {isBlocked, pass} from './blocking';
import {drain} from './free';
import {guard, guardedBytes} from './guard';
import {blockAt, Heap, take} from './heap';
import {findSlot, jumpTo} from './match-slot';
import {recordAllocation} from './record';
import {BLOCKED, FAILED, FOREIGN, LARGER, UNMANAGED, UNPLANNED} from './status';
import {AddressEntry, count, isAttended, NONE, Plan, SLOT_BYTES, Slot, Worker} from './worker';

/** Most bytes of one allocation: room for canary, header and granule below 4 GiB. */
const MOST_BYTES: u32 = 0xfff00000;

/** Address of `size` bytes; 0 if memory is short, or if the host has to serve it from its own heap. */
export function allocate(worker: usize, key: u32, size: u32): usize {
  const w = changetype<Worker>(worker);
  const slot = w.cursor;
  // two branches: for one `||`, engines compute a value first and branch again
  if (((slot.key ^ key) | slot.blockedCount) != 0) return allocateSlowly(w, key, size);
  if (size > slot.size) return allocateSlowly(w, key, size);
  w.cursor = changetype<Slot>(changetype<usize>(slot) + SLOT_BYTES);
  return occupy(slot);
}

/** Makes the slot live, with one owner, and counts it where it blocks. @returns its address */
function occupy(slot: Slot): usize {
  const entry = slot.entry;
  // address and `blocks` in one, as both records have them side by side
  const pair = load<u64>(changetype<usize>(slot), offsetof<Slot>('address'));
  changetype<Slot>(<usize>(pair >> 32)).blockedCount++;
  store<u64>(changetype<usize>(entry), pair, offsetof<AddressEntry>('tag'));
  entry.slot = slot;
  return <usize>pair;
}

function allocateSlowly(w: Worker, key: u32, asked: u32): usize {
  if (asked > MOST_BYTES) {
    count(w, FAILED);
    return 0;
  }
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
  if (slot.size >= size && !isBlocked(slot)) return found;
  count(w, slot.size == 0 ? UNMANAGED : slot.size < size ? LARGER : BLOCKED);
  w.passed++;
  if (slot.size != 0) w.fallbacks++;
  if (size > u32At(plan.wanted, slot.index)) setU32(plan.wanted, slot.index, size);
  pass(plan, slot);
  return 0;
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

/** Stores the cursor of the fast path as the plan's position. */
export function leaveCursor(w: Worker): void {
  if (w.plan != 0 && changetype<usize>(w.cursor) != w.sentinel) changetype<Plan>(w.plan).position = w.cursor;
}

/** Sets the cursor to the plan's position, or closes the fast path. */
export function takeCursor(w: Worker): void {
  const isOpen = w.plan != 0 && !w.isInterrupted && !isAttended(w);
  w.cursor = isOpen ? changetype<Plan>(w.plan).position : changetype<Slot>(w.sentinel);
}
