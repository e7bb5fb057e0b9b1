/** Giving back: the short way to a slot of the plan being served; and the long way to all other blocks. */
import {u32At} from '../memory/column';
import {firstPlace, isPlain, liveAt, placeOf} from './address-table';
import {die} from './blocking';
import {unguard} from './guard';
import {blockAt, give, Heap, isBlock} from './heap';
import {pop, push} from './queue';
import {noteEnd} from './record';
import {DONE, FOREIGN, NOT_OURS, QUEUE_FULL, REMOTE, STRAY, STRAYS} from './status';
import {count, Place, Plan, POSTPONED, SPECIAL, Worker} from './worker';

/** One owner gives up the block at `address`; the last one ends its life. @returns DONE, NOT_OURS, STRAY or QUEUE_FULL */
export function release(worker: usize, address: usize): i32 {
  const w = changetype<Worker>(worker);
  const place = firstPlace(w.places, w.placeFactor, w.placeShift, address);
  if (!isPlain(place, address)) return releaseWithCare(w, address);
  place.tag = address | SPECIAL;
  place.due.waiting--;
  return DONE;
}

function releaseWithCare(w: Worker, address: usize): i32 {
  // another address may have the cell that this one is looked for in first
  const place = placeOf(w.places, w.placeFactor, w.placeShift, address);
  if (isPlain(place, address)) {
    place.tag = address | SPECIAL;
    place.due.waiting--;
    return DONE;
  }
  const at = planOf(w, address);
  if (at != 0) return releaseSlot(w, changetype<Plan>(at), address);
  if (w.mode & FOREIGN) return NOT_OURS;
  if (address - w.base < <usize>w.bytes) return releaseBlock(w, address);
  return releaseElsewhere(w, address);
}

/** The plan in whose arena the address lies, of several the one that has a live slot there; 0 for none. */
export function planOf(w: Worker, address: usize): usize {
  let found: usize = 0;
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) {
    const plan = changetype<Plan>(at);
    if (!plan.isSealed || address - plan.arena >= <usize>plan.arenaBytes) continue;
    found = at;
    if (liveAt(plan, address) != 0) return at;
  }
  return found;
}

function releaseSlot(w: Worker, plan: Plan, address: usize): i32 {
  const at = liveAt(plan, address);
  if (at == 0) return stray(w);
  const place = changetype<Place>(at);
  if ((place.state & ~POSTPONED) != 0) {
    place.state--;
    if (place.state == 0) place.tag = address;
    return DONE;
  }
  const index = place.slot.index;
  unguard(w, address, u32At(plan.asked, index));
  noteEnd(w, u32At(plan.row, index));
  die(plan, place);
  return DONE;
}

function releaseBlock(w: Worker, address: usize): i32 {
  const h = changetype<Heap>(w.heap);
  if (!isBlock(h, address)) return stray(w);
  const block = blockAt(address);
  if (!block.isGeneral) return stray(w); // tables and arenas are not the caller's
  if (block.refs > 1) {
    block.refs--;
    return DONE;
  }
  unguard(w, address, block.asked);
  if (block.recording == w.recording) noteEnd(w, block.row);
  give(h, address);
  return DONE;
}

function releaseElsewhere(w: Worker, address: usize): i32 {
  for (let i: u32 = 0; i < w.numPeers; i++) {
    const base: usize = load<u32>(w.peers + ((<usize>i) << 3));
    const bytes: usize = load<u32>(w.peers + ((<usize>i) << 3), 4);
    if (address - base >= bytes) continue;
    return push(changetype<Worker>(base).queue, address) ? DONE : QUEUE_FULL;
  }
  return NOT_OURS;
}

function stray(w: Worker): i32 {
  count(w, STRAYS);
  return STRAY;
}

/** One more owner of the block, as a view of it has: it lives until all have given it up. */
export function retain(w: Worker, address: usize): i32 {
  const at = planOf(w, address);
  if (at != 0) {
    const place = liveAt(changetype<Plan>(at), address);
    if (place == 0) return stray(w);
    changetype<Place>(place).tag |= SPECIAL;
    changetype<Place>(place).state++;
    return DONE;
  }
  if (w.mode & FOREIGN || address - w.base >= <usize>w.bytes) return NOT_OURS;
  if (!isBlock(changetype<Heap>(w.heap), address) || !blockAt(address).isGeneral) return stray(w);
  blockAt(address).refs++;
  return DONE;
}

/** Takes what other workers have freed. */
export function drain(w: Worker): void {
  if (!ASC_FEATURE_THREADS) return;
  for (let address = pop(w.queue); address != 0; address = pop(w.queue)) {
    count(w, REMOTE);
    releaseWithCare(w, address);
  }
}
