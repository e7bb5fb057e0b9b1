/** Reduces many names to few series: the heaviest each its own, all others one. */
import {plural} from '../model/quantities.ts';
import {REST} from './palette.ts';
import type {Series} from './picture.ts';

export interface Groups {
  /** The heaviest first; the last one is the rest, if there is any. */
  readonly series: readonly Series[];
  /** Per item: index into `series`. */
  readonly seriesOf: Uint8Array;
}

/** Series that appear in several pictures have the same colour in all of them: `Series.colour`, by name. */
export const KNOWN_COLOURS: Readonly<Record<string, number>> = {
  persistent: 2,
  within: 0,
  across: 1,
  apart: 3,
  parameter: 2,
  intermediate: 0,
  output: 1,
  input: 3,
  untouched: REST,
};

/** The number of series with a colour of their own. */
export const MOST_GROUPS = REST;

/**
 * @param nameOf name of an item; `''` where unknown: such items are in the rest; undefined excludes the item.
 * @param weightOf weight of an item; names without weight are in the rest, names of equal weight in alphabetical order.
 * @param noun the kind of the names, e.g. `operation`.
 */
export function groupItems(
  count: number,
  nameOf: (item: number) => string | undefined,
  weightOf: (item: number) => number,
  noun: string,
): Groups {
  const weights = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const name = nameOf(i);
    if (name !== undefined) weights.set(name, (weights.get(name) ?? 0) + weightOf(i));
  }
  const named = [...weights].filter(([name, weight]) => name !== '' && weight > 0);
  const kept = named
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MOST_GROUPS)
    .map(([name]) => name);
  const indexOf = new Map(kept.map((name, index) => [name, index]));
  const seriesOf = Uint8Array.from({length: count}, (_, i) => indexOf.get(nameOf(i) ?? '') ?? kept.length);
  const series: Series[] = kept.map((name, colour) => ({name, colour}));
  const left = weights.size - kept.length - (weights.has('') ? 1 : 0);
  if (weights.size > kept.length)
    series.push({name: left > 0 ? plural(left, `other ${noun}`) : `unknown ${noun}`, colour: REST});
  return {series, seriesOf};
}
