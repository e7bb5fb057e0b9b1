/** Finds the slot that an allocation is meant for, if it is not the next one. */

import {keyEntry, phaseEnd, slotAhead} from './address-table';
import {pass} from './blocking';
import {abandonLog} from './follow';
import {EXTRA, MISSING, UNKNOWN} from './status';
import {count, NONE, Plan, SLOT_BYTES, Slot, Worker} from './worker';

/** Slots that a single allocation may skip. */
const NEAR: usize = 32;

/**
 * The slot for a key: the next one, or one ahead, in which case those between are missing; 0 if the general allocator
 * has to serve. A far slot is accepted only when the next allocation fits the slot after it: otherwise a single early
 * call would cost all slots up to there.
 */
export function findSlot(w: Worker, plan: Plan, key: u32): usize {
  const from = changetype<usize>(plan.position);
  if (key == NONE) return fallBack(w, UNKNOWN);
  if (plan.position.key == key) return from;
  const suspect = w.suspect;
  const isConfirmed = suspect != 0 && w.suspectFrom == from && changetype<Slot>(suspect).key == key;
  w.suspect = 0;
  if (isConfirmed) return suspect;
  const slot = slotAhead(w, plan, key);
  if (slot == 0) return fallBack(w, load<u32>(keyEntry(plan, key), 4) == 0 ? UNKNOWN : EXTRA);
  if (slot - from <= NEAR * SLOT_BYTES) return slot;
  if (w.log != 0) abandonLog(w);
  w.suspect = slot + SLOT_BYTES;
  w.suspectFrom = from;
  return fallBack(w, EXTRA);
}

export function fallBack(w: Worker, counter: u32): usize {
  count(w, counter);
  w.fallbacks++;
  return 0;
}

/** Moves the position to a slot ahead; those between were not asked for. */
export function jumpTo(w: Worker, plan: Plan, slot: usize): void {
  for (let at = changetype<usize>(plan.position); at < slot; at += SLOT_BYTES) {
    if (w.log != 0) abandonLog(w);
    pass(plan, changetype<Slot>(at));
    w.passed++;
    count(w, MISSING);
  }
  plan.position = changetype<Slot>(slot);
}

/** Ends the phase: its remaining slots are missing, and the next phase is up. */
export function finishPhase(w: Worker, plan: Plan): void {
  jumpTo(w, plan, phaseEnd(plan));
  nextPhase(plan);
}

export function nextPhase(plan: Plan): void {
  plan.phase = plan.phase + 1 == plan.numPhases ? 0 : plan.phase + 1;
}
