/** Changes of sizes: a factor, another width of elements, another memory. */
import type {BufferFacts, PersistentSum} from '../../model/buffer-facts.ts';
import {alignmentOf, idOf, type ProblemColumns} from '../../model/problem.ts';
import type {Made} from './checkpoint.ts';
import type {Selection} from './contract.ts';
import {type Fraction, scaled} from './factor.ts';
import {categoriesOf, selected} from './select.ts';

/** @throws UsageError for a size beyond 2^53 − 1 bytes. */
export function scaledSizes(
  columns: ProblemColumns,
  facts: BufferFacts,
  of: Selection,
  factor: Fraction,
): Made {
  const buffers = selected(columns, facts, of);
  const refused = whyRigid(columns, buffers);
  if (refused !== undefined) return {columns, buffers: [], refused, assumptions: []};
  const size = columns.size.slice();
  for (const i of buffers) size[i] = scaled(size[i]!, factor, alignmentOf(columns, i), idOf(columns, i));
  return {columns: {...columns, size}, buffers, assumptions: []};
}

/** Without the bytes of the selected buffers. */
export function withoutSizes(columns: ProblemColumns, facts: BufferFacts, of: Selection): Made {
  const buffers = selected(columns, facts, of);
  const refused = whyRigid(columns, buffers);
  if (refused !== undefined) return {columns, buffers: [], refused, assumptions: []};
  const size = columns.size.slice();
  for (const i of buffers) size[i] = 0;
  return {columns: {...columns, size}, buffers, assumptions: []};
}

/** A size within another, or one that changes with time, says nothing of how it would change. */
function whyRigid({constraints}: ProblemColumns, buffers: readonly number[]): string | undefined {
  const {sizes, views} = constraints ?? {};
  const chosen = new Set(buffers);
  if (sizes && buffers.some(i => sizes.index[i + 1]! > sizes.index[i]!))
    return 'a selected buffer has sizes that change with time: a factor of them is not defined';
  if (views?.some(({buffer, of}) => chosen.has(buffer) || chosen.has(of)))
    return 'a selected buffer is part of another one, or has parts: their places in it would change, too';
  return undefined;
}

/** The persistent blocks that a selection of whole categories is of, times a factor; each sum rounded up to whole bytes. */
export function scaledPersistent(
  persistent: readonly PersistentSum[],
  of: Selection,
  factor: Fraction,
): PersistentSum[] {
  const categories = categoriesOf(of);
  return persistent.map(sum =>
    categories.includes(sum.category) ? {...sum, bytes: scaled(sum.bytes, factor, 1, sum.category)} : sum,
  );
}
