/** A diff as tables for people, and as one object of the `stowage.diff/1` contract. */

import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {
  BLOCK_GROUPS,
  type BlockChange,
  type BlockTableDiff,
  type GroupChange,
  type GroupSum,
  type TotalChange,
} from '../../trace.ts';
import type {ComparedFile} from '../planning/compared-file.ts';
import {describeSource} from './source.ts';
import type {Cell, Table} from './table.ts';

export interface ComparedFiles {
  readonly before: ComparedFile;
  readonly after: ComparedFile;
}

/** The first entries of a list, and the others. */
interface Limited<T> {
  readonly shown: readonly T[];
  readonly rest: readonly T[];
}

export function limited<T>(list: readonly T[], top: number): Limited<T> {
  // a rest of one takes the same line as its sum would
  const count = list.length === top + 1 ? list.length : top;
  return {shown: list.slice(0, count), rest: list.slice(count)};
}

function sumOf<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((sum, one) => sum + of(one), 0);
}

const TOTAL_NAMES: Readonly<Record<TotalChange['name'], string>> = {
  live: 'live at the peak',
  persistent: 'of these persistent',
  load: 'live bytes of the problem',
  lowerBound: 'lower bound',
  peak: 'planned peak',
  recording: 'live at most, whole recording',
  reserved: 'reserved, whole recording',
};

/** The two files, then a note. */
export function headLines({before, after}: ComparedFiles, {blocks}: BlockTableDiff): string[] {
  const sides = [`A  ${describeSource(before)}`, `B  ${describeSource(after)}`];
  if (!blocks) return [...sides, 'blocks are not compared: a plan in JSON has no sizes'];
  const {same, moved, grown, shrunk, new: added, gone} = blocks;
  const counts = [
    `${formatCount(same)} the same`,
    ...(moved > 0 ? [`${formatCount(moved)} moved`] : []),
    `${formatCount(grown)} grown`,
    `${formatCount(shrunk)} shrunk`,
    `${formatCount(added)} new`,
    `${formatCount(gone)} gone`,
  ];
  return [
    ...sides,
    `${plural(blocks.before, 'block')} in A, ${formatCount(blocks.after)} in B: ${counts.join(', ')}`,
  ];
}

export function diffTables({before, after}: ComparedFiles, diff: BlockTableDiff, top: number): Table[] {
  const unseen = after.blockTable.unseen.bytes - before.blockTable.unseen.bytes;
  return [
    totalsTable(diff),
    ...BLOCK_GROUPS.flatMap(by => (diff.groups[by]?.length ? [groupTable(by, diff.groups[by], top)] : [])),
    ...(diff.changes.length > 0 || unseen !== 0 ? [changesTable(diff, top, unseen)] : []),
  ];
}

/** With its sign: `+4,096 B (4.0 KiB)`, `−1 B`, `0 B`. */
export function formatChange(bytes: number): string {
  const sign = bytes < 0 ? '−' : bytes > 0 ? '+' : '';
  return `${sign}${formatBytes(Math.abs(bytes))}`;
}

function totalsTable({totals}: BlockTableDiff): Table {
  const known = totals.filter(({before, after}) => before !== null || after !== null);
  const show = (bytes: number | null): string => (bytes === null ? 'unknown' : formatBytes(bytes));
  return {
    title: 'totals',
    head: ['', 'A', 'B', 'change', ''],
    right: [1, 2, 3, 4],
    rows: known.map(({name, before, after}) => {
      const change = before === null || after === null ? null : after - before;
      const share =
        before && change
          ? `${change > 0 ? '+' : '−'}${((100 * Math.abs(change)) / before).toFixed(2)} %`
          : '';
      return [
        TOTAL_NAMES[name],
        show(before),
        show(after),
        change === null ? '' : formatChange(change),
        share,
      ];
    }),
  };
}

