/** A plan's tables: laid out, filled in by the host, sealed; and the choice of the plan that serves an iteration. */
import {setU32, u32At} from '../memory/column';
import {bitsFor, clearTable, entryFor, GOLDEN, homeEntry, keyEntry} from './address-table';
import {isLive, nextSharing, numRecords, slotOf} from './blocking';
import {dropLogs, newLogs} from './event-log';
import {forget, isApart, numLiveApart} from './follow';
import {give, Heap, take} from './heap';
import {BYPASSED, FOREIGN} from './status';
import {AddressEntry, count, ENTRY_BITS, NONE, Plan, SLOT_BYTES, Slot, SPECIAL, Worker} from './worker';

/** Slots, times phases, that a plan may have: far from where the tables' bytes overflow. */
export const MAX_SLOTS: u32 = 1 << 22;

/**
 * Lays out a plan; 0 if memory is short. The host fills `columns` and calls `sealPlan`.
 * @param arena address of the arena in a foreign heap; else 0, and it is allocated from the worker's own
 */
export function newPlan(
  w: Worker,
  signature: u32,
  numSlots: u32,
  numPhases: u32,
  arena: usize,
  arenaBytes: u32,
): usize {
  const slots: u64 = <u64>numSlots * numPhases;
  if (slots + numPhases > MAX_SLOTS || numPhases == 0) return 0;
  const h = changetype<Heap>(w.heap);
  const at = take(h, tableBytes(<u32>slots, numPhases));
  if (at == 0) return 0;
  const plan = changetype<Plan>(at);
  plan.signature = signature;
  plan.isRetired = false;
  plan.isSealed = false;
  plan.isParked = false;
  plan.numSlots = numSlots;
  plan.numPhases = numPhases;
  plan.phase = 0;
  plan.ownsArena = (w.mode & FOREIGN) == 0;
  plan.arena = plan.ownsArena ? take(h, max<u32>(arenaBytes, 1)) : arena;
  plan.arenaBytes = arenaBytes;
  if (plan.arena == 0 && plan.ownsArena) {
    give(h, at);
    return 0;
  }
  layOut(plan, <u32>slots);
  newLogs(w, plan);
  plan.next = w.plans;
  w.plans = at;
  return at;
}

const COLD_COLUMNS: usize = 11;

function tableBytes(slots: u32, numPhases: u32): u32 {
  const records = slots + numPhases;
  const addressTable: u32 = (1 << (<u32>ENTRY_BITS)) << bitsFor(slots, 4);
  const keys: u32 = 16 << bitsFor(slots, 2);
  return (
    256 + records * <u32>SLOT_BYTES + addressTable + keys + (records + 1) * 4 * <u32>COLD_COLUMNS + slots * 12
  );
}

function layOut(plan: Plan, slots: u32): void {
  const column = (<usize>(slots + plan.numPhases + 1)) << 2;
  plan.addressShift = 32 - bitsFor(slots, 4);
  plan.keyShift = 32 - bitsFor(slots, 2);
  plan.slots = (changetype<usize>(plan) + offsetof<Plan>() + 63) & ~63;
  plan.position = changetype<Slot>(plan.slots);
  plan.addressTable = plan.slots + <usize>(slots + plan.numPhases) * SLOT_BYTES;
  plan.keys = plan.addressTable + ((<usize>1) << (<usize>(32 - plan.addressShift) + ENTRY_BITS));
  const cold = plan.keys + ((<usize>16) << (32 - plan.keyShift));
  plan.asked = cold;
  plan.row = cold + column;
  plan.nextSame = cold + 2 * column;
  plan.blockerIndex = cold + 3 * column;
  plan.blockers = cold + 4 * column;
  plan.postponed = cold + 5 * column;
  plan.nextPostponed = cold + 6 * column;
  plan.previousPostponed = cold + 7 * column;
  plan.wanted = cold + 8 * column;
  plan.postponedTo = cold + 9 * column;
  plan.endCell = cold + 10 * column;
  plan.columns = cold + COLD_COLUMNS * column;
  memory.fill(cold, 0, COLD_COLUMNS * column);
}

