/**
 * The strategies of the class sweep: a key that ranks the buffers, the growth of the classes, and the direction of
 * time. No strategy wins everywhere. First come those that reach the bound or come near it soon, then their variants.
 */
import {mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At, zeroedU32} from '../memory/column';
import {sortByKeyFalling} from '../problem/sort';
import {heaviestOf, Items} from './items';

/**
 * Keys: none (one class, whatever the growth), bytes, ticks of life, log4 of the bytes by the smallest size's, then
 * ticks; how near the largest load during a life is to the largest of all, then bytes.
 */
const NOTHING: u32 = 0;
const SIZE: u32 = 1;
const LIFETIME: u32 = 2;
const MAGNITUDE: u32 = 3;
const BREADTH: u32 = 4;

/** Growth of a class, in tenths of the items before it; all items that are left; one value of the key. */
const HALF: u32 = 5;
const TENTH: u32 = 1;
const WHOLE: u32 = 10;
const EACH: u32 = 0;
const REST: u32 = u32.MAX_VALUE;

/** Above every key. */
const HEAVY: u64 = 1 << 63;
const SIZE_MASK: u64 = (1 << 56) - 1;
/** Loads of at least 1 − 1/2^13 and 1 − 1/2^5 of the bound. */
const AT_PEAK: u32 = 13;
const NEAR_PEAK: u32 = 5;

export const NUM_STRATEGIES: u32 = 23;

@unmanaged
export class Strategy {
  key: u32;
  growth: u32;
  /** The first class has at least one in so many of all buffers; 0: at least one buffer. */
  headOneIn: u32;
  isReversed: bool;
  /**
   * 0, or: the buffers that are live under a load of at least 1 − 1/2^heavyShift of the largest come before all others,
   * ordered by `heavyKey`. They decide the peak, and a pass that fails mostly fails with them.
   */
  heavyShift: u32;
  heavyKey: u32;
  /** Ranks below this are those of the heavy buffers, or all. */
  numHeavy: u32;
}

/** Fills in the strategy `index`, below NUM_STRATEGIES. */
export function setStrategy(s: Strategy, index: u32): void {
  switch (index) {
    case 0:
      setTo(s, NOTHING, HALF, 0, true);
      return;
    case 1:
      setTo(s, SIZE, REST, 1000, false);
      return;
    case 2:
      setTo(s, SIZE, HALF, 0, false);
      return;
    case 3:
      setTo(s, LIFETIME, HALF, 0, true);
      return;
    case 4:
      setTo(s, BREADTH, HALF, 0, false);
      return;
    case 5:
      setTo(s, SIZE, TENTH, 0, false);
      putFirst(s, AT_PEAK, LIFETIME);
      return;
    case 6:
      setTo(s, SIZE, WHOLE, 0, true);
      putFirst(s, NEAR_PEAK, SIZE);
      return;
    case 7:
      setTo(s, SIZE, HALF, 0, false);
      putFirst(s, NEAR_PEAK, SIZE);
      return;
    case 8:
      setTo(s, MAGNITUDE, HALF, 0, false);
      return;
    case 9:
      setTo(s, NOTHING, HALF, 0, false);
      return;
    case 10:
      setTo(s, SIZE, REST, 20, false);
      return;
    case 11:
      setTo(s, LIFETIME, HALF, 0, false);
      return;
    case 12:
      setTo(s, SIZE, HALF, 0, true);
      return;
    case 13:
      setTo(s, MAGNITUDE, HALF, 0, true);
      return;
    case 14:
      setTo(s, SIZE, REST, 20, true);
      return;
    case 15:
      setTo(s, LIFETIME, TENTH, 0, false);
      return;
    case 16:
      setTo(s, LIFETIME, TENTH, 0, true);
      return;
    case 17:
      setTo(s, SIZE, WHOLE, 0, false);
      return;
    case 18:
      setTo(s, MAGNITUDE, WHOLE, 0, false);
      return;
    case 19:
      setTo(s, LIFETIME, WHOLE, 0, false);
      return;
    case 20:
      setTo(s, MAGNITUDE, TENTH, 0, false);
      return;
    case 21:
      setTo(s, SIZE, TENTH, 0, false);
      return;
    default:
      setTo(s, SIZE, EACH, 0, false);
      return;
  }
}

function setTo(s: Strategy, key: u32, growth: u32, headOneIn: u32, isReversed: bool): void {
  s.key = key;
  s.growth = growth;
  s.headOneIn = headOneIn;
  s.isReversed = isReversed;
  s.heavyShift = 0;
}

