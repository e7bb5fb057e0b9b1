/**
 * A problem with constraints, solved by plain problems. Tied buffers become a bundle; which outputs take their
 * inputs' places, and the arena of each bundle, is searched for here; each arena is packed by the core where
 * that is the same problem, else by the core and a search for bundles. Every plan is verified before it is returned.
 */

import type {Constraints} from '../model/constraints.ts';
import {CoreError, UsageError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';
import type {Bounds, Plan, PlanOptions} from '../model/plan.ts';
import {NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import {alignedIn} from './aligned.ts';
import {polish, reaches, type SolvedArenas, solveArenas} from './arenas.ts';
import {isBetter} from './assignment.ts';
import {type AssignmentBounds, boundsOfAssignment} from './assignment-bounds.ts';
import type {Bundle} from './bundles.ts';
import {choosePairs} from './in-place.ts';
import {Memories} from './memories.ts';
import {type Packed, pack} from './pack.ts';
import {arenasPlan, type Draft, onePlan} from './result.ts';
import {loosened} from './shapes.ts';
import {type Solving, Subproblems} from './subproblems.ts';
import {TiedProblem} from './tied-problem.ts';
import {verifySteps} from './verify.ts';

/** The pool of the only arena, which has none. */
const ONE_ARENA = 0;

export class ConstrainedSolve {
  readonly subproblems: Subproblems;
  readonly #columns: ProblemColumns;
  readonly #constraints: Constraints;
  readonly #options: PlanOptions;
  #known: TiedProblem | undefined;
  #bounds: Bounds | undefined;
  /** Where there may be several arenas. */
  #assignmentBounds: AssignmentBounds | undefined;
  /** Whether there is anything to make a plan of. */
  hasResult = false;
  /** The best plan so far. */
  best: Plan | undefined;

  /** The problem must have been checked. */
  constructor(columns: ProblemColumns, options: PlanOptions) {
    if (options.capacity !== undefined && columns.constraints?.pools)
      throw new UsageError('options.capacity: a problem with pools states the capacity of each pool instead');
    this.#columns = columns;
    this.#constraints = columns.constraints!;
    this.#options = options;
    this.subproblems = new Subproblems(options);
  }

  /**
   * Bytes over all arenas that no plan can undercut. `plainBounds`: those of a plain problem.
   * @throws UsageError for constraints that contradict each other.
   */
  *bounds(plainBounds: (columns: ProblemColumns) => Bounds): Solving<Bounds> {
    const {alignment} = this.#options;
    this.#known = yield* TiedProblem.of(this.#columns, alignment, () => this.subproblems.isOver);
    const relaxed = yield* this.#known.relaxed();
    const columns = loosened(relaxed.map(bundle => alignedIn(bundle, ONE_ARENA)));
    if (!this.#hasArenas) return plainBounds(columns);
    // padding is a matter of one arena, and so is a fixed offset
    const apart = {
      ...columns,
      alignment: new Float64Array(columns.count).fill(1),
      offset: new Float64Array(columns.count).fill(NO_OFFSET),
    };
    this.#assignmentBounds = yield* this.#boundAssignments(relaxed);
    const bounds = plainBounds(this.#hasOnePool ? columns : apart);
    return {...bounds, lowerBound: Math.max(bounds.lowerBound, this.#assignmentBounds.total)};
  }

  /** Buffers. */
  get count(): number {
    return this.#columns.count;
  }

  get hasBounds(): boolean {
    return this.#bounds !== undefined;
  }

  get #tied(): TiedProblem {
    return this.#known!;
  }

  /** Whether there may be several arenas. */
  get #hasArenas(): boolean {
    const {pools, separate} = this.#constraints;
    return pools !== undefined || separate !== undefined;
  }

  get #hasOnePool(): boolean {
    const {pools} = this.#constraints;
    return pools?.length === 1 && !pools[0]!.repeated;
  }

  get #capacity(): Bytes | undefined {
    return this.#options.capacity ?? this.#columns.capacity;
  }

  *#boundAssignments(bundles: readonly Bundle[]): Solving<AssignmentBounds> {
    const memories = yield* Memories.of(this.#columns, bundles, this.#capacity);
    return yield* boundsOfAssignment(bundles, memories);
  }

  /** The best plan that the budget allows. @throws as `bounds` */
  *run(plainBounds: (columns: ProblemColumns) => Bounds): Solving<Plan> {
    this.#bounds = yield* this.bounds(plainBounds);
    this.reportProgress();
    return yield* this.#hasArenas ? this.#solveInArenas() : this.#solveInOneArena();
  }

  *#solveInOneArena(): Solving<Plan> {
    const {lowerBound} = this.#bounds!;
    const capacity = this.#options.minimize ? undefined : this.#capacity;
    const enough = Math.max(lowerBound, capacity ?? 0);
    const packing = {pool: ONE_ARENA, ...(capacity === undefined ? {} : {capacity})};
    const isOnly = this.#tied.eligible.length === 0;
    const found = yield* choosePairs<Packed>(this.#tied, this.subproblems, {
      solve: this.#solver<Packed>(bundles => pack(this.subproblems, bundles, {...packing, isLong: isOnly})),
      isBetter: (a, b) => a.peak < b.peak,
      isPerfect: ({peak}) => peak <= enough || this.subproblems.isStopped,
    });
    const {bundles} = found;
    const least = found.all?.reduce((low, packed) => Math.min(low, packed.lowerBound), Infinity) ?? 0;
    const proven = Math.max(lowerBound, least);
    let packed = found.result;
    if (!isOnly && packed.peak > Math.max(proven, enough) && !this.subproblems.isOver) {
      const again = yield* pack(this.subproblems, bundles, {...packing, isLong: true});
      if (again.peak < packed.peak) packed = again;
    }
    return yield* this.#accept(onePlan(this.#draft(bundles), packed, proven, this.#capacity));
  }

  *#solveInArenas(): Solving<Plan> {
    const bounds = {...this.#assignmentBounds!, total: this.#bounds!.lowerBound};
    const {bundles, result, all} = yield* choosePairs<SolvedArenas>(this.#tied, this.subproblems, {
      solve: this.#solver<SolvedArenas>(tried =>
        solveArenas(this.subproblems, this.#columns, tried, this.#capacity),
      ),
      isBetter: (a, b) => isBetter(a.assignment, b.assignment),
      isPerfect: ({assignment}) => this.subproblems.isStopped || reaches(assignment, bounds),
    });
    const isSearched = all?.every(one => one.isProven) ?? false;
    let best: SolvedArenas = {...result, isProven: isSearched};
    if (!isSearched && !reaches(result.assignment, bounds) && !this.subproblems.isOver)
      best = yield* polish(best);
    const {assignment} = best;
    const isProven =
      isSearched || reaches(assignment, bounds) || (assignment.excess > 0 && bounds.obstacle !== undefined);
    return yield* this.#accept(arenasPlan(this.#draft(bundles), {...best, isProven}, bounds));
  }

  /** Reports progress after every set of pairs. */
  #solver<T>(solve: (bundles: readonly Bundle[]) => Solving<T>): (bundles: readonly Bundle[]) => Solving<T> {
    const report = () => {
      this.hasResult = true;
      this.reportProgress();
    };
    return function* (bundles) {
      const result = yield* solve(bundles);
      report();
      return result;
    };
  }

  #draft(bundles: readonly Bundle[]): Draft {
    const {seed = 1} = this.#options;
    const start = this.subproblems.startSeconds;
    return {
      columns: this.#columns,
      bundles,
      inPlaceAt: this.#constraints.inPlace
        ? (offsets, arenaOf) => this.#tied.inPlaceAt(offsets, arenaOf)
        : undefined,
      known: this.#bounds!.lowerBound,
      nodes: this.subproblems.budget.nodes,
      seed,
      seconds: {start, solve: this.subproblems.budget.seconds - start, verify: 0},
    };
  }

  /** Verifies a plan, keeps it as the best and passes it to `onPlan`. */
  *#accept(unverified: Plan): Solving<Plan> {
    const began = this.subproblems.budget.seconds;
    yield* this.#verify(unverified);
    const verify = this.subproblems.budget.seconds - began;
    const plan = {...unverified, seconds: {...unverified.seconds, verify}};
    this.best = plan;
    if (this.#options.onPlan?.(plan) === false) this.subproblems.isStopped = true;
    this.reportProgress();
    return plan;
  }

  /** What does not fit may be above a capacity or too large for its pool, and nothing else may be wrong with it. */
  *#verify(plan: Plan): Solving<void> {
    if (plan.offsets.length < this.#columns.count) return;
    const {arenas} = plan;
    const checked = {...plan, ...(arenas ? {pools: arenas.map(({pool}) => pool)} : {})};
    const found = yield* verifySteps(this.#columns, checked, this.#options.alignment, this.#capacity);
    const isUnfit = plan.status === 'infeasible' || plan.status === 'unknown';
    const wrong = found.find(({kind}) => !isUnfit || !UNFIT.has(kind));
    if (wrong) throw new CoreError(`a plan was made that verify refuses: ${JSON.stringify(wrong)}`);
  }

  reportProgress(): void {
    if (this.#bounds === undefined) return;
    const {lowerBound} = this.best ?? this.#bounds;
    this.#options.onProgress?.(this.subproblems.budget.progress(this.#bounds, this.best, lowerBound));
  }
}

/** Violations that a plan which does not fit may have. */
const UNFIT: ReadonlySet<string> = new Set(['over-capacity', 'too-large', 'together']);
