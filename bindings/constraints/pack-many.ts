/**
 * Many bundles of several slices in one arena: lowest fit in several orders, then a large neighbourhood search. It takes a bundle
 * that is too high out, with some of those that it meets, and puts them back by lowest fit around the others.
 */
import type {Bytes} from '../model/numbers.ts';
import {NO_OFFSET} from '../model/problem.ts';
import type {AlignedBundle} from './aligned.ts';
import {Distances} from './distances.ts';
import {areaOf} from './shapes.ts';
import type {Solving} from './subproblems.ts';
import {Work} from './work.ts';

/** Intervals that the search looks at in all, and between two looks at the clock. */
const MOST_LOOKS = 150_000_000;
const LOOKS_PER_STEP = 20;
/** Passes over all bundles that are worth a search of orders. */
const FEWEST_PASSES = 100;
/** Bundles that are taken out beside the one that is too high, at least and at most. */
const FEWEST_OUT = 4;
const MOST_OUT = 40;

/** Numbers that look drawn at random, the same for the same seed: xorshift of 32 bits. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1) >>> 0;
  }

  /** From 0 to below `n`. */
  below(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % n;
  }
}

/** Places bundles among those that have a place. */
export class LowestFit {
  readonly bundles: readonly AlignedBundle[];
  readonly distances: Distances;
  /** Per bundle, bytes; `NO_OFFSET` for one without a place. */
  offsets: Float64Array;
  looks = 0;
  #low = new Float64Array(64);
  #high = new Float64Array(64);
  #order: number[] = [];

  constructor(bundles: readonly AlignedBundle[], distances: Distances) {
    this.bundles = bundles;
    this.distances = distances;
    this.offsets = Float64Array.from(bundles, ({fixed}) => fixed);
  }

