/**
 * Bump arena over the whole linear memory: the core's only allocator and the only caller of `memory.grow`. `release`
 * frees everything above a mark at once; nothing is freed singly.
 */
import {FAULT_MEMORY, FAULT_NONE} from './status';

const ALIGN_MASK: usize = 15; // a v128 column starts anywhere a column starts

let top: usize = (__heap_base + ALIGN_MASK) & ~ALIGN_MASK;
let reason: i32 = FAULT_NONE;

/** Address up to which the arena is in use; pass it to `release` later. */
export function mark(): usize {
  return top;
}

/** Frees everything allocated since `to` was marked. */
export function release(to: usize): void {
  assert(to <= top); // marks are last in, first out
  top = to;
}

/** Why the instance trapped: FAULT_NONE after a broken invariant. Still callable after the trap. */
export function fault(): i32 {
  return reason;
}

/** `bytes` of memory of unspecified content, 16-byte aligned. Traps with FAULT_MEMORY if the host grants no more. */
export function alloc(bytes: u64): usize {
  const from = top;
  const to: u64 = (<u64>from + bytes + ALIGN_MASK) & ~(<u64>ALIGN_MASK);
  const held = (<u64>memory.size()) << 16;
  if (to > held) grow(to, held);
  top = <usize>to;
  return from;
}

/** As `alloc`, filled with zeros. */
export function allocZeroed(bytes: u64): usize {
  const at = alloc(bytes);
  memory.fill(at, 0, <usize>bytes);
  return at;
}

/**
 * Requests half as much again as it holds, so that growing costs little in all; failing that, just the needed bytes.
 */
function grow(to: u64, held: u64): void {
  const needed = (to - held + 0xffff) >> 16;
  const generous = max(needed, held >> 17);
  // 65,535 pages: one less than 4 GiB, so that no end address wraps to 0
  const room: u64 = 0xffff - (held >> 16);
  if (needed <= room) {
    if (generous <= room && memory.grow(<i32>generous) >= 0) return;
    if (memory.grow(<i32>needed) >= 0) return;
  }
  reason = FAULT_MEMORY;
  unreachable();
}
