/**
 * One run of the planner: heuristics, then the subsolvers of a search, within the budgets; the best plan kept. It decides
 * what is to be done and leaves the doing to whoever drives it, at once in this thread or in workers.
 */

import {CoreError} from '../model/errors.ts';
import {HEURISTICS} from '../model/names.ts';
import {
  type Algorithm,
  type Heuristic,
  NO_BOUNDS,
  type Plan,
  type PlanOptions,
  type PlanStatus,
  type SearchAlgorithm,
  type Solver,
  type Violation,
} from '../model/plan.ts';
import {type Bytes, NO_OFFSET} from '../model/problem.ts';
import type {Executor, FoundPlan, SubsolverTask, Task, TaskResult} from './executor.ts';
import {inProblem, type Live} from './live.ts';
import {heuristicsBefore, type Subsolver, subsolversOf} from './subsolvers.ts';

/** Tasks that may be done side by side; what came of them, in the same order. */
type Run<T> = Generator<readonly Task[], T, readonly TaskResult[]>;

/** A subsolver at work. */
interface RunningSubsolver {
  readonly subsolver: Subsolver;
  readonly number: number;
  /** The plan it knows. */
  known: Plan | undefined;
  isDone: boolean;
}

export class Solve {
  readonly #live: Live;
  readonly #capacity: Bytes | undefined;
  readonly #options: PlanOptions;
  /** The plan that the problem's hints give; undefined where there are none, or they give none. */
  readonly #hinted: FoundPlan | undefined;
  readonly #began = performance.now();
  #bounds = NO_BOUNDS;
  /** Bytes; rises where a search proves more. */
  #lowerBound: Bytes = 0;
  #verifyMs = 0;
  #nodes = 0;
  /** Nodes after which the search ends by itself. */
  #end = Number.POSITIVE_INFINITY;
  #best: Plan | undefined;
  /** The best plan's offsets, of the live buffers. */
  #offsets: Float64Array = new Float64Array(0);
  #isStopped = false;

  constructor(live: Live, capacity: Bytes | undefined, options: PlanOptions, hinted?: FoundPlan) {
    this.#live = live;
    this.#capacity = capacity;
    this.#options = options;
    this.#hinted = hinted;
  }

  /** Does everything in this thread. */
  runIn(executor: Executor): Plan {
    const run = this.run();
    // a time limit is heard between the tasks of a batch, too
    const perform = (task: Task): TaskResult =>
      task.type === 'subsolver' && this.#isLate ? NOTHING_DONE : executor.run(task);
    let next = run.next();
    while (!next.done) next = run.next(next.value.map(perform));
    return next.value;
  }

