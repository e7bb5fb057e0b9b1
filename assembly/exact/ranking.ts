/**
 * Rankings: orders in which a search prefers the buffers of a partition. Letters as in MiniMalloc: W is the lifetime, A
 * the area, T the heaviest section that the buffer is live in, by unplaced bytes. T changes with the state, so it is
 * looked up anew for every component; the others make a static order.
 */
import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {sortByKey, sortByKeyFalling} from '../problem/sort';
import {below, Random} from '../search/random';
import {Ordering} from './orderings';
import {Partition} from './partition';
import {State} from './state';

@unmanaged
export class Ranking {
  /** Whether T comes before the static order. */
  heaviestFirst: bool;
  /** u32 ×count: the static order, and the place of each buffer in it. */
  order: usize;
  place: usize;
}

/** WA, TAW, TWA: the rankings of the proof. */
export const NUM_RANKINGS: u32 = 3;

const BY_LIFETIME: u32 = 0;
const BY_AREA: u32 = 1;

export function newRanking(part: Partition): Ranking {
  const ranking = changetype<Ranking>(alloc(offsetof<Ranking>()));
  ranking.heaviestFirst = false;
  ranking.order = newU32(part.count);
  ranking.place = newU32(part.count);
  return ranking;
}

/** A ranking of the proof. */
export function proofRanking(part: Partition, number: u32): Ranking {
  const ranking = newRanking(part);
  const scratch = mark();
  const keys = newU64(part.count);
  beginOrder(ranking, part);
  sortBy(ranking, part, keys, number == 1 ? BY_LIFETIME : BY_AREA);
  sortBy(ranking, part, keys, number == 1 ? BY_AREA : BY_LIFETIME);
  finishOrder(ranking, part, number > 0);
  release(scratch);
  return ranking;
}

/** Ranks by an ordering; `offsets` are those of the best plan. */
export function rankBy(
  ordering: Ordering,
  ranking: Ranking,
  part: Partition,
  random: Random,
  offsets: usize,
): void {
  const scratch = mark();
  const keys = newU64(part.count);
  beginOrder(ranking, part);
  if (ordering.isLikeBest) sortLikePlan(ranking, part, random, offsets, keys);
  else sortByFormula(ranking, part, random, ordering, keys);
  finishOrder(ranking, part, !ordering.isLikeBest && ordering.heaviestFirst);
  release(scratch);
}

/** Lifetime × a power of the size, with noise. */
function sortByFormula(
  ranking: Ranking,
  part: Partition,
  random: Random,
  ordering: Ordering,
  keys: usize,
): void {
  for (let k: u32 = 0; k < part.count; k++) {
    const lifetime = (<i64>logOf(u32At(part.lifetime, k))) << 4;
    const size = <i64>logOf(u64At(part.size, k)) * ordering.exponent;
    // the exponent is −1 at the least, and a size has 54 bits: never below 0
    setU64(keys, k, <u64>(lifetime + size + (1 << 30)) + below(random, ordering.noise));
  }
  sortByKeyFalling(ranking.order, part.count, keys);
}

/** log2 in 1024ths, linear between powers of two. */
function logOf(value: u64): u64 {
  const octave = 63 - clz(value);
  const rest = octave < 10 ? value << (10 - octave) : value >> (octave - 10);
  return (octave << 10) + (rest & 0x3ff);
}

/** The order of a plan's offsets, with every place shifted a little, or a few buffers moved anywhere. */
function sortLikePlan(ranking: Ranking, part: Partition, random: Random, offsets: usize, keys: usize): void {
  memory.copy(keys, offsets, (<usize>part.count) << 3);
  sortByKey(ranking.order, part.count, keys);
  for (let place: u32 = 0; place < part.count; place++)
    setU64(keys, u32At(ranking.order, place), (<u64>place) << 8);
  if (below(random, 2) == 0) {
    const reach = (1 + below(random, 16)) << 8;
    for (let k: u32 = 0; k < part.count; k++) setU64(keys, k, u64At(keys, k) + below(random, reach));
  } else {
    for (let moves = 1 + below(random, 8); moves > 0; moves--) {
      setU64(keys, below(random, part.count), below(random, part.count << 8));
    }
  }
  sortByKey(ranking.order, part.count, keys);
}

