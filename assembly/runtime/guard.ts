/** Canaries behind the requested bytes and poison within them, for the attended modes. */
import {BROKEN, CANARIES, POISON} from './status';
import {count, Worker} from './worker';

/** Bytes of a canary. */
export const CANARY_BYTES: u32 = 16;
/** Fill of a new block, and of a dead one. */
const RAW: u8 = 0xa5;
const DEAD: u8 = 0xdf;

/** Bytes to allocate for `asked` ones. */
export function guardedBytes(w: Worker, asked: u32): u32 {
  return w.mode & CANARIES ? asked + CANARY_BYTES : asked;
}

/** Prepares a block that was just allocated. */
export function guard(w: Worker, address: usize, asked: u32): void {
  if (w.mode & POISON) memory.fill(address, RAW, asked);
  if (!(w.mode & CANARIES)) return;
  for (let i: u32 = 0; i < CANARY_BYTES; i += 4) store<u32>(address + asked + i, canaryOf(address, i));
}

/** Checks and poisons a block when its last owner frees it. */
export function unguard(w: Worker, address: usize, asked: u32): void {
  if (!isIntact(w, address, asked)) count(w, BROKEN);
  if (w.mode & POISON) memory.fill(address, DEAD, asked);
}

/** Whether nothing was written behind the block. */
export function isIntact(w: Worker, address: usize, asked: u32): bool {
  if (!(w.mode & CANARIES)) return true;
  for (let i: u32 = 0; i < CANARY_BYTES; i += 4) {
    if (load<u32>(address + asked + i) != canaryOf(address, i)) return false;
  }
  return true;
}

function canaryOf(address: usize, i: u32): u32 {
  return ((<u32>address ^ 0x5ca1ab1e) * 0x85ebca6b) ^ (i << 24);
}
