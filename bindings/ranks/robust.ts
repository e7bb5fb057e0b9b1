/** What is usual among many values, and which are far from it. All in whole numbers, so that every host agrees. */

/** The middle value; the lower one of two. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[(sorted.length - 1) >> 1]!;
}

/** With fewer values nobody can say which of them is the unusual one. */
const FEWEST = 3;
/**
 * Median deviations from the median. For values of a normal distribution, six of them are 4 σ: of 1,000 ranks that differ
 * by chance, one is named in about one run of sixteen.
 */
const MOST_DEVIATIONS = 6;
/** Of the median: less is no matter, however equal the others are. One fiftieth is 2 %. */
const LEAST_SHARE = 50;

/**
 * The positions of values further from the median than 2 % of it and than six median deviations; of null, none. Where more
 * than a quarter of the values are so far, they are a second kind and no exceptions: none is named.
 * @param isUnusual of a value and the median, what counts beside the distance, e.g. only values above it.
 */
export function unusual(
  values: readonly (number | null)[],
  isUnusual: (value: number, middle: number) => boolean = () => true,
): number[] {
  const known = values.filter(value => value !== null);
  if (known.length < FEWEST) return [];
  const middle = median(known);
  const deviation = median(known.map(value => Math.abs(value - middle)));
  const most = Math.max(Math.ceil(middle / LEAST_SHARE), MOST_DEVIATIONS * deviation);
  const far = values.flatMap((value, i) =>
    value !== null && Math.abs(value - middle) > most && isUnusual(value, middle) ? [i] : [],
  );
  return areFew(far.length, known.length) ? far : [];
}

/** At most a quarter of all; one of a few is few. */
export function areFew(count: number, all: number): boolean {
  return count <= Math.max(1, Math.floor(all / 4));
}
