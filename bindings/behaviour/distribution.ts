/** Distributions of numbers: percentiles and the cumulative distribution function. No interpolation. */

/** One step of a cumulative distribution function. */
export interface CdfStep {
  readonly value: number;
  /** The part of all values that is at most `value`, above 0, at most 1. */
  readonly share: number;
}

/**
 * Percentiles by nearest rank: the least value that at least that many per cent of the values do not exceed.
 * @param percents above 0, at most 100.
 * @returns one value each; none where there are no values.
 */
export function percentiles(values: Float64Array, percents: readonly number[]): number[] {
  if (values.length === 0) return [];
  const sorted = values.slice().sort();
  return percents.map(percent => sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)]!);
}

/**
 * The cumulative distribution function, one step per distinct value, ascending.
 * @param mostSteps where there are more, this many are kept, evenly spread over the ranks, the last one among them.
 */
export function cdf(values: Float64Array, mostSteps = Number.POSITIVE_INFINITY): CdfStep[] {
  const sorted = values.slice().sort();
  const steps: CdfStep[] = [];
  for (let i = 0; i < sorted.length; i++) {
    if (sorted[i] !== sorted[i + 1]) steps.push({value: sorted[i]!, share: (i + 1) / sorted.length});
  }
  if (steps.length <= mostSteps) return steps;
  return Array.from(
    {length: mostSteps},
    (_, i) => steps[Math.ceil(((i + 1) * steps.length) / mostSteps) - 1]!,
  );
}
