/** The planner: checks a problem, lets the core solve it within the budgets, verifies every plan before it leaves. */
import {Core, type CoreProblem, compileCore, compileCoreSync, HEURISTICS, VIOLATION_KINDS} from './core.ts';
import {CoreError, LimitError, UsageError} from './errors.ts';
import {
  ALGORITHMS,
  type Algorithm,
  type Bounds,
  checkPlanOptions,
  type Plan,
  type PlanOptions,
  type PlanStatus,
  type Violation,
} from './plan.ts';
import {
  alignmentOf,
  type Bytes,
  checkAlignment,
  checkBytes,
  NO_OFFSET,
  type Problem,
  type ProblemColumns,
  toColumns,
} from './problem.ts';

/** At most so many violations are reported. */
const MOST_VIOLATIONS = 100;
/** Milliseconds that a step of a search should take, so that limits are kept. */
const STEP_MS = 20;
/** Σ sizes above this could wrap the core's 64-bit sums. */
const MOST_TOTAL = 2 ** 62;

/** How to load the planner. */
export interface LoadOptions {
  /** A compiled `stowage/core.wasm`, where the host compiles ahead of time or shares a module between workers. */
  readonly module?: WebAssembly.Module;
}

/** A planner with the core that this package carries, or the one given. */
export async function loadPlanner(options: LoadOptions = {}): Promise<Planner> {
  return new Planner(options.module ?? (await compileCore()));
}

/** As `loadPlanner`, at once: for Node, workers, and browsers that allow it. */
export function loadPlannerSync(options: LoadOptions = {}): Planner {
  return new Planner(options.module ?? compileCoreSync());
}

/** Plans problems. Holds one instance of the core; plans are values of their own and outlive it. */
export class Planner {
  /** Names that `PlanOptions.algorithm` takes. */
  readonly algorithms: readonly Algorithm[] = ALGORITHMS;
  readonly #core: Core;

  constructor(module: WebAssembly.Module) {
    this.#core = new Core(module);
  }

  /**
   * The best plan found within the budgets, verified. Outcomes such as "infeasible" are in `status`.
   * @throws UsageError for a field or option that is not what it must be; LimitError beyond 2^53 bytes or the core's
   * memory; CoreError for a bug of ours.
   */
  plan(problem: Problem | ProblemColumns, options: PlanOptions = {}): Plan {
    checkPlanOptions(options);
    const columns = toColumns(problem);
    checkFixedOffsets(columns, options.alignment);
    const live = liveOnly(columns);
    const capacity = options.capacity ?? columns.capacity;
    return this.#core.withProblem(live.columns, options.alignment, core =>
      new Solve(core, live, capacity, options).run(),
    );
  }

  /** Bytes no plan of the problem can undercut. @throws as `plan`. */
  lowerBound(problem: Problem | ProblemColumns, options: Pick<PlanOptions, 'alignment'> = {}): Bytes {
    return this.bounds(problem, options).lowerBound;
  }

  /** The lower bound, the load under it, and where they stand. @throws as `plan`. */
  bounds(problem: Problem | ProblemColumns, options: Pick<PlanOptions, 'alignment'> = {}): Bounds {
    checkPlanOptions(options);
    const columns = toColumns(problem);
    checkFixedOffsets(columns, options.alignment);
    const {columns: live} = liveOnly(columns);
    if (live.count === 0) return {lowerBound: 0, load: 0, start: 0, end: 0, sections: 0, partitions: 0};
    return this.#core.withProblem(live, options.alignment, core => ({
      ...core.lowerBound(),
      load: core.sectionLoads().reduce((most, load) => Math.max(most, load), 0),
      ...core.shape,
    }));
  }

  /**
   * What is wrong with a plan's offsets, at most 100 violations; none for a valid plan.
   * @throws UsageError for a problem or a number of offsets that is not what it must be.
   */
  verify(
    problem: Problem | ProblemColumns,
    plan: Pick<Plan, 'offsets'> | {readonly offsets: readonly Bytes[]},
    options: Pick<PlanOptions, 'alignment' | 'capacity'> = {},
  ): Violation[] {
    if (options.capacity !== undefined) checkBytes(options.capacity, 'options.capacity');
    if (options.alignment !== undefined) checkAlignment(options.alignment, 'options.alignment');
    const columns = toColumns(problem);
    if (plan.offsets.length !== columns.count) {
      throw new UsageError(`offsets: expected ${columns.count} entries, got ${plan.offsets.length}`);
    }
    const live = liveOnly(columns);
    const capacity = options.capacity ?? columns.capacity;
    if (live.columns.count === 0) return [];
    return this.#core.withProblem(live.columns, options.alignment, core =>
      violations(
        core,
        live,
        Float64Array.from(live.index, i => plan.offsets[i]!),
        capacity,
      ),
    );
  }
}

