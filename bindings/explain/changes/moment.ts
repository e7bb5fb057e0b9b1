/** The moment of the largest load, and what is live there by category. */
import {type BufferFacts, CATEGORIES, type Category} from '../../model/buffer-facts.ts';
import {LoadOverTime, pieceAt} from '../../model/load.ts';
import type {Bytes, ProblemColumns, Tick} from '../../model/problem.ts';

/** The first tick at which most bytes are live; 0 where nothing ever is. */
export function peakMoment(columns: ProblemColumns): Tick {
  const {ticks, bytes} = new LoadOverTime(columns);
  let most = 0;
  for (let k = 1; k < bytes.length; k++) if (bytes[k]! > bytes[most]!) most = k;
  return ticks[most] ?? 0;
}

/** Those of the buffers that are live at a tick. */
export function sumAt(
  columns: ProblemColumns,
  buffers: Iterable<number>,
  tick: Tick,
): {readonly buffers: number; readonly bytes: Bytes} {
  let [count, bytes] = [0, 0];
  for (const i of buffers) {
    if (pieceAt(columns, i, tick) === undefined) continue;
    count++;
    bytes += columns.size[i]!;
  }
  return {buffers: count, bytes};
}

export interface CategorySum {
  readonly category: Category;
  /** All planned buffers, and those of them that are live at the largest load, with their bytes there. */
  readonly buffers: number;
  readonly atPeak: {readonly buffers: number; readonly bytes: Bytes};
  /** Blocks that live throughout and are not planned. */
  readonly persistent: {readonly count: number; readonly bytes: Bytes};
}

/** Of each category that there is, in the order of `CATEGORIES`. */
export function categorySums(columns: ProblemColumns, facts: BufferFacts): CategorySum[] {
  const tick = peakMoment(columns);
  const own = new Map<Category, number[]>();
  for (let i = 0; i < columns.count; i++) {
    const category = facts.category(i);
    const list = own.get(category);
    if (list) list.push(i);
    else own.set(category, [i]);
  }
  return CATEGORIES.flatMap(category => {
    const buffers = own.get(category) ?? [];
    const {count = 0, bytes = 0} = facts.persistent.find(sum => sum.category === category) ?? {};
    if (buffers.length === 0 && count === 0) return [];
    return [
      {category, buffers: buffers.length, atPeak: sumAt(columns, buffers, tick), persistent: {count, bytes}},
    ];
  });
}
