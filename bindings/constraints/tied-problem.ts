/** A problem with its ties: the bundles that hold for every decision, and the pairs in place that may be decided. */

import type {InPlace} from '../model/constraints.ts';
import {UsageError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {type Bundle, type BundleSource, bundleOf, filled, type Member, rectanglesOf} from './bundles.ts';
import {anyOf, type Rectangle} from './meetings.ts';
import {type Base, Merging, type Position} from './merging.ts';
import {meet, piecesOf} from './pieces.ts';
import {relaxedPieces} from './relaxed.ts';
import type {Solving} from './subproblems.ts';
import {Ties} from './ties.ts';
import {Work} from './work.ts';

/** Steps for finding out which pairs are possible; the others count as possible. */
const MOST_STEPS = 50_000_000;

export class TiedProblem implements Base {
  readonly columns: ProblemColumns;
  readonly ties: Ties;
  readonly pieces: BundleSource['pieces'];
  readonly work = new Work();
  /** The bundles where no output takes the place of its input. */
  readonly base: Bundle[] = [];
  /** Per buffer: its bundle, and its bytes from the offset of that. */
  readonly bundleOf: Int32Array;
  readonly at: Float64Array;
  /** Per bundle: those in other arenas; absent where there are none. */
  readonly #apart = new Map<number, Set<number>>();
  /** The pairs whose lifetimes and sizes allow it, by the memory of both. */
  readonly #pairs = new Map<number, InPlace<number>[]>();
  /** Pairs that a plan may have in place or not, by their index in the problem. */
  eligible: readonly number[] = [];

  private constructor(columns: ProblemColumns, alignment: Bytes | undefined) {
    this.columns = columns;
    this.ties = new Ties(columns, alignment);
    this.pieces = Array.from({length: columns.count}, (_, i) => piecesOf(columns, i));
    this.bundleOf = new Int32Array(columns.count);
    this.at = new Float64Array(columns.count);
    for (const pair of columns.constraints?.inPlace ?? []) {
      if (!this.#isValid(pair)) continue;
      const key = this.#keyOf(pair.input, pair.output);
      const same = this.#pairs.get(key) ?? [];
      if (same.length === 0) this.#pairs.set(key, same);
      same.push(pair);
    }
  }

  /** `isOver` ends the look for possible pairs. @throws UsageError for constraints that contradict each other. */
  static *of(
    columns: ProblemColumns,
    alignment: Bytes | undefined,
    isOver: () => boolean,
  ): Solving<TiedProblem> {
    const tied = new TiedProblem(columns, alignment);
    yield* tied.#makeBase();
    yield* tied.#checkInside();
    yield* tied.#checkApart();
    tied.eligible = yield* tied.#eligible(isOver);
    return tied;
  }

  /** Bundles where the outputs of these pairs take the places of their inputs; undefined where they cannot. */
  *bundles(taken: readonly number[]): Solving<readonly Bundle[] | undefined> {
    if (taken.length === 0) return this.base;
    const merging = new Merging(this);
    for (const k of taken) if (!(yield* merging.merge(this.pair(k)))) return undefined;
    return yield* merging.bundles();
  }

  /** Those of the pairs that go together, taken one after another. */
  *together(pairs: readonly number[], isOver: () => boolean): Solving<readonly number[]> {
    const merging = new Merging(this);
    const taken: number[] = [];
    const end = this.work.steps + MOST_STEPS;
    for (const k of pairs) {
      if (this.work.steps > end || isOver()) break;
      if (yield* merging.merge(this.pair(k))) taken.push(k);
    }
    return taken;
  }

  /** Bundles of a weaker problem, which every plan solves (`relaxed.ts`). */
  *relaxed(): Solving<readonly Bundle[]> {
    if (this.eligible.length === 0) return this.base;
    const {pieces, changed} = yield* relaxedPieces(
      this,
      this.eligible.map(k => this.pair(k)),
    );
    const affected = new Set([...changed].map(buffer => this.bundleOf[buffer]!));
    const source = {columns: this.columns, ties: this.ties, work: this.work, pieces};
    const bundles = [...this.base];
    for (const k of affected) {
      const {loose: _, ...bundle} = bundles[k]!;
      const {slices, loose} = yield* filled(source, bundle.members);
      bundles[k] = {...bundle, slices, ...(loose ? {loose} : {})};
    }
    return bundles;
  }

  pair(k: number): InPlace<number> {
    return this.columns.constraints!.inPlace![k]!;
  }

  /** Pairs that are in place at these offsets. `arenaOf`: all are in one arena where absent. */
  inPlaceAt(offsets: ArrayLike<Bytes>, arenaOf: ArrayLike<number> | undefined): number[] {
    return (this.columns.constraints?.inPlace ?? []).flatMap((pair, k) => {
      const {input, output} = pair;
      const isSamePlace = offsets[input] === offsets[output] && arenaOf?.[input] === arenaOf?.[output];
      return isSamePlace && this.#isValid(pair) ? [k] : [];
    });
  }

  apartFrom(bundle: number): ReadonlySet<number> | undefined {
    return this.#apart.get(bundle);
  }

  /** Whether two buffers at these places need the same bytes at a tick in which no pair lets them share these. */
  isConflict(a: Rectangle, b: Rectangle, position: Position): boolean {
    const pairs = this.#pairsOf(a.buffer, b.buffer);
    if (pairs === undefined) return false;
    return meet(a.pieces, b.pieces, (from, to) => {
      for (let tick = from; tick < to; tick++) {
        const isShared = pairs.some(
          ({input, output}) => this.columns.start[output] === tick && position(input) === position(output),
        );
        if (!isShared) return true;
      }
      return false;
    });
  }

  /** Undefined for buffers in the same memory. */
  #pairsOf(a: number, b: number): readonly InPlace<number>[] | undefined {
    const [one, other] = [this.ties.aliasOf(a), this.ties.aliasOf(b)];
    return one === other ? undefined : (this.#pairs.get(this.#keyOf(a, b)) ?? []);
  }

  #keyOf(a: number, b: number): number {
    const [one, other] = [this.ties.aliasOf(a), this.ties.aliasOf(b)];
    return Math.min(one, other) * this.columns.count + Math.max(one, other);
  }

  /** Whether the input ends with the tick in which the output begins, and is as large. */
  #isValid({input, output}: InPlace<number>): boolean {
    const {size, end, start} = this.columns;
    const areLive = this.pieces[input]!.length > 0 && this.pieces[output]!.length > 0;
    return areLive && end[input] === start[output]! + 1 && size[output]! <= size[input]!;
  }

  /** All buffers, by what holds them together; in the order of the first of each. */
  #tiedBuffers(): readonly (readonly Member[])[] {
    const byRoot = new Map<number, Member[]>();
    const all: Member[][] = [];
    for (let buffer = 0; buffer < this.columns.count; buffer++) {
      if (!this.ties.isTied[buffer]) {
        all.push([{buffer, at: 0}]);
        continue;
      }
      const {root, distance} = this.ties.find(buffer);
      let members = byRoot.get(root);
      if (members === undefined) {
        members = [];
        byRoot.set(root, members);
        all.push(members);
      }
      members.push({buffer, at: distance});
    }
    return all;
  }

  *#makeBase(): Solving<void> {
    for (const tied of this.#tiedBuffers()) {
      const bundle = yield* bundleOf(this, tied);
      for (const {buffer, at} of bundle.members) {
        this.bundleOf[buffer] = this.base.length;
        this.at[buffer] = at;
      }
      this.base.push(bundle);
      if (this.work.isDue(bundle.members.length)) yield;
    }
  }

  /** No two members may need the same bytes at the same tick, unless they are the same memory. */
  *#checkInside(): Solving<void> {
    const position: Position = buffer => this.at[buffer]!;
    for (const {members} of this.base) {
      if (this.work.isDue(members.length)) yield;
      const alias = this.ties.aliasOf(members[0]!.buffer);
      if (members.every(({buffer}) => this.ties.aliasOf(buffer) === alias)) continue;
      const all = rectanglesOf(this, members, 0);
      yield* anyOf(this.work, all, (a, b) => {
        if (!this.isConflict(a, b, position)) return false;
        const [low, high] = [Math.min(a.buffer, b.buffer), Math.max(a.buffer, b.buffer)];
        throw new UsageError(
          `buffers ${low} and ${high}: tied to the same bytes, live together, and no aliases`,
        );
      });
    }
  }

  *#checkApart(): Solving<void> {
    const separate = this.columns.constraints?.separate ?? [];
    for (const [k, [a, b]] of separate.entries()) {
      if (this.work.isDue(1)) yield;
      if (this.pieces[a]!.length === 0 || this.pieces[b]!.length === 0) continue;
      const [one, other] = [this.bundleOf[a]!, this.bundleOf[b]!];
      if (one === other)
        throw new UsageError(
          `separate[${k}]: buffers ${a} and ${b} are tied to each other by other constraints`,
        );
      this.#addApart(one, other);
      this.#addApart(other, one);
    }
  }

  #addApart(bundle: number, other: number): void {
    const apart = this.#apart.get(bundle);
    if (apart === undefined) this.#apart.set(bundle, new Set([other]));
    else apart.add(other);
  }

  /** A pair that cannot be in place by itself cannot be beside others, since they only add demands. */
  *#eligible(isOver: () => boolean): Solving<readonly number[]> {
    const merging = new Merging(this);
    const eligible: number[] = [];
    for (const [k, pair] of (this.columns.constraints?.inPlace ?? []).entries()) {
      // a pair within one bundle is in place always or never
      if (!this.#isValid(pair) || this.bundleOf[pair.input] === this.bundleOf[pair.output]) continue;
      const isUnknown = this.work.steps > MOST_STEPS || isOver();
      if (isUnknown || (yield* merging.can(pair))) eligible.push(k);
    }
    return eligible;
  }
}
