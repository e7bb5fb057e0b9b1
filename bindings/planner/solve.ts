/**
 * The policy of one solve: heuristics first, then the subsolvers of a search, slice by slice, until the best plan is
 * proven optimal, good enough, or the budget is spent. Of few buffers, most heuristics wait for the first slices; of very
 * many, the first subsolver makes the first plan. It yields
 * tasks and receives their results; a driver executes them in this thread or in a worker pool.
 */

import {LimitError} from '../model/errors.ts';
import {HEURISTICS} from '../model/names.ts';
import {MAX_BYTES} from '../model/numbers.ts';
import type {Algorithm, Heuristic, Plan, PlanOptions, SearchAlgorithm} from '../model/plan.ts';
import type {Bytes} from '../model/problem.ts';
import type {Executor, FoundPlan, SubsolverTask, Task, TaskResult} from './executor.ts';
import {Incumbent} from './incumbent.ts';
import type {Live} from './live.ts';
import {batchesBeforeRest, heuristicsBefore, type Subsolver, subsolversOf} from './subsolvers.ts';

/**
 * Yields tasks that can run side by side; receives their results, in the same order. In an opportunistic solve it may receive
 * whatever results have come, each with the number of its subsolver, and yields further tasks only for subsolvers at rest.
 */
type Run<T> = Generator<readonly Task[], T, readonly TaskResult[]>;

interface RunningSubsolver {
  readonly subsolver: Subsolver;
  readonly number: number;
  /** The plan it was last sent. */
  known: Plan | undefined;
  isDone: boolean;
  /** Nodes of the slice that it is at; 0 at rest. */
  underWay: number;
}

/** A subsolver that runs next, and for how many nodes. */
type Slice = readonly [RunningSubsolver, number];

export class Solve {
  readonly #count: number;
  readonly #options: PlanOptions;
  /** The plan made from the problem's hints, if there is one. */
  readonly #hinted: FoundPlan | undefined;
  readonly #incumbent: Incumbent;
  /** Place in the portfolio of the next heuristic. */
  #nextHeuristic = 0;
  /** Whether there is one. */
  #hasHeuristics = true;

  /** Subsolvers that an opportunistic solve has at least, in places of their own; undefined for any other solve. */
  readonly #places: number | undefined;

  /** `capacity` in bytes. `places`: for an opportunistic solve, the number of places in which subsolvers run. */
  constructor(
    live: Live,
    capacity: Bytes | undefined,
    options: PlanOptions,
    hinted?: FoundPlan,
    places?: number,
  ) {
    this.#places = places;
    this.#count = live.columns.count;
    this.#options = options;
    this.#hinted = hinted;
    this.#incumbent = new Incumbent(live, capacity, options);
  }

  /** Executes all tasks in this thread. */
  runIn(executor: Executor): Plan {
    const run = this.run();
    // the clock is read between the tasks of a batch, too
    const execute = (task: Task): TaskResult =>
      task.type === 'subsolver' && this.#hasMadePlan && this.#incumbent.budget.isLate
        ? NOTHING_DONE
        : executor.run(task);
    let next = run.next();
    while (!next.done) next = run.next(next.value.map(execute));
    return next.value;
  }

