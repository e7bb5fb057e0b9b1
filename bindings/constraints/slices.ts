/**
 * The bytes of a tied set over time. A slice is a stretch of its bytes, live where a member that has them is. Members at one
 * offset with sizes and lifetimes of their own make as many slices as there are members, each with all of their lifetimes:
 * where that is too much, there are fewer slices, live for longer, and beside them others that are live too seldom, for bounds.
 */
import type {Bytes, Tick} from '../model/numbers.ts';
import {type Pieces, sameAs, unionOf} from './pieces.ts';
import type {Solving} from './subproblems.ts';
import type {Work} from './work.ts';

/** Bytes `[from, to)` from the set's offset on. */
export interface Slice {
  readonly from: Bytes;
  readonly to: Bytes;
  readonly pieces: Pieces;
}

/** A member that holds something at some tick. */
export interface SlicedMember {
  readonly from: Bytes;
  readonly to: Bytes;
  readonly pieces: Pieces;
  /** The same for members in the same memory. */
  readonly alias: number;
}

export interface Slices {
  /** Ascending, apart, at least as long live as the bytes are. */
  readonly slices: readonly Slice[];
  /** At most as long live as the bytes are; absent where `slices` are exact. */
  readonly loose?: readonly Slice[];
}

/** Pieces that the slices of one set may have, per member, and at least. */
const MOST_PIECES_PER_MEMBER = 128;
const MOST_PIECES = 32_768;

export function* slicesOf(work: Work, members: readonly SlicedMember[]): Solving<Slices> {
  if (members.length < 2) return {slices: members};
  const borders = [...new Set(members.flatMap(({from, to}) => [from, to]))].sort((a, b) => a - b);
  const most = Math.max(MOST_PIECES, MOST_PIECES_PER_MEMBER * members.length);
  const pieces = piecesOver(members, borders);
  if (pieces <= most) return {slices: yield* between(work, members, borders)};
  const step = Math.ceil(pieces / most);
  const fewer = borders.filter((_, k) => k % step === 0 || k === borders.length - 1);
  return {slices: yield* between(work, members, fewer), loose: yield* largestOverTime(work, members)};
}

/** Pieces of all slices between the borders, before they are joined. */
function piecesOver(members: readonly SlicedMember[], borders: readonly Bytes[]): number {
  const place = new Map(borders.map((border, k) => [border, k]));
  return members.reduce(
    (sum, {from, to, pieces}) => sum + ((place.get(to)! - place.get(from)!) * pieces.length) / 2,
    0,
  );
}

function* between(
  work: Work,
  members: readonly SlicedMember[],
  borders: readonly Bytes[],
): Solving<readonly Slice[]> {
  const byFrom = [...members].sort((a, b) => a.from - b.from);
  const slices: Slice[] = [];
  let next = 0;
  let over: SlicedMember[] = [];
  for (let k = 1; k < borders.length; k++) {
    const [from, to] = [borders[k - 1]!, borders[k]!];
    over = over.filter(member => member.to > from);
    for (; next < byFrom.length && byFrom[next]!.from < to; next++) over.push(byFrom[next]!);
    if (over.length === 0) continue;
    if (work.isDue(over.reduce((sum, {pieces}) => sum + pieces.length, 0))) yield;
    const slice = {from, to, pieces: unionOf(over.map(({pieces}) => pieces))};
    const last = slices.at(-1);
    if (last && last.to === from && sameAs(last.pieces, slice.pieces))
      slices[slices.length - 1] = {...last, to};
    else slices.push(slice);
  }
  return slices;
}

/** Per memory and tick the largest member alone. */
function* largestOverTime(work: Work, members: readonly SlicedMember[]): Solving<readonly Slice[]> {
  const byAlias = new Map<number, SlicedMember[]>();
  for (const member of members) {
    const own = byAlias.get(member.alias) ?? [];
    if (own.length === 0) byAlias.set(member.alias, own);
    own.push(member);
  }
  const slices: Slice[] = [];
  for (const own of byAlias.values()) {
    for (const slice of largestOf(own)) slices.push(slice);
    if (work.isDue(own.length)) yield;
  }
  return slices;
}

/** Paints the stretches between all ticks, the largest member first. */
function largestOf(members: readonly SlicedMember[]): Slice[] {
  const ticks = [...new Set(members.flatMap(({pieces}) => pieces))].sort((a, b) => a - b);
  const place = new Map(ticks.map((tick, k) => [tick, k]));
  /** Per stretch: itself while it is free, else one on the way to the next free one. */
  const free = Int32Array.from({length: ticks.length}, (_, k) => k);
  const nextFree = (k: number): number => {
    let at = k;
    while (free[at] !== at) {
      free[at] = free[free[at]!]!;
      at = free[at]!;
    }
    return at;
  };
  const bySize = [...members].sort((a, b) => b.to - b.from - (a.to - a.from));
  return bySize.flatMap(({from, to, pieces}) => {
    const painted: Tick[] = [];
    for (let k = 0; k < pieces.length; k += 2) {
      const end = place.get(pieces[k + 1]!)!;
      for (let at = nextFree(place.get(pieces[k]!)!); at < end; at = nextFree(at)) {
        painted.push(ticks[at]!, ticks[at + 1]!);
        free[at] = at + 1;
      }
    }
    return painted.length > 0 ? [{from, to, pieces: unionOf([painted, []])}] : [];
  });
}
