/** Colours of items: each of the heaviest names has a colour, the same in every view of the page. */

import {formatShortBytes} from '../../bindings/model/quantities.ts';
import {groupItems} from '../../bindings/pictures/groups.ts';
import {REST} from '../../bindings/pictures/palette.ts';
import type {Series} from '../../bindings/pictures/picture.ts';
import type {Subject} from '../document/subject.ts';

export type Colouring = 'operation' | 'source' | 'size';

/** Colours of groups; blocks from before, reserved memory and the rest have one each. */
const COLOURS = [0, 1, 3, 4, 5];
export const BEFORE = 2;
export const RESERVED = 6;

export interface Colours {
  readonly series: readonly Series[];
  /** Per item of the list: index into `series`. */
  readonly seriesOf: Uint8Array;
  /** Index into `series` of all others. */
  readonly rest: number;
}

/** @param weightOf by which the heaviest are chosen, of the k-th item of the list. */
export function colourItems(
  subject: Subject,
  items: ArrayLike<number>,
  weightOf: (k: number) => number,
  colouring: Colouring,
  restName: string,
): Colours {
  const nameOf = {
    operation: (item: number) => subject.operationOf(item),
    source: (item: number) => subject.frameOf(item),
    size: (item: number) => formatShortBytes(subject.bytes[item]!),
  }[colouring];
  const groups = groupItems(items.length, k => nameOf(items[k]!), weightOf, 'others');
  const series: Series[] = groups.series
    .filter(({colour}, index) => colour !== REST && index < COLOURS.length)
    .map(({name}, index) => ({name, colour: COLOURS[index]!}));
  const rest = series.push({name: restName, colour: REST}) - 1;
  return {series, seriesOf: groups.seriesOf.map(group => Math.min(group, rest)), rest};
}

/** As short as it can be written on a box. */
export function labelOf(subject: Subject, item: number): string {
  return subject.operationOf(item).replace(/^aten::/, '') || subject.nameOf(item);
}
