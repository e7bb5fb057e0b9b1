/** Checks of all that is live: whether canaries are intact, and whether an address may be used. */
import {u32At} from '../memory/column';
import {isLive, numRecords, slotOf} from './blocking';
import {isApart, numLiveApart, settle} from './follow';
import {isIntact} from './guard';
import {blockAt, following, Heap, isBlock} from './heap';
import {CANARIES, FOREIGN, POISON} from './status';
import {Plan, Worker} from './worker';

/** Live blocks whose canary is overwritten. */
export function brokenBlocks(w: Worker): u32 {
  let broken: u32 = 0;
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next)
    broken += brokenSlots(w, changetype<Plan>(at));
  if (w.mode & FOREIGN) return broken;
  const h = changetype<Heap>(w.heap);
  for (let at = h.first; at != 0; at = following(h, at)) {
    if (isGeneral(h, at) && !isIntact(w, at, blockAt(at).asked)) broken++;
  }
  return broken;
}

function brokenSlots(w: Worker, plan: Plan): u32 {
  let broken: u32 = 0;
  const records = plan.isSealed ? numRecords(plan) : 0;
  for (let i: u32 = 0; i < records; i++) {
    const slot = slotOf(plan, i);
    if (isLive(slot) && !isIntact(w, slot.address, u32At(plan.asked, i))) broken++;
  }
  return broken;
}

/** Whether all of [address, address + bytes) is in one live block. Walks over all blocks: for tests and debugging. */
export function isCovered(w: Worker, address: usize, bytes: u32): bool {
  const isGuarded = (w.mode & (CANARIES | POISON)) != 0; // then every block has passed the slow path, which keeps what was asked for
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) {
    const plan = changetype<Plan>(at);
    settle(w, plan);
    const records = plan.isSealed ? numRecords(plan) : 0;
    for (let i: u32 = 0; i < records; i++) {
      const slot = slotOf(plan, i);
      const size = isGuarded ? u32At(plan.asked, i) : slot.size;
      if (isLive(slot) && holds(slot.address, size, address, bytes)) return true;
    }
  }
  if (w.mode & FOREIGN) return false;
  const h = changetype<Heap>(w.heap);
  for (let at = h.first; at != 0; at = following(h, at)) {
    if (isGeneral(h, at) && holds(at, blockAt(at).asked, address, bytes)) return true;
  }
  return false;
}

/** Blocks that callers hold, in arenas and outside. */
export function numLive(w: Worker): u32 {
  let live: u32 = 0;
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) {
    const plan = changetype<Plan>(at);
    if (isApart(w, plan)) {
      live += numLiveApart(w, plan);
      continue;
    }
    const records = plan.isSealed ? numRecords(plan) : 0;
    for (let i: u32 = 0; i < records; i++) if (isLive(slotOf(plan, i))) live++;
  }
  if (w.mode & FOREIGN) return live;
  const h = changetype<Heap>(w.heap);
  for (let at = h.first; at != 0; at = following(h, at)) if (isGeneral(h, at)) live++;
  return live;
}

function isGeneral(h: Heap, payload: usize): bool {
  return isBlock(h, payload) && blockAt(payload).isGeneral != 0;
}

function holds(from: usize, size: u32, address: usize, bytes: u32): bool {
  return address >= from && <u64>address + bytes <= <u64>from + size;
}
