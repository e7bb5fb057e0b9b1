/** Which slot an allocation is meant for, where it is not simply the next one. */

import {entryOf, phaseEnd, slotAhead} from './address-table';
import {pass} from './blocking';
import {EXTRA, MISSING, UNKNOWN} from './status';
import {count, NONE, Plan, SLOT_BYTES, Slot, Worker} from './worker';

/** Slots that may be passed at once on the word of a single allocation. */
const NEAR: usize = 32;

/**
 * The slot for a key: the next one, or one ahead, those between being taken as missing; 0 where the general allocator
 * is to serve. A far one is believed only when the allocation after it is the next one of the plan, too: a single
 * early call would otherwise cost all slots up to there.
 */
export function findSlot(w: Worker, plan: Plan, key: u32): usize {
  const from = changetype<usize>(plan.position);
  if (key == NONE) return miss(w, UNKNOWN);
  if (plan.position.key == key) return from;
  const suspect = w.suspect;
  const isConfirmed = suspect != 0 && w.suspectFrom == from && changetype<Slot>(suspect).key == key;
  w.suspect = 0;
  if (isConfirmed) return suspect;
  const slot = slotAhead(w, plan, key);
  if (slot == 0) return miss(w, load<u32>(entryOf(plan, key), 4) == 0 ? UNKNOWN : EXTRA);
  if (slot - from <= NEAR * SLOT_BYTES) return slot;
  w.suspect = slot + SLOT_BYTES;
  w.suspectFrom = from;
  return miss(w, EXTRA);
}

function miss(w: Worker, counter: u32): usize {
  count(w, counter);
  w.misses++;
  return 0;
}

/** Moves the cursor to a slot ahead; nobody asked for those between. */
export function jumpTo(w: Worker, plan: Plan, slot: usize): void {
  for (let at = changetype<usize>(plan.position); at < slot; at += SLOT_BYTES) {
    pass(plan, changetype<Slot>(at));
    w.passed++;
    count(w, MISSING);
  }
  plan.position = changetype<Slot>(slot);
}

/** The iteration is over: what is left of the phase is missing, and the next one is up. */
export function finishPhase(w: Worker, plan: Plan): void {
  jumpTo(w, plan, phaseEnd(plan));
  plan.phase = plan.phase + 1 == plan.numPhases ? 0 : plan.phase + 1;
}
