/** The plain problems that a constrained solve consists of. It yields them to a driver, which has the core solve them. */
import {Budget} from '../model/budget.ts';
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

/** Asks for plans of plain problems until it is done. Undefined is a pause, for an abort and the clock. */
export type Solving<T> = Generator<Subproblem | undefined, T, Plan>;

/** What one plan among many may take: a short search. */
const SHORT_NODES = 20_000;
const SHORT_NODES_PER_BUFFER = 20;
/** Nodes of all short searches together, where neither nodes nor time are limited. */
const MOST_NODES = 1_000_000;

/** Makes the subproblems of one solve and counts what they spend. */
export class Subproblems {
  readonly options: PlanOptions;
  readonly budget: Budget;
  /** Set where the caller wants the best plan so far. */
  isStopped = false;
  /** Spent waiting for threads to start. */
  startSeconds = 0;

  constructor(options: PlanOptions) {
    this.options = options;
    this.budget = new Budget(options, MOST_NODES);
  }

  /** Whether nothing new is to be begun. */
  get isOver(): boolean {
    return this.isStopped || this.budget.spent >= 1;
  }

  /** Whether what runs is to end at once: searches with a limit of their own go on where the nodes are spent. */
  get isInterrupted(): boolean {
    return this.isStopped || this.budget.isLate;
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

  /** A search with all that is left of the budget. */
  *long(columns: ProblemColumns, capacity?: Bytes): Solving<Plan> {
    const {nodeLimit, algorithm, minimize} = this.options;
    const options = {
      ...this.#common,
      ...(algorithm === undefined ? {} : {algorithm}),
      ...(minimize === undefined ? {} : {minimize}),
      ...(capacity === undefined ? {} : {capacity}),
      ...(nodeLimit === undefined ? {} : {nodeLimit: Math.max(1, nodeLimit - this.budget.nodes)}),
    };
    return yield* this.#solve({columns, options, isLong: true});
  }

  /** Options of every subproblem; alignments are in the columns already. */
  get #common(): PlanOptions {
    const {seed, timeLimitMs} = this.options;
    return {
      ...(seed === undefined ? {} : {seed}),
      ...(timeLimitMs === undefined
        ? {}
        : {timeLimitMs: Math.max(1, timeLimitMs - this.budget.seconds * 1000)}),
    };
  }

  *#solve(subproblem: Subproblem): Solving<Plan> {
    const plan = yield subproblem;
    this.budget.nodes += plan.nodes;
    this.startSeconds += plan.seconds.start;
    return plan;
  }
}
