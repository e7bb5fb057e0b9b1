/**
 * Better orders by moving one operator at a time: as late or as early as what it waits for and what waits for it allow. Walks keep the choices
 * of many operators open at once; where choices hardly depend on each other, as with copies that a backward pass reads, one after the other
 * does as well.
 */
import type {Bytes} from '../../model/numbers.ts';
import type {Network} from './network.ts';
import type {Allowance} from './walk.ts';

/** Operators weighed between two pauses. */
const STRETCH = 50_000;

export class Shifts {
  readonly #network: Network;
  readonly #bound: Bytes;
  readonly order: Uint32Array;
  /** Per operator: its place. */
  readonly #place: Uint32Array;
  /** Per place, bytes: live before the operator there runs, and while it runs. */
  readonly #before: Float64Array;
  readonly #during: Float64Array;
  /** The most that is live while those before a place run, and while those from a place on do. */
  readonly #mostBefore: Float64Array;
  readonly #mostFrom: Float64Array;
  #excess = 0;
  /** After `#weigh`, as in `Progress`. */
  #rise = 0;
  #after = 0;

  /** @param bound bytes that no order can undercut */
  constructor(network: Network, order: Uint32Array, bound: Bytes) {
    const {count} = network;
    this.#network = network;
    this.#bound = bound;
    this.order = order.slice();
    this.#place = new Uint32Array(count);
    this.#before = new Float64Array(count + 1);
    this.#during = new Float64Array(count);
    this.#mostBefore = new Float64Array(count + 1);
    this.#mostFrom = new Float64Array(count + 1);
    this.#measure();
  }

  get load(): Bytes {
    return this.#mostFrom[0]!;
  }

  /** Moves operators until no move helps or the allowance is spent. Yields pauses. */
  *run(allowance: Allowance): Generator<undefined, void> {
    const {count} = this.#network;
    let paused = allowance.left;
    // after a whole round without a better order there is none
    for (let v = 0, still = 0; this.load > this.#bound && still < count; v = (v + 1) % count) {
      still =
        this.#move(v, this.#latest(v), allowance) || this.#move(v, this.#earliest(v), allowance)
          ? 0
          : still + 1;
      if (allowance.left <= 0) return;
      if (paused - allowance.left < STRETCH) continue;
      paused = allowance.left;
      yield;
    }
  }

  #latest(v: number): number {
    const {next, count} = this.#network;
    let place = count;
    for (let k = next.index[v]!; k < next.index[v + 1]!; k++)
      place = Math.min(place, this.#place[next.list[k]!]!);
    return place - 1;
  }

  #earliest(v: number): number {
    const {before} = this.#network;
    let place = 0;
    for (let k = before.index[v]!; k < before.index[v + 1]!; k++)
      place = Math.max(place, this.#place[before.list[k]!]! + 1);
    return place;
  }

  /** Moves `v` where that lowers the load, or at the same load what is live above the bound, summed over the places. */
  #move(v: number, to: number, allowance: Allowance): boolean {
    const from = this.#place[v]!;
    if (from === to) return false;
    const low = Math.min(from, to);
    const high = Math.max(from, to);
    allowance.left -= high - low + 1;
    this.#put(v, from, to);
    let live = this.#before[low]!;
    let most = Math.max(this.#mostBefore[low]!, this.#mostFrom[high + 1]!);
    let excess = this.#excess;
    for (let p = low; p <= high; p++) {
      this.#weigh(this.order[p]!);
      most = Math.max(most, live + this.#rise);
      excess += Math.max(0, live + this.#rise - this.#bound) - Math.max(0, this.#during[p]! - this.#bound);
      live += this.#after;
    }
    if (most < this.load || (most === this.load && excess < this.#excess)) {
      this.#measure();
      return true;
    }
    this.#put(v, to, from);
    return false;
  }

  #put(v: number, from: number, to: number): void {
    const {order} = this;
    if (from < to) order.copyWithin(from, from + 1, to + 1);
    else order.copyWithin(to + 1, to, from);
    order[to] = v;
    for (let p = Math.min(from, to); p <= Math.max(from, to); p++) this.#place[order[p]!] = p;
  }

  #measure(): void {
    const {count, inputs, outputs} = this.#network;
    this.order.forEach((v, p) => {
      this.#place[v] = p;
    });
    this.#before[0] = inputs;
    this.#mostBefore[0] = inputs;
    this.#excess = 0;
    for (let p = 0; p < count; p++) {
      this.#weigh(this.order[p]!);
      this.#during[p] = this.#before[p]! + this.#rise;
      this.#before[p + 1] = this.#before[p]! + this.#after;
      this.#mostBefore[p + 1] = Math.max(this.#mostBefore[p]!, this.#during[p]!);
      this.#excess += Math.max(0, this.#during[p]! - this.#bound);
    }
    this.#mostFrom[count] = Math.max(inputs, outputs);
    for (let p = count - 1; p >= 0; p--)
      this.#mostFrom[p] = Math.max(this.#mostFrom[p + 1]!, this.#during[p]!);
  }

  #weigh(v: number): void {
    const {made, dying, shared, size, over, surelyOver, mayOver} = this.#network;
    let freed = dying[v]!;
    for (let k = shared.index[v]!; k < shared.index[v + 1]!; k++) {
      const t = shared.list[k]!;
      if (this.#isLast(t, v)) freed += size[t]!;
    }
    this.#after = made[v]! - freed;
    let isOver = surelyOver[v] === 1;
    for (let k = mayOver.index[v]!; !isOver && k < mayOver.index[v + 1]!; k++)
      isOver = this.#isLast(mayOver.list[k]!, v);
    this.#rise = made[v]! - (isOver ? over[v]! : 0);
  }

  /** Whether `v` is the last reader of tensor `t`. */
  #isLast(t: number, v: number): boolean {
    const {readers} = this.#network;
    const place = this.#place[v]!;
    for (let k = readers.index[t]!; k < readers.index[t + 1]!; k++) {
      if (this.#place[readers.list[k]!]! > place) return false;
    }
    return true;
  }
}
