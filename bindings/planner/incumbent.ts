/** The best plan of a solve and the proofs about it: takes results of tasks, returns plans of the whole problem. */

import {Budget} from '../model/budget.ts';
import {CoreError, HostError} from '../model/errors.ts';
import {
  NO_BOUNDS,
  type Plan,
  type PlanOptions,
  type PlanStatus,
  type Solver,
  type Violation,
} from '../model/plan.ts';
import {type Bytes, NO_OFFSET} from '../model/problem.ts';
import type {FoundPlan, TaskResult} from './executor.ts';
import {inProblem, type Live} from './live.ts';

export class Incumbent {
  readonly budget: Budget;
  /** Whether a plan above 2^53 − 1 bytes was made: it is none, but the first attempt is over. */
  isBeyond = false;
  /** Milliseconds that the solve has waited for threads to start. */
  startMs = 0;
  readonly #live: Live;
  readonly #capacity: Bytes | undefined;
  readonly #options: PlanOptions;
  #bounds = NO_BOUNDS;
  #lowerBound: Bytes = 0;
  /** Whether the lower bound was proven elsewhere. */
  #isElsewhere = false;
  #verifyMs = 0;
  #best: Plan | undefined;
  #offsets: Float64Array = new Float64Array(0);
  #isStopped = false;

  constructor(live: Live, capacity: Bytes | undefined, options: PlanOptions) {
    this.#live = live;
    this.#capacity = capacity;
    this.#options = options;
    this.budget = new Budget(options, Number.POSITIVE_INFINITY);
  }

  /** Bytes no plan can undercut; rises where a search proves more. */
  get lowerBound(): Bytes {
    return this.#lowerBound;
  }

  /** The best plan as it was accepted; `result` adds the current bounds. */
  get best(): Plan | undefined {
    return this.#best;
  }

  /** Peak of the best plan, bytes; infinite while there is none. */
  get peak(): Bytes {
    return this.#best?.peak ?? Number.POSITIVE_INFINITY;
  }

  /** Offsets of the best plan's live buffers, bytes. */
  get offsets(): Float64Array {
    return this.#offsets;
  }

  /** Whether nothing better is wanted or possible. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Bytes: a plan with this peak ends the solve. */
  get target(): Bytes {
    const {minimize} = this.#options;
    return minimize || this.#capacity === undefined
      ? this.#lowerBound
      : Math.max(this.#lowerBound, this.#capacity);
  }

  /** The best plan with its status, nodes and seconds of this moment. */
  get result(): Plan | undefined {
    const best = this.#best;
    if (best === undefined || best.clash) return best;
    const {nodes} = this.budget;
    const status = this.#status(best.peak);
    const plan = {...best, lowerBound: this.#lowerBound, status, nodes, seconds: this.#seconds()};
    return this.#isElsewhere ? {...plan, boundElsewhere: true} : plan;
  }

  /** The plan of a problem in which nothing is ever live. */
  emptyPlan(): Plan {
    this.reportProgress();
    return this.#plan(new Float64Array(0), 0, 'naive');
  }

  begin({bounds}: TaskResult): void {
    this.#bounds = bounds!;
    this.#lowerBound = this.#bounds.lowerBound;
    this.reportProgress();
  }

  /** Takes the results of a batch: nodes, proofs, and the best of their plans, the first among equals. */
  take(results: readonly TaskResult[]): void {
    const {target} = this;
    let better: FoundPlan | undefined;
    for (const {nodes, verifyMs, lowerBound = 0, found, isBeyond = false, isElsewhere = false} of results) {
      this.isBeyond ||= isBeyond;
      this.budget.nodes += nodes;
      this.#verifyMs += verifyMs;
      if (lowerBound > target) {
        // it is proven that nothing fits the capacity: that answers the question
        if (target > this.#lowerBound) this.#isStopped = true;
        // a proof here of a higher bound needs none from elsewhere
        if (lowerBound > this.#lowerBound) this.#isElsewhere = isElsewhere;
        this.#lowerBound = Math.max(this.#lowerBound, lowerBound);
      }
      if (found && found.peak < (better?.peak ?? Number.POSITIVE_INFINITY)) better = found;
    }
    if (better && better.peak < this.peak) this.accept(better);
    if (this.#isElsewhere && this.peak < this.#lowerBound)
      throw new HostError(
        `a seat claims that no plan is below ${this.#lowerBound} bytes, and a verified one has ${this.peak}: its results are refused, and no plan is made`,
      );
    this.reportProgress();
  }

  /** Makes a plan the best one and passes it to `onPlan`. */
  accept({algorithm, offsets, peak, violations}: FoundPlan): void {
    if (violations.length > 0) {
      this.#best = this.#clash(violations, algorithm);
    } else {
      this.#best = this.#plan(offsets, peak, algorithm);
      this.#offsets = offsets;
    }
    const {onPlan, minimize} = this.#options;
    const isEnough = !minimize && this.#capacity !== undefined && peak <= this.#capacity;
    if (onPlan?.(this.#best) === false || this.#best.clash || isEnough) this.#isStopped = true;
  }

  reportProgress(): void {
    this.#options.onProgress?.(this.budget.progress(this.#bounds, this.#best, this.#lowerBound));
  }

  /** Fixed offsets that collide are a fault of the problem; any other violation is a bug. */
  #clash(found: readonly Violation[], algorithm: Solver): Plan {
    const isFixed = (i: number) => this.#live.columns.offset[i] !== NO_OFFSET;
    const clash = found.find(v => v.kind === 'overlap' && isFixed(v.a) && isFixed(v.b!));
    if (clash === undefined) {
      const violation = inProblem(this.#live, found[0]!);
      throw new CoreError(`${algorithm} made a plan that verify refuses: ${JSON.stringify(violation)}`);
    }
    const none = new Float64Array(0);
    const plan = this.#plan(none, Number.NaN, algorithm);
    return {...plan, offsets: none, status: 'infeasible', clash: inProblem(this.#live, clash)};
  }

  /** `offsets` and `peak` in bytes, of the live buffers. */
  #plan(offsets: Float64Array, peak: Bytes, algorithm: Solver): Plan {
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
      nodes: this.budget.nodes,
      seed: this.#options.seed ?? 1,
      seconds: this.#seconds(),
    };
  }

  #status(peak: Bytes): PlanStatus {
    if (this.#capacity !== undefined && peak > this.#capacity) {
      return this.#lowerBound > this.#capacity ? 'infeasible' : 'unknown';
    }
    return peak <= this.#lowerBound ? 'optimal' : 'feasible';
  }

  #seconds(): Plan['seconds'] {
    const verify = this.#verifyMs / 1000;
    const start = this.startMs / 1000;
    // verifying side by side may take more than the time that passes
    return {start, solve: Math.max(0, this.budget.seconds - verify - start), verify};
  }
}
