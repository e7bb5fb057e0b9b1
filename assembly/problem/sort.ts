/**
 * Stable sort of indices by a u64 key each: radix, least significant digit first; digits that never differ are
 * skipped.
 */
import {mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';

const DIGIT_BITS: u64 = 11;
const NUM_DIGITS: u32 = 1 << 11;
const DIGIT_MASK: u64 = NUM_DIGITS - 1;

/**
 * Reorders `order` (`count` indices, u32) so that `keys[order[i]]` rises; equal keys keep their order.
 * `keys` is indexed by the entries of `order`. Scratch: 24 bytes per index. O(count) per differing digit.
 */
export function sortByKey(order: usize, count: u32, keys: usize): void {
  if (count < 2) return;
  const scratch = mark();
  let fromKeys = newU64(count);
  let toKeys = newU64(count);
  let fromOrder = order;
  let toOrder = newU32(count);
  const counts = newU32(NUM_DIGITS);

  let differing: u64 = 0;
  const first = u64At(keys, u32At(order, 0));
  for (let i: u32 = 0; i < count; i++) {
    const key = u64At(keys, u32At(order, i));
    setU64(fromKeys, i, key);
    differing |= key ^ first;
  }
  for (let shift: u64 = 0; shift < 64; shift += DIGIT_BITS) {
    if (((differing >> shift) & DIGIT_MASK) == 0) continue;
    scatter(fromKeys, fromOrder, toKeys, toOrder, count, shift, counts);
    const sortedKeys = toKeys;
    toKeys = fromKeys;
    fromKeys = sortedKeys;
    const sortedOrder = toOrder;
    toOrder = fromOrder;
    fromOrder = sortedOrder;
  }
  if (fromOrder != order) memory.copy(order, fromOrder, (<usize>count) << 2);
  release(scratch);
}

/** As `sortByKey`, keys falling. Overwrites `keys` with their complements. */
export function sortByKeyFalling(order: usize, count: u32, keys: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const index = u32At(order, i);
    setU64(keys, index, ~u64At(keys, index));
  }
  sortByKey(order, count, keys);
}

function scatter(
  fromKeys: usize,
  fromOrder: usize,
  toKeys: usize,
  toOrder: usize,
  count: u32,
  shift: u64,
  counts: usize,
): void {
  memory.fill(counts, 0, (<usize>NUM_DIGITS) << 2);
  for (let i: u32 = 0; i < count; i++) {
    const digit = <u32>((u64At(fromKeys, i) >> shift) & DIGIT_MASK);
    setU32(counts, digit, u32At(counts, digit) + 1);
  }
  let sum: u32 = 0;
  for (let digit: u32 = 0; digit < NUM_DIGITS; digit++) {
    const held = u32At(counts, digit);
    setU32(counts, digit, sum);
    sum += held;
  }
  for (let i: u32 = 0; i < count; i++) {
    const key = u64At(fromKeys, i);
    const digit = <u32>((key >> shift) & DIGIT_MASK);
    const to = u32At(counts, digit);
    setU32(counts, digit, to + 1);
    setU64(toKeys, to, key);
    setU32(toOrder, to, u32At(fromOrder, i));
  }
}
