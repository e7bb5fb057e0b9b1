/** The input of all artifacts: a plan that was checked against its problem, in one arena or several. */
import {UsageError} from '../model/errors.ts';
import type {Violation} from '../model/plan.ts';
import {alignmentOf, type Bytes, idOf, type Problem, type ProblemColumns, select} from '../model/problem.ts';
import {show} from '../model/shown.ts';
import {toColumns} from '../model/to-columns.ts';
import type {Planner} from '../planner/planner.ts';

/** Offsets from any planner. A `Plan` is one. */
export interface Placement {
  /** Bytes from the start of the buffer's arena, in the order of the problem's buffers. */
  readonly offsets: ArrayLike<Bytes>;
  /** Per buffer, an index into `arenas`; if absent, all are in one arena. */
  readonly arenaOf?: ArrayLike<number>;
  /** One, named `arena`, where absent. `pool`: its pool, by index, where the problem states pools. */
  readonly arenas?: readonly {readonly name?: string; readonly pool?: number}[];
}

/** A stretch of memory that a plan is executed into. */
export interface PlannedArena {
  readonly name: string;
  /** Bytes, max(offset + size) of its buffers. */
  readonly peak: Bytes;
  /** Bytes, the largest alignment among its buffers. */
  readonly alignment: Bytes;
}

/** Rules for checking the offsets. */
export interface PlacementOptions {
  /** Bytes; for buffers without an alignment of their own, instead of the problem's. */
  readonly alignment?: Bytes;
  /** Bytes that each arena may hold, instead of the problem's. */
  readonly capacity?: Bytes;
}

/** Verified offsets. Only `checkedPlan` makes one, so every artifact is written from a valid plan. */
export class CheckedPlan {
  readonly problem: ProblemColumns;
  readonly offsets: Float64Array;
  /** Per buffer: an index into `arenas`. */
  readonly arenaOf: Uint32Array;
  readonly arenas: readonly PlannedArena[];
  readonly #override: Bytes | undefined;

