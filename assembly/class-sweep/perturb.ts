/**
 * Ranks near those of a plan: the buffers at its top come earlier, and some others, drawn at random, earlier or later.
 * A rank is a place in line and moves by a part of itself, so that a buffer changes class by about as much, whichever
 * it is in; a buffer that comes earlier moves every class after it by one.
 */
import {setU32, u32At, u64At} from '../memory/column';
import {below, Random} from '../search/random';
import {Items} from './items';

/** How close to the top a buffer is moved: 2^−NEAR to 2^−(NEAR + 7) of what is above the lower bound. */
const NEAR: u64 = 8;
const NEARS: u32 = 8;
/** To how many 64ths of its rank it comes, at least. */
const EARLIEST: u32 = 32;
/** Others: one in 2^MANY to 2^(MANY + MANIES − 1), by up to half of their rank. */
const MANY: u32 = 1;
const MANIES: u32 = 8;
const FARTHEST: u32 = 32;
const JUMP_ONE_IN: u32 = 8;

/** Changes `ranks` of a plan with those `offsets` (u64 per item) and that peak. */
export function shake(
  items: Items,
  ranks: usize,
  offsets: usize,
  peak: u64,
  lowerBound: u64,
  random: Random,
): void {
  const count = items.numFree;
  const near = peak - ((peak - lowerBound) >> (NEAR + below(random, NEARS)));
  for (let k: u32 = 0; k < count; k++) {
    if (u64At(offsets, k) + u64At(items.size, k) < near) continue;
    scale(ranks, k, EARLIEST + below(random, 64 - EARLIEST), count);
  }
  const some = count >> (MANY + below(random, MANIES));
  const jumps = below(random, JUMP_ONE_IN) == 0;
  for (let r: u32 = 0; r <= some && count > 0; r++) {
    const k = below(random, count);
    if (jumps) setU32(ranks, k, below(random, count));
    else scale(ranks, k, 64 - FARTHEST + below(random, 2 * FARTHEST + 1), count);
  }
}

/** Moves an item to so many 64ths of its rank. */
function scale(ranks: usize, k: u32, parts: u32, count: u32): void {
  const rank = (<u64>u32At(ranks, k) * parts) >> 6;
  setU32(ranks, k, min<u32>(<u32>rank, count - 1));
}
