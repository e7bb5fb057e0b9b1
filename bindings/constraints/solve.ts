/**
 * A problem with constraints, solved by plain problems. Tied buffers become a bundle; which outputs take their
 * inputs' places, and the arena of each bundle, is searched for here; each arena is packed by the core where
 * that is the same problem, else by the core and a search for bundles. Every plan is verified before it is returned.
 */

import type {Constraints} from '../model/constraints.ts';
import {CoreError, UsageError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';
import type {Bounds, Plan, PlanOptions} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {polish, reaches, type SolvedArenas, solveArenas} from './arenas.ts';
import {isBetter} from './assignment.ts';
import {boundsOfAssignment} from './assignment-bounds.ts';
import {type Bundle, TiedProblem} from './bundles.ts';
import {choosePairs} from './in-place.ts';
import {Memories} from './memories.ts';
import {type Packed, pack} from './pack.ts';
import {arenasPlan, type Draft, onePlan} from './result.ts';
import {loosened} from './shapes.ts';
import {type Solving, Subproblems} from './subproblems.ts';
import {verifyConstrained} from './verify.ts';

export class ConstrainedSolve {
  readonly subproblems: Subproblems;
  readonly #columns: ProblemColumns;
  readonly #constraints: Constraints;
  readonly #options: PlanOptions;
  readonly #tied: TiedProblem;
  #bounds: Bounds | undefined;
  /** The best plan so far. */
  best: Plan | undefined;

  /** The problem must have been checked. @throws UsageError for constraints that contradict each other. */
  constructor(columns: ProblemColumns, options: PlanOptions) {
    if (options.capacity !== undefined && columns.constraints?.pools)
      throw new UsageError('options.capacity: a problem with pools states the capacity of each pool instead');
    this.#columns = columns;
    this.#constraints = columns.constraints!;
    this.#options = options;
    this.subproblems = new Subproblems(options);
    this.#tied = new TiedProblem(columns, options.alignment);
  }

  /** A plain problem whose lower bound holds for this one. */
  get relaxed(): ProblemColumns {
    const columns = loosened(this.#tied.relaxed(), 1);
    // padding is a matter of one arena
    return this.#hasArenas ? {...columns, alignment: new Float64Array(columns.count).fill(1)} : columns;
  }

  /** Bytes over all arenas that no plan can undercut, given the bounds of `relaxed`. */
  boundsOf(bounds: Bounds): Bounds {
    if (!this.#hasArenas) return bounds;
    return {...bounds, lowerBound: Math.max(bounds.lowerBound, this.#assignmentBounds().total)};
  }

  /** Whether there may be several arenas. */
  get #hasArenas(): boolean {
    const {pools, separate} = this.#constraints;
    return pools !== undefined || separate !== undefined;
  }

  get #capacity(): Bytes | undefined {
    return this.#options.capacity ?? this.#columns.capacity;
  }

  #assignmentBounds(): ReturnType<typeof boundsOfAssignment> {
    const bundles = this.#tied.relaxed();
    return boundsOfAssignment(bundles, new Memories(bundles, this.#constraints, this.#capacity));
  }

  /** The best plan that the budget allows; `bounds` as `boundsOf` gives them. */
  *run(bounds: Bounds): Solving<Plan> {
    this.#bounds = bounds;
    this.reportProgress();
    return yield* this.#hasArenas ? this.#solveInArenas() : this.#solveInOneArena();
  }

  *#solveInOneArena(): Solving<Plan> {
    const {lowerBound} = this.#bounds!;
    const capacity = this.#options.minimize ? undefined : this.#capacity;
    const enough = Math.max(lowerBound, capacity ?? 0);
    const packing = {alignment: 1, ...(capacity === undefined ? {} : {capacity})};
    const isOnly = this.#tied.eligible.length === 0;
    const found = yield* choosePairs<Packed>(this.#tied, this.subproblems, {
      solve: this.#solver<Packed>(bundles => pack(this.subproblems, bundles, {...packing, isLong: isOnly})),
      isBetter: (a, b) => a.peak < b.peak,
      isPerfect: ({peak}) => peak <= enough || this.subproblems.isStopped,
    });
    const bundles = this.#tied.bundles(found.taken);
    const least = found.all?.reduce((low, packed) => Math.min(low, packed.lowerBound), Infinity) ?? 0;
    const proven = Math.max(lowerBound, least);
    let packed = found.result;
    if (!isOnly && packed.peak > Math.max(proven, enough) && !this.subproblems.isOver) {
      const again = yield* pack(this.subproblems, bundles, {...packing, isLong: true});
      if (again.peak < packed.peak) packed = again;
    }
    return this.#accept(onePlan(this.#draft(bundles, found.taken), packed, proven, this.#capacity));
  }

  *#solveInArenas(): Solving<Plan> {
    const bounds = {...this.#assignmentBounds(), total: this.#bounds!.lowerBound};
    const {taken, result, all} = yield* choosePairs<SolvedArenas>(this.#tied, this.subproblems, {
      solve: this.#solver<SolvedArenas>(bundles =>
        solveArenas(this.subproblems, bundles, this.#constraints, this.#capacity),
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
    const draft = this.#draft(this.#tied.bundles(taken), taken);
    return this.#accept(arenasPlan(draft, {...best, isProven}, bounds));
  }

  /** Reports progress after every set of pairs. */
  #solver<T>(solve: (bundles: readonly Bundle[]) => Solving<T>): (bundles: readonly Bundle[]) => Solving<T> {
    const tell = () => this.reportProgress();
    return function* (bundles) {
      const result = yield* solve(bundles);
      tell();
      return result;
    };
  }

  #draft(bundles: readonly Bundle[], taken: readonly number[]): Draft {
    const {seed = 1} = this.#options;
    const start = this.subproblems.startSeconds;
    return {
      columns: this.#columns,
      bundles,
      taken: this.#constraints.inPlace ? [...taken].sort((a, b) => a - b) : undefined,
      known: this.#bounds!.lowerBound,
      nodes: this.subproblems.budget.nodes,
      seed,
      seconds: {start, solve: this.subproblems.budget.seconds - start, verify: 0},
    };
  }

  /** Verifies a plan, keeps it as the best and passes it to `onPlan`. */
  #accept(unverified: Plan): Plan {
    const began = this.subproblems.budget.seconds;
    this.#verify(unverified);
    const verify = this.subproblems.budget.seconds - began;
    const plan = {...unverified, seconds: {...unverified.seconds, verify}};
    this.best = plan;
    if (this.#options.onPlan?.(plan) === false) this.subproblems.isStopped = true;
    this.reportProgress();
    return plan;
  }

  /** What does not fit may be above a capacity or too large for its pool, and nothing else may be wrong with it. */
  #verify(plan: Plan): void {
    if (plan.offsets.length < this.#columns.count) return;
    const {arenas} = plan;
    const checked = {...plan, ...(arenas ? {pools: arenas.map(({pool}) => pool)} : {})};
    const found = verifyConstrained(this.#columns, checked, this.#options.alignment, this.#capacity);
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
