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
  return percentilesOfSorted(values.slice().sort(), percents);
}

/** As `percentiles`, of values that ascend. */
export function percentilesOfSorted(sorted: Float64Array, percents: readonly number[]): number[] {
  if (sorted.length === 0) return [];
  return percents.map(percent => sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)]!);
}

/**
 * The cumulative distribution function, one step per distinct value, ascending.
 * @param mostSteps where there are more, this many are kept, evenly spread over the ranks, the last one among them.
 */
export function cdf(values: Float64Array, mostSteps = Number.POSITIVE_INFINITY): CdfStep[] {
  return cdfOfSorted(values.slice().sort(), mostSteps);
}

/** As `cdf`, of values that ascend. */
export function cdfOfSorted(sorted: Float64Array, mostSteps = Number.POSITIVE_INFINITY): CdfStep[] {
  // the last index of each distinct value: of a million values there may be as many
  const last = new Uint32Array(sorted.length);
  let steps = 0;
  for (let i = 0; i < sorted.length; i++) if (sorted[i] !== sorted[i + 1]) last[steps++] = i;
  const kept = Math.min(steps, mostSteps);
  return Array.from({length: kept}, (_, i) => {
    const index = last[Math.ceil(((i + 1) * steps) / kept) - 1]!;
    return {value: sorted[index]!, share: (index + 1) / sorted.length};
  });
}
