/**
 * A bundle is a set of buffers that move together. A single buffer is a bundle of one slice; buffers at fixed distances are a
 * bundle with a slice for each lifetime. Its offset is that of its lowest byte that is ever live.
 */

import {DEFAULT_ACCESSES, type Pool} from '../model/constraints.ts';
import {UsageError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';
import {NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import type {Rectangle} from './meetings.ts';
import type {Pieces} from './pieces.ts';
import {ANYWHERE, bothGrids, contains, type Grid, gridOf, type Places, withPools} from './places.ts';
import {type Slice, slicesOf} from './slices.ts';
import type {Solving} from './subproblems.ts';
import type {Ties} from './ties.ts';
import {windowsOf} from './windows.ts';
import type {Work} from './work.ts';

export interface Bundle {
  /** Buffers, and the bytes from the bundle's offset to theirs, ascending; negative only where nothing is ever live. */
  readonly members: readonly Member[];
  /** Ascending; none where nothing is ever live. */
  readonly slices: readonly Slice[];
  /** Slices for bounds, where there are too many exact ones (`slices.ts`). */
  readonly loose?: readonly Slice[];
  /** Bytes from the offset to the end of the last slice. */
  readonly extent: Bytes;
  readonly places: Places;
  /** Bytes, or `NO_OFFSET`. */
  readonly hint: Bytes;
  /** Size of the largest member that is ever live, bytes. */
  readonly largest: Bytes;
  /** Bytes that are read and written in it. */
  readonly traffic: number;
}

export interface Member {
  readonly buffer: number;
  readonly at: Bytes;
}

/** What bundles are made from. */
export interface BundleSource {
  readonly columns: ProblemColumns;
  readonly ties: Ties;
  /** Per buffer. */
  readonly pieces: readonly Pieces[];
  readonly work: Work;
}

/** The bundle of buffers that ties hold together. @throws UsageError where they can be nowhere */
export function* bundleOf(source: BundleSource, tied: readonly Member[]): Solving<Bundle> {
  const members = fromLowestLive(source, tied);
  const places = placesOf(source, members);
  return {...(yield* filled(source, members)), places};
}

/** The same buffers as one bundle; members by their distance from the lowest live byte. */
export function* filled(source: BundleSource, members: readonly Member[]): Solving<Omit<Bundle, 'places'>> {
  const {columns, pieces, ties, work} = source;
  const {size, hint, constraints} = columns;
  const live = members.filter(({buffer}) => pieces[buffer]!.length > 0);
  let [traffic, largest, extent] = [0, 0, 0];
  for (const {buffer, at} of live) {
    traffic += size[buffer]! * (constraints?.accesses?.[buffer] ?? DEFAULT_ACCESSES);
    largest = Math.max(largest, size[buffer]!);
    extent = Math.max(extent, at + size[buffer]!);
  }
  const hinted = live.find(({buffer, at}) => (hint?.[buffer] ?? NO_OFFSET) >= at);
  return {
    members,
    ...(yield* slicesOf(
      work,
      live.flatMap(({buffer, at}) =>
        windowsOf(columns, pieces[buffer]!, buffer).map(({from, to, pieces: own}) => ({
          from: at + from,
          to: at + to,
          pieces: own,
          alias: ties.aliasOf(buffer),
        })),
      ),
    )),
    extent,
    hint: hinted === undefined ? NO_OFFSET : hint![hinted.buffer]! - hinted.at,
    largest,
    traffic,
  };
}

/** The members that are ever live, as rectangles of bytes and ticks: one for each window of bytes. */
export function rectanglesOf(
  {columns, pieces}: BundleSource,
  members: readonly Member[],
  moved: Bytes,
): Rectangle[] {
  return members.flatMap(({buffer, at}) => {
    const from = at + moved;
    return windowsOf(columns, pieces[buffer]!, buffer).map(window => ({
      buffer,
      from: from + window.from,
      to: from + window.to,
      start: window.pieces[0]!,
      end: window.pieces.at(-1)!,
      pieces: window.pieces,
    }));
  });
}

/** Distances from the lowest member that is ever live, or from the lowest where none is. */
function fromLowestLive({pieces}: BundleSource, members: readonly Member[]): Member[] {
  const live = members.filter(({buffer}) => pieces[buffer]!.length > 0);
  const lowest = (live.length > 0 ? live : members).reduce(
    (least, {at}) => Math.min(least, at),
    Number.POSITIVE_INFINITY,
  );
  return members.map(({buffer, at}) => ({buffer, at: at - lowest})).sort((a, b) => a.buffer - b.buffer);
}

/** The alignment of a pool holds for the lowest live byte, unless an offset is fixed. */
function placesOf(source: BundleSource, members: readonly Member[]): Places {
  const {columns, pieces, ties} = source;
  const live = members.filter(({buffer}) => pieces[buffer]!.length > 0);
  if (live.length === 0)
    return {grid: ANYWHERE, fixed: undefined, pools: columns.constraints?.pools?.map(() => ANYWHERE) ?? []};
  let grid: Grid = ANYWHERE;
  for (const {buffer, at} of live) {
    const both = bothGrids(grid, gridOf(ties.alignmentOf(buffer), at));
    if (both === undefined)
      throw new UsageError(
        `buffers[${buffer}].alignment: no offset is a multiple of ${ties.alignmentOf(buffer)} where the buffers tied to it keep to their alignments`,
      );
    grid = both;
  }
  const fixed = fixedOf(columns, members, grid);
  const places = withPools(grid, fixed, poolsOf(columns, live, fixed !== undefined));
  if (places === undefined)
    throw new UsageError(
      `buffers[${members[0]!.buffer}].pools: none of them may hold the buffers that it is tied to`,
    );
  return places;
}

function fixedOf({offset}: ProblemColumns, members: readonly Member[], grid: Grid): Bytes | undefined {
  let fixed: Bytes | undefined;
  for (const {buffer, at} of members) {
    if (offset[buffer] === NO_OFFSET) continue;
    const own = offset[buffer]! - at;
    const reason =
      own < 0
        ? ' below 0'
        : fixed !== undefined && fixed !== own
          ? `, not at ${fixed}`
          : contains(grid, own)
            ? undefined
            : `, and their alignments demand ${grid.rest} modulo ${grid.unit}`;
    if (reason !== undefined)
      throw new UsageError(
        `buffers[${buffer}].offset: the buffers tied to it would begin at ${own}${reason}`,
      );
    fixed = own;
  }
  return fixed;
}

/** What pools allow: those that may hold all live members. */
function poolsOf(
  {constraints}: ProblemColumns,
  live: readonly Member[],
  isFixed: boolean,
): readonly (Grid | undefined)[] {
  const {pools = [], allowed} = constraints ?? {};
  const may = (k: number) => live.every(({buffer}) => allowed?.[buffer]?.includes(k) ?? true);
  return pools.map(({alignment = 1}: Pool, k) => (may(k) ? gridOf(isFixed ? 1 : alignment, 0) : undefined));
}
