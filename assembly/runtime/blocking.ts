/**
 * Which slots are blocked by live ones, at a cost that does not grow with the plan.
 *
 * Every live slot blocks one other: the first slot at or after the cursor, in the cyclic order of serving, that
 * shares bytes with it; at the latest it blocks itself. If the count of a slot's blockers is 0 when the cursor is
 * there, no live slot shares bytes with it: a live slot that did would block it, or a slot before it, and the cursor
 * has passed those. So serving adds one to a counter, freeing subtracts it, and the check is a comparison with 0.
 *
 *    slot      a      b      c      d       served in this order
 *    bytes    0–4    4–8    2–3    6–8      a blocks c, b blocks d: the next slot that shares bytes
 *
 * If the cursor passes a slot without serving it, its blockers are postponed: each blocks the next slot that shares
 * its bytes. Only this searches, forward from there, and only where the run differs from the plan.
 */
import {setU32, u32At} from '../memory/column';
import {isOccupied} from './address-table';
import {AddressEntry, Plan, POSTPONED, SLOT_BYTES, Slot, SPECIAL} from './worker';

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

/** Whether the slot was served and not freed since. */
export function isLive(slot: Slot): bool {
  const entry = slot.entry;
  return changetype<usize>(entry) != 0 && entry.slot == slot && isOccupied(entry);
}

/** Whether live slots block this one: then it must not be served. */
export function isBlocked(slot: Slot): bool {
  return slot.blockedCount != 0;
}

/** The cursor passes `slot`, which was not served: its blockers are postponed. */
export function pass(plan: Plan, slot: Slot): void {
  if (slot.size == 0 || slot.blockedCount == 0) return;
  slot.blockedCount = 0;
  const index = slot.index;
  let moved = changetype<usize>(u32At(plan.postponed, index));
  setU32(plan.postponed, index, 0);
  const end = u32At(plan.blockerIndex, index + 1);
  for (let i = u32At(plan.blockerIndex, index); i < end; i++) {
    const blocker = changetype<Slot>(<usize>u32At(plan.blockers, i));
    if (!isLive(blocker) || blocker.entry.state & POSTPONED) continue;
    blocker.entry.state |= POSTPONED;
    blocker.entry.tag |= SPECIAL;
    postpone(plan, blocker, index);
  }
  while (moved != 0) {
    const blocker = changetype<Slot>(moved);
    moved = u32At(plan.nextPostponed, blocker.index);
    postpone(plan, blocker, index);
  }
}

/** Makes a live slot, which is in no list, block the next one after the `from`-th that shares bytes with it. */
function postpone(plan: Plan, blocker: Slot, from: u32): void {
  const blocked = nextSharing(plan, blocker, from);
  setU32(plan.postponedTo, blocker.index, <u32>changetype<usize>(blocked));
  blocked.blockedCount++;
  const head = u32At(plan.postponed, blocked.index);
  setU32(plan.nextPostponed, blocker.index, head);
  setU32(plan.previousPostponed, blocker.index, 0);
  if (head != 0)
    setU32(plan.previousPostponed, changetype<Slot>(<usize>head).index, <u32>changetype<usize>(blocker));
  setU32(plan.postponed, blocked.index, <u32>changetype<usize>(blocker));
}

/** Makes the slot live, with one owner, and counts it where it blocks. @returns its address */
export function occupy(slot: Slot): usize {
  const entry = slot.entry;
  // address and `blocks` in one, as both records have them side by side
  const pair = load<u64>(changetype<usize>(slot), offsetof<Slot>('address'));
  changetype<Slot>(<usize>(pair >> 32)).blockedCount++;
  store<u64>(changetype<usize>(entry), pair, offsetof<AddressEntry>('tag'));
  entry.slot = slot;
  return <usize>pair;
}

/** The slot that is live at an entry is dead: it blocks no other. */
export function die(plan: Plan, entry: AddressEntry): void {
  const slot = entry.slot;
  let blocked = slot.blocks;
  if (entry.state & POSTPONED) {
    blocked = changetype<Slot>(<usize>u32At(plan.postponedTo, slot.index));
    const next = u32At(plan.nextPostponed, slot.index);
    const previous = u32At(plan.previousPostponed, slot.index);
    if (next != 0) setU32(plan.previousPostponed, changetype<Slot>(<usize>next).index, previous);
    if (previous != 0) setU32(plan.nextPostponed, changetype<Slot>(<usize>previous).index, next);
    else setU32(plan.postponed, blocked.index, next);
  }
  blocked.blockedCount--;
  entry.tag |= SPECIAL;
  entry.state = 0;
}
