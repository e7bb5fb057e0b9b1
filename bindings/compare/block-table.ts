/**
 * The blocks of one window in order of allocation, with their groups, and which are live at one moment: the input of
 * a comparison of two recordings, and of the list at a moment.
 */
import type {GroupBy} from '../behaviour/breakdown.ts';

/** The groupings of blocks, in the order of reports. */
export const BLOCK_GROUPS = [
  'lifetime',
  'content',
  'module',
  'operation',
  'leaf',
  'frame',
] as const satisfies readonly GroupBy[];

/** Bytes; null where not known. */
export interface Totals {
  /** Live at the moment, persistent blocks among them. */
  readonly live: number | null;
  /** In blocks that live through the whole window. */
  readonly persistent: number | null;
  /** The most that the buffers of the window's problem take at a time, without persistent blocks. */
  readonly load: number | null;
  readonly lowerBound: number | null;
  /** Peak of a plan of the window's problem. */
  readonly peak: number | null;
  /** The most that was live in the whole recording, whatever part of it is compared. */
  readonly recording: number | null;
  /** The most that the recorded allocator reserved, in the whole recording. */
  readonly reserved: number | null;
}

export const TOTALS = ['live', 'persistent', 'load', 'lowerBound', 'peak', 'recording', 'reserved'] as const;

/** One name per row, each kept once. */
export interface NameColumn {
  /** `''` where unknown. */
  readonly names: readonly string[];
  /** Per row: index into `names`. */
  readonly of: Uint32Array;
}

/** Rows are in order of allocation; those that were there before the window come first. */
export interface BlockTable {
  readonly count: number;
  readonly bytes: Float64Array;
  /** 1 where it is live at the moment. */
  readonly isLive: Uint8Array;
  /** The key that rows of two tables are matched by: the operation that allocated them, or the name of a buffer. */
  readonly source: NameColumn;
  /** Those that the recording has. */
  readonly groups: Readonly<Partial<Record<GroupBy, NameColumn>>>;
  /** The name of a row in reports: `b12`, or the name of a buffer. */
  idOf(row: number): string;
  /** The moment: after so many of the device's memory events (−1: before its first), or at a tick; null without rows. */
  readonly moment: number | null;
  /** Blocks live throughout that are no rows: of a CUDA snapshot, those from before the recording. */
  readonly unseen: {readonly blocks: number; readonly bytes: number};
  readonly totals: Totals;
}

/** Totals that the caller already has. */
export type KnownTotals = Partial<Pick<Totals, 'load' | 'lowerBound' | 'peak' | 'reserved'>>;

export function nameColumn(count: number, nameOf: (row: number) => string): NameColumn {
  const index = new Map<string, number>();
  const of = new Uint32Array(count);
  for (let row = 0; row < count; row++) {
    const name = nameOf(row);
    const known = index.get(name) ?? index.size;
    if (known === index.size) index.set(name, known);
    of[row] = known;
  }
  return {names: [...index.keys()], of};
}

/** A plan without its source: totals and no rows. */
export function blockTableOfTotals(totals: Partial<Totals>): BlockTable {
  const none = {
    live: null,
    persistent: null,
    load: null,
    lowerBound: null,
    peak: null,
    recording: null,
    reserved: null,
  };
  return {
    count: 0,
    bytes: new Float64Array(0),
    isLive: new Uint8Array(0),
    source: nameColumn(0, () => ''),
    groups: {},
    idOf: String,
    moment: null,
    unseen: {blocks: 0, bytes: 0},
    totals: {...none, ...totals},
  };
}
