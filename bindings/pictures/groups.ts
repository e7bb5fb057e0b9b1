/** Many names as few series: the heaviest by name, all others as one. */
import {REST} from './palette.ts';
import type {Series} from './picture.ts';

export interface Groups {
  /** The heaviest first; the last one is what is left, where anything is. */
  readonly series: readonly Series[];
  /** Per item: index into `series`. */
  readonly seriesOf: Uint8Array;
}

/** As many as have a colour of their own. */
export const MOST_GROUPS = REST;

/**
 * @param nameOf of an item; `''` where unknown, which goes with what is left.
 * @param weightOf of an item; names of equal weight are in order of the alphabet.
 */
export function groupItems(
  count: number,
  nameOf: (item: number) => string,
  weightOf: (item: number) => number,
  rest = 'others',
): Groups {
  const weights = new Map<string, number>();
  let hasRest = false;
  for (let i = 0; i < count; i++) {
    const name = nameOf(i);
    if (name === '') hasRest = true;
    else weights.set(name, (weights.get(name) ?? 0) + weightOf(i));
  }
  const names = [...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([name]) => name);
  const kept = names.slice(0, MOST_GROUPS);
  const indexOf = new Map(kept.map((name, index) => [name, index]));
  const seriesOf = Uint8Array.from({length: count}, (_, i) => indexOf.get(nameOf(i)) ?? kept.length);
  const series = kept.map((name, colour) => ({name, colour}));
  if (hasRest || names.length > kept.length) {
    const others = names.length - kept.length;
    series.push({name: kept.length === 0 ? '' : others > 0 ? `${others} ${rest}` : rest, colour: REST});
  }
  return {series, seriesOf};
}
