/** The blocks of a block table, added up by group. */
import type {GroupBy} from '../behaviour/breakdown.ts';
import type {BlockTable} from './block-table.ts';

/** A group's blocks in the window of one input, and those of them that are live at the instant. */
export interface GroupSum {
  readonly blocks: number;
  readonly bytes: number;
  readonly liveBlocks: number;
  readonly liveBytes: number;
}

export const NO_BLOCKS: GroupSum = {blocks: 0, bytes: 0, liveBlocks: 0, liveBytes: 0};

/** By name; unseen blocks are persistent, and nothing else is known of them. */
export function groupSums(table: BlockTable, by: GroupBy): Map<string, GroupSum> {
  const {count, bytes, isLive, unseen} = table;
  const column = table.groups[by]!;
  const sums = column.names.map(() => ({...NO_BLOCKS}));
  for (let row = 0; row < count; row++) {
    const sum = sums[column.of[row]!]!;
    sum.blocks++;
    sum.bytes += bytes[row]!;
    if (isLive[row] !== 1) continue;
    sum.liveBlocks++;
    sum.liveBytes += bytes[row]!;
  }
  const byName = new Map(column.names.map((name, index) => [name, sums[index]!]));
  if (unseen.blocks === 0) return byName;
  const name = by === 'lifetime' ? 'persistent' : '';
  const sum = byName.get(name) ?? {...NO_BLOCKS};
  byName.set(name, sum);
  sum.blocks += unseen.blocks;
  sum.bytes += unseen.bytes;
  sum.liveBlocks += unseen.blocks;
  sum.liveBytes += unseen.bytes;
  return byName;
}
