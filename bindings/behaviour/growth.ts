/**
 * Whether the live bytes grow from iteration to iteration, and by how much.
 *
 * Of all pairs of iterations, an earlier and a later one, those in which the bytes rise, less those in which they fall, must
 * be three quarters (three quarters of Kendall's τ), so that neither noise nor a step up (the states of an optimizer, a
 * cache that fills) counts. In the last half, it must be half of the pairs: what has come to rest does not grow. The growth
 * is the median of the slopes of all pairs (Theil and Sen), which single iterations do not move.
 */
import {risesToTheEnd, trendOf} from './trend.ts';

/** With fewer iterations, every rise looks like growth. */
const FEWEST_ITERATIONS = 3;

/** @param liveAfter bytes live after each whole iteration. @returns bytes per iteration, 0 where it does not grow, null with fewer than three iterations. */
export function growthOf(liveAfter: readonly number[]): number | null {
  if (liveAfter.length < FEWEST_ITERATIONS) return null;
  const {rises, pairs, slope} = trendOf(liveAfter);
  if (4 * rises < 3 * pairs || !risesToTheEnd(liveAfter)) return 0;
  return Math.max(0, slope);
}
