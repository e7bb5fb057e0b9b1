/** Replanning a problem that has changed a little: few bytes move, and the peak is at most some bytes above the best. */
import {Distances} from '../constraints/distances.ts';
import type {Solving} from '../constraints/subproblems.ts';
import {TiedProblem} from '../constraints/tied-problem.ts';
import {CoreError, UsageError} from '../model/errors.ts';
import {peakOf} from '../model/load.ts';
import {checkBytes, show} from '../model/numbers.ts';
import type {AsyncPlanOptions, Plan} from '../model/plan.ts';
import {type Bytes, NO_OFFSET, type Problem, type ProblemColumns} from '../model/problem.ts';
import {toColumns} from '../model/to-columns.ts';
import type {Planner} from '../planner/planner.ts';
import {Cores} from './cores.ts';
import {Ejecting} from './eject.ts';
import {type Amount, isKnown, movesOf} from './moves.ts';
import {wantedOf} from './wanted.ts';

/** How to replan. */
export interface ReplanOptions extends Omit<AsyncPlanOptions, 'onPlan' | 'minimize'> {
  /** Offsets of the earlier plan in the order of the buffers, bytes; −1 for a buffer that it lacks. Default: the hints. */
  readonly previous?: ArrayLike<Bytes>;
  /** How much the peak may be above the best peak that planning finds: bytes, or a part of it such as `'1%'`. Default 0. */
  readonly peakSlack?: Bytes | `${number}%`;
}

/** A plan that moves few bytes. */
export interface Replan {
  /** Verified. Its lower bound is that of the peak. */
  readonly plan: Plan;
  /** The peak of the best plan that planning found, bytes, and whether no plan has a smaller one. */
  readonly bestPeak: Bytes;
  readonly isBestProven: boolean;
  /** The best peak with the slack, at most the capacity; bytes. */
  readonly allowedPeak: Bytes;
  /** Live buffers that the earlier plan has, and those of them that are at another offset. */
  readonly known: Amount;
  readonly moved: Amount;
  /** Bytes that move at least in every plan within the allowed peak. */
  readonly movedAtLeast: Bytes;
}

/** Up to so many buffers, what must move is proven by the planner. */
const MOST_PROVEN = 64;
/** Questions to the planner, and nodes for each. */
const MOST_QUESTIONS = 300;
const NODES_EACH = 5000;
/** How long this thread is occupied at a stretch, milliseconds. */
const LONGEST_STRETCH_MS = 30;

/**
 * Plans a problem anew so that as few bytes as possible move from where an earlier plan has them, among the plans whose peak is at most
 * `peakSlack` above the best. Plans within the budget of the options; with a time limit, half of it is for the best peak.
 *
 * On up to 64 known buffers `moved.bytes` usually comes with its proof (`movedAtLeast` is the same); on more, it is the result of a
 * search, and `movedAtLeast` what collisions alone demand.
 * @throws UsageError for an invalid field or option, and for a problem with pools, separation, parts or clocks, whose offsets are not
 * those of one arena; else as `Planner.planAsync`.
 * @example
 * ```js
 * import {loadPlanner, replan} from 'stowage';
 *
 * const planner = await loadPlanner();
 * const buffers = [
 *   {id: 'a', size: 8, start: 0, end: 3},
 *   {id: 'b', size: 4, start: 2, end: 5},
 *   {id: 'new', size: 2, start: 2, end: 4},
 * ];
 * const {plan, moved, movedAtLeast} = await replan(planner, {buffers}, {previous: [4, 0, -1], peakSlack: 2});
 * console.log([...plan.offsets], plan.peak, moved, movedAtLeast);
 * // prints [ 4, 0, 12 ] 14 { buffers: 0, bytes: 0 } 0
 * ```
 */
export async function replan(
  planner: Planner,
  problem: Problem | ProblemColumns,
  {previous, peakSlack = 0, ...options}: ReplanOptions = {},
): Promise<Replan> {
  const columns = toColumns(problem);
  checkOneArena(columns);
  const was = checkedPrevious(columns, previous);
  const began = performance.now();
  const {timeLimitMs} = options;
  const hinted = {...columns, hint: was};
  const best = await planner.planAsync(hinted, {
    ...options,
    ...(timeLimitMs === undefined ? {} : {timeLimitMs: timeLimitMs / 2}),
    ...((options.capacity ?? columns.capacity) === undefined ? {} : {minimize: true}),
  });
  const allowedPeak = allowedOf(best.peak, peakSlack, options.capacity ?? columns.capacity);
  const search = new Replanning(planner, hinted, was, best, allowedPeak, options);
  const isLate = () => timeLimitMs !== undefined && performance.now() - began > timeLimitMs;
  await drive(search.run(isLate), options.signal, search);
  return search.result();
}