  private constructor(
    problem: ProblemColumns,
    offsets: Float64Array,
    arenaOf: Uint32Array,
    names: readonly string[],
    override: Bytes | undefined,
  ) {
    this.problem = problem;
    this.offsets = offsets;
    this.arenaOf = arenaOf;
    this.#override = override;
    this.arenas = names.map((name, k) => ({name, peak: this.#peakOf(k), alignment: this.#alignmentOf(k)}));
  }

  /** @throws UsageError for offsets that break a rule of the problem, naming the buffers. */
  static of(
    planner: Planner,
    problem: Problem | ProblemColumns,
    placement: Placement,
    options: PlacementOptions = {},
  ): CheckedPlan {
    const columns = toColumns(problem);
    if (placement.offsets.length !== columns.count)
      throw new UsageError(`offsets: expected ${columns.count} entries, got ${placement.offsets.length}`);
    const offsets = Float64Array.from(placement.offsets);
    const names = namesOf(columns, placement);
    const arenaOf = arenasOf(placement, columns.count, names.length);
    if (columns.constraints) checkWhole(planner, columns, placement, options);
    else {
      for (let k = 0; k < names.length; k++)
        checkArena(planner, columns, offsets, indicesOf(arenaOf, k), options);
    }
    return new CheckedPlan(columns, offsets, arenaOf, names, options.alignment);
  }

  /** Alignment in force for buffer `i`, bytes. */
  alignment(i: number): Bytes {
    return alignmentOf(this.problem, i, this.#override);
  }

  /** Whether buffer `i` has a size and a lifetime; one without is at offset 0 and holds nothing. */
  takesMemory(i: number): boolean {
    return this.problem.size[i]! > 0 && this.problem.end[i]! > this.problem.start[i]!;
  }

  #peakOf(arena: number): Bytes {
    let peak = 0;
    for (let i = 0; i < this.problem.count; i++) {
      if (this.arenaOf[i] === arena && this.takesMemory(i))
        peak = Math.max(peak, this.offsets[i]! + this.problem.size[i]!);
    }
    return peak;
  }

  #alignmentOf(arena: number): Bytes {
    let largest = 1;
    for (let i = 0; i < this.problem.count; i++) {
      if (this.arenaOf[i] === arena && this.takesMemory(i)) largest = Math.max(largest, this.alignment(i));
    }
    return largest;
  }
}

/**
 * The offsets of a plan, checked against its problem by the planner: the input of every artifact.
 * @throws UsageError for offsets that break a rule of the problem, naming the buffers.
 * @example
 * ```js
 * import {loadPlanner} from 'stowage';
 * import {checkedPlan} from 'stowage/artifacts';
 *
 * const planner = await loadPlanner();
 * const problem = {buffers: [0, 1].map(k => ({id: `b${k}`, size: 8, start: 0, end: 2}))};
 * const apart = {offsets: [0, 16], arenaOf: [0, 1], arenas: [{name: 'sram'}, {name: 'dram'}]};
 * const {arenas} = checkedPlan(planner, problem, apart);
 * console.log(arenas.map(({name, peak}) => `${name} ${peak}`).join());
 * try {
 *   checkedPlan(planner, problem, {offsets: [0, 4]});
 * } catch (error) {
 *   console.log(error.message);
 * }
 * // prints sram 8,dram 24
 * // prints the plan does not hold: overlap: buffer "b0" and buffer "b1"
 * ```
 */
export function checkedPlan(
  planner: Planner,
  problem: Problem | ProblemColumns,
  placement: Placement,
  options: PlacementOptions = {},
): CheckedPlan {
  return CheckedPlan.of(planner, problem, placement, options);
}

/** The given names, else the names of the pools; a single arena is `arena`. */
function namesOf({constraints}: ProblemColumns, {arenas}: Placement): string[] {
  if (!arenas) return ['arena'];
  return arenas.map(
    ({name, pool}, k) =>
      name ?? (pool === undefined ? undefined : constraints?.pools?.[pool]?.name) ?? `arena${k}`,
  );
}

function arenasOf({arenaOf}: Placement, count: number, numArenas: number): Uint32Array {
  if (!arenaOf) {
    if (numArenas > 1) throw new UsageError(`arenaOf: expected the arena of every buffer, of ${numArenas}`);
    return new Uint32Array(count);
  }
  if (arenaOf.length !== count)
    throw new UsageError(`arenaOf: expected ${count} entries, got ${arenaOf.length}`);
  for (let i = 0; i < count; i++) {
    const given = arenaOf[i]!;
    if (!Number.isInteger(given) || given < 0 || (given >= numArenas && numArenas > 0))
      throw new UsageError(`arenaOf[${i}]: expected an integer from 0 to ${numArenas - 1}, got ${given}`);
  }
  return Uint32Array.from(arenaOf);
}

function indicesOf(arenaOf: Uint32Array, wanted: number): Uint32Array {
  return Uint32Array.from([...arenaOf.keys()].filter(i => arenaOf[i] === wanted));
}

/** A problem with constraints defines the allowed pools itself. */
function checkWhole(
  planner: Planner,
  columns: ProblemColumns,
  {offsets, arenaOf, arenas}: Placement,
  options: PlacementOptions,
): void {
  const [wrong] = planner.verify(
    columns,
    {
      offsets,
      ...(arenaOf ? {arenaOf} : {}),
      ...(arenas ? {arenas: arenas.map(({pool = 0}) => ({pool}))} : {}),
    },
    options,
  );
  if (wrong) throw new UsageError(describe(columns, wrong, k => k));
}

/** The buffers of an arena as a problem of their own. */
function checkArena(
  planner: Planner,
  columns: ProblemColumns,
  offsets: Float64Array,
  index: Uint32Array,
  options: PlacementOptions,
): void {
  const isWhole = index.length === columns.count;
  const part = isWhole ? columns : select(columns, index);
  const [wrong] = planner.verify(part, {offsets: Float64Array.from(index, i => offsets[i]!)}, options);
  if (wrong) throw new UsageError(describe(columns, wrong, k => index[k]!));
}

function describe(columns: ProblemColumns, {kind, a, b}: Violation, indexOf: (k: number) => number): string {
  const name = (k: number) => show(idOf(columns, indexOf(k)));
  return `the plan does not hold: ${kind}: buffer ${name(a)}${b === undefined ? '' : ` and buffer ${name(b)}`}`;
}
