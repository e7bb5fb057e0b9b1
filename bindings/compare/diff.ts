/**
 * The differences between two block tables. Rows of one operation are paired, in order, as many as possible, preferably
 * those of equal bytes (`weighted-match.ts`): they are the same, or have grown or shrunk. Of the other rows, equal ones
 * have moved, and the rest is new or gone.
 */
import type {GroupBy} from '../behaviour/breakdown.ts';
import {align, newBudget, stretchesBetween} from './align.ts';
import {BLOCK_GROUPS, type BlockTable, type NameColumn, TOTALS, type Totals} from './block-table.ts';
import {type GroupSum, groupSums, NO_BLOCKS} from './groups.ts';
import {type Kinds, matchHeaviest} from './weighted-match.ts';

export interface TotalChange {
  readonly name: keyof Totals;
  readonly before: number | null;
  readonly after: number | null;
}

export interface GroupChange {
  readonly name: string;
  readonly before: GroupSum;
  readonly after: GroupSum;
}

/**
 * `joins` and `leaves`: as large as before, but live at the moment only after, or only before. Blocks live at both
 * moments, and at neither, of the same bytes are no change.
 */
export const CHANGE_KINDS = ['new', 'gone', 'grown', 'shrunk', 'joins', 'leaves'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Blocks that changed in the same way. */
export interface BlockChange {
  readonly kind: ChangeKind;
  /** The operation, or the name of a buffer; `''` where unknown. */
  readonly source: string;
  /** The source frame; `''` where unknown. */
  readonly frame: string;
  readonly blocks: number;
  /** Bytes of one; null where there is none. */
  readonly before: number | null;
  readonly after: number | null;
  /** Bytes of all, in the window and at the moment. */
  readonly change: number;
  readonly liveChange: number;
  /** The first of them in each input, as people call it. */
  readonly firstBefore: string | null;
  readonly firstAfter: string | null;
}

export interface BlockCounts {
  readonly before: number;
  readonly after: number;
  /** Blocks of equal operation and bytes, in order. */
  readonly same: number;
  /** The same, out of order. */
  readonly moved: number;
  readonly grown: number;
  readonly shrunk: number;
  readonly new: number;
  readonly gone: number;
}

export interface BlockTableDiff {
  readonly isDifferent: boolean;
  readonly totals: readonly TotalChange[];
  /** Null where one of the two has no blocks to compare. */
  readonly blocks: BlockCounts | null;
  /** The changed groups that both recordings have, the largest change at the moment first. */
  readonly groups: Readonly<Partial<Record<GroupBy, readonly GroupChange[]>>>;
  /** The largest change at the moment first; the sum of all `liveChange`, with the unseen blocks', is the change of `live`. */
  readonly changes: readonly BlockChange[];
}

export function diffBlockTables(before: BlockTable, after: BlockTable): BlockTableDiff {
  const totals = TOTALS.map(name => ({name, before: before.totals[name], after: after.totals[name]}));
  const isComparable = before.moment !== null && after.moment !== null;
  const pairs = isComparable ? pairRows(before, after) : undefined;
  const changes = pairs ? changesOf(before, after, pairs) : [];
  const blocks = pairs ? countsOf(before, after, pairs) : null;
  // leaves are a handful of allocating functions, which say little about a change
  const common = BLOCK_GROUPS.filter(by => by !== 'leaf' && before.groups[by] && after.groups[by]);
  const groups = Object.fromEntries(
    common.map(by => [by, groupChanges(groupSums(before, by), groupSums(after, by))]),
  );
  const isDifferent =
    totals.some(one => one.before !== one.after) ||
    changes.length > 0 ||
    (blocks !== null && blocks.moved > 0) ||
    Object.values(groups).some(list => list.length > 0);
  return {isDifferent, totals, blocks, groups, changes};
}

interface Pairs {
  /** Per row before: its row after, or −1. */
  readonly partner: Int32Array;
  /** Per row before: 1 where its partner is equal but out of order. */
  readonly isMoved: Uint8Array;
}

function pairRows(before: BlockTable, after: BlockTable): Pairs {
  const sources = new Map<string, number>();
  const rows = new Map<string, number>();
  const kindsOf = ({source, bytes}: BlockTable): Kinds => {
    const kind = symbolsOf(source, sources);
    return {kind, all: kind.map((symbol, row) => numberOf(rows, `${symbol} ${bytes[row]}`))};
  };
  const [a, b] = [kindsOf(before), kindsOf(after)];
  const partner = matchHeaviest(a, b) ?? alignInTwo(a, b);
  return {partner, isMoved: pairMoved(partner, a.all, b.all)};
}

/** For sequences too long to weigh: pairs rows equal in all first, then, in between, rows of equal kind. */
function alignInTwo(a: Kinds, b: Kinds): Int32Array {
  const budget = newBudget();
  const partner = align(a.all, b.all, budget);
  const whole = {aStart: 0, aEnd: a.all.length, bStart: 0, bEnd: b.all.length};
  for (const {aStart, aEnd, bStart, bEnd} of [...stretchesBetween(partner, whole)]) {
    if (aStart === aEnd || bStart === bEnd) continue;
    const inner = align(a.kind.subarray(aStart, aEnd), b.kind.subarray(bStart, bEnd), budget);
    for (const [i, to] of inner.entries()) if (to >= 0) partner[aStart + i] = bStart + to;
  }
  return partner;
}

function symbolsOf({names, of}: NameColumn, known: Map<string, number>): Uint32Array {
  const symbols = names.map(name => numberOf(known, name));
  return of.map(name => symbols[name]!);
}

function numberOf(known: Map<string, number>, key: string): number {
  const number = known.get(key) ?? known.size;
  if (number === known.size) known.set(key, number);
  return number;
}

/** Pairs the remaining equal rows, in the order of each input. */
function pairMoved(partner: Int32Array, a: Uint32Array, b: Uint32Array): Uint8Array {
  const isMoved = new Uint8Array(a.length);
  const isTaken = new Uint8Array(b.length);
  for (const to of partner) if (to >= 0) isTaken[to] = 1;
  const left = new Map<number, number[]>();
  for (let row = b.length - 1; row >= 0; row--) {
    if (isTaken[row] === 1) continue;
    const own = left.get(b[row]!);
    if (own) own.push(row);
    else left.set(b[row]!, [row]);
  }
  for (let row = 0; row < a.length; row++) {
    const to = partner[row]! < 0 ? left.get(a[row]!)?.pop() : undefined;
    if (to === undefined) continue;
    partner[row] = to;
    isMoved[row] = 1;
  }
  return isMoved;
}

function countsOf(before: BlockTable, after: BlockTable, {partner, isMoved}: Pairs): BlockCounts {
  const counts = {same: 0, moved: 0, grown: 0, shrunk: 0, gone: 0};
  for (let row = 0; row < before.count; row++) {
    const to = partner[row]!;
    const change = to < 0 ? Number.NaN : after.bytes[to]! - before.bytes[row]!;
    if (to < 0) counts.gone++;
    else if (change !== 0) counts[change > 0 ? 'grown' : 'shrunk']++;
    else counts[isMoved[row] === 1 ? 'moved' : 'same']++;
  }
  const pairs = before.count - counts.gone;
  return {before: before.count, after: after.count, ...counts, new: after.count - pairs};
}

type Building = {-readonly [key in keyof BlockChange]: BlockChange[key]};

function changesOf(before: BlockTable, after: BlockTable, {partner}: Pairs): BlockChange[] {
  const found = new Map<string, Building>();
  const add = (from: number, to: number): void => {
    const change = changeOf(before, after, from, to);
    if (!change) return;
    const {kind, source, frame, before: was, after: is, liveChange} = change;
    const key = JSON.stringify([kind, source, frame, was, is, liveChange]);
    const same = found.get(key);
    if (!same) found.set(key, change);
    else {
      same.blocks++;
      same.change += change.change;
      same.liveChange += liveChange;
    }
  };
  const isPaired = new Uint8Array(after.count);
  for (let row = 0; row < before.count; row++) {
    const to = partner[row]!;
    if (to >= 0) isPaired[to] = 1;
    add(row, to);
  }
  for (let row = 0; row < after.count; row++) if (isPaired[row] === 0) add(-1, row);
  // a stable sort: of equals, the first allocated stays first
  return [...found.values()].sort(
    (a, b) => Math.abs(b.liveChange) - Math.abs(a.liveChange) || Math.abs(b.change) - Math.abs(a.change),
  );
}

/** The change of a row, `from` before and `to` after (−1 where there is none); undefined where nothing changed. */
function changeOf(before: BlockTable, after: BlockTable, from: number, to: number): Building | undefined {
  const side = (table: BlockTable, row: number) => {
    if (row < 0) return {bytes: null, size: 0, live: 0, id: null};
    const bytes = table.bytes[row]!;
    return {bytes, size: bytes, live: table.isLive[row] === 1 ? bytes : 0, id: table.idOf(row)};
  };
  const [was, is] = [side(before, from), side(after, to)];
  const change = is.size - was.size;
  const liveChange = is.live - was.live;
  const sign = change || liveChange;
  if (sign === 0) return undefined;
  const pairKind = change === 0 ? (['leaves', 'joins'] as const) : (['shrunk', 'grown'] as const);
  const [table, row] = to < 0 ? ([before, from] as const) : ([after, to] as const);
  const nameIn = (column: NameColumn | undefined): string => column?.names[column.of[row]!] ?? '';
  return {
    kind: from < 0 ? 'new' : to < 0 ? 'gone' : pairKind[sign > 0 ? 1 : 0],
    source: nameIn(table.source),
    frame: nameIn(table.groups.frame),
    blocks: 1,
    before: was.bytes,
    after: is.bytes,
    change,
    liveChange,
    firstBefore: was.id,
    firstAfter: is.id,
  };
}

/** The groups that differ, the largest change at the moment first. */
export function groupChanges(
  sumsA: ReadonlyMap<string, GroupSum>,
  sumsB: ReadonlyMap<string, GroupSum>,
): GroupChange[] {
  const names = [...new Set([...sumsA.keys(), ...sumsB.keys()])];
  const changes = names.map(name => ({
    name,
    before: sumsA.get(name) ?? NO_BLOCKS,
    after: sumsB.get(name) ?? NO_BLOCKS,
  }));
  const sizeOf = (sum: keyof GroupSum, one: GroupChange): number =>
    Math.abs(one.after[sum] - one.before[sum]);
  return changes
    .filter(one => (Object.keys(NO_BLOCKS) as (keyof GroupSum)[]).some(sum => sizeOf(sum, one) !== 0))
    .sort(
      (a, b) =>
        sizeOf('liveBytes', b) - sizeOf('liveBytes', a) ||
        sizeOf('bytes', b) - sizeOf('bytes', a) ||
        (a.name < b.name ? -1 : 1),
    );
}
