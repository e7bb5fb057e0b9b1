/**
 * From an address back to the slot that is live there: a table of the plan's addresses, each with the one slot that
 * may be live at it. And from a key to the slots that have it.
 */
import {u32At} from '../memory/column';
import {NONE, PLACE_BITS, Place, Plan, Slot, SPECIAL, Worker} from './worker';

export const GOLDEN: u32 = 0x9e3779b1; // 2^32 over the golden ratio: spreads multiples of anything (Knuth, 6.4)

/** Bits of a table with at least `times` times `entries` cells. */
export function bitsFor(entries: u32, times: u32): u32 {
  return 32 - clz<u32>(max<u32>(entries * times, 4) - 1);
}

/** Empties a table of places. */
export function clearPlaces(places: usize, shift: u32): void {
  const end = endOf(places, shift);
  for (let cell = places; cell < end; cell += (<usize>1) << PLACE_BITS) {
    const place = changetype<Place>(cell);
    place.tag = NONE;
    place.state = 0;
  }
}

/** The place of an address; the empty one to put it in where it has none. */
export function placeOf(places: usize, factor: u32, shift: u32, address: usize): Place {
  const end = endOf(places, shift);
  let cell = changetype<usize>(firstPlace(places, factor, shift, address));
  while (!isFor(changetype<Place>(cell), address) && changetype<Place>(cell).tag != NONE) {
    cell += (<usize>1) << PLACE_BITS;
    if (cell == end) cell = places;
  }
  return changetype<Place>(cell);
}

/** Where an address is looked for first. */
export function firstPlace(places: usize, factor: u32, shift: u32, address: usize): Place {
  return changetype<Place>(places + ((<usize>((<u32>address * factor) >> shift)) << PLACE_BITS));
}

function endOf(places: usize, shift: u32): usize {
  return places + ((<usize>1) << (<usize>(32 - shift) + PLACE_BITS));
}

/** The place at which a slot is live, of an address of the plan's arena; or 0. */
export function liveAt(plan: Plan, address: usize): usize {
  const place = placeOf(plan.places, plan.placeFactor, plan.placeShift, address);
  return isFor(place, address) && isOccupied(place) ? changetype<usize>(place) : 0;
}

/** Whether a slot is live there. */
export function isOccupied(place: Place): bool {
  return (place.tag & SPECIAL) == 0 || place.state != 0;
}

export function isFor(place: Place, address: usize): bool {
  return (place.tag & ~SPECIAL) == address;
}

/** Whether nothing is special about the slot that is live at the address; never for what no place can have. */
export function isPlain(place: Place, address: usize): bool {
  return ((place.tag ^ address) | (address & 15)) == 0;
}

/** The entry {key, first slot or 0, slot looked at last, iteration of that} of a key, or the empty one for it. */
export function entryOf(plan: Plan, key: u32): usize {
  const mask: u32 = (1 << (32 - plan.keyShift)) - 1;
  let index = (key * GOLDEN) >> plan.keyShift;
  let entry = plan.keys + ((<usize>index) << 4);
  while (load<u32>(entry, 4) != 0 && load<u32>(entry) != key) {
    index = (index + 1) & mask;
    entry = plan.keys + ((<usize>index) << 4);
  }
  return entry;
}

/** The first slot of that key at or after where serving stands, in this phase; 0 for none. */
export function slotAhead(w: Worker, plan: Plan, key: u32): usize {
  const entry = entryOf(plan, key);
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
