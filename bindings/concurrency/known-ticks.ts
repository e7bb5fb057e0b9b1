/** Lifetimes in ticks that keep to clocks: longer than what the host sees, up to when all who come later know of the end. */
import type {SurrogateTicks} from './interval-order.ts';
import type {Pieces} from './pieces.ts';

export interface KnownTicks extends SurrogateTicks {
  /** Whether no lifetime grew: then the ticks of the host say the same as the clocks. */
  readonly areOwn: boolean;
}

/**
 * Ends each piece at the first tick from which on everything that begins may follow it. So pieces apart in these ticks are before
 * or after each other; the reverse need not hold. In O(pieces × (streams + log pieces)).
 */
export function knownTicks(pieces: Pieces): KnownTicks {
  const {count, streams, start, end, birth, death, next} = pieces;
  const order = Uint32Array.from({length: count}, (_, p) => p).sort((a, b) => start[a]! - start[b]! || a - b);
  const starts = Uint32Array.from(order, p => start[p]!);
  // of all pieces from a place on
  const leastBirth = new Float64Array((count + 1) * streams).fill(Number.POSITIVE_INFINITY);
  const lastDeath = new Float64Array(next ? (count + 1) * streams : 0);
  for (let k = count - 1; k >= 0; k--) {
    for (let s = 0; s < streams; s++) {
      const own = order[k]! * streams + s;
      const at = k * streams + s;
      leastBirth[at] = Math.min(leastBirth[at + streams]!, birth[own]!);
      if (next) lastDeath[at] = Math.max(lastDeath[at + streams]!, death[own]!);
    }
  }
  const mayFollow = (p: number, k: number): boolean => {
    for (let s = 0; s < streams; s++) {
      if (death[p * streams + s]! > leastBirth[k * streams + s]!) return false;
      if (next && lastDeath[k * streams + s]! > next[p * streams + s]!) return false;
    }
    return true;
  };
  const last = end.reduce((most, tick) => Math.max(most, tick), 0);
  let areOwn = true;
  const ends = Uint32Array.from(end, (tick, p) => {
    const from = firstAt(starts, tick);
    let [low, high] = [from, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (mayFollow(p, middle)) high = middle;
      else low = middle + 1;
    }
    if (low === from) return tick;
    areOwn = false;
    if (low === count) return last;
    // whoever begins at the same tick as the piece before does not know of the end
    const after = starts[low] === starts[low - 1] ? firstAt(starts, starts[low]! + 1) : low;
    return after === count ? last : starts[after]!;
  });
  return {start, end: ends, areOwn};
}

/** The first place whose tick is `tick` or later. */
function firstAt(ticks: Uint32Array, tick: number): number {
  let [low, high] = [0, ticks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ticks[middle]! >= tick) high = middle;
    else low = middle + 1;
  }
  return low;
}