/**
 * Builds the tables from the columns. From the next iteration on, the plan serves those of its signature, in place of
 * the one before.
 * @returns false if a slot is not within the arena, at address 0, misaligned, or has the key NONE; the plan is then dropped
 */
export function sealPlan(w: Worker, plan: Plan, granule: u32): bool {
  if (!areColumnsValid(plan, granule)) {
    plan.isRetired = true;
    dropRetired(w);
    return false;
  }
  memory.fill(plan.keys, 0, (<usize>16) << (32 - plan.keyShift));
  fillSlots(plan);
  fillAddressTable(plan);
  fillKeys(plan);
  linkBlockers(plan);
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) {
    const other = changetype<Plan>(at);
    if (other.isSealed && other.signature == plan.signature) other.isRetired = true;
  }
  plan.isSealed = true;
  return true;
}

function areColumnsValid(plan: Plan, granule: u32): bool {
  const n = plan.numSlots * plan.numPhases;
  if (<u64>plan.arena + plan.arenaBytes > 1 << 32) return false;
  for (let i: u32 = 0; i < n; i++) {
    const size = u32At(plan.columns, n + i);
    const offset = u32At(plan.columns, 2 * n + i);
    if (u32At(plan.columns, i) == NONE || <u64>offset + size > plan.arenaBytes) return false;
    if (size == 0) continue;
    const address = plan.arena + offset;
    if (address == 0 || address & (granule - 1)) return false; // 0 is no address
  }
  return true;
}

function fillSlots(plan: Plan): void {
  const n = plan.numSlots * plan.numPhases;
  let from: u32 = 0;
  plan.numIdle = 0;
  const records = numRecords(plan);
  for (let i: u32 = 0; i < records; i++) {
    const slot = slotOf(plan, i);
    const isSentinel = i % (plan.numSlots + 1) == plan.numSlots;
    slot.index = i;
    slot.entry = changetype<AddressEntry>(0);
    slot.key = isSentinel ? NONE : u32At(plan.columns, from);
    slot.size = isSentinel ? 0 : u32At(plan.columns, n + from);
    slot.blockedCount = slot.size == 0 ? 1 : 0;
    plan.numIdle += slot.blockedCount;
    slot.address = 0;
    setU32(plan.row, i, NONE);
    if (slot.size != 0) slot.address = plan.arena + u32At(plan.columns, 2 * n + from);
    if (!isSentinel) from++;
  }
}

/** Factors tried for the address table. */
const TRIES: u32 = 16;

/** Fills the address table with the factor that displaces the fewest slots from the entry where the search begins. */
function fillAddressTable(plan: Plan): void {
  let best = GOLDEN;
  let fewest = u32.MAX_VALUE;
  let factor = GOLDEN;
  enterAll(plan, factor);
  // slots share addresses: the fewer there are, the less of the cache they need
  plan.addressShift = 32 - bitsFor(numEntries(plan), 4);
  for (let i: u32 = 0; i < TRIES && fewest != 0; i++) {
    const displaced = enterAll(plan, factor);
    if (displaced < fewest) {
      fewest = displaced;
      best = factor;
    }
    factor *= GOLDEN; // odd, as factors have to be
  }
  enterAll(plan, best);
}

/** Addresses in the table. */
function numEntries(plan: Plan): u32 {
  let count: u32 = 0;
  const end: u32 = 1 << (32 - plan.addressShift);
  for (let i: u32 = 0; i < end; i++) {
    const entry = changetype<AddressEntry>(plan.addressTable + ((<usize>i) << ENTRY_BITS));
    if (entry.tag != <usize>NONE) count++;
  }
  return count;
}

