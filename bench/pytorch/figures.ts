/** Figures of samples. */
import {median} from '../measure.ts';

/** A change relative to a base; the interval holds the true median with 95 % of certainty. */
export interface Change {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The median of the changes; its interval is between two of them, by the sign test, so that it needs no law of
 * distribution. Of fewer than six changes it is their range, which is less certain.
 */
export function changeOf(changes: readonly number[]): Change {
  const sorted = [...changes].sort((a, b) => a - b);
  const {length} = sorted;
  const outside = Math.max(0, Math.floor((length - 1 - 1.96 * Math.sqrt(length)) / 2));
  return {median: median(changes), low: sorted[outside]!, high: sorted[length - 1 - outside]!};
}

/** The value that a share of the samples does not exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export const percent = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
