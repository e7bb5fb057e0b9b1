/**
 * Moves from one order to another. A buffer is above the target because of its supporter, that one because of its own
 * supporter, and so on to the ground. A move takes a buffer and its supporter somewhere on that way and changes which
 * comes first.
 */

import {mark, release} from '../memory/arena';
import {newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';
import {lowestFit, supporterOf} from '../placement/offset-list';
import {sortByKey} from '../problem/sort';
import {below, Random} from '../search/random';
import {Packing} from './packing';

/** How a move changes which of the two comes first; 0 puts the buffer just before its supporter. */
const SWAP: u32 = 1;
const EARLIER_ANYWHERE: u32 = 2;
const SUPPORTER_LATER: u32 = 3;
const KINDS: u32 = 4;

/**
 * Makes `trial`'s order a neighbour of `current`'s. Returns the first rank that differs, or NONE if the move drawn is
 * impossible, such as one that would take a fixed buffer from the front.
 */
export function move(trial: Packing, current: Packing, random: Random): u32 {
  const list = current.list;
  let upper = u32At(current.above, below(random, current.numAbove));
  let lower = supporterOf(list, upper, lowestFit(list, upper), random);
  if (lower == NONE) return NONE;
  while (below(random, 3) != 0) {
    const next = supporterOf(list, lower, u64At(current.offsets, lower), random);
    if (next == NONE) break;
    upper = lower;
    lower = next;
  }
  return reorder(trial, current, u32At(current.rank, upper), u32At(current.rank, lower), random);
}

function reorder(trial: Packing, current: Packing, upper: u32, lower: u32, random: Random): u32 {
  const numFixed = current.problem.numFixed;
  const kind = below(random, KINDS);
  if (upper <= numFixed) return NONE;
  if (kind == EARLIER_ANYWHERE) {
    return shiftEarlier(trial, current, upper, numFixed + below(random, upper - numFixed));
  }
  if (lower < numFixed) return NONE;
  if (kind == SWAP) return swap(trial, current, upper, lower);
  if (lower > upper) return NONE;
  return kind == SUPPORTER_LATER
    ? shiftLater(trial, current, lower, upper)
    : shiftEarlier(trial, current, upper, lower);
}

function swap(trial: Packing, current: Packing, a: u32, b: u32): u32 {
  memory.copy(trial.order, current.order, (<usize>current.problem.numBuffers) << 2);
  setU32(trial.order, a, u32At(current.order, b));
  setU32(trial.order, b, u32At(current.order, a));
  return min(a, b);
}

/** Moves the buffer at rank `from` to the earlier rank `to`. */
function shiftEarlier(trial: Packing, current: Packing, from: u32, to: u32): u32 {
  memory.copy(trial.order, current.order, (<usize>current.problem.numBuffers) << 2);
  const moved = (<usize>(from - to)) << 2;
  memory.copy(trial.order + ((<usize>to + 1) << 2), current.order + ((<usize>to) << 2), moved);
  setU32(trial.order, to, u32At(current.order, from));
  return to;
}

/** Moves the buffer at rank `from` to the later rank `to`. */
function shiftLater(trial: Packing, current: Packing, from: u32, to: u32): u32 {
  memory.copy(trial.order, current.order, (<usize>current.problem.numBuffers) << 2);
  const moved = (<usize>(to - from)) << 2;
  memory.copy(trial.order + ((<usize>from) << 2), current.order + ((<usize>from + 1) << 2), moved);
  setU32(trial.order, to, u32At(current.order, from));
  return from;
}

/** Bits below a rank, so that there is room for others between two ranks. */
const RANK_BITS: u64 = 16;

/**
 * Makes `trial`'s order that of `current` with the buffers above the target moved towards its beginning, and a few
 * others moved a little. For problems so large that a packing takes tens of milliseconds.
 */
export function perturb(trial: Packing, current: Packing, random: Random): void {
  const p = current.problem;
  const n = p.numBuffers;
  const scratch = mark();
  const keys = newU64(n);
  for (let rank: u32 = 0; rank < n; rank++) {
    setU64(keys, u32At(current.order, rank), (<u64>(rank + 1)) << RANK_BITS);
  }
  const reach = 1 + below(random, 1 << 15); // of 2^16: how far at most
  for (let k: u32 = 0; k < current.numAbove; k++) {
    shiftKey(keys, u32At(current.above, k), below(random, reach), true);
  }
  const others = below(random, 8);
  for (let k: u32 = 0; k < others; k++) {
    const buffer = u32At(current.order, below(random, n));
    shiftKey(keys, buffer, below(random, reach), below(random, 2) == 0);
  }
  for (let rank: u32 = 0; rank < p.numFixed; rank++) setU64(keys, u32At(current.order, rank), rank);
  memory.copy(trial.order, current.order, (<usize>n) << 2);
  sortByKey(trial.order, n, keys);
  release(scratch);
}

/** Moves a buffer by `part` ÷ 2^16 of its key. */
function shiftKey(keys: usize, buffer: u32, part: u64, earlier: bool): void {
  const key = u64At(keys, buffer);
  const distance = (key * part) >> 16;
  setU64(keys, buffer, earlier ? key - distance : key + distance);
}