/** The buffers that hold something at some time, and where they stand in the problem. */
interface Live {
  readonly columns: ProblemColumns;
  readonly index: Uint32Array;
  /** Number of buffers in the problem. */
  readonly total: number;
}

/** Buffers without size or lifetime take no part: they stand at 0. */
function liveOnly(columns: ProblemColumns): Live {
  const {count: total, start, end, size} = columns;
  const index = new Uint32Array(total);
  let count = 0;
  let sum = 0;
  for (let i = 0; i < total; i++) {
    if (size[i]! > 0 && end[i]! > start[i]!) index[count++] = i;
    sum += size[i]!;
  }
  if (sum > MOST_TOTAL) throw new LimitError(`the sizes sum to ${sum} bytes; at most 2^62 can be planned`);
  if (count === total) return {columns, index, total};
  return {columns: pick(columns, index.subarray(0, count)), index: index.subarray(0, count), total};
}

/** The buffers of `index` as a problem of their own. */
function pick(columns: ProblemColumns, index: Uint32Array): ProblemColumns {
  const gapIndex = new Uint32Array(index.length + 1);
  index.forEach((i, k) => {
    gapIndex[k + 1] = gapIndex[k]! + columns.gapIndex[i + 1]! - columns.gapIndex[i]!;
  });
  const gapStart = new Uint32Array(gapIndex[index.length]!);
  const gapEnd = new Uint32Array(gapIndex[index.length]!);
  index.forEach((i, k) => {
    gapStart.set(columns.gapStart.subarray(columns.gapIndex[i]!, columns.gapIndex[i + 1]!), gapIndex[k]!);
    gapEnd.set(columns.gapEnd.subarray(columns.gapIndex[i]!, columns.gapIndex[i + 1]!), gapIndex[k]!);
  });
  return {
    ...columns,
    count: index.length,
    start: Uint32Array.from(index, i => columns.start[i]!),
    end: Uint32Array.from(index, i => columns.end[i]!),
    size: Float64Array.from(index, i => columns.size[i]!),
    alignment: Float64Array.from(index, i => columns.alignment[i]!),
    offset: Float64Array.from(index, i => columns.offset[i]!),
    gapIndex,
    gapStart,
    gapEnd,
  };
}

function checkFixedOffsets(columns: ProblemColumns, override: Bytes | undefined): void {
  for (let i = 0; i < columns.count; i++) {
    const offset = columns.offset[i]!;
    if (offset === NO_OFFSET) continue;
    const alignment = alignmentOf(columns, i, override);
    if (offset % alignment !== 0) {
      throw new UsageError(
        `buffers[${i}].offset: expected a multiple of its alignment (${alignment}), got ${offset}`,
      );
    }
  }
}

/** Violations by the indices of the problem. */
function violations(
  core: CoreProblem,
  live: Live,
  offsets: Float64Array,
  capacity: Bytes | undefined,
): Violation[] {
  const triples = core.verify(offsets, capacity, MOST_VIOLATIONS);
  const found: Violation[] = [];
  for (let k = 0; k < triples.length; k += 3) {
    const kind = VIOLATION_KINDS[triples[k]!]!;
    const a = live.index[triples[k + 1]!]!;
    found.push(kind === 'overlap' ? {kind, a, b: live.index[triples[k + 2]!]!} : {kind, a});
  }
  return found;
}

/** One run of `Planner.plan`. */
class Solve {
  readonly #core: CoreProblem;
  readonly #live: Live;
  readonly #capacity: Bytes | undefined;
  readonly #options: PlanOptions;
  readonly #began = performance.now();
  readonly #lowerBound: Bytes;
  #verifyMs = 0;
  #nodes = 0;
  /** Whether planning was ended by a limit, the caller, or a plan that is good enough. */
  #isOver = false;

  constructor(core: CoreProblem, live: Live, capacity: Bytes | undefined, options: PlanOptions) {
    this.#core = core;
    this.#live = live;
    this.#capacity = capacity;
    this.#options = options;
    this.#lowerBound = live.columns.count === 0 ? 0 : core.lowerBound().lowerBound;
  }

