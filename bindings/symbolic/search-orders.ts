/**
 * Local search on the order of buffers: an order is better if its worst ratio of peak to bound is smaller, or, at equal ones, the sum of
 * the ratios. A step moves a buffer of a path that makes the peak at some value, or two buffers change places.
 */
import {ratioOf} from '../model/dimension-values.ts';
import type {Bytes} from '../model/numbers.ts';
import type {OrderPeaks} from './order-peaks.ts';

/** How good an order is; the smaller one is better, the worst ratio first. */
export interface Score {
  readonly worst: number;
  readonly sum: number;
}

export function scoreOf(peaks: ArrayLike<Bytes>, bounds: ArrayLike<Bytes>): Score {
  let [worst, sum] = [1, 0];
  for (let v = 0; v < peaks.length; v++) {
    const ratio = ratioOf(peaks[v]!, bounds[v]!);
    if (ratio > worst) worst = ratio;
    sum += ratio;
  }
  return {worst, sum};
}

export function isBetter(one: Score, other: Score): boolean {
  return one.worst < other.worst || (one.worst === other.worst && one.sum < other.sum);
}

/** Integers below n, mulberry32. */
type Random = (n: number) => number;

function seeded(seed: number): Random {
  let state = seed >>> 0;
  return n => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % n;
  };
}

/** Steps without a better order after which the search goes back to the best and shakes it. */
const PATIENCE = 200;
const SHAKES = 3;

/** A search that stands at an order; `step` does one step. */
export class OrderSearch {
  readonly #peaks: OrderPeaks;
  readonly #bounds: Float64Array;
  readonly #random: Random;
  #order: Uint32Array<ArrayBuffer>;
  #score: Score;
  /** Ends and peaks of the order at which the search stands. */
  readonly #ends: Float64Array;
  readonly #tops: Float64Array;
  #steps = 0;
  best: Uint32Array<ArrayBuffer>;
  bestScore: Score;

  constructor(peaks: OrderPeaks, bounds: Float64Array, order: Uint32Array<ArrayBuffer>, seed: number) {
    this.#peaks = peaks;
    this.#bounds = bounds;
    this.#random = seeded(seed);
    this.#order = order.slice();
    this.#score = scoreOf(peaks.place(order), bounds);
    this.#ends = peaks.ends.slice();
    this.#tops = peaks.peaks.slice();
    this.best = order;
    this.bestScore = this.#score;
  }

  /** Whether no order can be better. */
  get isOver(): boolean {
    return this.#order.length < 2 || this.bestScore.sum <= this.#bounds.length;
  }

  /** Tries one change. It places all buffers once. */
  step(): void {
    const next = this.#order.slice();
    if (++this.#steps > PATIENCE) {
      next.set(this.best);
      for (let k = 0; k < SHAKES; k++) this.#shift(next, this.#random(next.length));
      this.#steps = 0;
    } else {
      this.#change(next);
    }
    const score = scoreOf(this.#peaks.place(next), this.#bounds);
    if (this.#steps > 0 && isBetter(this.#score, score)) return;
    this.#order = next;
    this.#score = score;
    this.#ends.set(this.#peaks.ends);
    this.#tops.set(this.#peaks.peaks);
    if (!isBetter(score, this.bestScore)) return;
    this.best = next;
    this.bestScore = score;
    this.#steps = 0;
  }

  #change(order: Uint32Array): void {
    const place = this.#criticalPlace(order);
    if (this.#random(3) > 0) {
      this.#shift(order, place);
      return;
    }
    const other = this.#random(order.length);
    [order[place], order[other]] = [order[other]!, order[place]!];
  }

  #shift(order: Uint32Array, from: number): void {
    const to = this.#random(order.length);
    const buffer = order[from]!;
    if (to > from) order.copyWithin(from, from + 1, to + 1);
    else order.copyWithin(to + 1, to, from);
    order[to] = buffer;
  }

  /** A place whose buffer may be on a path to the peak at some value: it ends where another one begins, or at the peak. */
  #criticalPlace(order: Uint32Array): number {
    const v = this.#random(2) === 0 ? this.#worstValue() : this.#random(this.#peaks.numValues);
    const path = this.#path(order, v);
    return path.length === 0 ? this.#random(order.length) : path[this.#random(path.length)]!;
  }

  #worstValue(): number {
    const bounds = this.#bounds;
    let worst = 0;
    for (let v = 1; v < bounds.length; v++) {
      if (ratioOf(this.#tops[v]!, bounds[v]!) > ratioOf(this.#tops[worst]!, bounds[worst]!)) worst = v;
    }
    return worst;
  }

  /** Places from the top down, each beginning about where the next one ends. Alignment makes it a guess, which is enough here. */
  #path(order: Uint32Array, v: number): number[] {
    const {numValues} = this.#peaks;
    const path: number[] = [];
    let height = this.#tops[v]!;
    for (let k = order.length - 1; k >= 0; k--) {
      const i = order[k]!;
      if (this.#ends[i * numValues + v] !== height) continue;
      path.push(k);
      height -= this.#peaks.sizeAt(i, v);
    }
    return path;
  }
}
