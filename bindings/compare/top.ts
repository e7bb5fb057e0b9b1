/** The live blocks at one instant, the largest first, as a short list whose parts add up. */
import type {GroupBy} from '../behaviour/breakdown.ts';
import {FAILED_REQUEST} from '../calls/call-items.ts';
import type {BlockTable} from './block-table.ts';
import {groupSums} from './groups.ts';

export interface TopEntry {
  /** Name of a group or a block; `''` where unknown. */
  readonly name: string;
  readonly blocks: number;
  /** Live at the moment. */
  readonly bytes: number;
  /** The source of a single block; `''` where unknown. */
  readonly source?: string;
  readonly frame?: string;
}

export interface Top {
  /** Σ of the entries, shown or not: the live bytes at the moment. */
  readonly blocks: number;
  readonly bytes: number;
  readonly entries: readonly TopEntry[];
}

/**
 * @param by a group that the block table has, or single blocks.
 * @param failedRequest bytes of a request that failed at the moment: it counts, though it never became a block.
 */
export function topOf(table: BlockTable, by: GroupBy | 'block', failedRequest = 0): Top {
  const entries = by === 'block' ? blocksOf(table) : groupsOf(table, by);
  if (failedRequest > 0) entries.push({name: FAILED_REQUEST, blocks: 1, bytes: failedRequest});
  // a stable sort: blocks of equal size stay in order of allocation
  entries.sort((a, b) => b.bytes - a.bytes || (by === 'block' ? 0 : a.name < b.name ? -1 : 1));
  const sum = (of: 'blocks' | 'bytes'): number => entries.reduce((all, entry) => all + entry[of], 0);
  return {blocks: sum('blocks'), bytes: sum('bytes'), entries};
}

function groupsOf(table: BlockTable, by: GroupBy): TopEntry[] {
  const sums = [...groupSums(table, by)].map(([name, {liveBlocks, liveBytes}]) => ({
    name,
    blocks: liveBlocks,
    bytes: liveBytes,
  }));
  return sums.filter(({blocks}) => blocks > 0);
}

function blocksOf(table: BlockTable): TopEntry[] {
  const {count, bytes, isLive, source, groups, unseen} = table;
  const entries: TopEntry[] = [];
  for (let row = 0; row < count; row++) {
    if (isLive[row] !== 1) continue;
    entries.push({
      name: table.idOf(row),
      blocks: 1,
      bytes: bytes[row]!,
      source: source.names[source.of[row]!]!,
      frame: groups.frame?.names[groups.frame.of[row]!] ?? '',
    });
  }
  if (unseen.blocks > 0) entries.push({name: '', blocks: unseen.blocks, bytes: unseen.bytes});
  return entries;
}
