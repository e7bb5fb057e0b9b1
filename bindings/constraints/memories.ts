/** The allowed memories of bundles: pools, their costs, and pairs of bundles that must be in different arenas. */

import type {Constraints, Pool} from '../model/constraints.ts';
import {LimitError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';
import type {Bundle} from './bundles.ts';

/** A pool with all that it states, and all that it does not. */
export interface Memory {
  readonly pool: number;
  readonly name: string;
  /** Bytes, infinite for no limit. */
  readonly capacity: Bytes;
  readonly alignment: Bytes;
  readonly largest: Bytes;
  readonly cost: number;
  readonly isRepeated: boolean;
}

/** The name of the only pool of a problem that states separation and no pools. */
export const ONLY_POOL = 'arena';

export class Memories {
  readonly list: readonly Memory[];
  readonly #bundles: readonly Bundle[];
  /** Per bundle: those it must not share an arena with. */
  readonly apart: readonly ReadonlySet<number>[];

  constructor(bundles: readonly Bundle[], constraints: Constraints, capacity: Bytes | undefined) {
    this.#bundles = bundles;
    this.list = memoriesOf(constraints.pools, capacity);
    const bundleOf = new Map(
      bundles.flatMap(({members}, k) => members.map(({buffer}) => [buffer, k] as const)),
    );
    const apart: Set<number>[] = bundles.map(() => new Set());
    for (const [a, b] of constraints.separate ?? []) {
      apart[bundleOf.get(a)!]!.add(bundleOf.get(b)!);
      apart[bundleOf.get(b)!]!.add(bundleOf.get(a)!);
    }
    this.apart = apart;
    this.#checkCosts();
  }

  /** The pools that can take bundle `k`, the cheapest first, then in the order of preference. */
  choices(k: number): readonly Memory[] {
    return this.permitted(k)
      .filter(
        memory => this.#bundles[k]!.largest <= memory.largest && this.#bundles[k]!.extent <= memory.capacity,
      )
      .sort((a, b) => a.cost - b.cost || a.pool - b.pool);
  }

  /** The pools that it is allowed in, whatever they hold. */
  permitted(k: number): Memory[] {
    const {allowed} = this.#bundles[k]!;
    return this.list.filter(({pool}) => (allowed >> pool) & 1);
  }

  /** What it costs to have bundle `k` there. */
  costOf(k: number, {cost}: Memory): number {
    return this.#bundles[k]!.traffic * cost;
  }

  #checkCosts(): void {
    const dearest = this.list.reduce((most, {cost}) => Math.max(most, cost), 0);
    const traffic = this.#bundles.reduce((sum, bundle) => sum + bundle.traffic, 0);
    if (traffic * dearest > Number.MAX_SAFE_INTEGER)
      throw new LimitError(
        `the accesses cost up to ${traffic * dearest}; at most 2^53 - 1 can be compared: make costs or accesses smaller`,
      );
  }
}

function memoriesOf(pools: readonly Pool[] | undefined, capacity: Bytes | undefined): readonly Memory[] {
  if (pools === undefined)
    return memoriesOf(
      [{name: ONLY_POOL, repeated: true, ...(capacity === undefined ? {} : {capacity})}],
      undefined,
    );
  return pools.map((pool, k) => ({
    pool: k,
    name: pool.name,
    capacity: pool.capacity ?? Number.POSITIVE_INFINITY,
    alignment: pool.alignment ?? 1,
    largest: pool.largest ?? Number.POSITIVE_INFINITY,
    cost: pool.cost ?? k,
    isRepeated: pool.repeated ?? false,
  }));
}