  *run(): Run<Plan> {
    const {algorithm = 'auto'} = this.#options;
    const incumbent = this.#incumbent;
    if (this.#count === 0) return incumbent.emptyPlan();
    const [result] = yield [{type: 'bounds'}];
    incumbent.begin(result!);
    if (incumbent.lowerBound > MAX_BYTES) throw this.#beyondLimit();
    if (this.#hinted && this.#hinted.peak <= incumbent.target) {
      incumbent.accept(this.#hinted);
      return this.result!;
    }
    if (isHeuristic(algorithm)) {
      yield* this.#heuristic(algorithm);
      this.#takeHints();
      return this.#final;
    }
    if (algorithm === 'exact') yield* this.#heuristic('greedy-by-size');
    else if (algorithm === 'class-sweep') yield* this.#heuristic('first-fit-online');
    else yield* this.#portfolio(heuristicsBefore(algorithm, this.#count, incumbent.budget.left));
    if (algorithm !== 'portfolio') yield* this.#search(algorithm);
    // after the search, so that hints never lead it to a worse plan
    if (this.#takeHints() && algorithm !== 'portfolio') yield* this.#search(algorithm, AFTER_HINTS);
    return this.#final;
  }

  /** @throws LimitError where no plan below 2^53 bytes was found. */
  get #final(): Plan {
    const {result} = this;
    if (result === undefined) throw this.#beyondLimit();
    return result;
  }

  #beyondLimit(): LimitError {
    const {algorithm = 'auto'} = this.#options;
    const {lowerBound} = this.#incumbent;
    if (lowerBound > MAX_BYTES)
      return new LimitError(`no plan below 2^53 bytes exists: the lower bound is ${lowerBound} bytes`);
    if (isHeuristic(algorithm))
      return new LimitError(
        `the plan of ${algorithm} is above 2^53 - 1 bytes: plan with "auto", which searches`,
      );
    return new LimitError('no plan below 2^53 bytes was found within the budget: allow more nodes or time');
  }

  /** Milliseconds that the solve has waited for threads to start. */
  set startMs(ms: number) {
    this.#incumbent.startMs = ms;
  }

  /** The best plan so far; undefined while there is none. */
  get result(): Plan | undefined {
    // a driver may ask before the search has ended
    if (this.#hinted && !(this.#incumbent.peak <= this.#hinted.peak)) this.#takeHints();
    return this.#incumbent.result;
  }

  *#heuristic(name: Heuristic): Run<void> {
    this.#incumbent.take(yield [{type: 'heuristic', name}]);
  }

  /** Runs so many more heuristics. @returns the nodes that they took */
  *#portfolio(heuristics: number): Run<number> {
    const incumbent = this.#incumbent;
    const {nodes} = incumbent.budget;
    for (let i = 0; i < heuristics && this.#hasHeuristics && !incumbent.isStopped; i++) {
      if (this.#nextHeuristic > 0 && this.#isOver(this.#count)) break;
      const {lowerBound, peak} = incumbent;
      const results = yield [{type: 'portfolio', place: this.#nextHeuristic++, lowerBound, peak}];
      incumbent.take(results);
      if (results[0]!.isDone) this.#hasHeuristics = false;
    }
    return incumbent.budget.nodes - nodes;
  }

  /** Accepts the hinted plan where it is as good as the best; whether it is better. */
  #takeHints(): boolean {
    const {peak, isStopped} = this.#incumbent;
    if (this.#hinted === undefined || isStopped || !(this.#hinted.peak <= peak)) return false;
    this.#incumbent.accept(this.#hinted);
    return this.#hinted.peak < peak;
  }

  /** Runs all subsolvers. `first`: number of the first one; a search with the same numbers continues the earlier one. */
  *#search(algorithm: 'auto' | SearchAlgorithm, first = 0): Run<void> {
    const {timeLimitMs, seed = 1} = this.#options;
    const incumbent = this.#incumbent;
    const {budget} = incumbent;
    const subsolvers = subsolversOf(algorithm, this.#count, seed, this.#places).map(
      (subsolver, number): RunningSubsolver => ({
        subsolver,
        number: first + number,
        known: undefined,
        isDone: false,
        underWay: 0,
      }),
    );
    let begin = budget.nodes;
    const beforeRest = batchesBeforeRest(algorithm, this.#count);
    if (timeLimitMs === undefined) budget.end = begin + worthOf(subsolvers);
    for (let batch = 0; this.#canImprove; batch++) {
      if (batch === beforeRest) {
        // not at the cost of the search
        const nodes = yield* this.#portfolio(Number.POSITIVE_INFINITY);
        begin += nodes;
        budget.end += nodes;
        if (!this.#canImprove) return;
      }
      const slices = this.#hasMadePlan
        ? slicesOf(subsolvers, budget.nodes - begin, budget.left)
        : firstSlice(subsolvers);
      if (slices.length === 0 && subsolvers.every(({underWay}) => underWay === 0)) return;
      const results = yield slices.map(slice => this.#taskOf(slice));
      results.forEach(({isDone, number}, i) => {
        const running = number === undefined ? slices[i]![0] : subsolvers[number - first];
        // after a search from hints has begun, what comes of the one before is only taken
        if (running) Object.assign(running, {isDone, underWay: 0});
      });
      incumbent.take(results);
    }
  }

  #taskOf([running, nodes]: Slice): SubsolverTask {
    const {subsolver, number, known} = running;
    const {best, target, peak, offsets} = this.#incumbent;
    running.known = best;
    running.underWay = nodes;
    return {
      type: 'subsolver',
      number,
      subsolver,
      nodes,
      target,
      peak,
      ...(known === best ? {} : {offsets}),
    };
  }

  /** Whether a better plan is wanted and possible, and the budget has room to look for it. */
  get #canImprove(): boolean {
    const {isStopped, peak, lowerBound} = this.#incumbent;
    return !isStopped && peak > lowerBound && lowerBound <= MAX_BYTES && !this.#isOver(1);
  }

  /** Whether a plan has been made; also one above 2^53 bytes, which is not kept. */
  get #hasMadePlan(): boolean {
    const {best, isBeyond} = this.#incumbent;
    return best !== undefined || isBeyond;
  }

  /** Whether the budget has no room for `nodes` more; the first plan is always made. */
  #isOver(nodes: number): boolean {
    const {left, isLate} = this.#incumbent.budget;
    return this.#hasMadePlan && (nodes > left || isLate);
  }
}

/** Number of the first subsolver of the search from hints on. */
const AFTER_HINTS = 1000;
const NOTHING_DONE: TaskResult = {nodes: 0, isDone: false, verifyMs: 0};

function isHeuristic(algorithm: Algorithm): algorithm is Heuristic {
  return (HEURISTICS as readonly string[]).includes(algorithm);
}

function worthOf(subsolvers: readonly RunningSubsolver[]): number {
  return subsolvers.reduce((sum, {subsolver}) => sum + subsolver.worth, 0);
}

/** Makes the first plan, where no heuristic has. */
function firstSlice([running]: readonly RunningSubsolver[]): readonly Slice[] {
  return running!.underWay > 0 ? [] : [[running!, running!.subsolver.slice]];
}

/**
 * The slices that run after `spent` nodes of a search: of full length, or a proportional share of the `left` nodes. Nothing for
 * subsolvers that are under way.
 */
function slicesOf(subsolvers: readonly RunningSubsolver[], spent: number, left: number): readonly Slice[] {
  const working = subsolvers.filter(({isDone}) => !isDone);
  const joined = working.filter(({subsolver}, i) => i === 0 || spent >= subsolver.after);
  const isLate = joined.length === working.length;
  const resting = joined.filter(({underWay}) => underWay === 0);
  if (resting.length === 0) return [];
  const full = resting.map((running): Slice => {
    return [running, isLate ? running.subsolver.lateSlice : running.subsolver.slice];
  });
  const all = full.reduce((sum, [, nodes]) => sum + nodes, 0);
  const free = left - working.reduce((sum, {underWay}) => sum + underWay, 0);
  if (free >= all) return full;
  if (free < 1) return [];
  const shares = full.map(([running, nodes]): Slice => [running, Math.floor((nodes * free) / all)]);
  const able = shares.filter(([, nodes]) => nodes > 0);
  return able.length > 0 ? able : shares.slice(0, 1).map(([running]) => [running, free]);
}
