/**
 * What one iteration allocates: the first recordings make it, later ones widen it, plans are made from it.
 *
 * The clock is the index of the row: row i is allocated at tick i, and dead at the tick `end`, the number of rows that
 * had been allocated when it was freed. An `end` beyond the last row is in the next iteration.
 */
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../model/problem.ts';

/** One allocation of an iteration. */
export interface Row {
  /** Its key, and how many allocations of the iteration had that key before. */
  readonly key: number;
  readonly nth: number;
  /** Bytes. */
  readonly size: number;
  /** Tick; `NEVER` for a block that was not seen freed: the general allocator serves it. */
  readonly end: number;
}

export type Profile = readonly Row[];

/** `Row.end` of a row that is not planned. */
export const NEVER = Number.POSITIVE_INFINITY;

/** An iteration of a recording: rows {key, size, end} as the core notes them, from `from` to `to`. */
export interface Recorded {
  readonly rows: Uint32Array;
  readonly from: number;
  readonly to: number;
  /** Rows of the iteration after it, where that was recorded and has the same signature; else −1. */
  readonly next: number;
}

const OPEN = 0xffffffff;

/** Whether everything that the iteration allocated was freed by the time the recording was read. */
export function isClosed({rows, from, to}: Recorded): boolean {
  for (let i = from; i < to; i++) if (rows[3 * i + 2] === OPEN) return false;
  return true;
}

/** Whether two iterations allocated the same in the same order. */
export function areAlike(a: Recorded, b: Recorded): boolean {
  if (a.to - a.from !== b.to - b.from) return false;
  for (let i = 0; i < a.to - a.from; i++) {
    for (const word of [0, 1]) {
      if (a.rows[3 * (a.from + i) + word] !== b.rows[3 * (b.from + i) + word]) return false;
    }
  }
  return true;
}

/** An end that a recording does not show: the next iteration had another length, so its ticks are others. */
const UNCLEAR = -1;

function wrappedEnd(end: number, count: number, next: number): number {
  if (next !== count) return UNCLEAR;
  return end <= 2 * count ? end : NEVER;
}

/** The profile of one recorded iteration, to be handed to `widen`. What outlives the next one as well is not planned. */
export function profileOf({rows, from, to, next}: Recorded): Profile {
  const seen = new Map<number, number>();
  const count = to - from;
  return Array.from({length: count}, (_, i) => {
    const at = 3 * (from + i);
    const key = rows[at]!;
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    const end = rows[at + 2]! === OPEN ? NEVER : rows[at + 2]! - from;
    return {
      key,
      nth,
      size: rows[at + 1]!,
      end: end <= count || end === NEVER ? end : wrappedEnd(end, count, next),
    };
  });
}

/**
 * The union of two profiles: every row of both, the larger size, the later end. Never smaller than
 * before, so that widening comes to an end. Rows that `seen` alone has go behind the row they followed there.
 */
export function widen(known: Profile, seen: Profile): Profile {
  const {rows, ofKnown, ofSeen} = interleave(known, seen);
  const ends = rows.map(() => 0);
  const settle = (profile: Profile, places: readonly number[]) => {
    const reached: number[] = [];
    for (const place of places) reached.push(Math.max(place, reached.at(-1) ?? 0));
    for (const [i, {end}] of profile.entries()) {
      ends[places[i]!] = Math.max(ends[places[i]!]!, movedEnd(end, places, reached, rows.length));
    }
  };
  settle(known, ofKnown);
  settle(seen, ofSeen);
  return rows.map((row, i) => ({...row, end: ends[i]! > 0 ? ends[i]! : NEVER}));
}

/**
 * An end in a profile whose rows are now at `places` among `count`: before the row that it was before, and, where
 * the order has changed, behind all rows that it was behind.
 * @param reached per row, the last place that it or any row before it has
 */
function movedEnd(end: number, places: readonly number[], reached: readonly number[], count: number): number {
  if (end === NEVER || end === UNCLEAR) return end;
  const period = end > places.length ? 1 : 0;
  const within = end - period * places.length;
  if (within === places.length) return (period + 1) * count;
  return period * count + Math.max(places[within]!, within > 0 ? reached[within - 1]! + 1 : 0);
}

interface Interleaved {
  readonly rows: Row[];
  /** Where each row of either profile went. */
  readonly ofKnown: number[];
  readonly ofSeen: number[];
}