  /** The lowest offset of bundle k from `least` on that collides with nothing placed. */
  lowest(k: number, least: Bytes = 0): Bytes {
    const {index, other, low, high} = this.distances;
    const {alignment} = this.bundles[k]!;
    const first = Math.ceil(least / alignment) * alignment;
    let count = 0;
    const order = this.#order;
    order.length = 0;
    if (this.#low.length < index[k + 1]! - index[k]!) this.#grow(index[k + 1]! - index[k]!);
    for (let e = index[k]!; e < index[k + 1]!; e++) {
      const at = this.offsets[other[e]!]!;
      if (at === NO_OFFSET || at + high[e]! <= first) continue;
      this.#low[count] = at + low[e]!;
      this.#high[count] = at + high[e]!;
      order.push(count++);
    }
    this.looks += index[k + 1]! - index[k]! + 8 * count;
    order.sort((x, y) => this.#low[x]! - this.#low[y]!);
    let offset = first;
    for (const m of order) {
      if (this.#low[m]! >= offset) break;
      if (this.#high[m]! > offset) offset = Math.ceil(this.#high[m]! / alignment) * alignment;
    }
    return offset;
  }

  #grow(size: number): void {
    this.#low = new Float64Array(2 * size);
    this.#high = new Float64Array(2 * size);
  }

  /** The first bundle with a place that collides with bundle k at this offset. */
  collision(k: number, offset: Bytes): number | undefined {
    const {index, other, low, high} = this.distances;
    this.looks += index[k + 1]! - index[k]!;
    for (let e = index[k]!; e < index[k + 1]!; e++) {
      const at = this.offsets[other[e]!]!;
      if (at !== NO_OFFSET && offset > at + low[e]! && offset < at + high[e]!) return other[e]!;
    }
    return undefined;
  }

  top(k: number): Bytes {
    return this.offsets[k]! + this.bundles[k]!.extent;
  }

  peak(): Bytes {
    let peak = 0;
    for (let k = 0; k < this.bundles.length; k++) peak = Math.max(peak, this.top(k));
    return peak;
  }
}

/** The best plan found. */
export interface Many {
  readonly offsets: Float64Array;
  readonly peak: Bytes;
}

/** Keeps the best offsets for bundles that are too many for an exact search. */
export class ManySearch {
  readonly #fit: LowestFit;
  readonly #free: readonly number[];
  readonly #work = new Work();
  best: Many | undefined;
  /** The order of the best lowest fit. */
  #order: readonly number[] = [];
  /** Bundles placed. */
  nodes = 0;

  private constructor(fit: LowestFit) {
    this.#fit = fit;
    this.#free = fit.bundles.flatMap(({fixed}, k) => (fixed === NO_OFFSET ? [k] : []));
  }

  /** Undefined where too much would have to be compared, or fixed bundles collide. */
  static *of(bundles: readonly AlignedBundle[]): Solving<ManySearch | undefined> {
    const work = new Work();
    const distances = yield* Distances.of(bundles, work);
    if (distances === undefined) return undefined;
    const fit = new LowestFit(bundles, distances);
    for (const [k, {fixed}] of bundles.entries())
      if (fixed !== NO_OFFSET && fit.collision(k, fixed) !== undefined) return undefined;
    return new ManySearch(fit);
  }

  /** A plan of others, where it is better. */
  offer(offsets: ArrayLike<Bytes>, peak: Bytes): void {
    if (this.best && this.best.peak <= peak) return;
    this.best = {offsets: Float64Array.from(offsets), peak};
  }

  /** Lowest fit in several orders, until one reaches `target` bytes. */
  *fit(target: Bytes, isOver: () => boolean): Solving<void> {
    const {bundles, distances} = this.#fit;
    const {index} = distances;
    const rank = (key: (k: number) => number) => [...this.#free].sort((i, j) => key(j) - key(i) || i - j);
    const area = bundles.map(({slices}) => areaOf(slices));
    for (const order of [
      rank(k => bundles[k]!.extent),
      rank(k => area[k]!),
      rank(k => area[k]! * bundles[k]!.extent),
      rank(k => bundles[k]!.extent * (index[k + 1]! - index[k]!)),
      rank(k => -bundles[k]!.slices[0]!.pieces[0]!),
    ]) {
      yield* this.#placeAll(order);
      const peak = this.#fit.peak();
      if (this.best === undefined || peak < this.best.peak) this.#order = order;
      this.offer(this.#fit.offsets, peak);
      if (this.best!.peak <= target || isOver()) return;
    }
  }

  *#placeAll(order: readonly number[]): Solving<void> {
    const {index} = this.#fit.distances;
    for (const k of order) this.#fit.offsets[k] = NO_OFFSET;
    for (const k of order) {
      this.#place(k);
      if (this.#work.isDue(index[k + 1]! - index[k]!)) yield;
    }
  }

  /** Moves bundles at the peak to the front of the order, a few others anywhere, and keeps what is no worse. */
  *#reorder(target: Bytes, draw: Draw, looks: number, isOver: () => boolean): Solving<void> {
    const fit = this.#fit;
    let order = this.#order;
    const begin = fit.looks;
    yield* this.#placeAll(order);
    let peak = fit.peak();
    if ((fit.looks - begin) * FEWEST_PASSES > looks) return;
    const end = begin + looks;
    while (peak > target && fit.looks < end && !isOver()) {
      const tops = order.filter(k => fit.top(k) >= peak);
      // fixed bundles make the peak
      if (tops.length === 0) return;
      const before = fit.offsets.slice();
      const next = [...order];
      const moves = 1 + draw.below(3);
      for (let m = 0; m < moves; m++) {
        const at = m === 0 ? next.indexOf(tops[draw.below(tops.length)]!) : draw.below(next.length);
        const [k] = next.splice(at, 1);
        next.splice(draw.below(m === 0 ? at + 1 : next.length + 1), 0, k!);
      }
      yield* this.#placeAll(next);
      const found = fit.peak();
      if (found > peak) {
        fit.offsets = before;
        continue;
      }
      [peak, order] = [found, next];
      this.offer(fit.offsets, peak);
    }
  }

  #place(k: number): void {
    this.#fit.offsets[k] = this.#fit.lowest(k);
    this.nodes++;
  }

  /** Goes on below the best plan, until `target` bytes are reached, it is over, or the looks are spent. */
  *improve(target: Bytes, seed: number, isOver: () => boolean): Solving<void> {
    if (this.best === undefined || this.#free.length === 0) return;
    const fit = this.#fit;
    const draw = new Draw(seed);
    yield* this.#reorder(target, draw, MOST_LOOKS / 2, isOver);
    fit.offsets = this.best.offsets.slice();
    const end = fit.looks + MOST_LOOKS / 2;
    while (this.best.peak > target && fit.looks < end) {
      const step = Math.max(1, Math.floor((this.best.peak - target) / 16));
      const limit = Math.max(target, this.best.peak - step);
      let high = this.#free.filter(k => fit.top(k) > limit);
      // fixed bundles are above it
      if (high.length === 0) return;
      let spent = 0;
      const patience = 200 + 4 * high.length;
      for (let failed = 0; failed < patience && high.length > 0 && fit.looks < end; ) {
        const k = high[draw.below(high.length)]!;
        const before = fit.looks;
        if (this.#repacked(k, limit, draw)) {
          failed = 0;
          high = this.#free.filter(m => fit.top(m) > limit);
        } else failed++;
        spent += fit.looks - before;
        if (this.#work.isDue(Math.ceil((fit.looks - before) / LOOKS_PER_STEP))) {
          yield;
          if (isOver()) return;
        }
      }
      const peak = fit.peak();
      if (peak >= this.best.peak) {
        // nothing found at this limit: the next one is nearer, or it is over
        if (step === 1 || spent === 0) return;
        fit.offsets = this.best.offsets.slice();
        target = Math.max(target, limit + 1);
      } else this.offer(fit.offsets, peak);
    }
  }

  /** Takes bundle k out with some that it meets, and puts them back; undone where more is above the limit then. */
  #repacked(k: number, limit: Bytes, draw: Draw): boolean {
    const fit = this.#fit;
    const {index, other} = fit.distances;
    const out = new Set([k]);
    const met = index[k + 1]! - index[k]!;
    const most = FEWEST_OUT + draw.below(MOST_OUT - FEWEST_OUT);
    for (let tries = 0; met > 0 && out.size < most && tries < 3 * most; tries++) {
      const m = other[index[k]! + draw.below(met)]!;
      if (fit.bundles[m]!.fixed === NO_OFFSET) out.add(m);
    }
    const taken = [...out];
    const before = taken.map(m => fit.offsets[m]!);
    const excessBefore = this.#excess(taken, limit);
    for (const m of taken) fit.offsets[m] = NO_OFFSET;
    const keys = new Map(taken.map(m => [m, fit.bundles[m]!.extent * (64 + draw.below(64))]));
    if (draw.below(2) === 0) keys.set(k, Number.POSITIVE_INFINITY);
    taken.sort((i, j) => keys.get(j)! - keys.get(i)! || i - j);
    for (const m of taken) this.#place(m);
    const excess = this.#excess(taken, limit);
    if (excess <= excessBefore) return excess < excessBefore;
    [...out].forEach((m, at) => {
      fit.offsets[m] = before[at]!;
    });
    return false;
  }

  #excess(bundles: readonly number[], limit: Bytes): Bytes {
    return bundles.reduce((sum, k) => sum + Math.max(0, this.#fit.top(k) - limit), 0);
  }
}
