/**
 * A plan that moves few bytes, of problems of any size: what does not collide stays, the others are placed around it, and what finds
 * no place below the allowed peak ejects what costs least. Ejected bundles get dearer each time, so that no two eject each other for
 * ever (Nagata and Bräysy, "A powerful route minimization heuristic", 2009: guided ejection search). Then moved bundles are put back
 * where they were, and what is there makes room.
 */
import type {AlignedBundle} from '../constraints/aligned.ts';
import type {Distances} from '../constraints/distances.ts';
import {Draw, LowestFit} from '../constraints/pack-many.ts';
import {type Bytes, NO_OFFSET} from '../model/problem.ts';

/** Intervals that are looked at in all: for the first plan, and to move less. */
const MOST_LOOKS = 60_000_000;
/** Bundles that may make room for one that is put back. */
const MOST_EJECTED = 24;
/** Ejections before the first search is given up, per bundle. */
const MOST_EJECTIONS_EACH = 40;

/** Where bundles were, and the bytes that move if they are elsewhere. */
export interface Wanted {
  /** Per bundle, bytes; `NO_OFFSET` where it is free or cannot be where it was. */
  readonly offset: Float64Array;
  readonly weight: Float64Array;
  /** Bytes that move at least if it is elsewhere: less than `weight` where other members would be where they were. */
  readonly loss: Float64Array;
}

export class Ejecting {
  readonly #fit: LowestFit;
  readonly #wanted: Wanted;
  readonly #allowed: Bytes;
  readonly #draw: Draw;
  readonly #penalty: Float64Array;
  readonly #isFixed: (k: number) => boolean;
  #looksEnd = 0;

  constructor(
    bundles: readonly AlignedBundle[],
    distances: Distances,
    wanted: Wanted,
    allowed: Bytes,
    seed: number,
  ) {
    this.#fit = new LowestFit(bundles, distances);
    this.#wanted = wanted;
    this.#allowed = allowed;
    this.#draw = new Draw(seed);
    this.#penalty = new Float64Array(bundles.length).fill(1);
    this.#isFixed = k => bundles[k]!.fixed !== NO_OFFSET;
  }

