/**
 * Whether the live bytes grow from iteration to iteration, and by how much.
 *
 * Of all pairs of iterations, an earlier and a later one, those in which the bytes rise, less those in which they fall, must
 * be three quarters (three quarters of Kendall's τ), so that neither noise nor a step up (the states of an optimizer, a
 * cache that fills) counts. In the last half, it must be half of the pairs: what has come to rest does not grow. The growth
 * is the median of the slopes of all pairs (Theil and Sen), which single iterations do not move.
 */
import {median} from './robust.ts';

/** With fewer iterations, every rise looks like growth. */
const FEWEST_ITERATIONS = 3;

/** @param liveAfter bytes live after each whole iteration. @returns bytes per iteration, 0 where it does not grow, null with fewer than three iterations. */
export function growthOf(liveAfter: readonly number[]): number | null {
  const count = liveAfter.length;
  if (count < FEWEST_ITERATIONS) return null;
  const whole = trendOf(liveAfter);
  const last = trendOf(liveAfter.slice(Math.floor(count / 2)));
  if (4 * whole.rises < 3 * whole.slopes.length || 2 * last.rises < last.slopes.length) return 0;
  return Math.max(0, median(whole.slopes));
}

interface Trend {
  /** Pairs that rise less pairs that fall. */
  readonly rises: number;
  /** Of each pair, whole bytes per iteration. */
  readonly slopes: readonly number[];
}

function trendOf(values: readonly number[]): Trend {
  const slopes: number[] = [];
  let rises = 0;
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      const change = values[j]! - values[i]!;
      rises += Math.sign(change);
      slopes.push(Math.floor(change / (j - i)));
    }
  }
  return {rises, slopes};
}