function groupTable(by: string, changes: readonly GroupChange[], top: number): Table {
  const {shown, rest} = limited(changes, top);
  const row = (a: GroupSum, b: GroupSum, name: Cell): Cell[] => [
    formatChange(b.liveBytes - a.liveBytes),
    `${formatBytes(a.liveBytes)} in ${formatCount(a.liveBlocks)}`,
    `${formatBytes(b.liveBytes)} in ${formatCount(b.liveBlocks)}`,
    `${formatCount(a.blocks)} → ${formatCount(b.blocks)}`,
    name,
  ];
  return {
    title: `by ${by === 'frame' ? 'source frame' : by}: change at the peak, live in A and in B, blocks of the step`,
    head: ['at the peak', 'A', 'B', 'blocks', by],
    right: [0, 1, 2, 3],
    rows: [
      ...shown.map(({name, before, after}) => row(before, after, {name})),
      ...(rest.length > 0
        ? [row(sumSide(rest, 'before'), sumSide(rest, 'after'), `rest: ${formatCount(rest.length)} more`)]
        : []),
    ],
  };
}

/** @param unseen change of the persistent blocks from before the recordings, bytes. */
function changesTable({changes}: BlockTableDiff, top: number, unseen: number): Table {
  const {shown, rest} = limited(changes, top);
  const row = (live: number, all: number, blocks: number, what: string, name: Cell): Cell[] => [
    formatChange(live),
    formatChange(all),
    formatCount(blocks),
    what,
    name,
  ];
  return {
    title: 'blocks: change at the peak and in the whole step',
    head: ['at the peak', 'in all', 'blocks', 'change', 'source'],
    right: [0, 1, 2],
    rows: [
      ...shown.map(one =>
        row(one.liveChange, one.change, one.blocks, describeChange(one), {name: placeOf(one)}),
      ),
      ...(rest.length > 0
        ? [
            row(
              sumOf(rest, one => one.liveChange),
              sumOf(rest, one => one.change),
              sumOf(rest, one => one.blocks),
              `rest: ${formatCount(rest.length)} more`,
              '',
            ),
          ]
        : []),
      ...(unseen === 0 ? [] : [row(unseen, unseen, 0, 'persistent, from before the recording', '')]),
    ],
  };
}

function describeChange({kind, before, after}: BlockChange): string {
  const sizes = before === null || after === null ? [before ?? after!] : [...new Set([before, after])];
  const label = {joins: 'now at the peak', leaves: 'no longer at the peak'}[kind as string] ?? kind;
  return `${label}, ${sizes.map(size => `${formatCount(size)} B`).join(' → ')}`;
}

function placeOf({source, frame, firstBefore, firstAfter, blocks}: BlockChange): string {
  const ids = [...new Set([firstBefore, firstAfter])].filter(id => id !== null && id !== source);
  const first = ids.length > 0 ? `${blocks > 1 ? 'first ' : ''}${ids.join(' → ')}` : '';
  return [source, frame, first].filter(part => part !== '').join(', ');
}

export function diffJson({before, after}: ComparedFiles, diff: BlockTableDiff, top: number): object {
  const side = ({file, format, iteration, device, blockTable, warnings}: ComparedFile) => ({
    file,
    format,
    iteration,
    device,
    blocks: blockTable.count,
    unseen: blockTable.unseen,
    warnings,
  });
  const groups = BLOCK_GROUPS.flatMap(by => {
    const list = diff.groups[by];
    if (!list) return [];
    const {shown, rest} = limited(list, top);
    return [
      [by, {top: shown.map(one => ({...one, name: one.name || null})), rest: groupRest(rest)}] as const,
    ];
  });
  const {shown, rest} = limited(diff.changes, top);
  return {
    schema: 'stowage.diff/1',
    before: side(before),
    after: side(after),
    isDifferent: diff.isDifferent,
    totals: Object.fromEntries(diff.totals.map(one => [one.name, {before: one.before, after: one.after}])),
    blocks: diff.blocks,
    groups: Object.fromEntries(groups),
    changes: {
      top: shown.map(one => ({...one, source: one.source || null, frame: one.frame || null})),
      rest: {
        entries: rest.length,
        blocks: sumOf(rest, one => one.blocks),
        change: sumOf(rest, one => one.change),
        liveChange: sumOf(rest, one => one.liveChange),
      },
    },
  };
}

function groupRest(rest: readonly GroupChange[]): object {
  return {entries: rest.length, before: sumSide(rest, 'before'), after: sumSide(rest, 'after')};
}

function sumSide(list: readonly GroupChange[], side: 'before' | 'after'): GroupSum {
  return {
    blocks: sumOf(list, one => one[side].blocks),
    bytes: sumOf(list, one => one[side].bytes),
    liveBlocks: sumOf(list, one => one[side].liveBlocks),
    liveBytes: sumOf(list, one => one[side].liveBytes),
  };
}