function putFirst(s: Strategy, heavyShift: u32, heavyKey: u32): void {
  s.heavyShift = heavyShift;
  s.heavyKey = heavyKey;
}

/**
 * Ranks of the free items by the strategy's key (u32 each), the first to be placed lowest; equal keys, equal rank.
 */
export function rankItems(s: Strategy, items: Items, ranks: usize): void {
  const heaviest = s.heavyShift > 0 || s.key == BREADTH ? heaviestOf(items) : 0;
  const scratch = mark();
  const count = items.numFree;
  const keys = newU64(count);
  const order = newU32(count);
  const least = s.heavyShift > 0 ? items.mostLoad - (items.mostLoad >> s.heavyShift) : u64.MAX_VALUE;
  s.numHeavy = 0;
  for (let k: u32 = 0; k < count; k++) {
    setU32(order, k, k);
    if (heaviest != 0 && u64At(heaviest, u32At(items.buffer, k)) >= least) {
      s.numHeavy++;
      setU64(keys, k, HEAVY | keyOf(s.heavyKey, items, k));
    } else {
      setU64(keys, k, keyOf(s.key, items, k));
    }
  }
  if (s.numHeavy == 0) s.numHeavy = count;
  sortByKeyFalling(order, count, keys);
  // without a key all are last, so that `perturbRanks` can move some of them before the others
  let rank: u32 = s.key == NOTHING && count > 0 ? count - 1 : 0;
  for (let k: u32 = 0; k < count; k++) {
    const item = u32At(order, k);
    if (k > 0 && u64At(keys, item) != u64At(keys, u32At(order, k - 1))) rank = k;
    setU32(ranks, item, rank);
  }
  release(scratch);
}

function keyOf(key: u32, items: Items, k: u32): u64 {
  const buffer = u32At(items.buffer, k);
  const size = u64At(items.size, k);
  const lifetime = u32At(items.problem.end, buffer) - u32At(items.problem.start, buffer);
  switch (key) {
    case SIZE:
      return size;
    case LIFETIME:
      return lifetime;
    case MAGNITUDE:
      // relative to the smallest size, so that the unit of sizes decides nothing
      return (((63 - clz(size / items.problem.minSize)) >> 1) << 32) | lifetime;
    case BREADTH:
      return (
        (halvings(items.mostLoad, items.mostLoad - u64At(items.heaviest, buffer)) << 56) |
        min(size, SIZE_MASK)
      );
  }
  return 0;
}

/** How often `part` can be doubled up to `whole`: the same in any unit. */
function halvings(whole: u64, part: u64): u64 {
  if (part == 0) return 63;
  const times = clz(part) - clz(whole);
  return part << times > whole ? times - 1 : times;
}

/**
 * Cuts ranked items into classes: their beginnings into `starts` (u32 ×(classes + 1)), the items into `members`, each
 * class in order of birth. Never cuts between equal ranks. Returns the number of classes.
 */
export function cutClasses(s: Strategy, ranks: usize, count: u32, starts: usize, members: usize): u32 {
  const scratch = mark();
  const classOf = zeroedU32(count); // per rank: first how many items have it, then its class
  for (let k: u32 = 0; k < count; k++) addOne(classOf, u32At(ranks, k));
  let classes: u32 = 0;
  let begun: u32 = 0;
  let placed: u32 = 0;
  for (let rank: u32 = 0; rank < count; rank++) {
    const held = u32At(classOf, rank);
    if (held == 0) continue;
    if (placed == 0 || placed - begun >= classSize(s, begun, count)) {
      begun = placed;
      setU32(starts, classes++, placed);
    }
    setU32(classOf, rank, classes - 1);
    placed += held;
  }
  setU32(starts, classes, placed);
  const next = newU32(classes);
  memory.copy(next, starts, (<usize>classes) << 2);
  for (let k: u32 = 0; k < count; k++) {
    const at = addOne(next, u32At(classOf, u32At(ranks, k)));
    setU32(members, at, k);
  }
  release(scratch);
  return classes;
}

/** Adds one to an entry; returns its old value. */
function addOne(column: usize, index: u32): u32 {
  const value = u32At(column, index);
  setU32(column, index, value + 1);
  return value;
}

/** Least number of items of the class that begins when `placed` of `count` are placed. */
function classSize(s: Strategy, placed: u32, count: u32): u32 {
  if (placed == 0 && s.headOneIn > 0) return (count + s.headOneIn - 1) / s.headOneIn;
  if (s.growth == REST) return count - placed;
  return max<u32>(1, <u32>((<u64>placed * s.growth + 9) / 10));
}
