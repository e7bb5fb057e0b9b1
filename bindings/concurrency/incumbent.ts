/** The best plan of a problem with clocks and what is proven of it; every plan is verified before it counts. */
import type {Solving, Subproblems} from '../constraints/subproblems.ts';
import {CoreError, LimitError} from '../model/errors.ts';
import {isEverLive} from '../model/load.ts';
import {type Bytes, MAX_BYTES} from '../model/numbers.ts';
import type {Bounds, Plan, PlanOptions, PlanStatus, Solver, Violation} from '../model/plan.ts';
import {NO_OFFSET, type ProblemColumns, select} from '../model/problem.ts';
import {clockViolations, violationsOfClocks} from './verify.ts';

/** Steps of the searches where neither nodes nor time are limited, some ten nanoseconds each. */
const MOST_STEPS = 120_000_000;

export class ClocksIncumbent {
  /** The live buffers, and their indices in the problem. */
  readonly live: ProblemColumns;
  readonly index: Uint32Array;
  readonly options: PlanOptions;
  readonly subproblems: Subproblems;
  /** Steps of searches so far. */
  steps = 0;
  best: Plan | undefined;
  readonly #count: number;
  #bounds: Bounds | undefined;
  #lowerBound: Bytes = 0;
  #verifySeconds = 0;

  /** Alignments must be in the columns. */
  constructor(columns: ProblemColumns, options: PlanOptions, subproblems: Subproblems) {
    this.#count = columns.count;
    this.options = options;
    this.subproblems = subproblems;
    this.index = Uint32Array.from({length: columns.count}, (_, i) => i).filter(i => isEverLive(columns, i));
    this.live = this.index.length === columns.count ? columns : select(columns, this.index);
  }

  /** @throws LimitError for a bound above 2^53 bytes */
  begin(bounds: Bounds): void {
    this.#bounds = bounds;
    this.#lowerBound = bounds.lowerBound;
    this.reportProgress();
    if (this.#lowerBound > MAX_BYTES)
      throw new LimitError(`no plan below 2^53 bytes exists: the lower bound is ${this.#lowerBound} bytes`);
  }

  get bounds(): Bounds | undefined {
    return this.#bounds;
  }

  get lowerBound(): Bytes {
    return this.#lowerBound;
  }

  /** Whether no buffer has a fixed offset: parts move as a whole. */
  get isFree(): boolean {
    return this.live.offset.every(offset => offset === NO_OFFSET);
  }

  /** Bytes: a plan with this peak ends the solve. */
  get enough(): Bytes {
    const capacity = this.options.minimize ? undefined : this.#capacity;
    return Math.max(this.#lowerBound, capacity ?? 0);
  }

  get #capacity(): Bytes | undefined {
    return this.options.capacity ?? this.live.capacity;
  }

  /** Peak of the best plan, bytes; infinite while there is none. */
  get peak(): Bytes {
    return this.best?.peak ?? Number.POSITIVE_INFINITY;
  }

  /** Whether nothing more is wanted. */
  get isOver(): boolean {
    return this.best !== undefined && (this.subproblems.isOver || this.peak <= this.enough);
  }

  /** Whether the searches have done what they do where neither nodes nor time are limited. */
  get isWorn(): boolean {
    return !this.isLimited && this.steps > MOST_STEPS;
  }

  get isLimited(): boolean {
    const {nodeLimit, timeLimitMs} = this.options;
    return nodeLimit !== undefined || timeLimitMs !== undefined;
  }

  /** Counts nodes, and comparisons of buffers. */
  spend(nodes: number, steps: number): void {
    this.subproblems.budget.nodes += nodes;
    this.steps += steps;
  }

  /** Milliseconds of the time limit that are left. */
  leftMs(timeLimitMs: number): number {
    return Math.max(1, timeLimitMs - this.subproblems.budget.seconds * 1000);
  }

  /** The best plan of the live buffers. */
  get bestOffsets(): Float64Array {
    const {offsets} = this.best!;
    return Float64Array.from(this.index, i => offsets[i]!);
  }

  /** No plan is below this, or below the best one. */
  raise(lowerBound: Bytes): void {
    this.#lowerBound = Math.max(this.#lowerBound, Math.min(lowerBound, this.peak));
  }

  /** Takes a plan of the live buffers, if it is better, verified. @returns the best */
  *accept(offsets: Float64Array, algorithm: Solver): Solving<Plan> {
    let peak = 0;
    offsets.forEach((offset, i) => {
      peak = Math.max(peak, offset + this.live.size[i]!);
    });
    if (peak > MAX_BYTES) {
      if (this.best) return this.best;
      throw new LimitError('the first plan is above 2^53 - 1 bytes');
    }
    if (this.best === undefined || peak < this.best.peak) {
      yield* this.verify(offsets);
      this.best = this.#planOf(this.#spread(offsets), peak, algorithm);
      if (this.options.onPlan?.(this.best) === false) this.subproblems.isStopped = true;
    }
    this.refresh();
    this.reportProgress();
    return this.best;
  }

  /** @throws CoreError for a bug in stowage */
  *verify(offsets: Float64Array): Solving<void> {
    const began = performance.now();
    const found = yield* clockViolations(this.live, offsets, undefined, Number.POSITIVE_INFINITY);
    this.#refuse(found);
    this.#verifySeconds += (performance.now() - began) / 1000;
  }

  #refuse([wrong]: readonly Violation[]): void {
    if (wrong) throw new CoreError(`a plan was made that verify refuses: ${JSON.stringify(wrong)}`);
  }