/** The order of birth, which every sort begins with. */
function beginOrder(ranking: Ranking, part: Partition): void {
  for (let k: u32 = 0; k < part.count; k++) setU32(ranking.order, k, k);
}

function finishOrder(ranking: Ranking, part: Partition, heaviestFirst: bool): void {
  ranking.heaviestFirst = heaviestFirst;
  for (let place: u32 = 0; place < part.count; place++)
    setU32(ranking.place, u32At(ranking.order, place), place);
}

function sortBy(ranking: Ranking, part: Partition, keys: usize, key: u32): void {
  for (let k: u32 = 0; k < part.count; k++) setU64(keys, k, keyOf(part, key, k));
  sortByKeyFalling(ranking.order, part.count, keys);
}

function keyOf(part: Partition, key: u32, k: u32): u64 {
  if (key == BY_LIFETIME) return u32At(part.lifetime, k);
  // sizes are cut to 31 bits so that the area fits 63; the loss is below a billionth of the largest
  const shift = 64 - min<u64>(clz(part.largest), 33) - 31;
  return (u64At(part.size, k) >> shift) * u32At(part.lifetime, k);
}

/** Whether `a` is before `b` in the static order. */
export function isRankedBefore(ranking: Ranking, a: u32, b: u32): bool {
  return u32At(ranking.place, a) < u32At(ranking.place, b);
}

/** Ranks a list of unplaced buffers: by T where that comes first, then by the static order. */
export function rankUnplaced(ranking: Ranking, state: State, list: usize, count: u32): void {
  if (!ranking.heaviestFirst) return; // what is left of an ordered list is in order
  const scratch = mark();
  const heaviest = newU64(state.part.count);
  for (let at: u32 = 0; at < count; at++) {
    const k = u32At(list, at);
    setU64(heaviest, k, heaviestOf(state, k));
  }
  let source = list;
  let target = newU32(count);
  for (let width: u32 = 1; width < count; width <<= 1) {
    for (let start: u32 = 0; start < count; start += 2 * width)
      merge(ranking, heaviest, source, target, start, width, count);
    const sorted = target;
    target = source;
    source = sorted;
  }
  if (source != list) memory.copy(list, source, (<usize>count) << 2);
  release(scratch);
}

/** T: the most unplaced bytes of a section that the buffer is live in. */
function heaviestOf(state: State, k: u32): u64 {
  const part = state.part;
  let heaviest: u64 = 0;
  for (let piece = u32At(part.pieceIndex, k); piece < u32At(part.pieceIndex, k + 1); piece++) {
    for (let section = u32At(part.pieceFirst, piece); section < u32At(part.pieceLast, piece); section++) {
      heaviest = max(heaviest, u64At(state.unplacedBytes, section));
    }
  }
  return heaviest;
}

/** Merges two sorted runs of `width` from `start` on. */
function merge(
  ranking: Ranking,
  heaviest: usize,
  source: usize,
  target: usize,
  start: u32,
  width: u32,
  count: u32,
): void {
  const middle = min(start + width, count);
  const end = min(start + 2 * width, count);
  let a = start;
  let b = middle;
  for (let to = start; to < end; to++) {
    const takesA =
      b >= end || (a < middle && !isHeavier(ranking, heaviest, u32At(source, b), u32At(source, a)));
    setU32(target, to, takesA ? u32At(source, a++) : u32At(source, b++));
  }
}

function isHeavier(ranking: Ranking, heaviest: usize, a: u32, b: u32): bool {
  const bytesA = u64At(heaviest, a);
  const bytesB = u64At(heaviest, b);
  return bytesA > bytesB || (bytesA == bytesB && isRankedBefore(ranking, a, b));
}