function checkOneArena({constraints = {}}: ProblemColumns): void {
  for (const field of ['pools', 'separate', 'parts', 'clocks'] as const) {
    if (constraints[field] !== undefined)
      throw new UsageError(
        `replan: expected a problem of one arena in which every buffer moves by itself, got one with ${field}`,
      );
  }
}

function checkedPrevious(
  {count, hint}: ProblemColumns,
  previous: ArrayLike<Bytes> | undefined,
): Float64Array {
  const was = previous ?? hint;
  if (was === undefined)
    throw new UsageError(
      'options.previous: expected the offsets of an earlier plan, or hints in the problem',
    );
  if (was.length !== count)
    throw new UsageError(
      `options.previous: expected ${count} entries, one for each buffer, got ${was.length}`,
    );
  for (let i = 0; i < count; i++) if (was[i] !== NO_OFFSET) checkBytes(was[i], `options.previous[${i}]`);
  return Float64Array.from(was);
}

/** @throws UsageError for a slack that is neither bytes nor a part. */
function allowedOf(peak: Bytes, slack: unknown, capacity: Bytes | undefined): Bytes {
  let bytes: Bytes;
  if (typeof slack === 'string') {
    const [, percent] = /^(\d{1,6}(?:\.\d{1,6})?)%$/.exec(slack) ?? [];
    if (percent === undefined)
      throw new UsageError(`options.peakSlack: expected bytes or a part such as "1%", got ${show(slack)}`);
    bytes = Math.floor((peak * Number(percent)) / 100);
  } else {
    checkBytes(slack, 'options.peakSlack');
    bytes = slack;
  }
  const allowed = Math.min(peak + bytes, Number.MAX_SAFE_INTEGER);
  // a plan that does not fit has no room to spare
  return capacity === undefined ? allowed : Math.max(peak, Math.min(allowed, capacity));
}

/** Runs the search in this thread and yields to the event loop; an abort ends it with what it has. */
async function drive(
  run: Generator<undefined, void>,
  signal: AbortSignal | undefined,
  search: Replanning,
): Promise<void> {
  let began = performance.now();
  while (!run.next().done) {
    if (signal?.aborted) search.isStopped = true;
    if (performance.now() - began < LONGEST_STRETCH_MS) continue;
    await new Promise(resolve => setTimeout(resolve));
    began = performance.now();
  }
}

class Replanning {
  isStopped = false;
  readonly #planner: Planner;
  readonly #columns: ProblemColumns;
  readonly #was: Float64Array;
  readonly #plan: Plan;
  readonly #allowed: Bytes;
  readonly #options: ReplanOptions;
  #offsets: Float64Array;
  #moved: Amount;
  #lowerBound: Bytes = 0;
  /** The pairs in place at the offsets, where the problem has any. */
  #inPlace: Plan['inPlace'];

  constructor(
    planner: Planner,
    columns: ProblemColumns,
    was: Float64Array,
    plan: Plan,
    allowed: Bytes,
    options: ReplanOptions,
  ) {
    this.#planner = planner;
    this.#columns = columns;
    this.#was = was;
    this.#plan = plan;
    this.#allowed = allowed;
    this.#options = options;
    this.#offsets = plan.offsets;
    this.#inPlace = plan.inPlace;
    this.#moved = this.#isFit ? movesOf(columns, was, plan.offsets).moved : {buffers: 0, bytes: 0};
  }