  run(): Plan {
    const {algorithm = 'auto'} = this.#options;
    if (this.#live.columns.count === 0) return this.#plan(new Float64Array(0), 0, 'naive');
    if (algorithm === 'auto' || algorithm === 'portfolio') return this.#portfolio();
    if (algorithm === 'local') return this.#local(this.#portfolio());
    const offsets = this.#core.plan(HEURISTICS.indexOf(algorithm));
    this.#nodes = this.#core.count;
    const plan = this.#accept(offsets, algorithm);
    this.#options.onPlan?.(plan);
    return plan;
  }

  #portfolio(): Plan {
    const {
      nodeLimit = Number.POSITIVE_INFINITY,
      timeLimitMs = Number.POSITIVE_INFINITY,
      onPlan,
    } = this.#options;
    const portfolio = this.#core.portfolio(this.#lowerBound);
    let best: Plan | undefined;
    let goesOn = true;
    while (goesOn && !this.#isOver) {
      goesOn = portfolio.step(1);
      this.#nodes = portfolio.count * this.#core.count;
      if (best === undefined || portfolio.peak < best.peak) {
        best = this.#accept(portfolio.plan(), HEURISTICS[portfolio.heuristic]!);
        this.#isOver = onPlan?.(best) === false || best.clash !== undefined || this.#isEnough(best);
      }
      if (this.#nodes + this.#core.count > nodeLimit || performance.now() - this.#began > timeLimitMs) {
        this.#isOver = true;
      }
    }
    return {...best!, nodes: this.#nodes, seconds: this.#seconds()};
  }

  /** Improves a plan by local search. */
  #local(start: Plan): Plan {
    if (this.#isOver || start.peak <= this.#lowerBound) return start;
    const {timeLimitMs = Number.POSITIVE_INFINITY, seed = 1, onPlan} = this.#options;
    const spent = this.#nodes;
    const budget = this.#localNodes() - spent;
    const search = this.#core.local(this.#lowerBound, start.peak, seed);
    let best = start;
    let slice = 1;
    for (let goesOn = true; goesOn && search.nodes < budget; ) {
      const began = performance.now();
      if (began - this.#began > timeLimitMs) break;
      goesOn = search.step(Math.min(slice, budget - search.nodes));
      slice = performance.now() - began < STEP_MS / 2 ? slice * 2 : Math.max(1, slice / 2);
      this.#nodes = spent + search.nodes;
      if (search.peak === undefined || search.peak >= best.peak) continue;
      best = this.#accept(search.plan(), 'local');
      if (onPlan?.(best) === false || this.#isEnough(best)) break;
    }
    return {...best, nodes: this.#nodes, seconds: this.#seconds()};
  }

  /** Nodes at which local search ends; where no limit is given, what takes a second or some at every size. */
  #localNodes(): number {
    const {nodeLimit, timeLimitMs} = this.#options;
    const {count} = this.#core;
    if (nodeLimit !== undefined) return nodeLimit;
    if (timeLimitMs !== undefined) return Number.POSITIVE_INFINITY;
    return this.#nodes + Math.min(1000 * count, Math.max(2_000_000, 20 * count));
  }

  #isEnough(plan: Plan): boolean {
    return !this.#options.minimize && this.#capacity !== undefined && plan.peak <= this.#capacity;
  }

  /** Verifies offsets of the core and makes them a plan. */
  #accept(offsets: Float64Array | undefined, algorithm: Plan['algorithm']): Plan {
    if (offsets === undefined) throw new LimitError(`the plan of ${algorithm} is above 2^53 - 1 bytes`);
    const began = performance.now();
    const found = violations(this.#core, this.#live, offsets, undefined);
    this.#verifyMs += performance.now() - began;
    if (found.length > 0) return this.#clash(found, algorithm);
    let peak = 0;
    for (let i = 0; i < offsets.length; i++) peak = Math.max(peak, offsets[i]! + this.#live.columns.size[i]!);
    return this.#plan(offsets, peak, algorithm);
  }

  /** Fixed offsets that collide are the problem's doing; anything else is ours. */
  #clash(found: readonly Violation[], algorithm: Plan['algorithm']): Plan {
    const isFixed = new Set<number>();
    this.#live.index.forEach((i, k) => {
      if (this.#live.columns.offset[k] !== NO_OFFSET) isFixed.add(i);
    });
    const clash = found.find(v => v.kind === 'overlap' && isFixed.has(v.a) && isFixed.has(v.b!));
    if (clash === undefined) {
      throw new CoreError(`${algorithm} made a plan that verify refuses: ${JSON.stringify(found[0])}`);
    }
    return {
      ...this.#plan(new Float64Array(0), Number.NaN, algorithm),
      offsets: new Float64Array(0),
      status: 'infeasible',
      clash,
    };
  }

  #plan(offsets: Float64Array, peak: Bytes, algorithm: Plan['algorithm']): Plan {
    const all = new Float64Array(this.#live.total);
    this.#live.index.forEach((i, k) => {
      all[i] = offsets[k] ?? 0;
    });
    return {
      offsets: all,
      peak,
      lowerBound: this.#lowerBound,
      status: this.#status(peak),
      algorithm,
      nodes: this.#nodes,
      seed: this.#options.seed ?? 1,
      seconds: this.#seconds(),
    };
  }

  #status(peak: Bytes): PlanStatus {
    if (this.#capacity !== undefined && peak > this.#capacity) {
      return this.#lowerBound > this.#capacity ? 'infeasible' : 'unknown';
    }
    return peak === this.#lowerBound ? 'optimal' : 'feasible';
  }

  #seconds(): Plan['seconds'] {
    const total = performance.now() - this.#began;
    return {solve: (total - this.#verifyMs) / 1000, verify: this.#verifyMs / 1000};
  }
}
