/** What a constrained solve asks of the core, and what it may spend. It asks; whoever drives it lets the core answer. */
import type {Bytes} from '../model/numbers.ts';
import type {Plan, PlanOptions} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';

/** A plain problem to plan. */
export interface Subproblem {
  readonly columns: ProblemColumns;
  readonly options: PlanOptions;
  /** Whether it may take long, so that it is worth workers. */
  readonly isLong: boolean;
}

/** Subproblems that asks for plans of plain problems until it is done. */
export type Solving<T> = Generator<Subproblem, T, Plan>;

/** What one plan among many may take: a short search. */
const SHORT_NODES = 20_000;
const SHORT_NODES_PER_BUFFER = 20;
/** Nodes of all short searches together, where neither nodes nor time are limited. */
const MOST_NODES = 1_000_000;

export class Subproblems {
  readonly options: PlanOptions;
  readonly #began = performance.now();
  #nodes = 0;
  /** Set where whoever drives it wants the best so far. */
  isStopped = false;

  constructor(options: PlanOptions) {
    this.options = options;
  }

  get nodes(): number {
    return this.#nodes;
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** Part of the budget that is spent, 0 … 1. */
  get spent(): number {
    const {timeLimitMs = Number.POSITIVE_INFINITY, nodeLimit = MOST_NODES} = this.options;
    return Math.min(1, Math.max((this.seconds * 1000) / timeLimitMs, this.#nodes / nodeLimit));
  }

  /** Whether nothing new is to be begun. */
  get isOver(): boolean {
    return this.isStopped || this.spent >= 1;
  }

  /** Counts nodes that were not the core's. */
  count(nodes: number): void {
    this.#nodes += nodes;
  }

  /** A short search; `capacity` in bytes ends it at the first plan that fits. */
  *short(columns: ProblemColumns, capacity?: Bytes): Solving<Plan> {
    const nodeLimit = SHORT_NODES + SHORT_NODES_PER_BUFFER * columns.count;
    const limits = {nodeLimit, ...(capacity === undefined ? {} : {capacity})};
    return yield* this.#solve({columns, options: {...this.#common, ...limits}, isLong: false});
  }

  /** The quickest plan there is: one heuristic. */
  *quick(columns: ProblemColumns): Solving<Plan> {
    const options = {...this.#common, algorithm: 'greedy-by-size' as const};
    return yield* this.#solve({columns, options, isLong: false});
  }

  /** What the options allow that is not spent yet. */
  *long(columns: ProblemColumns, capacity?: Bytes): Solving<Plan> {
    const {nodeLimit, algorithm, minimize} = this.options;
    const options = {
      ...this.#common,
      ...(algorithm === undefined ? {} : {algorithm}),
      ...(minimize === undefined ? {} : {minimize}),
      ...(capacity === undefined ? {} : {capacity}),
      ...(nodeLimit === undefined ? {} : {nodeLimit: Math.max(1, nodeLimit - this.#nodes)}),
    };
    return yield* this.#solve({columns, options, isLong: true});
  }

  /** What holds for every plan. Alignments are in the columns already. */
  get #common(): PlanOptions {
    const {seed, timeLimitMs} = this.options;
    return {
      ...(seed === undefined ? {} : {seed}),
      ...(timeLimitMs === undefined ? {} : {timeLimitMs: Math.max(1, timeLimitMs - this.seconds * 1000)}),
    };
  }

  *#solve(subproblem: Subproblem): Solving<Plan> {
    const plan = yield subproblem;
    this.#nodes += plan.nodes;
    return plan;
  }
}
