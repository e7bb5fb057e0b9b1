/**
 * Steps from one order to another. What keeps a buffer above the target is what it stands on, what that stands on,
 * and so on to the ground; moves take a buffer and its supporter somewhere on that way and change which comes first.
 */
import {alloc, mark, release} from './arena';
import {setU32, setU64, u32At, u64At} from './column';
import {NO_OFFSET, NONE} from './layout';
import {lowestFit, supporterOf} from './line';
import {Packing} from './packing';
import {below, Random} from './random';
import {sortByKey} from './sort';

/** Makes `trial`'s order a neighbour of `current`'s; the first rank that differs, or NONE where none does. */
export function move(trial: Packing, current: Packing, random: Random): u32 {
  const line = current.line;
  let upper = u32At(current.above, below(random, current.numAbove));
  let lower = supporterOf(line, upper, lowestFit(line, upper), random);
  while (lower != NONE && below(random, 3) != 0) {
    const next = supporterOf(line, lower, u64At(current.offsets, lower), random);
    if (next == NONE) break;
    upper = lower;
    lower = next;
  }
  const numFixed = current.problem.numFixed;
  if (lower == NONE) return NONE;
  const from = u32At(current.rank, upper);
  const to = u32At(current.rank, lower);
  const kind = below(random, 4);
  if (from <= numFixed) return NONE;
  if (kind == 2) return shiftEarlier(trial, current, from, numFixed + below(random, from - numFixed));
  if (to < numFixed) return NONE;
  if (kind == 1) return swap(trial, current, from, to);
  if (to > from) return NONE;
  return kind == 0 ? shiftEarlier(trial, current, from, to) : shiftLater(trial, current, to, from);
}

function swap(trial: Packing, current: Packing, a: u32, b: u32): u32 {
  memory.copy(trial.order, current.order, (<usize>current.problem.numBuffers) << 2);
  setU32(trial.order, a, u32At(current.order, b));
  setU32(trial.order, b, u32At(current.order, a));
  return min(a, b);
}

/** The buffer at rank `from` comes to stand at the earlier rank `to`. */
function shiftEarlier(trial: Packing, current: Packing, from: u32, to: u32): u32 {
  memory.copy(trial.order, current.order, (<usize>current.problem.numBuffers) << 2);
  const moved = (<usize>(from - to)) << 2;
  memory.copy(trial.order + ((<usize>to + 1) << 2), current.order + ((<usize>to) << 2), moved);
  setU32(trial.order, to, u32At(current.order, from));
  return to;
}

/** The buffer at rank `from` comes to stand at the later rank `to`. */
function shiftLater(trial: Packing, current: Packing, from: u32, to: u32): u32 {
  memory.copy(trial.order, current.order, (<usize>current.problem.numBuffers) << 2);
  const moved = (<usize>(to - from)) << 2;
  memory.copy(trial.order + ((<usize>from) << 2), current.order + ((<usize>from + 1) << 2), moved);
  setU32(trial.order, to, u32At(current.order, from));
  return from;
}

/** Parts of a rank, so that two ranks leave room for others between them. */
const RANK_BITS: u64 = 16;

/**
 * Makes `trial`'s order that of `current` with the buffers above the target drawn towards its beginning, and a few
 * others moved a little: what there is time for where a packing takes tens of milliseconds.
 */
export function perturb(trial: Packing, current: Packing, random: Random): void {
  const p = current.problem;
  const n = p.numBuffers;
  const scratch = mark();
  const keys = alloc((<u64>n) << 3);
  for (let rank: u32 = 0; rank < n; rank++) {
    setU64(keys, u32At(current.order, rank), <u64>(rank + 1) << RANK_BITS);
  }
  const reach = 1 + below(random, 1 << 15); // of 2^16: how far at most
  for (let k: u32 = 0; k < current.numAbove; k++) {
    draw(keys, u32At(current.above, k), <u64>below(random, reach), true);
  }
  const others = below(random, 8);
  for (let k: u32 = 0; k < others; k++) {
    draw(keys, below(random, n), <u64>below(random, reach), (next2(random) & 1) == 0);
  }
  for (let rank: u32 = 0; rank < p.numFixed; rank++) setU64(keys, u32At(current.order, rank), rank);
  memory.copy(trial.order, current.order, (<usize>n) << 2);
  sortByKey(trial.order, n, keys);
  release(scratch);
}

function next2(random: Random): u32 {
  return below(random, 2);
}

/** Moves a buffer by `part` ÷ 2^16 of its key. */
function draw(keys: usize, buffer: u32, part: u64, earlier: bool): void {
  const key = u64At(keys, buffer);
  const distance = (key * part) >> 16;
  setU64(keys, buffer, earlier ? key - distance : key + distance);
}
