/**
 * A bundle is a set of buffers that move together. A single buffer is a bundle of one slice; buffers at fixed
 * distances are a bundle with a slice for each lifetime. A slice is a stretch of the bundle's bytes, live where a
 * member is.
 */

import {DEFAULT_ACCESSES, type InPlace} from '../model/constraints.ts';
import {UsageError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';
import {NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import {meet, type Pieces, piecesOf, sameAs, unionOf, withoutFirst} from './pieces.ts';
import {Ties} from './ties.ts';

/** Bytes `[from, to)` from the bundle's offset on. */
export interface Slice {
  readonly from: Bytes;
  readonly to: Bytes;
  readonly pieces: Pieces;
}

export interface Bundle {
  /** Buffers, and the bytes from the bundle's offset to theirs; the first one names the bundle. */
  readonly members: readonly Member[];
  /** Ascending; none where nothing is ever live. */
  readonly slices: readonly Slice[];
  /** Bytes from the offset to the end of the last slice. */
  readonly extent: Bytes;
  readonly alignment: Bytes;
  /** Bytes, or `NO_OFFSET`. */
  readonly fixed: Bytes;
  readonly hint: Bytes;
  /** Size of the largest member that is ever live, bytes. */
  readonly largest: Bytes;
  /** Pools it may lie in, a bit each. */
  readonly allowed: number;
  /** Bytes that are read and written in it. */
  readonly traffic: number;
}

export interface Member {
  readonly buffer: number;
  readonly at: Bytes;
}

/** A problem with its ties, from which bundles are made. */
export class TiedProblem {
  readonly columns: ProblemColumns;
  readonly #alignment: Bytes | undefined;
  /** The ties that hold for every decision. */
  readonly #ties: Ties;
  readonly #pieces: readonly Pieces[];
  /** Pairs that may share a place at all, by their index in the problem. */
  readonly eligible: readonly number[];

  /** @throws UsageError for constraints that contradict each other. */
  constructor(columns: ProblemColumns, alignment: Bytes | undefined) {
    this.columns = columns;
    this.#alignment = alignment;
    this.#ties = new Ties(columns, alignment);
    this.#pieces = Array.from({length: columns.count}, (_, i) => piecesOf(columns, i));
    this.bundles([]);
    this.eligible = (columns.constraints?.inPlace ?? []).flatMap((_, k) => (this.#isEligible(k) ? [k] : []));
  }

  /** Bundles where the outputs of these pairs take the places of their inputs. @throws UsageError where they cannot. */
  bundles(taken: readonly number[]): Bundle[] {
    const pairs = this.#pairsOf(taken);
    return this.#bundles(this.#tiesWith(pairs), this.#pieces, pairs);
  }

  #tiesWith(pairs: readonly InPlace<number>[]): Ties {
    if (pairs.length === 0) return this.#ties;
    const ties = new Ties(this.columns, this.#alignment);
    for (const {input, output} of pairs) ties.tie(input, output, 0, 'inPlace');
    return ties;
  }

  /** Bundles of a weaker problem, which every plan solves: outputs are not there yet in the tick of their input's end. */
  relaxed(): Bundle[] {
    const pieces = [...this.#pieces];
    for (const {output} of this.#pairsOf(this.eligible)) {
      pieces[output] = withoutFirst(this.#pieces[output]!, this.columns.start[output]!);
    }
    return this.#bundles(this.#ties, pieces, []);
  }

  #pairsOf(indices: readonly number[]): readonly InPlace<number>[] {
    return indices.map(k => this.columns.constraints!.inPlace![k]!);
  }

  /** Whether the input ends with the tick in which the output begins, is as large, and nothing else is in the way. */
  #isEligible(k: number): boolean {
    const pairs = this.#pairsOf([k]);
    const {input, output} = pairs[0]!;
    const {size, end, start} = this.columns;
    const isLastUse = end[input] === start[output]! + 1;
    if (!isLastUse || size[output]! > size[input]! || size[output] === 0) return false;
    // the alignment of a pool holds for both, so both must be subject to it
    if (this.columns.constraints?.pools && !(this.#isLowest(input) && this.#isLowest(output))) return false;
    try {
      const ties = this.#tiesWith(pairs);
      this.#tiedBundle(membersWith(input, ties), ties, this.#pieces, pairs);
      this.#checkApart(ties, this.#pieces);
      return true;
    } catch (error) {
      if (error instanceof UsageError) return false;
      throw error;
    }
  }

  #isLowest(i: number): boolean {
    const own = this.#ties.find(i).distance;
    return membersWith(i, this.#ties).every(({at}) => at >= own);
  }

  #bundles(ties: Ties, pieces: readonly Pieces[], pairs: readonly InPlace<number>[]): Bundle[] {
    this.#checkApart(ties, pieces);
    const groups = new Map<number, Member[]>();
    const bundles: Bundle[] = [];
    for (let i = 0; i < this.columns.count; i++) {
      if (!ties.tied.has(i)) {
        bundles.push(this.#bundle([{buffer: i, at: 0}], ties, pieces));
        continue;
      }
      const {root, distance} = ties.find(i);
      const members = groups.get(root) ?? [];
      if (members.length === 0) groups.set(root, members);
      members.push({buffer: i, at: distance});
    }
    for (const members of groups.values()) bundles.push(this.#tiedBundle(members, ties, pieces, pairs));
    return bundles.sort((a, b) => a.members[0]!.buffer - b.members[0]!.buffer);
  }

  /** The bundle of all members of a tie, which are as far from any one of them as they say. */
  #tiedBundle(
    members: readonly Member[],
    ties: Ties,
    pieces: readonly Pieces[],
    pairs: readonly InPlace<number>[],
  ): Bundle {
    const lowest = members.reduce((least, {at}) => Math.min(least, at), 0);
    const shifted = members.map(({buffer, at}) => ({buffer, at: at - lowest}));
    checkInside(shifted, ties, pieces, pairs, this.columns);
    return this.#bundle(shifted, ties, pieces);
  }

  #checkApart(ties: Ties, pieces: readonly Pieces[]): void {
    this.columns.constraints?.separate?.forEach(([a, b], k) => {
      if (pieces[a]!.length === 0 || pieces[b]!.length === 0) return;
      if (ties.find(a).root === ties.find(b).root)
        throw new UsageError(
          `separate[${k}]: buffers ${a} and ${b} are tied to each other by other constraints`,
        );
    });
  }

  #bundle(members: readonly Member[], ties: Ties, pieces: readonly Pieces[]): Bundle {
    const {size, offset, hint, constraints} = this.columns;
    const alignment = members.reduce((most, {buffer}) => Math.max(most, ties.alignmentOf(buffer)), 1);
    let fixed = NO_OFFSET;
    let traffic = 0;
    let largest = 0;
    let allowed = -1;
    for (const {buffer, at} of members) {
      checkAligned(buffer, at, ties.alignmentOf(buffer));
      if (offset[buffer] !== NO_OFFSET) fixed = fixedBy(buffer, offset[buffer]! - at, fixed, alignment);
      if (pieces[buffer]!.length > 0) {
        traffic += size[buffer]! * (constraints?.accesses?.[buffer] ?? DEFAULT_ACCESSES);
        largest = Math.max(largest, size[buffer]!);
      }
      allowed &= setOf(constraints?.allowed?.[buffer]);
    }
    if (allowed === 0)
      throw new UsageError(
        `buffers[${members[0]!.buffer}].pools: none of them may hold the buffers that it is tied to`,
      );
    const slices = slicesOf(members, pieces, size);
    const hinted = members.find(({buffer, at}) => (hint?.[buffer] ?? NO_OFFSET) >= at);
    return {
      members,
      slices,
      extent: slices.at(-1)?.to ?? 0,
      alignment,
      fixed,
      hint: hinted === undefined ? NO_OFFSET : hint![hinted.buffer]! - hinted.at,
      largest,
      allowed,
      traffic,
    };
  }
}

/** All that is tied to buffer `i`, by the distance from their root. */
function membersWith(i: number, ties: Ties): Member[] {
  const {root, distance} = ties.find(i);
  if (!ties.tied.has(i)) return [{buffer: i, at: distance}];
  const members: Member[] = [];
  for (const buffer of [...ties.tied].sort((a, b) => a - b)) {
    const found = ties.find(buffer);
    if (found.root === root) members.push({buffer, at: found.distance});
  }
  return members;
}

function setOf(pools: readonly number[] | undefined): number {
  return pools === undefined ? -1 : pools.reduce((set, pool) => set | (1 << pool), 0);
}

function fixedBy(buffer: number, fixed: Bytes, known: Bytes, alignment: Bytes): Bytes {
  if (fixed < 0 || (known !== NO_OFFSET && known !== fixed) || fixed % alignment !== 0) {
    const reason = fixed < 0 ? 'below 0' : known !== NO_OFFSET && known !== fixed ? `, not at ${known}` : '';
    throw new UsageError(
      `buffers[${buffer}].offset: the buffers tied to it would begin at ${fixed}${reason || `, no multiple of ${alignment}`}`,
    );
  }
  return fixed;
}

function checkAligned(buffer: number, at: Bytes, alignment: Bytes): void {
  if (at % alignment === 0) return;
  throw new UsageError(
    `buffers[${buffer}].alignment: expected to divide ${at}, the bytes from the buffer that it is tied to, got ${alignment}`,
  );
}

/** No two members may need the same bytes at the same tick, unless they are the same memory. */
function checkInside(
  members: readonly Member[],
  ties: Ties,
  pieces: readonly Pieces[],
  pairs: readonly InPlace<number>[],
  {size, start}: ProblemColumns,
): void {
  const alias = members.map(({buffer}) => ties.aliasOf(buffer));
  if (alias.every(one => one === alias[0])) return;
  const shared = new Map(
    pairs.map(({input, output}) => [`${ties.aliasOf(input)} ${ties.aliasOf(output)}`, start[output]!]),
  );
  members.forEach((a, k) => {
    for (let m = 0; m < k; m++) {
      const b = members[m]!;
      if (alias[k] === alias[m]) continue;
      if (a.at >= b.at + size[b.buffer]! || b.at >= a.at + size[a.buffer]!) continue;
      const tick = shared.get(`${alias[k]} ${alias[m]}`) ?? shared.get(`${alias[m]} ${alias[k]}`);
      if (meet(pieces[a.buffer]!, pieces[b.buffer]!, tick))
        throw new UsageError(
          `buffers ${b.buffer} and ${a.buffer}: tied to the same bytes, live together, and no aliases`,
        );
    }
  });
}

function slicesOf(
  members: readonly Member[],
  pieces: readonly Pieces[],
  size: ArrayLike<Bytes>,
): readonly Slice[] {
  const live = members.filter(({buffer}) => pieces[buffer]!.length > 0);
  if (live.length === 0) return [];
  const borders = live.flatMap(({buffer, at}) => [at, at + size[buffer]!]).sort((a, b) => a - b);
  const slices: Slice[] = [];
  borders.forEach((to, k) => {
    const from = borders[k - 1] ?? to;
    if (from === to) return;
    const over = live.filter(({buffer, at}) => at < to && from < at + size[buffer]!);
    if (over.length === 0) return;
    const slice = {from, to, pieces: unionOf(over.map(({buffer}) => pieces[buffer]!))};
    const last = slices.at(-1);
    if (last && last.to === from && sameAs(last.pieces, slice.pieces))
      slices[slices.length - 1] = {...last, to};
    else slices.push(slice);
  });
  return slices;
}
