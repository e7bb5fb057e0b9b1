/** A plan as an artifact takes it: verified against its problem, in one arena or in several pools. */
import {UsageError} from '../errors.ts';
import type {Violation} from '../plan.ts';
import type {Planner} from '../planner.ts';
import {
  alignmentOf,
  type Bytes,
  idOf,
  type Problem,
  type ProblemColumns,
  select,
  toColumns,
} from '../problem.ts';

/** Offsets that a planner made, or anybody else. */
export interface Placement {
  /** Bytes from the start of the arena or the pool, in the order of the problem's buffers. */
  readonly offsets: ArrayLike<Bytes>;
  /** Of each buffer: its pool, an index into `pools`; all are in one arena where absent. */
  readonly pool?: ArrayLike<number>;
  /** Names of the pools; one, `arena`, where absent. */
  readonly pools?: readonly string[];
}

/** A stretch of memory that a plan is executed into. */
export interface PlannedPool {
  readonly name: string;
  /** Bytes, max(offset + size) of its buffers. */
  readonly peak: Bytes;
  /** Bytes, the largest alignment among its buffers. */
  readonly alignment: Bytes;
}

/** How the offsets are to be understood. */
export interface PlacementOptions {
  /** Bytes; for buffers without an alignment of their own, instead of the problem's. */
  readonly alignment?: Bytes;
  /** Bytes that each pool may hold, instead of the problem's. */
  readonly capacity?: Bytes;
}

/** Offsets that hold. Only `verifiedPlan` makes one, so that no artifact can be written of a plan that does not. */
export class VerifiedPlan {
  readonly problem: ProblemColumns;
  readonly offsets: Float64Array;
  /** Of each buffer: an index into `pools`. */
  readonly pool: Uint32Array;
  readonly pools: readonly PlannedPool[];
  readonly #override: Bytes | undefined;

  private constructor(
    problem: ProblemColumns,
    offsets: Float64Array,
    pool: Uint32Array,
    names: readonly string[],
    override: Bytes | undefined,
  ) {
    this.problem = problem;
    this.offsets = offsets;
    this.pool = pool;
    this.#override = override;
    this.pools = names.map((name, k) => ({name, peak: this.#peakOf(k), alignment: this.#alignmentOf(k)}));
  }

  /** @throws UsageError for offsets that break a rule of the problem, naming the buffers. */
  static of(
    planner: Planner,
    problem: Problem | ProblemColumns,
    placement: Placement,
    options: PlacementOptions = {},
  ): VerifiedPlan {
    const columns = toColumns(problem);
    const names = placement.pools ?? ['arena'];
    const pool = poolsOf(placement, columns.count, names.length);
    const offsets = Float64Array.from(placement.offsets);
    if (offsets.length !== columns.count)
      throw new UsageError(`offsets: expected ${columns.count} entries, got ${offsets.length}`);
    for (let k = 0; k < names.length; k++) {
      const index = indicesOf(pool, k);
      const isWhole = index.length === columns.count;
      const part = isWhole ? columns : select(columns, index);
      const [wrong] = planner.verify(part, {offsets: [...index].map(i => offsets[i]!)}, options);
      if (wrong) throw new UsageError(describe(columns, wrong, index));
    }
    return new VerifiedPlan(columns, offsets, pool, names, options.alignment);
  }

  /** Alignment in force for buffer `i`, bytes. */
  alignment(i: number): Bytes {
    return alignmentOf(this.problem, i, this.#override);
  }

  #peakOf(pool: number): Bytes {
    let peak = 0;
    for (let i = 0; i < this.problem.count; i++) {
      if (this.pool[i] === pool && this.takesMemory(i))
        peak = Math.max(peak, this.offsets[i]! + this.problem.size[i]!);
    }
    return peak;
  }

  #alignmentOf(pool: number): Bytes {
    let largest = 1;
    for (let i = 0; i < this.problem.count; i++) {
      if (this.pool[i] === pool && this.takesMemory(i)) largest = Math.max(largest, this.alignment(i));
    }
    return largest;
  }

  /** Whether buffer `i` has a size and a lifetime; one that has not stands at 0 and holds nothing. */
  takesMemory(i: number): boolean {
    return this.problem.size[i]! > 0 && this.problem.end[i]! > this.problem.start[i]!;
  }
}

/**
 * The offsets of a plan, checked against its problem by the planner: what every artifact is written of.
 * @throws UsageError for offsets that break a rule of the problem, naming the buffers.
 * @example
 * ```js
 * import {loadPlanner} from 'stowage';
 * import {verifiedPlan} from 'stowage/artifacts';
 *
 * const planner = await loadPlanner();
 * const problem = {buffers: [0, 1].map(k => ({id: `b${k}`, size: 8, start: 0, end: 2}))};
 * const {pools} = verifiedPlan(planner, problem, {offsets: [0, 16], pool: [0, 1], pools: ['sram', 'dram']});
 * console.log(pools.map(({name, peak}) => `${name} ${peak}`).join());
 * try {
 *   verifiedPlan(planner, problem, {offsets: [0, 4]});
 * } catch (error) {
 *   console.log(error.message);
 * }
 * // prints sram 8,dram 24
 * // prints the plan does not hold: overlap: buffer "b0" and buffer "b1"
 * ```
 */
export function verifiedPlan(
  planner: Planner,
  problem: Problem | ProblemColumns,
  placement: Placement,
  options: PlacementOptions = {},
): VerifiedPlan {
  return VerifiedPlan.of(planner, problem, placement, options);
}

function poolsOf({pool}: Placement, count: number, numPools: number): Uint32Array {
  if (!pool) {
    if (numPools !== 1) throw new UsageError(`pool: expected the pool of every buffer, of ${numPools}`);
    return new Uint32Array(count);
  }
  if (pool.length !== count) throw new UsageError(`pool: expected ${count} entries, got ${pool.length}`);
  for (let i = 0; i < count; i++) {
    const given = pool[i]!;
    if (!Number.isInteger(given) || given < 0 || given >= numPools)
      throw new UsageError(`pool[${i}]: expected an integer from 0 to ${numPools - 1}, got ${given}`);
  }
  return Uint32Array.from(pool);
}

function indicesOf(pool: Uint32Array, wanted: number): Uint32Array {
  return Uint32Array.from([...pool.keys()].filter(i => pool[i] === wanted));
}

function describe(columns: ProblemColumns, {kind, a, b}: Violation, index: Uint32Array): string {
  const name = (k: number) => JSON.stringify(idOf(columns, index[k]!));
  return `the plan does not hold: ${kind}: buffer ${name(a)}${b === undefined ? '' : ` and buffer ${name(b)}`}`;
}
