/**
 * Every assignment of few bundles, depth first, so that the best is proven. A branch is left where what is assigned
 * so far does not fit, or cannot become better than the best: bundles that are added never lower a peak or a cost.
 * Arenas of a repeated pool differ by their first bundle only.
 */
import {type Assignment, type Group, isBetter, type PackedGroup, type Packer} from './assignment.ts';
import type {Solving} from './subproblems.ts';

/** Above so many live bundles, nothing is enumerated. */
export const MOST_ENUMERATED = 14;
/** Groups that are packed at most. */
const MOST_PACKS = 6000;

/** The best assignment, and whether that is proven; absent where none fits. */
export interface Enumerated {
  readonly best: Assignment | undefined;
  readonly isProven: boolean;
}

export class Enumeration {
  readonly #packer: Packer;
  readonly #order: readonly number[];
  /** Per place in the order: the least cost of the bundles from there on. */
  readonly #rest: readonly number[];
  #best: Assignment | undefined;
  #isProven = true;

  constructor(packer: Packer, live: readonly number[], incumbent: Assignment | undefined) {
    this.#packer = packer;
    const {bundles, memories} = packer;
    this.#order = [...live].sort((a, b) => bundles[b]!.extent - bundles[a]!.extent || a - b);
    const least = this.#order.map(k => {
      const [first] = memories.choices(k);
      return first ? memories.costOf(k, first) : 0;
    });
    this.#rest = [...least, 0].map((_, place) => least.slice(place).reduce((sum, cost) => sum + cost, 0));
    if (incumbent?.excess === 0) this.#best = incumbent;
  }

  *run(): Solving<Enumerated> {
    yield* this.#place(0, 0, []);
    return {best: this.#best, isProven: this.#isProven};
  }

  *#place(place: number, cost: number, groups: readonly PackedGroup[]): Solving<void> {
    if (this.#packer.packs > MOST_PACKS || this.#packer.subproblems.isOver) {
      this.#isProven = false;
      return;
    }
    if (place === this.#order.length) {
      const found = this.#packer.total(groups);
      if (isBetter(found, this.#best)) this.#best = found;
      return;
    }
    const k = this.#order[place]!;
    const {memories} = this.#packer;
    for (const memory of memories.choices(k)) {
      const next = cost + memories.costOf(k, memory);
      const here = groups.flatMap((group, g) => (group.memory === memory ? [g] : []));
      const places = memory.isRepeated || here.length === 0 ? [...here, groups.length] : here;
      for (const g of places) {
        const group = groups[g] ?? {memory, bundles: []};
        if (group.bundles.some(other => memories.apart[k]!.has(other))) continue;
        const grown = yield* this.#with(group, k);
        if (grown === undefined) continue;
        const all = groups.map((one, m) => (m === g ? grown : one));
        if (g === groups.length) all.push(grown);
        if (this.#mayBecomeBetter(next + this.#rest[place + 1]!, all))
          yield* this.#place(place + 1, next, all);
      }
    }
  }

  /** The group with one bundle more; undefined where that does not fit. */
  *#with({memory, bundles}: Group, k: number): Solving<PackedGroup | undefined> {
    const group = {memory, bundles: [...bundles, k].sort((a, b) => a - b)};
    const packed = yield* this.#packer.packed(group);
    if (packed.peak > packed.lowerBound) this.#isProven = false;
    return packed.peak <= memory.capacity && packed.peak !== Number.POSITIVE_INFINITY
      ? {...group, packed}
      : undefined;
  }

  #mayBecomeBetter(cost: number, groups: readonly PackedGroup[]): boolean {
    const total = groups.reduce((sum, {packed}) => sum + packed.peak, 0);
    return isBetter({groups, excess: 0, cost, total}, this.#best);
  }
}