  /** Gives tasks and takes their results until there is nothing more to do. */
  *run(): Run<Plan> {
    const {algorithm = 'auto'} = this.#options;
    if (this.#live.columns.count === 0) {
      this.#tellProgress();
      return this.#plan(new Float64Array(0), 0, 'naive');
    }
    const [result] = yield [{type: 'bounds'}];
    this.#bounds = result!.bounds!;
    this.#lowerBound = this.#bounds.lowerBound;
    this.#tellProgress();
    if (this.#hinted && this.#hinted.peak <= this.#target()) {
      this.#accept(this.#hinted);
      return this.result!;
    }
    if (isHeuristic(algorithm)) {
      yield* this.#heuristic(algorithm);
      this.#takeHints();
      return this.result!;
    }
    if (algorithm === 'exact') yield* this.#heuristic('greedy-by-size');
    else if (algorithm === 'class-sweep') yield* this.#heuristic('first-fit-online');
    else yield* this.#portfolio(heuristicsBefore(algorithm, this.#live.columns.count));
    if (algorithm !== 'portfolio') yield* this.#search(algorithm);
    // after the search, so that hints never lead it to a worse plan
    if (this.#takeHints() && algorithm !== 'portfolio') yield* this.#search(algorithm, AFTER_HINTS);
    return this.result!;
  }

  /** The best plan so far, as far as it is known by now; undefined while there is none. */
  get result(): Plan | undefined {
    // where time is over before the search is
    if (this.#hinted && !(this.#best && this.#best.peak <= this.#hinted.peak)) this.#takeHints();
    const best = this.#best;
    if (best === undefined || best.clash) return best;
    return {
      ...best,
      lowerBound: this.#lowerBound,
      status: this.#status(best.peak),
      nodes: this.#nodes,
      seconds: this.#seconds(),
    };
  }

  *#heuristic(name: Heuristic): Run<void> {
    this.#take(yield [{type: 'heuristic', name}]);
  }

  *#portfolio(heuristics: number): Run<void> {
    for (let i = 0; i < heuristics && !this.#isStopped; i++) {
      if (i > 0 && this.#isOver(this.#live.columns.count)) return;
      const peak = this.#best?.peak ?? Number.POSITIVE_INFINITY;
      const results = yield [{type: 'portfolio', lowerBound: this.#lowerBound, peak}];
      this.#take(results);
      if (results[0]!.isDone) return;
    }
  }

  /** The hinted plan becomes the best where it is as good; whether it is better. */
  #takeHints(): boolean {
    const best = this.#best?.peak ?? Number.POSITIVE_INFINITY;
    if (this.#hinted === undefined || this.#isStopped || !(this.#hinted.peak <= best)) return false;
    this.#accept(this.#hinted);
    return this.#hinted.peak < best;
  }

  /**
   * All subsolvers below the best plan, until it is proven optimal, good enough, or the budget is spent. `first`: number
   * of the first one; a number that was there before goes on with what was begun.
   */
  *#search(algorithm: 'auto' | SearchAlgorithm, first = 0): Run<void> {
    const {timeLimitMs, nodeLimit, seed = 1} = this.#options;
    const {count} = this.#live.columns;
    const subsolvers = subsolversOf(algorithm, count, seed).map(
      (subsolver, number): RunningSubsolver => ({
        subsolver,
        number: first + number,
        known: undefined,
        isDone: false,
      }),
    );
    const begin = this.#nodes;
    const worth = subsolvers.reduce((sum, {subsolver}) => sum + subsolver.worth, 0);
    this.#end = nodeLimit ?? (timeLimitMs === undefined ? begin + worth : this.#end);
    while (!this.#isStopped && this.#best!.peak > this.#lowerBound && !this.#isOver(1)) {
      const slices = this.#slicesOf(subsolvers, this.#nodes - begin);
      if (slices.length === 0) return;
      const results = yield slices.map(([running, nodes]) => this.#taskOf(running, nodes));
      results.forEach(({isDone}, i) => {
        slices[i]![0].isDone = isDone;
      });
      this.#take(results);
    }
  }

  /** The subsolvers that run after `spent` nodes of search, each with its nodes: a slice, or its share of what is left. */
  #slicesOf(subsolvers: readonly RunningSubsolver[], spent: number): [RunningSubsolver, number][] {
    const working = subsolvers.filter(({isDone}) => !isDone);
    const joined = working.filter(({subsolver}, i) => i === 0 || spent >= subsolver.after);
    const all = joined.reduce((sum, {subsolver}) => sum + subsolver.slice, 0);
    const left = this.#end - this.#nodes;
    if (left >= all) return joined.map(running => [running, running.subsolver.slice]);
    const shares = joined.map((running): [RunningSubsolver, number] => {
      return [running, Math.floor((running.subsolver.slice * left) / all)];
    });
    const able = shares.filter(([, nodes]) => nodes > 0);
    return able.length > 0 ? able : shares.slice(0, 1).map(([running]) => [running, left]);
  }

  #taskOf(running: RunningSubsolver, nodes: number): SubsolverTask {
    const {subsolver, number, known} = running;
    running.known = this.#best;
    return {
      type: 'subsolver',
      number,
      subsolver,
      nodes,
      target: this.#target(),
      peak: this.#best!.peak,
      ...(known === this.#best ? {} : {offsets: this.#offsets}),
    };
  }

  /** Bytes at which the search is satisfied. */
  #target(): Bytes {
    const {minimize} = this.#options;
    return minimize || this.#capacity === undefined
      ? this.#lowerBound
      : Math.max(this.#lowerBound, this.#capacity);
  }

  /** Takes results: work, proofs, and the best of the plans, the first among equals. */
  #take(results: readonly TaskResult[]): void {
    const target = this.#target();
    let better: FoundPlan | undefined;
    for (const {nodes, verifyMs, lowerBound = 0, found} of results) {
      this.#nodes += nodes;
      this.#verifyMs += verifyMs;
      if (lowerBound > target) {
        // with a capacity to fit, nothing fits it: that is the answer
        if (target > this.#lowerBound) this.#isStopped = true;
        this.#lowerBound = Math.max(this.#lowerBound, lowerBound);
      }
      if (found && found.peak < (better?.peak ?? Number.POSITIVE_INFINITY)) better = found;
    }
    if (better && better.peak < (this.#best?.peak ?? Number.POSITIVE_INFINITY)) this.#accept(better);
    this.#tellProgress();
  }

  /** Whether the budget has no room for `nodes` more. */
  #isOver(nodes: number): boolean {
    const {nodeLimit = Number.POSITIVE_INFINITY} = this.#options;
    return this.#nodes + nodes > Math.min(nodeLimit, this.#end) || this.#isLate;
  }

  get #isLate(): boolean {
    return performance.now() - this.#began > (this.#options.timeLimitMs ?? Number.POSITIVE_INFINITY);
  }

  /** Keeps offsets as the best plan, and tells about them. */
  #accept({algorithm, offsets, peak, violations}: FoundPlan): void {
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

  /** Fixed offsets that collide are the problem's doing; anything else is ours. */
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
      nodes: this.#nodes,
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
    const total = performance.now() - this.#began;
    return {solve: (total - this.#verifyMs) / 1000, verify: this.#verifyMs / 1000};
  }

  #tellProgress(): void {
    const {onProgress, timeLimitMs = Number.POSITIVE_INFINITY, nodeLimit} = this.#options;
    if (onProgress === undefined) return;
    const ms = performance.now() - this.#began;
    const nodesSpent = this.#nodes / (nodeLimit ?? this.#end);
    onProgress({
      bounds: this.#bounds,
      ...(this.#best === undefined ? {} : {peak: this.#best.peak, algorithm: this.#best.algorithm}),
      lowerBound: this.#lowerBound,
      nodes: this.#nodes,
      seconds: ms / 1000,
      spent: Math.min(1, Math.max(ms / timeLimitMs, nodesSpent)),
    });
  }
}

/** Number of the first subsolver of the search from hints on. */
const AFTER_HINTS = 1000;
const NOTHING_DONE: TaskResult = {nodes: 0, isDone: false, verifyMs: 0};

function isHeuristic(algorithm: Algorithm): algorithm is Heuristic {
  return (HEURISTICS as readonly string[]).includes(algorithm);
}
