/** The arena of each bundle, its cost, and whether it fits. */
import type {Bytes} from '../model/numbers.ts';
import type {Bundle} from './bundles.ts';
import type {Memories, Memory} from './memories.ts';
import {NOTHING, type Packed, pack} from './pack.ts';
import type {Solving, Subproblems} from './subproblems.ts';

/** Bundles that are to lie in one arena. */
export interface Group {
  readonly memory: Memory;
  readonly bundles: readonly number[];
}

export interface PackedGroup extends Group {
  readonly packed: Packed;
}

/** Every bundle in an arena. */
export interface Assignment {
  readonly groups: readonly PackedGroup[];
  /** Bytes above the capacities, over all arenas, of buffers larger than their pool takes, and of bundles not apart. */
  readonly excess: Bytes;
  readonly cost: number;
  /** Σ peaks, bytes. */
  readonly total: Bytes;
}

/** Whether `a` is better than `b`: it fits, then it costs less, then it takes fewer bytes, then fewer arenas. */
export function isBetter(a: Assignment, b: Assignment | undefined): boolean {
  if (b === undefined) return true;
  if (a.excess !== b.excess) return a.excess < b.excess;
  if (a.cost !== b.cost) return a.cost < b.cost;
  if (a.total !== b.total) return a.total < b.total;
  return a.groups.length < b.groups.length;
}

/** Packs groups and remembers how, since most come again. */
export class Packer {
  readonly subproblems: Subproblems;
  readonly bundles: readonly Bundle[];
  readonly memories: Memories;
  readonly #cache = new Map<string, Packed>();

  constructor(subproblems: Subproblems, bundles: readonly Bundle[], memories: Memories) {
    this.subproblems = subproblems;
    this.bundles = bundles;
    this.memories = memories;
  }

  /** How many different groups have been packed. */
  get packs(): number {
    return this.#cache.size;
  }

  /** The group packed with a short search; `bundles` ascending. */
  *packed({memory, bundles}: Group): Solving<Packed> {
    if (bundles.length === 0) return NOTHING;
    const key = keyOf(memory, bundles);
    let packed = this.#cache.get(key);
    if (packed === undefined) {
      const {pool} = memory;
      packed = yield* pack(this.subproblems, this.#of(bundles), {pool, isLong: false});
      this.#cache.set(key, packed);
    }
    return packed;
  }

  /** Remembers a group without some of its bundles at the offsets that the others have. */
  leave(group: Group, packed: Packed, leaving: ReadonlySet<number>): void {
    const stay = group.bundles.flatMap((k, m) => (leaving.has(k) ? [] : [{k, offset: packed.offsets[m]!}]));
    const offsets = stay.map(({offset}) => offset);
    const peak = stay.reduce((most, {k, offset}) => Math.max(most, offset + this.bundles[k]!.extent), 0);
    const key = keyOf(
      group.memory,
      stay.map(({k}) => k),
    );
    // of their lower bound only the largest bundle is known
    const lowerBound = stay.reduce((most, {k}) => Math.max(most, this.bundles[k]!.extent), 0);
    if (!this.#cache.has(key)) this.#cache.set(key, {offsets, peak, lowerBound, algorithm: packed.algorithm});
  }

  /** All groups packed; those without bundles are left out. */
  *assess(groups: readonly Group[]): Solving<Assignment> {
    const packed: PackedGroup[] = [];
    for (const group of groups) {
      if (group.bundles.length > 0) packed.push({...group, packed: yield* this.packed(group)});
    }
    return this.total(packed);
  }

  /** As an assignment with a long search for each group, where that is better. */
  *polished({groups}: Assignment): Solving<Assignment> {
    const polished: PackedGroup[] = [];
    for (const group of groups) {
      const {memory, bundles, packed} = group;
      const isBest = packed.peak <= packed.lowerBound || this.subproblems.isOver;
      const {pool} = memory;
      const again = isBest ? packed : yield* pack(this.subproblems, this.#of(bundles), {pool, isLong: true});
      const lowerBound = Math.max(packed.lowerBound, again.lowerBound);
      polished.push({...group, packed: {...(again.peak < packed.peak ? again : packed), lowerBound}});
    }
    return this.total(polished);
  }

  total(groups: readonly PackedGroup[]): Assignment {
    let excess = 0;
    let cost = 0;
    let total = 0;
    for (const {memory, bundles, packed} of groups) {
      // no plan at all is worse than any, also in a pool without a capacity
      excess += packed.peak === Infinity ? packed.peak : Math.max(0, packed.peak - memory.capacity);
      total += packed.peak;
      const here = new Set(bundles);
      for (const k of bundles) {
        excess += Math.max(0, this.bundles[k]!.largest - memory.largest);
        for (const other of this.memories.apart[k]!)
          if (other < k && here.has(other)) excess += this.bundles[k]!.extent;
        cost += this.memories.costOf(k, memory);
      }
    }
    return {groups, excess, cost, total};
  }

  #of(bundles: readonly number[]): Bundle[] {
    return bundles.map(k => this.bundles[k]!);
  }
}

function keyOf({alignment}: Memory, bundles: readonly number[]): string {
  return `${alignment}:${bundles.join()}`;
}
