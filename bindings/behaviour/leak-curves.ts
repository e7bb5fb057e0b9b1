/** The blocks of each site that are live when iterations end: in one pass over the blocks. */
import type {DeviceTimeline} from '../trace/timeline/device-timeline.ts';
import type {Iteration} from '../trace/timeline/iterations.ts';
import {countAtMost} from './ascending.ts';
import type {Site, Sites} from './sites.ts';

export interface Curve {
  readonly site: Site;
  /** Bytes live after each iteration. */
  readonly live: readonly number[];
  /** Of each iteration: the blocks that it allocated and that are live after it, and their bytes. */
  readonly leftBlocks: Float64Array;
  readonly leftBytes: Float64Array;
  /** Per iteration: within how many further iterations the last of these was freed; 0 without any, ∞ where one is never. */
  readonly lags: Float64Array;
  /** The largest block live after the last iteration, the first of equals; null where none is. */
  readonly largest: number | null;
  /** Blocks live after the last iteration. */
  readonly blocks: number;
}

interface Row {
  readonly site: Site;
  /** Differences from iteration to iteration. */
  readonly changes: Float64Array;
  readonly leftBlocks: Float64Array;
  readonly leftBytes: Float64Array;
  readonly lags: Float64Array;
  largest: number | null;
  blocks: number;
}

/** Sites without a block live after any of the iterations are left out. */
export function curvesOf(
  {trace, blocks, malloc, free}: DeviceTimeline,
  sites: Sites,
  iterations: readonly Iteration[],
): Curve[] {
  const starts = iterations.map(({firstEvent}) => firstEvent);
  const ends = iterations.map(({endEvent}) => endEvent);
  const count = iterations.length;
  const rows = new Map<number, Row>();
  for (const block of blocks) {
    const [from, to] = [malloc[block]!, free[block]!];
    // live after the iterations [first, end)
    const first = countAtMost(ends, from);
    const end = countAtMost(ends, to);
    if (first >= end) continue;
    const row = rowOf(rows, sites, block, count);
    const bytes = trace.blocks.bytes[block]!;
    row.changes[first]! += bytes;
    if (end < count) row.changes[end]! -= bytes;
    else addLast(row, block, trace.blocks.bytes);
    if (from < starts[first]!) continue;
    row.leftBlocks[first]!++;
    row.leftBytes[first]! += bytes;
    row.lags[first] = Math.max(row.lags[first]!, end < count ? end - first : Number.POSITIVE_INFINITY);
  }
  return [...rows.values()].map(({changes, ...row}) => ({...row, live: sumsOf(changes)}));
}

function rowOf(rows: Map<number, Row>, sites: Sites, block: number, count: number): Row {
  const number = sites.numberOf(block);
  const known = rows.get(number);
  if (known) return known;
  const row: Row = {
    site: sites.siteOf(block),
    changes: new Float64Array(count),
    leftBlocks: new Float64Array(count),
    leftBytes: new Float64Array(count),
    lags: new Float64Array(count),
    largest: null,
    blocks: 0,
  };
  rows.set(number, row);
  return row;
}

function addLast(row: Row, block: number, bytes: Float64Array): void {
  row.blocks++;
  if (row.largest === null || bytes[block]! > bytes[row.largest]!) row.largest = block;
}

function sumsOf(changes: Float64Array): number[] {
  let sum = 0;
  return Array.from(changes, change => {
    sum += change;
    return sum;
  });
}
