/**
 * The hash table from an address of the plan's arena to the one slot that may be live there; and the table from a key
 * to the slots that have it.
 */
import {u32At} from '../memory/column';
import {AddressEntry, ENTRY_BITS, NONE, Plan, Slot, SPECIAL, Worker} from './worker';

export const GOLDEN: u32 = 0x9e3779b1; // 2^32 over the golden ratio: spreads multiples of anything (Knuth, 6.4)

/** Bits of a table with at least `times` times `entries` cells. */
export function bitsFor(entries: u32, times: u32): u32 {
  return 32 - clz<u32>(max<u32>(entries * times, 4) - 1);
}

/** Empties an address table. */
export function clearTable(addressTable: usize, shift: u32): void {
  const end = endOf(addressTable, shift);
  for (let cell = addressTable; cell < end; cell += (<usize>1) << ENTRY_BITS) {
    const entry = changetype<AddressEntry>(cell);
    entry.tag = NONE;
    entry.state = 0;
  }
}

/** The entry of an address; if it has none, the empty entry to put it in. */
export function entryFor(addressTable: usize, factor: u32, shift: u32, address: usize): AddressEntry {
  const end = endOf(addressTable, shift);
  let cell = changetype<usize>(homeEntry(addressTable, factor, shift, address));
  while (!isFor(changetype<AddressEntry>(cell), address) && changetype<AddressEntry>(cell).tag != NONE) {
    cell += (<usize>1) << ENTRY_BITS;
    if (cell == end) cell = addressTable;
  }
  return changetype<AddressEntry>(cell);
}

/** The entry where the search for an address begins. */
export function homeEntry(addressTable: usize, factor: u32, shift: u32, address: usize): AddressEntry {
  return changetype<AddressEntry>(addressTable + ((<usize>((<u32>address * factor) >> shift)) << ENTRY_BITS));
}

function endOf(addressTable: usize, shift: u32): usize {
  return addressTable + ((<usize>1) << (<usize>(32 - shift) + ENTRY_BITS));
}

/** The entry of an address of the plan's arena, if a slot is live there; or 0. */
export function liveAt(plan: Plan, address: usize): usize {
  const entry = entryFor(plan.addressTable, plan.addressFactor, plan.addressShift, address);
  return isFor(entry, address) && isOccupied(entry) ? changetype<usize>(entry) : 0;
}

/** Whether a slot is live there. */
export function isOccupied(entry: AddressEntry): bool {
  return (entry.tag & SPECIAL) == 0 || entry.state != 0;
}

export function isFor(entry: AddressEntry, address: usize): bool {
  return (entry.tag & ~SPECIAL) == address;
}

/**
 * Whether the slot that is live at the address has one owner, blocks the slot it was sealed with, and needs no slow
 * path. False for an address that no entry can have.
 */
export function isPlain(entry: AddressEntry, address: usize): bool {
  return ((entry.tag ^ address) | (address & 15)) == 0;
}

/** The entry {key, first slot or 0, slot looked at last, iteration of that} of a key, or the empty one for it. */
export function keyEntry(plan: Plan, key: u32): usize {
  const mask: u32 = (1 << (32 - plan.keyShift)) - 1;
  let index = (key * GOLDEN) >> plan.keyShift;
  let entry = plan.keys + ((<usize>index) << 4);
  while (load<u32>(entry, 4) != 0 && load<u32>(entry) != key) {
    index = (index + 1) & mask;
    entry = plan.keys + ((<usize>index) << 4);
  }
  return entry;
}

/** The first slot of that key at or after the plan's position, in this phase; 0 for none. */
export function slotAhead(w: Worker, plan: Plan, key: u32): usize {
  const entry = keyEntry(plan, key);
  if (load<u32>(entry, 4) == 0) return 0;
  if (load<u32>(entry, 12) != w.iteration) {
    store<u32>(entry, load<u32>(entry, 4), 8);
    store<u32>(entry, w.iteration, 12);
  }
  const from = changetype<usize>(plan.position);
  let slot: usize = load<u32>(entry, 8);
  while (slot != 0 && slot < from) slot = u32At(plan.nextSame, changetype<Slot>(slot).index);
  store<u32>(entry, slot, 8);
  return slot < phaseEnd(plan) ? slot : 0;
}

/** The sentinel after the phase that is being served. */
export function phaseEnd(plan: Plan): usize {
  return plan.slots + <usize>((plan.phase + 1) * (plan.numSlots + 1) - 1) * 32;
}

/** Opens the fast path of frees to the slots of this plan. */
export function openFrees(w: Worker, plan: Plan): void {
  w.addressTable = plan.addressTable;
  w.addressFactor = plan.addressFactor;
  w.addressShift = plan.addressShift;
}

/** Closes the fast path of frees. */
export function closeFrees(w: Worker): void {
  w.addressTable = w.emptyTable;
  w.addressFactor = 0;
  w.addressShift = 31;
}
