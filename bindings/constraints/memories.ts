/** Where blocks may lie: pools, what they cost, and which blocks must not lie in one arena. */
import type {Bytes} from '../bytes.ts';
import {LimitError} from '../errors.ts';
import type {Block} from './blocks.ts';
import type {Constraints, Pool} from './statement.ts';

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
  readonly #blocks: readonly Block[];
  /** Per block: those it must not share an arena with. */
  readonly apart: readonly ReadonlySet<number>[];

  constructor(blocks: readonly Block[], constraints: Constraints, capacity: Bytes | undefined) {
    this.#blocks = blocks;
    this.list = memoriesOf(constraints.pools, capacity);
    const blockOf = new Map(
      blocks.flatMap(({members}, k) => members.map(({buffer}) => [buffer, k] as const)),
    );
    const apart: Set<number>[] = blocks.map(() => new Set());
    for (const [a, b] of constraints.separate ?? []) {
      apart[blockOf.get(a)!]!.add(blockOf.get(b)!);
      apart[blockOf.get(b)!]!.add(blockOf.get(a)!);
    }
    this.apart = apart;
    this.#checkCosts();
  }

  /** The pools that can take block `k`, the cheapest first, then in the order of preference. */
  choices(k: number): readonly Memory[] {
    return this.permitted(k)
      .filter(
        memory => this.#blocks[k]!.largest <= memory.largest && this.#blocks[k]!.extent <= memory.capacity,
      )
      .sort((a, b) => a.cost - b.cost || a.pool - b.pool);
  }

  /** The pools that it is allowed in, whatever they hold. */
  permitted(k: number): Memory[] {
    const {allowed} = this.#blocks[k]!;
    return this.list.filter(({pool}) => (allowed >> pool) & 1);
  }

  /** What it costs to have block `k` there. */
  costOf(k: number, {cost}: Memory): number {
    return this.#blocks[k]!.traffic * cost;
  }

  #checkCosts(): void {
    const dearest = this.list.reduce((most, {cost}) => Math.max(most, cost), 0);
    const traffic = this.#blocks.reduce((sum, block) => sum + block.traffic, 0);
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
