/**
 * Which slot may not be served while which is live, at a cost that does not grow with the plan.
 *
 * Every live slot waits for one other: its due, the first slot at or after the cursor, in the cyclic order of serving,
 * that shares bytes with it; at the latest it is due at itself. Where a slot's count of waiting ones is 0, no live slot
 * shares bytes with it: whichever did would have its due here or before, and the cursor stands here. So serving adds
 * one to a counter, freeing takes it off again, and the check is a comparison with 0.
 *
 * Where the cursor passes a slot without serving it, those that still wait for it are postponed to the next slot that
 * shares their bytes. Only this searches, forward from there, and only where reality differs from the plan.
 */
import {setU32, u32At} from '../memory/column';
import {isOccupied} from './address-table';
import {Place, Plan, POSTPONED, SLOT_BYTES, Slot, SPECIAL} from './worker';

/** Slots of a plan, sentinels included. */
export function numRecords(plan: Plan): u32 {
  return (plan.numSlots + 1) * plan.numPhases;
}

export function slotOf(plan: Plan, index: u32): Slot {
  return changetype<Slot>(plan.slots + <usize>index * SLOT_BYTES);
}

/** The first slot after the `from`-th one that shares bytes with `slot`; `slot` itself at the latest. */
export function nextSharing(plan: Plan, slot: Slot, from: u32): Slot {
  const end = changetype<usize>(slotOf(plan, numRecords(plan)));
  const low = slot.address;
  const high = low + slot.size;
  let at = changetype<usize>(slotOf(plan, from)) + SLOT_BYTES;
  if (at == end) at = plan.slots;
  while (!sharesBytes(changetype<Slot>(at), low, high)) {
    at += SLOT_BYTES;
    if (at == end) at = plan.slots;
  }
  return changetype<Slot>(at);
}

function sharesBytes(slot: Slot, low: usize, high: usize): bool {
  return slot.address < high && low < slot.address + slot.size;
}

/** Whether the slot was served and not given back since. */
export function isLive(slot: Slot): bool {
  const place = slot.place;
  return changetype<usize>(place) != 0 && place.slot == slot && isOccupied(place);
}

/** Whether somebody waits for the slot: then it must not be served. */
export function isBlocked(slot: Slot): bool {
  return slot.waiting != 0;
}

/** The cursor goes past `slot`, which was not served: who waits for it is postponed. */
export function pass(plan: Plan, slot: Slot): void {
  if (slot.size == 0 || slot.waiting == 0) return;
  slot.waiting = 0;
  const index = slot.index;
  let moved = changetype<usize>(u32At(plan.postponed, index));
  setU32(plan.postponed, index, 0);
  const end = u32At(plan.waiterIndex, index + 1);
  for (let i = u32At(plan.waiterIndex, index); i < end; i++) {
    const waiter = changetype<Slot>(<usize>u32At(plan.waiters, i));
    if (!isLive(waiter) || waiter.place.state & POSTPONED) continue;
    waiter.place.state |= POSTPONED;
    waiter.place.tag |= SPECIAL;
    postpone(plan, waiter, index);
  }
  while (moved != 0) {
    const waiter = changetype<Slot>(moved);
    moved = u32At(plan.nextPostponed, waiter.index);
    postpone(plan, waiter, index);
  }
}

/** Makes a live slot, in no list, wait for the next one after the `from`-th that shares bytes with it. */
function postpone(plan: Plan, waiter: Slot, from: u32): void {
  const due = nextSharing(plan, waiter, from);
  setU32(plan.postponedDue, waiter.index, <u32>changetype<usize>(due));
  due.waiting++;
  const head = u32At(plan.postponed, due.index);
  setU32(plan.nextPostponed, waiter.index, head);
  setU32(plan.previousPostponed, waiter.index, 0);
  if (head != 0)
    setU32(plan.previousPostponed, changetype<Slot>(<usize>head).index, <u32>changetype<usize>(waiter));
  setU32(plan.postponed, due.index, <u32>changetype<usize>(waiter));
}

/** The slot that is live at a place is dead: nobody waits on its account any more. */
export function die(plan: Plan, place: Place): void {
  const slot = place.slot;
  let due = slot.due;
  if (place.state & POSTPONED) {
    due = changetype<Slot>(<usize>u32At(plan.postponedDue, slot.index));
    const next = u32At(plan.nextPostponed, slot.index);
    const previous = u32At(plan.previousPostponed, slot.index);
    if (next != 0) setU32(plan.previousPostponed, changetype<Slot>(<usize>next).index, previous);
    if (previous != 0) setU32(plan.nextPostponed, changetype<Slot>(<usize>previous).index, next);
    else setU32(plan.postponed, due.index, next);
  }
  due.waiting--;
  place.tag |= SPECIAL;
  place.state = 0;
}
