/**
 * Orders in which the exact search ranks a partition's buffers. Letters as in MiniMalloc: W lifetime, A area, T the
 * heaviest section the buffer is live in, counting what is unplaced. T is looked up anew wherever the search falls
 * apart, the others are a static order.
 */
import {alloc, mark, release} from '../memory/arena';
import {setU32, setU64, u32At, u64At} from '../memory/column';
import {sortByKey, sortByKeyFalling} from '../problem/sort';
import {below, Random} from '../search/random';
import {Partition} from './partition';
import {Recipe} from './recipes';

@unmanaged
export class Ranking {
  /** Whether T comes before the static order. */
  heaviestFirst: bool;
  /** u32 ×count. */
  order: usize;
}

/** WA, TAW, TWA: the rankings of the proof. */
export const NUM_RANKINGS: u32 = 3;

export function newRanking(part: Partition): Ranking {
  const ranking = changetype<Ranking>(alloc(offsetof<Ranking>()));
  ranking.heaviestFirst = false;
  ranking.order = alloc((<u64>part.count) << 2);
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

/** As a recipe says; `offsets` are the best plan's. */
export function rankBy(
  recipe: Recipe,
  ranking: Ranking,
  part: Partition,
  random: Random,
  offsets: usize,
): void {
  if (recipe.isLikeBest) {
    rankLike(ranking, part, random, offsets);
    return;
  }
  const scratch = mark();
  const keys = alloc((<u64>part.count) << 3);
  restart(ranking, part);
  ranking.heaviestFirst = recipe.heaviestFirst;
  for (let k: u32 = 0; k < part.count; k++) {
    const lifetime = (<i64>logOf(u32At(part.lifetime, k))) << 4;
    const size = <i64>logOf(u64At(part.size, k)) * recipe.exponent;
    // a size to the power of −1 at the least, of 54 bits: never below 0
    setU64(keys, k, <u64>(lifetime + size + (1 << 30)) + below(random, recipe.noise));
  }
  sortByKeyFalling(ranking.order, part.count, keys);
  release(scratch);
}

/** log2 in 1024ths, straight between powers of two. */
function logOf(value: u64): u64 {
  const octave = 63 - clz(value);
  const rest = octave < 10 ? value << (10 - octave) : value >> (octave - 10);
  return (octave << 10) + (rest & 0x3ff);
}

/** The order of a plan's offsets, every place shifted a little, or a few buffers moved anywhere. */
function rankLike(ranking: Ranking, part: Partition, random: Random, offsets: usize): void {
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

/** Back to the order of birth. */
function restart(ranking: Ranking, part: Partition): void {
  for (let k: u32 = 0; k < part.count; k++) {
    setU32(ranking.order, k, k);
  }
}

function sortBy(ranking: Ranking, part: Partition, keys: usize, key: u32): void {
  for (let k: u32 = 0; k < part.count; k++) setU64(keys, k, keyOf(part, key, k));
  sortByKeyFalling(ranking.order, part.count, keys);
}

function keyOf(part: Partition, key: u32, k: u32): u64 {
  if (key == BY_LIFETIME) return u32At(part.lifetime, k);
  // sizes are cut to 31 bits so that the area fits 63; what is lost is below a billionth of the largest
  const shift = 64 - min<u64>(clz(part.largest), 33) - 31;
  return (u64At(part.size, k) >> shift) * u32At(part.lifetime, k);
}