function interleave(known: Profile, seen: Profile): Interleaved {
  const name = ({key, nth}: Row) => `${key} ${nth}`;
  const placeInKnown = new Map(known.map((row, i) => [name(row), i]));
  const sizes = new Map(seen.map(row => [name(row), row.size]));
  // before which row of `known` each new one goes
  const additions: number[][] = Array.from({length: known.length + 1}, () => []);
  let after = 0;
  for (const [i, row] of seen.entries()) {
    const place = placeInKnown.get(name(row));
    if (place === undefined) additions[after]!.push(i);
    else after = Math.max(after, place + 1);
  }
  const rows: Row[] = [];
  const ofKnown: number[] = [];
  const ofSeen: number[] = new Array(seen.length);
  for (let i = 0; i <= known.length; i++) {
    for (const addition of additions[i]!) {
      ofSeen[addition] = rows.length;
      rows.push(seen[addition]!);
    }
    if (i === known.length) break;
    const row = known[i]!;
    ofKnown.push(rows.length);
    rows.push({...row, size: Math.max(row.size, sizes.get(name(row)) ?? 0)});
  }
  for (const [i, row] of seen.entries()) ofSeen[i] ??= ofKnown[placeInKnown.get(name(row))!]!;
  return {rows, ofKnown, ofSeen};
}

/** Whether a plan for one serves the other as well. */
export function areEqual(a: Profile, b: Profile): boolean {
  return (
    a.length === b.length &&
    a.every((row, i) => row.key === b[i]!.key && row.size === b[i]!.size && row.end === b[i]!.end)
  );
}

/** What the planner is asked for a profile. */
export interface ProfileProblem {
  readonly problem: ProblemColumns;
  /** Iterations until the same addresses come again: 2 where a block outlives its own next allocation. */
  readonly phases: number;
  /** By phase and row: the buffer whose offset is meant, or `NO_BUFFER`. */
  readonly buffer: Uint32Array;
}

export const NO_BUFFER = 0xffffffff;

/** The problem of a profile: one buffer per row, two where instances of a row live side by side. */
export function problemOf(profile: Profile, alignment: number): ProfileProblem {
  const ticks = profile.length;
  const buffers: {row: number; start: number; end: number; gap?: readonly [number, number]}[] = [];
  const first = new Uint32Array(ticks).fill(NO_BUFFER);
  const copies = new Uint32Array(ticks).fill(1);
  for (const [row, {end}] of profile.entries()) {
    if (end === NEVER) continue;
    first[row] = buffers.length;
    const wrapped = end - ticks;
    if (wrapped <= 0) buffers.push({row, start: row, end});
    else if (wrapped < row) buffers.push({row, start: 0, end: ticks, gap: [wrapped, row]});
    else {
      copies[row] = wrapped === row ? 1 : 2;
      for (let copy = 0; copy < copies[row]!; copy++) buffers.push({row, start: 0, end: ticks});
    }
  }
  const phases = copies.includes(2) ? 2 : 1;
  const buffer = new Uint32Array(phases * ticks);
  for (let i = 0; i < buffer.length; i++) {
    const row = i % ticks;
    buffer[i] = first[row] === NO_BUFFER ? NO_BUFFER : first[row]! + (Math.floor(i / ticks) % copies[row]!);
  }
  return {problem: columnsOf(buffers, profile, alignment), phases, buffer};
}

function columnsOf(
  buffers: readonly {row: number; start: number; end: number; gap?: readonly [number, number]}[],
  profile: Profile,
  alignment: number,
): ProblemColumns {
  const count = buffers.length;
  const gaps = buffers.flatMap(({gap}) => (gap ? [gap] : []));
  const gapIndex = new Uint32Array(count + 1);
  for (const [i, {gap}] of buffers.entries()) gapIndex[i + 1] = gapIndex[i]! + (gap ? 1 : 0);
  return {
    count,
    start: Uint32Array.from(buffers, ({start}) => start),
    end: Uint32Array.from(buffers, ({end}) => end),
    size: Float64Array.from(buffers, ({row}) => profile[row]!.size),
    alignment: new Float64Array(count).fill(NO_ALIGNMENT),
    offset: new Float64Array(count).fill(NO_OFFSET),
    gapIndex,
    gapStart: Uint32Array.from(gaps, gap => gap[0]),
    gapEnd: Uint32Array.from(gaps, gap => gap[1]),
    defaultAlignment: alignment,
  };
}
