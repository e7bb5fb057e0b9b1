/**
 * A problem with clocks. Where ticks say the same as the clocks it is a plain problem; where buffers fall into groups that share
 * nothing, these are parts; else it is packed by its conflicts: by first fit, by local search, and by an exact search. Plans with
 * an arena for each stream, or for groups of them, are always tried. Every plan is verified before it counts.
 */
import {type Solving, Subproblems} from '../constraints/subproblems.ts';
import {CoreError, LimitError} from '../model/errors.ts';
import {isEverLive} from '../model/load.ts';
import {type Bytes, MAX_BYTES} from '../model/numbers.ts';
import {
  type Bounds,
  NO_BOUNDS,
  type Plan,
  type PlanOptions,
  type PlanStatus,
  type Solver,
} from '../model/plan.ts';
import {NO_OFFSET, type ProblemColumns, select} from '../model/problem.ts';
import type {BitRows} from './bit-rows.ts';
import {boundOfLive, type ConcurrencyBound} from './bound.ts';
import {ExactSearch} from './exact.ts';
import {firstFit, orderBy, orderOfOffsets, RANKS, type Rank} from './first-fit.ts';
import {hintsKept} from './hints.ts';
import {type KnownTicks, knownTicks} from './known-ticks.ts';
import {LocalSearch} from './local.ts';
import {clashOf, type Packing, packingOf, peakOf} from './packing.ts';
import {apart, inGroups} from './partitions.ts';
import {Pieces} from './pieces.ts';
import {Draws} from './random.ts';
import {groupsApart, MOST_PIECES, type Relation, relationOf} from './relation.ts';
import {Reorder} from './reorder.ts';
import {withTicks} from './ticks-problem.ts';
import {clockViolations} from './verify.ts';

/** Buffers of an exact search at most, and nodes of it between two looks at the clock. */
const MOST_EXACT = 1000;
const EXACT_SLICE = 200;
/** Steps of the searches where neither nodes nor time are limited, some ten nanoseconds each. */
const MOST_STEPS = 120_000_000;
/** Steps of one attempt of local search at a height. */
const STEPS_OF_ATTEMPT = 6_000_000;
/** Nodes of a first search of a stricter problem, and of a longer one where neither nodes nor time are limited. */
const SHORT_NODES = 20_000;
const SHORT_NODES_PER_BUFFER = 4;
const LONG_NODES = 60_000;
const LONG_NODES_PER_BUFFER = 10;
/** Buffers of which all orders are tried. */
const FEW = 5000;

export class ClocksSolve {
  readonly subproblems: Subproblems;
  readonly #columns: ProblemColumns;
  readonly #options: PlanOptions;
  /** The live buffers, and their indices in the problem. */
  readonly #live: ProblemColumns;
  readonly #index: Uint32Array;
  readonly #draws: Draws;
  #bounds: Bounds | undefined;
  #antichain: ConcurrencyBound['antichain'] = [];
  #lowerBound: Bytes = 0;
  #verifySeconds = 0;
  #steps = 0;
  #reorder: Reorder | undefined;
  /** The order of the best rank. */
  #order: Uint32Array | undefined;
  best: Plan | undefined;

  /** The problem must have been checked. */
  constructor(columns: ProblemColumns, options: PlanOptions) {
    const {alignment, ...others} = options;
    const aligned = alignment === undefined ? columns : {...columns, defaultAlignment: alignment};
    this.#columns = aligned;
    this.#options = others;
    this.#index = Uint32Array.from({length: columns.count}, (_, i) => i).filter(i => isEverLive(columns, i));
    this.#live = this.#index.length === columns.count ? aligned : select(aligned, this.#index);
    this.#draws = new Draws(options.seed ?? 1);
    this.subproblems = new Subproblems(others);
    this.subproblems.budget.end = Number.POSITIVE_INFINITY;
  }

  get count(): number {
    return this.#columns.count;
  }

  get hasBounds(): boolean {
    return this.#bounds !== undefined;
  }

  get hasResult(): boolean {
    return this.best !== undefined;
  }

