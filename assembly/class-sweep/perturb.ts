/**
 * Perturbs the ranks of a plan: the buffers at its top move earlier, and some others, drawn at random, earlier or
 * later. A rank moves by a fraction of itself, so that a buffer crosses about as many classes wherever it is; a
 * buffer that moves earlier shifts every class after it by one.
 */
import {setU32, u32At, u64At} from '../memory/column';
import {below, Random} from '../search/random';
import {Items} from './items';

/** A buffer is at the top if its end is within (peak − lower bound) ÷ 2^NEAREST_SHIFT to ÷ 2^(NEAREST_SHIFT + 7) of the peak. */
const NEAREST_SHIFT: u64 = 8;
const NUM_NEAR_SHIFTS: u32 = 8;
/** A buffer at the top moves to at least so many 64ths of its rank. */
const LEAST_PARTS: u32 = 32;
/**
 * One in 2^LEAST_SHIFT to 2^(LEAST_SHIFT + NUM_SHIFTS − 1) of the others moves, by up to half of its rank or to any
 * rank.
 */
const LEAST_SHIFT: u32 = 1;
const NUM_SHIFTS: u32 = 8;
const MOST_PARTS: u32 = 32;
const JUMP_ONE_IN: u32 = 8;
const MOST_DRAWS: u32 = 1000;

/**
 * Changes `ranks` that led to a plan with those `offsets` (u64 per item) and that peak. The others are drawn of those that
 * have ranks below `numHeavy`, and keep to them.
 */
export function perturbRanks(
  items: Items,
  ranks: usize,
  numHeavy: u32,
  offsets: usize,
  peak: u64,
  lowerBound: u64,
  random: Random,
): void {
  const count = items.numFree;
  const near = peak - ((peak - lowerBound) >> (NEAREST_SHIFT + below(random, NUM_NEAR_SHIFTS)));
  for (let k: u32 = 0; k < count; k++) {
    if (u64At(offsets, k) + u64At(items.size, k) < near) continue;
    scaleRank(ranks, k, LEAST_PARTS + below(random, 64 - LEAST_PARTS), count);
  }
  const some = numHeavy >> (LEAST_SHIFT + below(random, NUM_SHIFTS));
  const jumps = below(random, JUMP_ONE_IN) == 0;
  for (let r: u32 = 0; r <= some && count > 0; r++) {
    const k = draw(ranks, count, numHeavy, random);
    if (jumps) setU32(ranks, k, below(random, numHeavy));
    else scaleRank(ranks, k, 64 - MOST_PARTS + below(random, 2 * MOST_PARTS + 1), numHeavy);
  }
}

/** An item with a rank below `numHeavy`; some item if there seems to be none. */
function draw(ranks: usize, count: u32, numHeavy: u32, random: Random): u32 {
  let k = below(random, count);
  for (let tries: u32 = 0; tries < MOST_DRAWS && u32At(ranks, k) >= numHeavy; tries++)
    k = below(random, count);
  return k;
}

/** Moves an item to `parts` 64ths of its rank, below `count`. */
function scaleRank(ranks: usize, k: u32, parts: u32, count: u32): void {
  const rank = (<u64>u32At(ranks, k) * parts) >> 6;
  setU32(ranks, k, min<u32>(<u32>rank, count - 1));
}
