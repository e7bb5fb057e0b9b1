/** One run through the operators: what each step costs and frees, by counts of the readers that are left. */
import type {Bytes} from '../../model/numbers.ts';
import {degree} from '../lists.ts';
import type {Network} from './network.ts';

export class Progress {
  readonly #network: Network;
  /** Per tensor: readers that have not run. */
  readonly #left: Int32Array;
  /** Per operator: operators that must run before it and have not. */
  readonly waiting: Int32Array;
  live: Bytes;
  /** The most that was live so far. */
  load: Bytes;
  /** After `weigh`: see `Runner`. */
  during = 0;
  after = 0;

  constructor(network: Network) {
    this.#network = network;
    this.#left = Int32Array.from(network.size, (_, t) => degree(network.readers, t));
    this.waiting = Int32Array.from({length: network.count}, (_, v) => degree(network.before, v));
    this.live = network.inputs;
    this.load = network.inputs;
  }

  weigh(v: number): void {
    const {made, dying, shared, size, over, surelyOver, mayOver} = this.#network;
    let freed = dying[v]!;
    for (let k = shared.index[v]!; k < shared.index[v + 1]!; k++) {
      const t = shared.list[k]!;
      if (this.#left[t] === 1) freed += size[t]!;
    }
    this.after = made[v]! - freed;
    let isOver = surelyOver[v] === 1;
    for (let k = mayOver.index[v]!; !isOver && k < mayOver.index[v + 1]!; k++)
      isOver = this.#left[mayOver.list[k]!] === 1;
    this.during = made[v]! - (isOver ? over[v]! : 0);
  }

  /** Runs `v`, which is weighed; `onReady` gets the operators that wait for nothing then. */
  run(v: number, onReady?: (u: number) => void): void {
    const {shared, next} = this.#network;
    this.load = Math.max(this.load, this.live + this.during);
    this.live += this.after;
    for (let k = shared.index[v]!; k < shared.index[v + 1]!; k++) this.#left[shared.list[k]!]!--;
    for (let k = next.index[v]!; k < next.index[v + 1]!; k++) {
      const u = next.list[k]!;
      if (--this.waiting[u]! === 0) onReady?.(u);
    }
  }
}

/** The load of an order, in whole units. */
export function loadIn(network: Network, order: ArrayLike<number>): Bytes {
  const progress = new Progress(network);
  for (let p = 0; p < order.length; p++) {
    progress.weigh(order[p]!);
    progress.run(order[p]!);
  }
  return progress.load;
}