  get #bundles(): readonly AlignedBundle[] {
    return this.#fit.bundles;
  }

  /** Bytes that move at least: of each pair that collides where both were, one; a bound of the lightest cover of all such pairs. */
  lowerBound(): Bytes {
    const {index, other, low, high} = this.#fit.distances;
    const {offset, loss} = this.#wanted;
    const left = loss.slice();
    let bytes = 0;
    for (let k = 0; k < offset.length; k++) {
      const at = offset[k]!;
      if (at === NO_OFFSET) continue;
      for (let e = index[k]!; e < index[k + 1]! && left[k]! > 0; e++) {
        const m = other[e]!;
        const there = this.#isFixed(m) ? this.#bundles[m]!.fixed : offset[m]!;
        if (there === NO_OFFSET || at <= there + low[e]! || at >= there + high[e]!) continue;
        const both = this.#isFixed(m) ? left[k]! : Math.min(left[k]!, left[m]!);
        left[k]! -= both;
        if (!this.#isFixed(m)) left[m]! -= both;
        bytes += both;
      }
    }
    return bytes;
  }

  /** Bytes that move at these offsets. */
  movedAt(offsets: ArrayLike<Bytes>): Bytes {
    const {offset, weight} = this.#wanted;
    let bytes = 0;
    for (let k = 0; k < weight.length; k++) if (offsets[k] !== offset[k]) bytes += weight[k]!;
    return bytes;
  }

  /** Offsets within the allowed peak that keep what does not collide; undefined where none are found. Pauses. */
  *first(isOver: () => boolean): Generator<undefined, Float64Array | undefined> {
    const {weight, offset} = this.#wanted;
    const fit = this.#fit;
    const rank = (key: (k: number) => number) =>
      [...this.#bundles.keys()].filter(k => !this.#isFixed(k)).sort((i, j) => key(j) - key(i) || i - j);
    this.#looksEnd = fit.looks + MOST_LOOKS;
    for (const k of rank(m => weight[m]!)) {
      if (offset[k] !== NO_OFFSET && fit.collision(k, offset[k]!) === undefined) fit.offsets[k] = offset[k]!;
    }
    yield;
    const waiting = rank(k => -this.#bundles[k]!.extent).filter(k => fit.offsets[k] === NO_OFFSET);
    const isDone = yield* this.#placeAll(waiting, MOST_EJECTIONS_EACH * this.#bundles.length, isOver);
    return isDone ? fit.offsets.slice() : undefined;
  }

  /** The last one first; the cheapest ejections where nothing is free. @returns whether all found a place. */
  *#placeAll(waiting: number[], most: number, isOver: () => boolean): Generator<undefined, boolean> {
    const fit = this.#fit;
    let ejections = 0;
    let next = fit.looks;
    while (waiting.length > 0) {
      const k = waiting.pop()!;
      const free = this.#freePlace(k);
      if (free !== undefined) {
        fit.offsets[k] = free;
        continue;
      }
      const at = this.#cheapest(k);
      if (at === undefined || ++ejections > most || fit.looks > this.#looksEnd) return false;
      this.#penalty[k]! += 1;
      for (const m of this.#collisions(k, at)) {
        fit.offsets[m] = NO_OFFSET;
        waiting.push(m);
      }
      fit.offsets[k] = at;
      if (fit.looks > next) {
        next = fit.looks + 200_000;
        yield;
        if (isOver()) return false;
      }
    }
    return true;
  }

  /** Where it was, if that is free; else the lowest place below the allowed peak. */
  #freePlace(k: number): Bytes | undefined {
    const was = this.#wanted.offset[k]!;
    if (was !== NO_OFFSET && this.#fit.collision(k, was) === undefined) return was;
    const lowest = this.#fit.lowest(k);
    return lowest + this.#bundles[k]!.extent <= this.#allowed ? lowest : undefined;
  }

  #collisions(k: number, at: Bytes): readonly number[] {
    const {index, other, low, high} = this.#fit.distances;
    const found = new Set<number>();
    this.#fit.looks += index[k + 1]! - index[k]!;
    for (let e = index[k]!; e < index[k + 1]!; e++) {
      const there = this.#fit.offsets[other[e]!]!;
      if (there !== NO_OFFSET && at > there + low[e]! && at < there + high[e]!) found.add(other[e]!);
    }
    return [...found];
  }

  /** What it costs to eject a bundle: more where it is where it was, and each time. */
  #costOf(k: number): number {
    if (this.#isFixed(k)) return Number.POSITIVE_INFINITY;
    const stays = this.#fit.offsets[k] === this.#wanted.offset[k] ? this.#wanted.weight[k]! : 0;
    return (stays + this.#bundles[k]!.extent) * this.#penalty[k]!;
  }

  /** The place where the ejected cost least; undefined where fixed bundles leave none. */
  #cheapest(k: number): Bytes | undefined {
    const {index, other, low, high} = this.#fit.distances;
    const {alignment, extent} = this.#bundles[k]!;
    const last = this.#allowed - extent;
    if (last < 0) return undefined;
    const begins: [Bytes, number][] = [];
    const ends: [Bytes, number][] = [];
    const places = new Set<Bytes>([0]);
    const was = this.#wanted.offset[k]!;
    if (was !== NO_OFFSET) places.add(was);
    for (let e = index[k]!; e < index[k + 1]!; e++) {
      const there = this.#fit.offsets[other[e]!]!;
      if (there === NO_OFFSET) continue;
      const cost = this.#costOf(other[e]!);
      const [from, to] = [there + low[e]!, there + high[e]!];
      begins.push([from, cost]);
      ends.push([to, cost]);
      for (const place of [Math.ceil(to / alignment) * alignment, Math.floor(from / alignment) * alignment])
        if (place >= 0 && place <= last) places.add(place);
    }
    this.#fit.looks += (index[k + 1]! - index[k]!) * 12;
    begins.sort((a, b) => a[0] - b[0]);
    ends.sort((a, b) => a[0] - b[0]);
    let [b, e, cost, fixed, best] = [0, 0, 0, 0, Number.POSITIVE_INFINITY];
    let found: Bytes | undefined;
    const count = (by: number, one: number): void => {
      if (one === Number.POSITIVE_INFINITY) fixed += by;
      else cost += by * one;
    };
    for (const place of [...places].sort((x, y) => x - y)) {
      while (b < begins.length && begins[b]![0] < place) count(1, begins[b++]![1]);
      while (e < ends.length && ends[e]![0] <= place) count(-1, ends[e++]![1]);
      if (fixed > 0 || cost >= best) continue;
      best = cost;
      found = place;
    }
    return found;
  }

  /** Moves less than the given offsets do, until nothing more is found or it is over. Pauses. */
  *improve(from: Float64Array, isOver: () => boolean): Generator<undefined, Float64Array> {
    const fit = this.#fit;
    const {offset, weight} = this.#wanted;
    fit.offsets = from.slice();
    this.#looksEnd = fit.looks + MOST_LOOKS;
    for (let round = 0, gained = true; (gained || round < 3) && fit.looks < this.#looksEnd; round++) {
      gained = false;
      const moved = [...offset.keys()].filter(
        k => weight[k]! > 0 && offset[k] !== NO_OFFSET && fit.offsets[k] !== offset[k],
      );
      moved.sort((i, j) => weight[j]! - weight[i]! || i - j);
      // the heaviest first, then in any order
      if (round > 0) shuffle(moved, this.#draw);
      for (const k of moved) {
        if (fit.looks > this.#looksEnd) break;
        if (fit.offsets[k] !== offset[k] && this.#putBack(k)) gained = true;
        yield;
        if (isOver()) return fit.offsets.slice();
      }
    }
    return fit.offsets.slice();
  }

  /** Puts a bundle where it was; what is there makes room, and so on. Undone where that moves as much or more. */
  #putBack(k: number): boolean {
    const fit = this.#fit;
    const {offset, weight} = this.#wanted;
    const before = new Map<number, Bytes>([[k, fit.offsets[k]!]]);
    const isWhere = (m: number) => fit.offsets[m] === offset[m];
    let gain = weight[k]!;
    const waiting: number[] = [];
    const eject = (m: number): void => {
      if (isWhere(m)) gain -= weight[m]!;
      if (!before.has(m)) before.set(m, fit.offsets[m]!);
      fit.offsets[m] = NO_OFFSET;
      waiting.push(m);
    };
    const undo = (): false => {
      for (const [m, at] of before) fit.offsets[m] = at;
      return false;
    };
    const settled = new Set([k]);
    const place = (m: number, at: Bytes): boolean => {
      fit.offsets[m] = NO_OFFSET;
      const there = this.#collisions(m, at);
      if (there.some(o => this.#isFixed(o) || settled.has(o))) return false;
      for (const o of there) eject(o);
      fit.offsets[m] = at;
      if (isWhere(m) && m !== k) gain += weight[m]!;
      return true;
    };
    if (!place(k, offset[k]!)) return undo();
    let ejected = waiting.length;
    while (waiting.length > 0) {
      if (gain <= 0 && !waiting.some(m => weight[m]! > 0 && offset[m] !== NO_OFFSET)) return undo();
      waiting.sort((i, j) => this.#bundles[i]!.extent - this.#bundles[j]!.extent || j - i);
      const m = waiting.pop()!;
      const free = this.#freePlace(m);
      settled.add(m);
      if (free !== undefined) {
        fit.offsets[m] = free;
        if (isWhere(m)) gain += weight[m]!;
        continue;
      }
      const at = this.#cheapest(m);
      if (at === undefined || !place(m, at)) return undo();
      ejected++;
      if (ejected > MOST_EJECTED) return undo();
    }
    return gain > 0 ? true : undo();
  }
}

function shuffle(items: number[], draw: Draw): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = draw.below(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
}
