/**
 * Whether values rise from one to the next, by how much, and how often such a rise comes by chance.
 *
 * - Kendall: of all pairs, an earlier and a later value, those that rise less those that fall.
 * - Theil and Sen: the slope is the median of the slopes of all pairs, which single values do not move.
 * - Mann and Kendall, exact: without a trend each order of the values is as likely as any other. Of all distinct orders,
 *   `asStrong` have at least as many more rising than falling pairs. Falling pairs of an order are its inversions, and
 *   the orders of a multiset by inversions are counted by the Gaussian multinomial coefficient (MacMahon), so equal values
 *   are counted as what they are. All of it is in integers.
 */
import {percentilesOfSorted} from './distribution.ts';

export interface Trend {
  /** Pairs of an earlier and a later value, equal ones among them. */
  readonly pairs: number;
  /** Pairs that rise less pairs that fall. */
  readonly rises: number;
  /** The median of the slopes of all pairs, whole units per value; 0 where there is no pair. */
  readonly slope: number;
}

/** Of `orders` equally likely orders of the values, `asStrong` rise at least as much. */
export interface Chance {
  readonly asStrong: bigint;
  readonly orders: bigint;
}

export function trendOf(values: readonly number[]): Trend {
  const slopes = new Float64Array(pairsOf(values.length));
  let [rises, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      const change = values[j]! - values[i]!;
      rises += Math.sign(change);
      slopes[count++] = Math.floor(change / (j - i));
    }
  }
  return {pairs: count, rises, slope: percentilesOfSorted(slopes.sort(), [50])[0] ?? 0};
}

/** Whether at least half of the pairs of the last half rise: what has come to rest does not grow. */
export function risesToTheEnd(values: readonly number[]): boolean {
  const first = Math.floor(values.length / 2);
  let rises = 0;
  for (let i = first; i < values.length; i++)
    for (let j = i + 1; j < values.length; j++) rises += Math.sign(values[j]! - values[i]!);
  return 2 * rises >= pairsOf(values.length - first);
}

/** @param rises pairs that rise less pairs that fall, as `trendOf` counts them. */
export function chanceOf(values: readonly number[], rises: number): Chance {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ties = [...counts.values()];
  const equal = ties.reduce((sum, count) => sum + pairsOf(count), 0);
  // of the other pairs each rises or falls
  const mostFalling = Math.floor((pairsOf(values.length) - equal - rises) / 2);
  return {
    asStrong: ordersByInversions(values.length, ties, mostFalling).reduce((sum, count) => sum + count, 0n),
    orders: ties.reduce((orders, count) => orders / factorial(count), factorial(values.length)),
  };
}

/** Whether such a chance, in one of several places that were looked at, is at most 1 in `parts`. */
export function isBelow({asStrong, orders}: Chance, parts: number, places: number): boolean {
  return asStrong * BigInt(parts) * BigInt(places) <= orders;
}

/** The largest whole number so that the chance is at most 1 in it. */
export function oneIn({asStrong, orders}: Chance): bigint {
  return orders / asStrong;
}

const pairsOf = (count: number): number => (count * (count - 1)) / 2;

function factorial(count: number): bigint {
  let product = 1n;
  for (let i = 2; i <= count; i++) product *= BigInt(i);
  return product;
}

/**
 * How many distinct orders have 0, 1, … `most` inversions: the first coefficients of ∏ (1 − qⁱ), i from 1 to the number of
 * values, divided by the same product for each group of equal values.
 */
function ordersByInversions(count: number, ties: readonly number[], most: number): bigint[] {
  const series = Array.from({length: Math.max(0, most + 1)}, (_, power) => BigInt(power === 0));
  for (let i = 1; i <= Math.min(count, most); i++) {
    for (let power = most; power >= i; power--) series[power] = series[power]! - series[power - i]!;
    for (const tie of ties) {
      if (tie < i) continue;
      for (let power = i; power <= most; power++) series[power] = series[power]! + series[power - i]!;
    }
  }
  return series;
}
