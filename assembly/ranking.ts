/**
 * Orders in which the exact search ranks a partition's buffers. Letters as in MiniMalloc: W lifetime, A area, T the
 * heaviest section the buffer is live in, counting what is unplaced. T is looked up anew wherever the search falls
 * apart, the others are a static order; `weight` (1024: as it is) lets a random ranking bend T.
 */
import {alloc, mark, release} from './arena';
import {setU32, setU64, u32At, u64At} from './column';
import {Partition} from './partition';
import {below, Random} from './random';
import {sortByKey, sortByKeyFalling} from './sort';

@unmanaged
export class Ranking {
  /** Whether T comes before the static order. */
  heaviestFirst: bool;
  /** u32 ×count. */
  order: usize;
  weight: usize;
}

/** WA, TAW, TWA: the rankings of the proof. */
export const NUM_RANKINGS: u32 = 3;

export function newRanking(part: Partition): Ranking {
  const ranking = changetype<Ranking>(alloc(offsetof<Ranking>()));
  ranking.heaviestFirst = false;
  ranking.order = alloc((<u64>part.count) << 2);
  ranking.weight = alloc((<u64>part.count) << 2);
  return ranking;
}

export function fixedRanking(part: Partition, number: u32): Ranking {
  const ranking = newRanking(part);
  ranking.heaviestFirst = number > 0;
  const scratch = mark();
  const keys = alloc((<u64>part.count) << 3);
  restart(ranking, part);
  sortBy(ranking, part, keys, number == 1 ? BY_LIFETIME : BY_AREA);
  sortBy(ranking, part, keys, number == 1 ? BY_AREA : BY_LIFETIME);
  release(scratch);
  return ranking;
}

const BY_LIFETIME: u32 = 0;
const BY_AREA: u32 = 1;
const BY_NEIGHBOURS: u32 = 2;
const NUM_KEYS: u32 = 3;

/** A key drawn at random, every buffer's bent by up to a fifth; T before it mostly, itself bent in a quarter of those. */
export function rankAtRandom(ranking: Ranking, part: Partition, random: Random): void {
  const scratch = mark();
  const keys = alloc((<u64>part.count) << 3);
  const noise = 10 + below(random, 195); // of 1024: 1 to 20 %
  restart(ranking, part);
  ranking.heaviestFirst = below(random, 4) != 0;
  const bendsT = below(random, 4) == 0;
  for (let k: u32 = 0; k < part.count; k++) setU32(ranking.weight, k, bendsT ? bent(random, noise) : 1024);
  const key = below(random, NUM_KEYS);
  for (let k: u32 = 0; k < part.count; k++) {
    const value = keyOf(part, key, k);
    setU64(keys, k, (value >> 12) * bent(random, noise) + (((value & 0xfff) * bent(random, noise)) >> 12));
  }
  sortByKeyFalling(ranking.order, part.count, keys);
  release(scratch);
}

/** The order of a plan's offsets, every place shifted a little, or a few buffers moved anywhere. */
export function rankLike(ranking: Ranking, part: Partition, random: Random, offsets: usize): void {
  const scratch = mark();
  const keys = alloc((<u64>part.count) << 3);
  restart(ranking, part);
  ranking.heaviestFirst = false;
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
  release(scratch);
}

/** Back to the order of birth, T as it is. */
function restart(ranking: Ranking, part: Partition): void {
  for (let k: u32 = 0; k < part.count; k++) {
    setU32(ranking.order, k, k);
    setU32(ranking.weight, k, 1024);
  }
}

function sortBy(ranking: Ranking, part: Partition, keys: usize, key: u32): void {
  for (let k: u32 = 0; k < part.count; k++) setU64(keys, k, keyOf(part, key, k));
  sortByKeyFalling(ranking.order, part.count, keys);
}

function keyOf(part: Partition, key: u32, k: u32): u64 {
  if (key == BY_LIFETIME) return (<u64>u32At(part.lifetime, k)) << 12;
  if (key == BY_NEIGHBOURS)
    return (<u64>(u32At(part.neighbourIndex, k + 1) - u32At(part.neighbourIndex, k))) << 12;
  // sizes are cut to 31 bits so that the area fits 63; what is lost is below a billionth of the largest
  const shift = 64 - min<u64>(clz(part.largest), 33) - 31;
  return (u64At(part.size, k) >> shift) * u32At(part.lifetime, k);
}

/** 1024 and up to `noise` more or less. */
function bent(random: Random, noise: u32): u32 {
  return 1024 - noise + below(random, 2 * noise + 1);
}
