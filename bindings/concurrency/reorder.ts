/**
 * Local search over orders: a buffer of the pile that makes the peak is placed earlier, and first fit packs all anew. The order is
 * kept where the peak does not rise, so that the search walks among plans of equal peak.
 */
import {NO_OFFSET} from '../model/problem.ts';
import {orderOfOffsets, Placed} from './first-fit.ts';
import {type Packing, peakOf} from './packing.ts';
import type {Draws} from './random.ts';

export class Reorder {
  readonly #packing: Packing;
  readonly #draws: Draws;
  #order: Uint32Array;
  offsets: Float64Array;
  /** Bytes. */
  peak: number;
  /** Work so far, in steps of some ten nanoseconds. */
  steps = 0;

  /** `offsets`: a plan; `order`: the order in which first fit made it, if it did. */
  constructor(packing: Packing, offsets: Float64Array, draws: Draws, order = orderOfOffsets(offsets)) {
    this.#packing = packing;
    this.#draws = draws;
    this.#order = order;
    this.offsets = offsets;
    this.peak = peakOf(packing, offsets);
  }

  /** Tries one other order. @returns the buffers placed */
  move(): number {
    const pile = this.#pile();
    // buffers near the top more often
    const buffer = pile[this.#draws.below(1 + this.#draws.below(pile.length))]!;
    const from = this.#order.indexOf(buffer);
    const isAnywhere = this.#draws.below(4) === 0;
    const to = this.#draws.below(isAnywhere ? this.#order.length : from + 1);
    const order = this.#order.slice();
    if (to <= from) order.copyWithin(to + 1, to, from);
    else order.copyWithin(from, from + 1, to + 1);
    order[to] = buffer;
    return this.#pack(order, Math.min(from, to));
  }

  /** A buffer at the peak, one that it rests upon, one that this rests upon, down to the bottom. */
  #pile(): number[] {
    const {size, conflicts} = this.#packing;
    const topOf = (i: number) => this.offsets[i]! + size[i]!;
    const tops = Array.from(this.offsets.keys()).filter(i => topOf(i) === this.peak);
    const pile = [tops[this.#draws.below(tops.length)]!];
    for (let last = pile[0]!; ; last = pile.at(-1)!) {
      const offset = this.offsets[last]!;
      if (offset === 0) break;
      // padding for an alignment may be between the two
      const around = conflicts.list(last).filter(j => topOf(j) <= offset);
      const highest = around.reduce((most, j) => Math.max(most, topOf(j)), 0);
      const below = around.filter(j => topOf(j) === highest);
      if (below.length === 0) break;
      pile.push(below[this.#draws.below(below.length)]!);
    }
    return pile;
  }

  /** Packs in an order, of which so many are where they were, and keeps to it unless the peak would rise. */
  #pack(order: Uint32Array, same: number): number {
    const {size, count} = this.#packing;
    const placed = new Placed(this.#packing);
    let nodes = 0;
    for (const i of order.subarray(0, same))
      if (placed.offsets[i] === NO_OFFSET) placed.put(i, this.offsets[i]!);
    for (const i of order.subarray(same)) {
      if (placed.offsets[i] !== NO_OFFSET) continue;
      const offset = placed.lowest(i);
      nodes++;
      if (offset + size[i]! > this.peak) break;
      placed.put(i, offset);
    }
    this.steps += nodes * (count / 4 + 20) + count;
    if (placed.offsets.includes(NO_OFFSET)) return nodes;
    this.#order = order;
    this.offsets = placed.offsets;
    this.peak = peakOf(this.#packing, placed.offsets);
    return nodes;
  }
}