/** @returns slots that are displaced */
function enterAll(plan: Plan, factor: u32): u32 {
  const shift = plan.addressShift;
  plan.addressFactor = factor;
  clearTable(plan.addressTable, shift);
  let displaced: u32 = 0;
  const records = numRecords(plan);
  for (let i: u32 = 0; i < records; i++) {
    const slot = slotOf(plan, i);
    if (slot.size == 0) continue;
    const entry = entryFor(plan.addressTable, factor, shift, slot.address);
    entry.tag = slot.address | SPECIAL;
    slot.entry = entry;
    if (entry != homeEntry(plan.addressTable, factor, shift, slot.address)) displaced++;
  }
  return displaced;
}

function fillKeys(plan: Plan): void {
  for (let i = numRecords(plan); i-- > 0; ) {
    const slot = slotOf(plan, i);
    if (slot.key == NONE) continue;
    const entry = keyEntry(plan, slot.key);
    setU32(plan.nextSame, i, load<u32>(entry, 4));
    store<u32>(entry, slot.key);
    store<u32>(entry, <u32>changetype<usize>(slot), 4);
  }
}

function linkBlockers(plan: Plan): void {
  const records = numRecords(plan);
  for (let i: u32 = 0; i < records; i++) {
    const slot = slotOf(plan, i);
    if (slot.size == 0) continue;
    slot.blocks = nextSharing(plan, slot, i);
    setU32(plan.blockerIndex, slot.blocks.index, u32At(plan.blockerIndex, slot.blocks.index) + 1);
  }
  // counts become ends; filled from behind, ends become begins
  let sum: u32 = 0;
  for (let i: u32 = 0; i <= records; i++) {
    sum += u32At(plan.blockerIndex, i);
    setU32(plan.blockerIndex, i, sum);
  }
  for (let i = records; i-- > 0; ) {
    const slot = slotOf(plan, i);
    if (slot.size == 0) continue;
    const to = u32At(plan.blockerIndex, slot.blocks.index) - 1;
    setU32(plan.blockerIndex, slot.blocks.index, to);
    setU32(plan.blockers, to, <u32>changetype<usize>(slot));
  }
}

/** The plan that serves the next iteration, or 0: there is none, or live blocks of another plan are in its arena. */
export function choosePlan(w: Worker, signature: u32): usize {
  dropRetired(w);
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) {
    const plan = changetype<Plan>(at);
    if (!plan.isSealed || plan.isRetired || plan.signature != signature) continue;
    if (!isDisturbed(w, plan)) return at;
    count(w, BYPASSED);
    return 0;
  }
  return 0;
}

/** Retires the plan of a signature, which then serves no further iteration. */
export function retirePlan(w: Worker, signature: u32): void {
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) {
    if (changetype<Plan>(at).signature == signature) changetype<Plan>(at).isRetired = true;
  }
  dropRetired(w);
}

/** Frees the retired plans without a live slot. */
export function dropRetired(w: Worker): void {
  let before: usize = 0;
  for (let at = w.plans; at != 0; ) {
    const plan = changetype<Plan>(at);
    const next = plan.next;
    if (!plan.isRetired || at == w.plan || (plan.isSealed && hasLive(w, plan))) {
      before = at;
    } else {
      if (before == 0) w.plans = next;
      else changetype<Plan>(before).next = next;
      forget(w, plan);
      dropLogs(w, plan);
      if (plan.ownsArena) give(changetype<Heap>(w.heap), plan.arena);
      give(changetype<Heap>(w.heap), at);
    }
    at = next;
  }
}

/** Whether another plan has a live slot and an arena that overlaps this one's. */
function isDisturbed(w: Worker, plan: Plan): bool {
  const end: u64 = <u64>plan.arena + plan.arenaBytes;
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) {
    const other = changetype<Plan>(at);
    if (other == plan || !other.isSealed) continue;
    if (other.arena < end && plan.arena < <u64>other.arena + other.arenaBytes && hasLive(w, other))
      return true;
  }
  return false;
}

export function hasLive(w: Worker, plan: Plan): bool {
  if (isApart(w, plan)) return numLiveApart(w, plan) != 0;
  const records = numRecords(plan);
  for (let i: u32 = 0; i < records; i++) if (isLive(slotOf(plan, i))) return true;
  return false;
}
