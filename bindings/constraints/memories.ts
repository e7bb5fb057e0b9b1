/** The allowed memories of bundles: pools, their costs, and pairs of bundles that must be in different arenas. */

import type {Pool} from '../model/constraints.ts';
import {LimitError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {gridIn} from './aligned.ts';
import type {Bundle} from './bundles.ts';
import type {Solving} from './subproblems.ts';
import {Work} from './work.ts';

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
const ONLY_POOL = 'arena';

export class Memories {
  readonly list: readonly Memory[];
  readonly #bundles: readonly Bundle[];
  /** Per bundle: those it must not share an arena with. */
  readonly apart: readonly Set<number>[];

  readonly #choices: readonly (readonly Memory[])[];

  private constructor(columns: ProblemColumns, bundles: readonly Bundle[], capacity: Bytes | undefined) {
    this.#bundles = bundles;
    this.list = memoriesOf(columns.constraints?.pools, capacity);
    this.apart = bundles.map(() => new Set());
    this.#choices = bundles.map(bundle =>
      this.#allowed(bundle)
        .filter(
          ({pool, largest, capacity}) =>
            bundle.largest <= largest && bundle.extent + gridIn(bundle, pool).rest <= capacity,
        )
        .sort((a, b) => a.cost - b.cost || a.pool - b.pool),
    );
    this.#checkCosts();
  }

  static *of(
    columns: ProblemColumns,
    bundles: readonly Bundle[],
    capacity: Bytes | undefined,
  ): Solving<Memories> {
    const memories = new Memories(columns, bundles, capacity);
    yield* memories.#keepApart(columns);
    return memories;
  }

  *#keepApart({count, start, end, size, constraints = {}}: ProblemColumns): Solving<void> {
    const bundleOf = new Int32Array(count);
    this.#bundles.forEach(({members}, k) => {
      for (const {buffer} of members) bundleOf[buffer] = k;
    });
    const isLive = (i: number) => size[i]! > 0 && start[i]! < end[i]!;
    const work = new Work();
    for (const [a, b] of constraints.separate ?? []) {
      if (work.isDue(4)) yield;
      if (!isLive(a) || !isLive(b)) continue;
      this.apart[bundleOf[a]!]!.add(bundleOf[b]!);
      this.apart[bundleOf[b]!]!.add(bundleOf[a]!);
    }
  }

  /** The pools that can take bundle `k`, the cheapest first, then in the order of preference. */
  choices(k: number): readonly Memory[] {
    return this.#choices[k]!;
  }

  /** The pools that it is allowed in, whatever they hold. */
  permitted(k: number): Memory[] {
    return this.#allowed(this.#bundles[k]!);
  }

  #allowed({places: {pools}}: Bundle): Memory[] {
    return pools.length === 0 ? [...this.list] : this.list.filter(({pool}) => pools[pool] !== undefined);
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
