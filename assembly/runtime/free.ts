/**
 * Freeing: by the next event of the log; else the fast path to a slot of the plan being served, and the slow path to all
 * other blocks.
 */
import {u32At} from '../memory/column';
import {entryFor, homeEntry, isPlain, liveAt} from './address-table';
import {die} from './blocking';
import {logFree} from './event-log';
import {abandonLog, differ, numLiveApart, settle, takeFree} from './follow';
import {unguard} from './guard';
import {blockAt, give, Heap, isBlock} from './heap';
import {pop, push} from './queue';
import {recordFree} from './record';
import {DONE, FOREIGN, INVALID_FREE, NOT_OURS, QUEUE_FULL, REMOTE, STRAYS} from './status';
import {AddressEntry, count, EVENT_BYTES, Event, EventLog, Plan, POSTPONED, SPECIAL, Worker} from './worker';

/**
 * One owner gives up the block at `address`; the last one ends its life.
 * @returns DONE, NOT_OURS, INVALID_FREE or QUEUE_FULL
 */
export function release(worker: usize, address: usize): i32 {
  const w = changetype<Worker>(worker);
  const event = w.event;
  // the slot as well, which only a free does not have: else the address of an allocation would match
  if (load<u64>(changetype<usize>(event), offsetof<Event>('address')) != <u64>address) {
    return releaseByAccounts(w, address);
  }
  w.event = changetype<Event>(changetype<usize>(event) + EVENT_BYTES);
  return DONE;
}

function releaseByAccounts(w: Worker, address: usize): i32 {
  const entry = homeEntry(w.addressTable, w.addressFactor, w.addressShift, address);
  if (!isPlain(entry, address)) return releaseSlowly(w, address);
  entry.tag = address | SPECIAL;
  entry.blocks.blockedCount--;
  return DONE;
}

export function releaseSlowly(w: Worker, address: usize): i32 {
  if (w.followed != 0 && takeFree(w, address)) return DONE; // interrupted, or another thread's
  // another address may have the entry where the search for this one begins
  const entry = entryFor(w.addressTable, w.addressFactor, w.addressShift, address);
  if (isPlain(entry, address)) {
    entry.tag = address | SPECIAL;
    entry.blocks.blockedCount--;
    return DONE;
  }
  const at = planOf(w, address);
  if (at != 0) return releaseSlot(w, changetype<Plan>(at), address);
  if (w.mode & FOREIGN) return NOT_OURS;
  if (address - w.base < <usize>w.bytes) return releaseBlock(w, address);
  return releaseElsewhere(w, address);
}

/**
 * The plan in whose arena the address is; of several, the one that has a live slot there; 0 for none. Its accounts are
 * made what they have to be.
 */
export function planOf(w: Worker, address: usize): usize {
  let found: usize = 0;
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) {
    const plan = changetype<Plan>(at);
    if (!plan.isSealed || address - plan.arena >= <usize>plan.arenaBytes) continue;
    found = at;
    if (w.followed == at) differ(w);
    else if (plan.isParked && numLiveApart(w, plan) != 0) settle(w, plan);
    if (liveAt(plan, address) != 0) return at;
  }
  return found;
}

function releaseSlot(w: Worker, plan: Plan, address: usize): i32 {
  const at = liveAt(plan, address);
  if (at == 0) return invalidFree(w);
  const entry = changetype<AddressEntry>(at);
  if ((entry.state & ~POSTPONED) != 0) {
    if (isLogged(w, plan)) abandonLog(w);
    entry.state--;
    if (entry.state == 0) entry.tag = address;
    return DONE;
  }
  const index = entry.slot.index;
  unguard(w, address, u32At(plan.asked, index));
  recordFree(w, u32At(plan.row, index));
  if (isLogged(w, plan) && !logFree(changetype<EventLog>(w.log), entry.slot)) abandonLog(w);
  die(plan, entry);
  return DONE;
}

function isLogged(w: Worker, plan: Plan): bool {
  return w.log != 0 && changetype<EventLog>(w.log).plan == changetype<usize>(plan);
}

function releaseBlock(w: Worker, address: usize): i32 {
  const h = changetype<Heap>(w.heap);
  if (!isBlock(h, address)) return invalidFree(w);
  const block = blockAt(address);
  if (!block.isGeneral) return invalidFree(w); // tables and arenas are not the caller's
  if (block.refs > 1) {
    block.refs--;
    return DONE;
  }
  unguard(w, address, block.asked);
  if (block.recording == w.recording) recordFree(w, block.row);
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

function invalidFree(w: Worker): i32 {
  count(w, STRAYS);
  return INVALID_FREE;
}

/** Adds an owner of the block, such as a view: it lives until all have given it up. */
export function retain(w: Worker, address: usize): i32 {
  const at = planOf(w, address);
  if (at != 0) {
    const entry = liveAt(changetype<Plan>(at), address);
    if (entry == 0) return invalidFree(w);
    if (isLogged(w, changetype<Plan>(at))) abandonLog(w);
    changetype<AddressEntry>(entry).tag |= SPECIAL;
    changetype<AddressEntry>(entry).state++;
    return DONE;
  }
  if (w.mode & FOREIGN || address - w.base >= <usize>w.bytes) return NOT_OURS;
  if (!isBlock(changetype<Heap>(w.heap), address) || !blockAt(address).isGeneral) return invalidFree(w);
  blockAt(address).refs++;
  return DONE;
}

/** Frees the blocks that other workers have put into the queue. */
export function drain(w: Worker): void {
  if (!ASC_FEATURE_THREADS) return;
  for (let address = pop(w.queue); address != 0; address = pop(w.queue)) {
    count(w, REMOTE);
    releaseSlowly(w, address);
  }
}
