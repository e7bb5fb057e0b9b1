/** One run of the planner: heuristics, then the exact search, within the budgets; every plan verified. */
import {type CoreProblem, HEURISTICS} from './core.ts';
import {CoreError, LimitError} from './errors.ts';
import {type Live, violations} from './live.ts';
import type {Algorithm, Heuristic, Plan, PlanOptions, PlanStatus, Solver, Violation} from './plan.ts';
import {type Bytes, NO_OFFSET} from './problem.ts';

/**
 * Nodes of search after the heuristics where neither nodes nor time are limited: a second or two, since a node costs
 * the more the more buffers there are.
 */
const defaultSearchNodes = (count: number) => Math.round(Math.min(500_000, Math.max(20_000, 1e8 / count)));
/** Nodes between looks at the clock: a few milliseconds. */
const NODES_PER_STEP = 2000;

export class Solve {
  readonly #core: CoreProblem;
  readonly #live: Live;
  readonly #capacity: Bytes | undefined;
  readonly #options: PlanOptions;
  readonly #began = performance.now();
  /** Bytes; rises where the exact search proves more. */
  #lowerBound: Bytes;
  #verifyMs = 0;
  #nodes = 0;
  #best: Plan | undefined;
  /** The best plan's offsets, of the live buffers. */
  #offsets: Float64Array = new Float64Array(0);
  #isStopped = false;

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
    if (algorithm === 'exact') this.#heuristic('greedy-by-size');
    else if (isHeuristic(algorithm)) this.#heuristic(algorithm);
    else this.#portfolio();
    if (algorithm === 'auto' || algorithm === 'exact') this.#search('exact');
    if (algorithm === 'local') this.#search('local');
    const best = this.#best!;
    if (best.clash) return best;
    return {
      ...best,
      lowerBound: this.#lowerBound,
      status: this.#status(best.peak),
      nodes: this.#nodes,
      seconds: this.#seconds(),
    };
  }

  #heuristic(name: Heuristic): void {
    const offsets = this.#core.plan(HEURISTICS.indexOf(name));
    this.#nodes = this.#core.count;
    this.#accept(offsets, name);
  }

  #portfolio(): void {
    const portfolio = this.#core.portfolio(this.#lowerBound);
    let goesOn = true;
    while (goesOn && !this.#isStopped) {
      goesOn = portfolio.step(1);
      this.#nodes = portfolio.count * this.#core.count;
      if (this.#best === undefined || portfolio.peak < this.#best.peak) {
        this.#accept(portfolio.plan(), HEURISTICS[portfolio.heuristic]!);
      }
      if (this.#isOver(this.#core.count)) break;
    }
  }

  /** Exact or local search below the best plan, until it is proven optimal, good enough, or the budget is spent. */
  #search(kind: 'exact' | 'local'): void {
    const {timeLimitMs, nodeLimit = Number.POSITIVE_INFINITY, seed = 1} = this.#options;
    if (this.#isStopped || this.#best!.peak <= this.#lowerBound || this.#isOver(1)) return;
    const isLimited = timeLimitMs !== undefined || nodeLimit !== Number.POSITIVE_INFINITY;
    const end = isLimited ? nodeLimit : this.#nodes + defaultSearchNodes(this.#core.count);
    const target = this.#target();
    const isForCapacity = target > this.#lowerBound;
    const search =
      kind === 'exact'
        ? this.#core.exact(this.#offsets, target, seed)
        : this.#core.local(target, this.#best!.peak, seed);
    const before = this.#nodes;
    let goesOn = true;
    while (goesOn && !this.#isStopped && this.#nodes < end && !this.#isOver(1)) {
      goesOn = search.step(Math.min(NODES_PER_STEP, end - this.#nodes));
      this.#nodes = before + search.nodes;
      if (search.lowerBound > target) {
        this.#lowerBound = search.lowerBound;
        goesOn &&= !isForCapacity; // nothing fits the capacity: that is the answer
      }
      if (search.peak !== undefined && search.peak < this.#best!.peak) this.#accept(search.plan(), kind);
    }
  }

  /** Bytes at which the search is satisfied. */
  #target(): Bytes {
    const {minimize} = this.#options;
    return minimize || this.#capacity === undefined
      ? this.#lowerBound
      : Math.max(this.#lowerBound, this.#capacity);
  }

  /** Whether the budget has no room for `nodes` more. */
  #isOver(nodes: number): boolean {
    const {nodeLimit = Number.POSITIVE_INFINITY, timeLimitMs = Number.POSITIVE_INFINITY} = this.#options;
    return this.#nodes + nodes > nodeLimit || performance.now() - this.#began > timeLimitMs;
  }

  /** Verifies offsets of the core, keeps them as the best plan, and tells about them. */
  #accept(offsets: Float64Array | undefined, algorithm: Solver): void {
    if (offsets === undefined) throw new LimitError(`the plan of ${algorithm} is above 2^53 - 1 bytes`);
    const began = performance.now();
    const found = violations(this.#core, this.#live, offsets, undefined);
    this.#verifyMs += performance.now() - began;
    if (found.length > 0) {
      this.#best = this.#clash(found, algorithm);
    } else {
      let peak = 0;
      for (let i = 0; i < offsets.length; i++)
        peak = Math.max(peak, offsets[i]! + this.#live.columns.size[i]!);
      this.#best = this.#plan(offsets, peak, algorithm);
      this.#offsets = offsets;
    }
    const {onPlan, minimize} = this.#options;
    const isEnough = !minimize && this.#capacity !== undefined && this.#best.peak <= this.#capacity;
    if (onPlan?.(this.#best) === false || this.#best.clash || isEnough) this.#isStopped = true;
  }

  /** Fixed offsets that collide are the problem's doing; anything else is ours. */
  #clash(found: readonly Violation[], algorithm: Solver): Plan {
    const isFixed = new Set<number>();
    this.#live.index.forEach((i, k) => {
      if (this.#live.columns.offset[k] !== NO_OFFSET) isFixed.add(i);
    });
    const clash = found.find(v => v.kind === 'overlap' && isFixed.has(v.a) && isFixed.has(v.b!));
    if (clash === undefined) {
      throw new CoreError(`${algorithm} made a plan that verify refuses: ${JSON.stringify(found[0])}`);
    }
    const none = new Float64Array(0);
    return {...this.#plan(none, Number.NaN, algorithm), offsets: none, status: 'infeasible', clash};
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
}

function isHeuristic(algorithm: Algorithm): algorithm is Heuristic {
  return (HEURISTICS as readonly string[]).includes(algorithm);
}