  /** The best plan with what is known by now. */
  refresh(): void {
    if (this.best === undefined) return;
    const {offsets, peak, algorithm} = this.best;
    this.best = this.#planOf(offsets, peak, algorithm);
  }

  #planOf(offsets: Float64Array, peak: Bytes, algorithm: Solver): Plan {
    const {budget, startSeconds} = this.subproblems;
    const solve = Math.max(0, budget.seconds - startSeconds - this.#verifySeconds);
    return {
      offsets,
      peak,
      lowerBound: this.#lowerBound,
      status: this.#statusOf(peak),
      algorithm,
      nodes: budget.nodes,
      seed: this.options.seed ?? 1,
      seconds: {start: startSeconds, solve, verify: this.#verifySeconds},
    };
  }

  #statusOf(peak: Bytes): PlanStatus {
    const capacity = this.#capacity;
    if (capacity !== undefined && peak > capacity)
      return this.#lowerBound > capacity ? 'infeasible' : 'unknown';
    return peak <= this.#lowerBound ? 'optimal' : 'feasible';
  }

  /** No plan exists: the fixed offsets of two live buffers collide. */
  noPlan([a, b]: readonly [number, number]): Plan {
    const plan = this.#planOf(new Float64Array(0), Number.NaN, 'naive');
    this.best = {
      ...plan,
      status: 'infeasible',
      clash: {kind: 'overlap', a: this.index[a]!, b: this.index[b]!},
    };
    this.options.onPlan?.(this.best);
    return this.best;
  }

  /** None was found around the fixed offsets, which proves nothing. */
  nothingFound(): Plan {
    this.best = {...this.#planOf(new Float64Array(0), Number.NaN, 'naive'), status: 'unknown'};
    return this.best;
  }

  /** A plan of the live buffers as one of all. */
  whole(plan: Plan): Plan {
    const {clash} = plan;
    const index = this.index;
    return {
      ...plan,
      offsets: plan.offsets.length === 0 ? plan.offsets : this.#spread(plan.offsets),
      ...(clash
        ? {clash: {...clash, a: index[clash.a]!, ...(clash.b === undefined ? {} : {b: index[clash.b]!})}}
        : {}),
    };
  }

  #spread(offsets: Float64Array): Float64Array {
    const all = new Float64Array(this.#count);
    this.index.forEach((i, k) => {
      all[i] = offsets[k]!;
    });
    return all;
  }

  /** Passes a plan of a plain problem on that says the same. */
  offer(plan: Plan): boolean | undefined {
    if (plan.offsets.length > 0)
      this.#refuse(violationsOfClocks(this.live, plan.offsets, undefined, Number.POSITIVE_INFINITY));
    return this.options.onPlan?.(this.whole(plan));
  }

  reportProgress(): void {
    if (this.#bounds === undefined) return;
    const progress = this.subproblems.budget.progress(this.#bounds, this.best, this.#lowerBound);
    this.options.onProgress?.({...progress, spent: Math.min(1, Math.max(progress.spent, this.#worn))});
  }

  get #worn(): number {
    return this.isLimited ? 0 : this.steps / MOST_STEPS;
  }
}