  /** Whether there is a plan that can be changed. */
  get #isFit(): boolean {
    return this.#plan.status === 'optimal' || this.#plan.status === 'feasible';
  }

  *run(isLate: () => boolean): Generator<undefined, void> {
    if (!this.#isFit) return;
    const isOver = () => this.isStopped || isLate() || this.#moved.bytes === this.#lowerBound;
    if (isOver()) return;
    yield* this.#eject(isOver);
    if (!isOver()) yield* this.#prove(isOver);
  }

  /** Takes offsets over that move less. */
  #offer(offsets: Float64Array, inPlace = this.#inPlace): void {
    const {moved} = movesOf(this.#columns, this.#was, offsets);
    if (moved.bytes >= this.#moved.bytes) return;
    this.#offsets = offsets;
    this.#inPlace = inPlace;
    this.#moved = moved;
  }

  *#eject(isOver: () => boolean): Generator<undefined, void> {
    const {alignment, seed = 1} = this.#options;
    const tied = yield* withoutPlans(TiedProblem.of(this.#columns, alignment, isOver));
    // which outputs are written over their inputs is the planner's choice
    if (tied.eligible.length > 0) return;
    const live = tied.base.filter(({slices}) => slices.length > 0);
    const {bundles, wanted, always} = wantedOf(this.#columns, live, this.#was, this.#allowed);
    const distances = yield* withoutPlans(Distances.of(bundles, tied.work));
    if (distances === undefined) return;
    const search = new Ejecting(bundles, distances, wanted, this.#allowed, seed);
    this.#lowerBound = always + search.lowerBound();
    const offsetsOf = (found: ArrayLike<Bytes>): Float64Array => {
      const offsets = new Float64Array(this.#columns.count);
      live.forEach(({members}, k) => {
        const origin = found[k]! + bundles[k]!.rest;
        for (const {buffer, at} of members) offsets[buffer] = Math.max(0, origin + at);
      });
      return offsets;
    };
    const first = yield* search.first(isOver);
    if (first) this.#offer(offsetsOf(first));
    if (isOver()) return;
    const from = live.map(
      ({members}, k) => this.#offsets[members[0]!.buffer]! - members[0]!.at - bundles[k]!.rest,
    );
    this.#offer(offsetsOf(yield* search.improve(Float64Array.from(from), isOver)));
  }

  *#prove(isOver: () => boolean): Generator<undefined, void> {
    const {columns, was} = {columns: this.#columns, was: this.#was};
    const known = Array.from({length: columns.count}, (_, i) => i).filter(i => isKnown(columns, was, i));
    // a fixed buffer is where it was, or moves in every plan
    const free = known.filter(i => columns.offset[i] === NO_OFFSET);
    if (free.length > MOST_PROVEN) return;
    const isFixedElsewhere = (i: number) => columns.offset[i] !== NO_OFFSET && columns.offset[i] !== was[i];
    const always = known.filter(isFixedElsewhere).reduce((sum, i) => sum + columns.size[i]!, 0);
    let questions = 0;
    const cores = new Cores(
      free,
      i => columns.size[i]!,
      staying => {
        questions++;
        return this.#canStay(staying);
      },
    );
    const found = yield* cores.search(() => {
      this.#lowerBound = Math.max(this.#lowerBound, always + cores.lowerBound);
      return isOver() || questions > MOST_QUESTIONS;
    });
    this.#lowerBound = Math.max(this.#lowerBound, always + found.lowerBound);
    if (found.plan) this.#offer(found.plan.offsets, found.plan.inPlace);
  }

  /** Asks the planner for a plan in which these buffers are where they were. */
  #canStay(staying: readonly number[]): {readonly plan?: Plan; readonly isProven: boolean} {
    const {hint: _, ...columns} = this.#columns;
    const offset = columns.offset.slice();
    for (const i of staying) offset[i] = this.#was[i]!;
    const {alignment, seed} = this.#options;
    try {
      const plan = this.#planner.plan(
        {...columns, offset},
        {
          capacity: this.#allowed,
          nodeLimit: NODES_EACH,
          ...(alignment === undefined ? {} : {alignment}),
          ...(seed === undefined ? {} : {seed}),
        },
      );
      const isFit = plan.status === 'optimal' || plan.status === 'feasible';
      return {...(isFit ? {plan} : {}), isProven: isFit || plan.status === 'infeasible'};
    } catch (error) {
      // offsets that contradict alignments or ties; the problem itself has a plan
      if (error instanceof UsageError) return {isProven: true};
      throw error;
    }
  }

  result(): Replan {
    const {bestPeak, columns} = {bestPeak: this.#plan.peak, columns: this.#columns};
    const {alignment} = this.#options;
    const {all} = movesOf(columns, this.#was, this.#was);
    const common = {
      bestPeak,
      isBestProven: this.#plan.status === 'optimal',
      allowedPeak: this.#allowed,
      known: all,
    };
    if (!this.#isFit) return {...common, plan: this.#plan, moved: this.#moved, movedAtLeast: 0};
    const offsets = this.#offsets;
    const limits = {capacity: this.#allowed, ...(alignment === undefined ? {} : {alignment})};
    const [wrong] = this.#planner.verify(columns, {offsets}, limits);
    if (wrong) throw new CoreError(`a plan was made that verify refuses: ${JSON.stringify(wrong)}`);
    const {moved} = movesOf(columns, this.#was, offsets);
    if (moved.bytes < this.#lowerBound)
      throw new CoreError(`a plan moves ${moved.bytes} bytes, fewer than the proven ${this.#lowerBound}`);
    return {...common, plan: this.#planAt(offsets), moved, movedAtLeast: this.#lowerBound};
  }

  #planAt(offsets: Float64Array): Plan {
    if (offsets === this.#plan.offsets) return this.#plan;
    const plan = this.#plan;
    const peak = peakOf(this.#columns, offsets);
    return {
      ...plan,
      offsets,
      peak,
      status: peak <= plan.lowerBound ? 'optimal' : 'feasible',
      algorithm: 'hints',
      ...(this.#inPlace ? {inPlace: this.#inPlace} : {}),
    };
  }
}

/** Pauses of a solve that asks for no plans. */
function* withoutPlans<T>(run: Solving<T>): Generator<undefined, T> {
  let next = run.next();
  while (!next.done) {
    if (next.value !== undefined) throw new CoreError('a plan is asked for where none is made');
    yield;
    next = run.next(...([] as unknown as [Plan]));
  }
  return next.value;
}
