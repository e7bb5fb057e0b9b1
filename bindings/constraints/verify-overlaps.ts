/** Finds buffers that need the same bytes at the same time, for the verifier: shares no code with the planner. */
import type {Bytes, Tick} from '../model/numbers.ts';

/** A piece of buffer `i`, in ticks and bytes. */
export interface Stretch {
  readonly i: number;
  readonly start: Tick;
  readonly end: Tick;
  readonly from: Bytes;
  readonly to: Bytes;
}

/** A stretch along the direction of a sweep. */
interface Swept extends Stretch {
  readonly low: number;
  readonly high: number;
}

/** Comparisons between two pauses. */
const MOST_COMPARED = 50_000;

/**
 * Calls for the pairs of one arena that share bytes and ticks, until it returns false. Sweeps over ticks, or over bytes where
 * fewer meet there. Pauses now and then.
 */
export function* eachOverlap(
  stretches: readonly Stretch[],
  call: (a: Stretch, b: Stretch) => boolean,
): Generator<void> {
  const inTime = stretches.map((one): Swept => ({...one, low: one.start, high: one.end}));
  const inBytes = stretches.map((one): Swept => ({...one, low: one.from, high: one.to}));
  const swept = meetings(inTime) <= meetings(inBytes) ? inTime : inBytes;
  let active: Swept[] = [];
  let compared = 0;
  for (const born of swept.sort((a, b) => a.low - b.low)) {
    active = active.filter(({high}) => high > born.low);
    for (const other of active) {
      if (born.from >= other.to || other.from >= born.to) continue;
      if (born.start >= other.end || other.start >= born.end) continue;
      if (!call(other, born)) return;
    }
    active.push(born);
    compared += active.length;
    if (compared > MOST_COMPARED) {
      compared = 0;
      yield;
    }
  }
}

/** How many pairs meet. */
function meetings(swept: readonly Swept[]): number {
  const lows = Float64Array.from(swept, ({low}) => low).sort();
  const highs = Float64Array.from(swept, ({high}) => high).sort();
  let over = 0;
  let pairs = 0;
  lows.forEach((low, begun) => {
    while (highs[over]! <= low) over++;
    pairs += begun - over;
  });
  return pairs;
}
