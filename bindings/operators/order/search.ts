/** The least load of all orders: lists first, then walks within limits between the bounds, narrow ones before wide ones. */

import type {Bytes} from '../../model/numbers.ts';
import {orderBound} from './bound.ts';
import {withBranchesInOrder} from './branches.ts';
import {type ListName, listedOrder, listOrders, updatesSoon} from './list-orders.ts';
import type {Network} from './network.ts';
import {loadIn} from './progress.ts';
import {Shifts} from './shifts.ts';
import {type Allowance, Walk} from './walk.ts';

/** What is known of the least load. Bytes, in whole units of the network. */
export interface Found {
  readonly order: Uint32Array;
  readonly load: Bytes;
  readonly lowerBound: Bytes;
  /** Load of the file's order, and with each update as soon as it may run. */
  readonly fileLoad: Bytes;
  readonly soonLoad: Bytes;
  /** The operator that makes the bound that was known before any walk; −1 where inputs or outputs do. */
  readonly boundAt: number;
  readonly firstBound: Bytes;
  /** Operators weighed in walks. */
  readonly nodes: number;
  /** What found the order. */
  readonly by: By;
}

/** A rule, moves of single operators from the order of a rule, or a walk. */
export type By = ListName | 'shifts' | 'walk';

/** States of a size that walks keep at most, one walk after the other; at last all of them. */
const WIDTHS = [1, 16, 256, 4096];
/** Operators weighed in moves from one order. */
const SHIFTS = 1_000_000;
/** What backward walks of a width may spend, as a multiple of what forward ones have: they fall behind where many operators end nothing. */
const BACKWARD_SHARE = 2;
/** Operators weighed in the first walk that leaves nothing out; each further pair of walks has four times as many. */
const FIRST_FULL = 1_000_000;

export class OrderSearch {
  readonly #network: Network;
  #nodes = 0;
  readonly #nodeLimit: number;
  order: Uint32Array = new Uint32Array(0);
  load: Bytes = Number.POSITIVE_INFINITY;
  lowerBound: Bytes;
  #by: By = 'file';
  readonly #boundAt: number;
  readonly #firstBound: Bytes;
  /** The listed order, and that with each update as soon as it may run. */
  readonly listed: Uint32Array;
  readonly soon: Uint32Array;

  constructor(network: Network, nodeLimit: number) {
    this.#network = network;
    this.#nodeLimit = nodeLimit;
    const {bytes, at} = orderBound(network);
    this.lowerBound = bytes;
    this.#boundAt = at;
    this.#firstBound = bytes;
    this.listed = listedOrder(network);
    this.soon = updatesSoon(network);
    this.#offer(this.listed, this.loadOf(this.listed), 'file');
    this.#offer(this.soon, this.loadOf(this.soon), 'soon');
  }

  get found(): Found {
    const {order, load, lowerBound} = this;
    return {
      order,
      load,
      lowerBound,
      fileLoad: this.loadOf(this.listed),
      soonLoad: this.loadOf(this.soon),
      boundAt: this.#boundAt,
      firstBound: this.#firstBound,
      nodes: this.#nodes,
      by: this.#by,
    };
  }

  get isProven(): boolean {
    return this.load <= this.lowerBound;
  }

  /** Bytes, in whole units. */
  loadOf(order: Uint32Array): Bytes {
    return loadIn(this.#network, order);
  }

  /** Yields pauses; what is found so far holds at each, and before the first. */
  *run(): Generator<undefined, void> {
    if (this.isProven) return;
    let lowest = this.listed;
    for (const {name, order} of listOrders(this.#network, this.listed, this.soon)) {
      this.#offer(order, this.loadOf(order), name);
      if (this.isProven) return;
      if (name === 'lpmf') lowest = order;
      yield;
    }
    yield* this.#bisect(new Walk(withBranchesInOrder(this.#network), false), 1, this.#left);
    if (this.#isOver) return;
    for (const order of new Set([this.listed, lowest, this.order])) {
      yield* this.#shift(order);
      if (this.#isOver) return;
    }
    yield* this.#walkAll();
  }

  /** Moves of single operators, from an order. */
  *#shift(from: Uint32Array): Generator<undefined, void> {
    const allowance: Allowance = {left: Math.min(SHIFTS, this.#left)};
    const granted = allowance.left;
    const began = this.#nodes;
    const shifts = new Shifts(this.#network, from, this.lowerBound);
    const run = shifts.run(allowance);
    for (let next = run.next(); !next.done; next = run.next()) {
      this.#nodes = began + granted - allowance.left;
      yield;
    }
    this.#nodes = began + granted - allowance.left;
    this.#offer(shifts.order, this.loadOf(shifts.order), 'shifts');
  }

  *#walkAll(): Generator<undefined, void> {
    const network = withBranchesInOrder(this.#network);
    const forward = new Walk(network, false);
    const backward = network.mayOver.list.length > 0 ? undefined : new Walk(network, true);
    for (const width of WIDTHS) {
      const began = this.#nodes;
      yield* this.#bisect(forward, width, this.#left);
      if (backward && !this.#isOver)
        yield* this.#bisect(backward, width, BACKWARD_SHARE * (this.#nodes - began));
      if (this.#isOver) return;
    }
    for (let nodes = FIRST_FULL; ; nodes *= 4) {
      for (const walk of backward ? [forward, backward] : [forward]) {
        yield* this.#bisect(walk, Number.POSITIVE_INFINITY, nodes);
        if (this.#isOver) return;
      }
    }
  }

  get #left(): number {
    return this.#nodeLimit - this.#nodes;
  }

  get #isOver(): boolean {
    return this.isProven || this.#left <= 0;
  }

  #offer(order: Uint32Array, load: Bytes, by: By): void {
    if (load >= this.load) return;
    this.order = order;
    this.load = load;
    this.#by = by;
  }

  /** Walks of one width: halves what is between the bounds, as far as walks of this width succeed. */
  *#bisect(walk: Walk, width: number, most: number): Generator<undefined, void> {
    const {unit} = this.#network;
    const allowance: Allowance = {left: Math.min(most, this.#left)};
    const granted = allowance.left;
    const before = this.#nodes;
    let low = this.lowerBound;
    let high = this.load;
    // a walk that leaves nothing out is tried right below the best load first: that it fails is the proof
    let limit = width === Number.POSITIVE_INFINITY ? high - unit : middle(low, high, unit);
    while (low < high && allowance.left > 0) {
      const outcome = yield* walk.run({load: limit, width}, allowance);
      this.#nodes = before + granted - allowance.left;
      if (outcome.kind === 'found') {
        this.#offer(outcome.order, loadIn(this.#network, outcome.order), 'walk');
        high = Math.min(this.load, limit);
      } else if (outcome.kind === 'none') {
        this.lowerBound = Math.max(this.lowerBound, Math.min(outcome.next, this.load));
        low = Math.max(this.lowerBound, limit + unit);
      } else {
        low = limit + unit;
      }
      limit = middle(Math.max(low, this.lowerBound), high, unit);
    }
  }
}

/** A multiple of `unit` from `low` to below `high`. */
function middle(low: Bytes, high: Bytes, unit: Bytes): Bytes {
  const units = (high - low) / unit;
  return low + Math.floor(Math.max(0, units - 1) / 2) * unit;
}
