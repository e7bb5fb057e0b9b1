/**
 * Orderings: the parts of the dives' rankings, learned while they run. Those that led to a better plan are
 * tried again, a little changed, and displace older ones. A third of all are drawn anew, so that every ordering stays
 * within reach.
 */
import {alloc} from '../memory/arena';
import {newU32, setU32, u32At} from '../memory/column';
import {below, Random} from '../search/random';

@unmanaged
export class Ordering {
  /** By the offsets of the best plan, with noise; the other fields are not used then. */
  isLikeBest: bool;
  /** By T (`ranking.ts`) before all else. */
  heaviestFirst: bool;
  /** By lifetime × size^(exponent / 16), that of each buffer changed by up to noise / 2^14 octaves. */
  exponent: i32;
  noise: u32;
}

@unmanaged
export class Orderings {
  /** u32 ×NUM_ORDERINGS: addresses of orderings. */
  pool: usize;
  /** The one of the pool that is displaced next. */
  oldest: u32;
  /** The one drawn last. */
  drawn: Ordering;
}

const NUM_ORDERINGS: u32 = 8;
const LEAST_NOISE: u32 = 640;
const NUM_NOISES: u32 = 5;
const AREA: i32 = 16;

/** Begins with lifetime above all, as MiniMalloc's orders do, and with the order of the best plan. */
export function newOrderings(): Orderings {
  const orderings = changetype<Orderings>(alloc(offsetof<Orderings>()));
  orderings.pool = newU32(NUM_ORDERINGS);
  orderings.drawn = newOrdering();
  orderings.oldest = 0;
  for (let i: u32 = 0; i < NUM_ORDERINGS; i++) {
    const ordering = newOrdering();
    ordering.isLikeBest = i < 2;
    ordering.heaviestFirst = i == 2 || i == 3;
    ordering.exponent = i == 2 ? AREA : 0;
    ordering.noise = LEAST_NOISE << (i % NUM_NOISES);
    setU32(orderings.pool, i, <u32>changetype<usize>(ordering));
  }
  return orderings;
}

function newOrdering(): Ordering {
  return changetype<Ordering>(alloc(offsetof<Ordering>()));
}

/** The next ordering, valid until another is drawn. */
export function drawOrdering(orderings: Orderings, random: Random): Ordering {
  const ordering = orderings.drawn;
  if (below(random, 3) == 0) {
    ordering.isLikeBest = below(random, 3) == 0;
    ordering.heaviestFirst = below(random, 3) == 0;
    ordering.exponent = AREA - <i32>below(random, 25);
    ordering.noise = LEAST_NOISE << below(random, NUM_NOISES);
    return ordering;
  }
  copyOrdering(ordering, changetype<Ordering>(<usize>u32At(orderings.pool, below(random, NUM_ORDERINGS))));
  ordering.exponent += <i32>below(random, 3) - 1;
  const change = below(random, 4);
  if (change == 0) ordering.noise = min(ordering.noise * 2, LEAST_NOISE << (NUM_NOISES - 1));
  if (change == 1) ordering.noise = max(ordering.noise >> 1, LEAST_NOISE);
  return ordering;
}

/** The ordering drawn last has led to a better plan. */
export function rewardOrdering(orderings: Orderings): void {
  copyOrdering(changetype<Ordering>(<usize>u32At(orderings.pool, orderings.oldest)), orderings.drawn);
  orderings.oldest = (orderings.oldest + 1) % NUM_ORDERINGS;
}

function copyOrdering(to: Ordering, from: Ordering): void {
  memory.copy(changetype<usize>(to), changetype<usize>(from), offsetof<Ordering>());
}