  /** Bytes that no plan can undercut. `plainBounds`: those of a plain problem. */
  *bounds(plainBounds: (columns: ProblemColumns) => Bounds): Solving<Bounds> {
    if (this.#index.length === 0) return NO_BOUNDS;
    const pieces = new Pieces(this.#live);
    const known = knownTicks(pieces);
    if (known.areOwn) return plainBounds(withTicks(this.#live, pieces, known));
    const {start, end} = pieces;
    const bound = yield* boundOfLive(this.#live, pieces, undefined);
    const rows = bound.antichain.map(({buffer, piece}) => pieces.first[buffer]! + piece);
    this.#antichain = bound.antichain;
    return {
      lowerBound: bound.lowerBound,
      load: bound.load,
      start: rows.reduce((least, p) => Math.min(least, start[p]!), Number.POSITIVE_INFINITY),
      end: rows.reduce((most, p) => Math.max(most, end[p]!), 0),
      sections: 1,
      partitions: 1,
      unordered: rows.length,
    };
  }

  /** The best plan that the budget allows. */
  *run(plainBounds: (columns: ProblemColumns) => Bounds): Solving<Plan> {
    this.#bounds = yield* this.bounds(plainBounds);
    this.#lowerBound = this.#bounds.lowerBound;
    this.reportProgress();
    if (this.#lowerBound > MAX_BYTES)
      throw new LimitError(`no plan below 2^53 bytes exists: the lower bound is ${this.#lowerBound} bytes`);
    if (this.#index.length === 0) return yield* this.#accept(new Float64Array(0), 'naive');
    const pieces = new Pieces(this.#live);
    const known = knownTicks(pieces);
    if (known.areOwn) return yield* this.#inTicks(withTicks(this.#live, pieces, known));
    if (pieces.count > MOST_PIECES) {
      yield* this.#large(pieces, known);
      return this.best!;
    }
    const relation = yield* relationOf(pieces);
    if (relation.ticks) return yield* this.#inTicks(withTicks(this.#live, pieces, relation.ticks));
    return yield* this.#byConflicts(pieces, known, relation);
  }

  /** Ticks say it all: a plain problem. */
  *#inTicks(columns: ProblemColumns): Solving<Plan> {
    const {onPlan, onProgress, ...options} = this.#options;
    const watched: PlanOptions = {
      ...options,
      ...(onPlan ? {onPlan: plan => onPlan(this.#whole(plan))} : {}),
      ...(onProgress ? {onProgress: progress => onProgress({...progress, bounds: this.#bounds!})} : {}),
    };
    const {timeLimitMs} = options;
    const left = timeLimitMs === undefined ? {} : {timeLimitMs: this.#leftMs(timeLimitMs)};
    const plan = yield {columns, options: {...watched, ...left}, isLong: true};
    this.subproblems.budget.nodes += plan.nodes;
    const whole = this.#whole(plan);
    if (plan.offsets.length > 0) yield* this.#verify(plan.offsets);
    this.best = whole;
    return whole;
  }

  #leftMs(timeLimitMs: number): number {
    return Math.max(1, timeLimitMs - this.subproblems.budget.seconds * 1000);
  }

  /** A plan of the live buffers as one of all. */
  #whole(plan: Plan): Plan {
    const {clash} = plan;
    const index = this.#index;
    return {
      ...plan,
      offsets: plan.offsets.length === 0 ? plan.offsets : this.#spread(plan.offsets),
      ...(clash
        ? {clash: {...clash, a: index[clash.a]!, ...(clash.b === undefined ? {} : {b: index[clash.b]!})}}
        : {}),
    };
  }

  #spread(offsets: Float64Array): Float64Array {
    const all = new Float64Array(this.count);
    this.#index.forEach((i, k) => {
      all[i] = offsets[k]!;
    });
    return all;
  }

  /** More pieces than have rows of conflicts: streams, or groups of them, are parts. */
  *#large(pieces: Pieces, known: KnownTicks): Solving<void> {
    yield* this.#longer(withTicks(this.#live, pieces, known));
    if (this.#isFree && !this.#isOver) yield* this.#longer(apart(this.#live, pieces));
  }

  /** Whether no buffer has a fixed offset: parts move as a whole. */
  get #isFree(): boolean {
    return this.#live.offset.every(offset => offset === NO_OFFSET);
  }

  *#byConflicts(pieces: Pieces, known: KnownTicks, {conflicts}: Relation): Solving<Plan> {
    const packing = packingOf(this.#live, conflicts);
    const clash = clashOf(packing);
    if (clash) return this.#noPlan(clash);
    const hinted = yield* this.#hinted(packing);
    if (hinted && hinted.peak <= this.#enough) return yield* this.#accept(hinted.offsets, 'hints');
    yield* this.#byRanks(packing);
    if (!this.#isOver) yield* this.#afterRanks(packing, pieces, known, conflicts);
    // among plans of equal peak that of the hints wins
    if (hinted && hinted.peak <= this.#peak && !this.subproblems.isStopped) {
      this.best = undefined;
      yield* this.#accept(hinted.offsets, 'hints');
    }
    this.#refresh();
    return this.best!;
  }

  *#afterRanks(packing: Packing, pieces: Pieces, known: KnownTicks, conflicts: BitRows): Solving<void> {
    const groups = this.#isFree ? groupsApart(conflicts) : [];
    if (groups.length > 1) yield* this.#inParts(groups);
    yield* this.#byGroups(pieces, known);
    if (!isRank(this.#options.algorithm ?? 'auto') && this.#options.algorithm !== 'portfolio')
      yield* this.#search(packing);
  }

  *#byRanks(packing: Packing): Solving<void> {
    const {algorithm = 'auto'} = this.#options;
    const chosen = isRank(algorithm) ? [algorithm] : packing.count <= FEW ? RANKS : RANKS.slice(0, 3);
    for (const rank of chosen) {
      const order = orderBy(rank, packing);
      const offsets = yield* this.#fit(packing, order);
      if (peakOf(packing, offsets) < this.#peak) this.#order = order;
      yield* this.#accept(offsets, rank);
      if (this.#isOver) return;
    }
  }

  *#fit(packing: Packing, order: ArrayLike<number>): Solving<Float64Array> {
    const steps = firstFit(packing, order);
    let next = steps.next();
    while (!next.done) {
      this.#spend(next.value, packing.count * next.value);
      yield;
      next = steps.next();
    }
    return next.value;
  }

  /** Groups that share nothing: the bound of their sum is one of the whole. */
  *#inParts(groups: readonly (readonly number[])[]): Solving<void> {
    const of = new Uint32Array(this.#live.count);
    groups.forEach((group, part) => {
      for (const i of group) of[i] = part;
    });
    const {hint: _, capacity: __, ...columns} = this.#live;
    const parts = {names: groups.map((_group, part) => String(part)), of};
    const whole = {...columns, constraints: {...columns.constraints, parts}};
    const plan = yield* this.#parts(whole);
    this.#raise(plan.lowerBound);
    yield* this.#accept(plan.offsets, plan.algorithm);
  }

  *#parts(columns: ProblemColumns): Solving<Plan> {
    const {onPlan: _, onProgress: __, capacity: ___, minimize: ____, timeLimitMs, ...options} = this.#options;
    const left = timeLimitMs === undefined ? {} : {timeLimitMs: this.#leftMs(timeLimitMs)};
    const plan = yield {columns, options: {...options, ...left}, isLong: true};
    this.subproblems.budget.nodes += plan.nodes;
    return plan;
  }

  /** Arenas of streams and of groups of them; the one that may become the best is searched for longer. */
  *#byGroups(pieces: Pieces, known: KnownTicks): Solving<void> {
    const stricter: (() => ProblemColumns | undefined)[] = [() => withTicks(this.#live, pieces, known)];
    if (this.#isFree) {
      stricter.push(() => apart(this.#live, pieces));
      if (this.#live.count <= FEW) stricter.push(() => inGroups(this.#live, pieces));
    }
    let promising: {columns: ProblemColumns; peak: Bytes} | undefined;
    for (const problemOf of stricter) {
      if (this.#isOver) return;
      const problem = problemOf();
      if (problem === undefined) continue;
      const {capacity: _, hint: __, ...columns} = problem;
      const plan = yield* this.#briefly(columns);
      const {peak, offsets, algorithm, lowerBound, status} = plan;
      if (offsets.length > 0) yield* this.#accept(offsets, algorithm);
      const mayImprove = status !== 'optimal' && lowerBound < this.#peak;
      if (mayImprove && !(promising && promising.peak <= peak)) promising = {columns, peak};
    }
    if (promising && !this.#isOver) yield* this.#longer(promising.columns);
  }

  *#briefly(columns: ProblemColumns): Solving<Plan> {
    const {timeLimitMs, nodeLimit, seed} = this.#options;
    const {budget} = this.subproblems;
    const nodes = SHORT_NODES + SHORT_NODES_PER_BUFFER * columns.count;
    const options: PlanOptions = {
      capacity: this.#enough,
      nodeLimit: Math.max(1, Math.min(nodes, nodeLimit === undefined ? nodes : budget.left)),
      ...(seed === undefined ? {} : {seed}),
      ...(timeLimitMs === undefined ? {} : {timeLimitMs: this.#leftMs(timeLimitMs)}),
    };
    const plan = yield {columns, options, isLong: false};
    budget.nodes += plan.nodes;
    return plan;
  }

  /** Plans a stricter problem with half of the budget that is left. */
  *#longer({capacity: _, hint: __, ...columns}: ProblemColumns): Solving<void> {
    const {timeLimitMs, nodeLimit, seed} = this.#options;
    const {budget} = this.subproblems;
    const nodes =
      nodeLimit === undefined ? LONG_NODES + LONG_NODES_PER_BUFFER * columns.count : budget.left / 2;
    // of few buffers as long as the same problem by itself, so that it is never better
    const isCounted = nodeLimit !== undefined || (timeLimitMs === undefined && columns.count > FEW);
    const options: PlanOptions = {
      capacity: this.#enough,
      ...(seed === undefined ? {} : {seed}),
      ...(isCounted ? {nodeLimit: Math.max(1, Math.floor(nodes))} : {}),
      ...(timeLimitMs === undefined ? {} : {timeLimitMs: this.#leftMs(timeLimitMs) / 2}),
    };
    const plan = yield {columns, options, isLong: true};
    budget.nodes += plan.nodes;
    if (plan.offsets.length > 0) yield* this.#accept(plan.offsets, plan.algorithm);
  }

  /** Bytes: a plan with this peak ends the solve. */
  get #enough(): Bytes {
    const capacity = this.#options.minimize ? undefined : this.#capacity;
    return Math.max(this.#lowerBound, capacity ?? 0);
  }

  get #capacity(): Bytes | undefined {
    return this.#options.capacity ?? this.#columns.capacity;
  }

  get #peak(): Bytes {
    return this.best?.peak ?? Number.POSITIVE_INFINITY;
  }

  get #isOver(): boolean {
    return this.hasResult && (this.subproblems.isOver || this.#peak <= this.#enough);
  }

  /** Whether the searches have done what they do where neither nodes nor time are limited. */
  get #isWorn(): boolean {
    return !this.#isLimited && this.#steps > MOST_STEPS;
  }

  get #isLimited(): boolean {
    const {nodeLimit, timeLimitMs} = this.#options;
    return nodeLimit !== undefined || timeLimitMs !== undefined;
  }

  /** Counts nodes, and comparisons of buffers. */
  #spend(nodes: number, steps: number): void {
    this.subproblems.budget.nodes += nodes;
    this.#steps += steps;
  }

  /** Local search and exact search, in turns. */
  *#search(packing: Packing): Solving<void> {
    const clique = this.#antichain.map(({buffer}) => buffer);
    const exact = packing.count <= MOST_EXACT ? new ExactSearch(packing, this.#peak, [clique]) : undefined;
    for (let round = 0; !this.#isOver && !this.#isWorn; round++) {
      const began = this.#steps;
      if (exact) yield* this.#exactly(packing, exact);
      const spent = this.#steps - began;
      // orders most of all: they gain the most where buffers are many
      if (!this.#isOver && !this.#isWorn && this.#options.algorithm !== 'exact')
        yield* this.#reordered(packing, 3 * Math.max(spent, STEPS_OF_ATTEMPT));
      if (!this.#isOver && !this.#isWorn && this.#options.algorithm !== 'exact')
        yield* this.#locally(packing, round, Math.max(spent, STEPS_OF_ATTEMPT));
    }
  }

  *#exactly(packing: Packing, exact: ExactSearch): Solving<void> {
    exact.peak = Math.min(exact.peak, this.#peak);
    const before = exact.found;
    const end = this.#steps + STEPS_OF_ATTEMPT;
    while (!exact.isDone && this.#steps < end && !this.subproblems.isOver) {
      const nodes = exact.run(EXACT_SLICE);
      this.#spend(nodes, (nodes + 1) * (packing.count * 10 + 5000));
      if (exact.found !== before) break;
      yield;
    }
    if (exact.found && exact.found !== before) yield* this.#accept(exact.found, 'exact');
    if (!exact.isDone) return;
    this.#raise(this.#peak);
    this.#refresh();
  }

  *#reordered(packing: Packing, most: number): Solving<void> {
    const known = this.#reorder;
    const order = isRank(this.best!.algorithm) ? this.#order : undefined;
    const search =
      known && known.peak <= this.#peak ? known : new Reorder(packing, this.#bestOffsets, this.#draws, order);
    this.#reorder = search;
    const end = this.#steps + most;
    while (this.#steps < end && !this.subproblems.isOver && search.peak > this.#enough) {
      const before = search.steps;
      this.#spend(search.move(), 0);
      this.#steps += search.steps - before;
      yield;
    }
    if (search.peak < this.#peak) yield* this.#accept(search.offsets, 'local');
  }

  /** The best plan of the live buffers. */
  get #bestOffsets(): Float64Array {
    const {offsets} = this.best!;
    return Float64Array.from(this.#index, i => offsets[i]!);
  }

  *#locally(packing: Packing, round: number, most: number): Solving<void> {
    const offsets = this.#bestOffsets;
    const peak = this.#peak;
    const room = peak - this.#lowerBound;
    // from the bound up to just below the best plan, in turns
    const share = [0, 6, 4, 7, 2][round % 5]!;
    const height = Math.min(peak - 1, this.#lowerBound + Math.floor((room / 8) * share));
    const search = new LocalSearch(packing, offsets, height, this.#draws);
    const end = this.#steps + most;
    while (!search.isDone && this.#steps < end && !this.subproblems.isOver) {
      const before = search.steps;
      let moved = 0;
      for (let k = 0; k < 16 && !search.isDone; k++) {
        const now = search.move();
        if (now === 0) return this.#spend(1, most);
        moved += now;
      }
      this.#spend(moved, search.steps - before);
      yield;
    }
    if (!search.isDone) return;
    const lowered = yield* this.#fit(packing, orderOfOffsets(search.offsets));
    const isLower = peakOf(packing, lowered) <= peakOf(packing, search.offsets);
    yield* this.#accept(isLower ? lowered : search.offsets, 'local');
  }

  /** The plan made from the hints, if there are any. */
  *#hinted(packing: Packing): Solving<{readonly offsets: Float64Array; readonly peak: Bytes} | undefined> {
    const {hint} = this.#live;
    if (hint === undefined) return undefined;
    const fixed = hintsKept(packing, hint);
    const offsets = yield* this.#fit({...packing, fixed}, orderBy('greedy-by-size', packing));
    return {offsets, peak: peakOf(packing, offsets)};
  }

  #raise(lowerBound: Bytes): void {
    this.#lowerBound = Math.max(this.#lowerBound, Math.min(lowerBound, this.#peak));
  }

  /** Takes a plan of the live buffers, if it is better, verified. @returns the best */
  *#accept(offsets: Float64Array, algorithm: Solver): Solving<Plan> {
    let peak = 0;
    offsets.forEach((offset, i) => {
      peak = Math.max(peak, offset + this.#live.size[i]!);
    });
    if (peak > MAX_BYTES) {
      if (this.best) return this.best;
      throw new LimitError('the first plan is above 2^53 - 1 bytes');
    }
    if (this.best === undefined || peak < this.best.peak) {
      yield* this.#verify(offsets);
      this.best = this.#planOf(this.#spread(offsets), peak, algorithm);
      if (this.#options.onPlan?.(this.best) === false) this.subproblems.isStopped = true;
    }
    this.#refresh();
    this.reportProgress();
    return this.best;
  }

  *#verify(offsets: Float64Array): Solving<void> {
    const began = performance.now();
    const found = yield* clockViolations(this.#live, offsets, undefined, Number.POSITIVE_INFINITY);
    if (found[0]) throw new CoreError(`a plan was made that verify refuses: ${JSON.stringify(found[0])}`);
    this.#verifySeconds += (performance.now() - began) / 1000;
  }

  /** The best plan with what is known by now. */
  #refresh(): void {
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
      seed: this.#options.seed ?? 1,
      seconds: {start: startSeconds, solve, verify: this.#verifySeconds},
    };
  }

  #statusOf(peak: Bytes): PlanStatus {
    const capacity = this.#capacity;
    if (capacity !== undefined && peak > capacity)
      return this.#lowerBound > capacity ? 'infeasible' : 'unknown';
    return peak <= this.#lowerBound ? 'optimal' : 'feasible';
  }

  #noPlan([a, b]: readonly [number, number]): Plan {
    const plan = this.#planOf(new Float64Array(0), Number.NaN, 'naive');
    this.best = {
      ...plan,
      status: 'infeasible',
      clash: {kind: 'overlap', a: this.#index[a]!, b: this.#index[b]!},
    };
    this.#options.onPlan?.(this.best);
    return this.best;
  }

  reportProgress(): void {
    if (this.#bounds === undefined) return;
    const progress = this.subproblems.budget.progress(this.#bounds, this.best, this.#lowerBound);
    this.#options.onProgress?.({...progress, spent: Math.min(1, Math.max(progress.spent, this.#worn))});
  }

  get #worn(): number {
    return this.#isLimited ? 0 : this.#steps / MOST_STEPS;
  }
}

function isRank(algorithm: string): algorithm is Rank {
  return (RANKS as readonly string[]).includes(algorithm);
}
