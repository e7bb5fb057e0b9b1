/**
 * A problem with clocks. Where ticks say the same as the clocks it is a plain problem; where buffers fall into groups that share
 * nothing, these are parts; else it is packed by its conflicts. Plans with an arena for each stream, or for groups of them, are always
 * tried.
 */
import {type Solving, Subproblems} from '../constraints/subproblems.ts';
import {HEURISTICS} from '../model/names.ts';
import {type Bounds, NO_BOUNDS, type Plan, type PlanOptions} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {boundOfLive, type ConcurrencyBound} from './bound.ts';
import {ClocksIncumbent} from './incumbent.ts';
import {type KnownTicks, knownTicks} from './known-ticks.ts';
import {clashOf, fixedClash, packingOf} from './packing.ts';
import {Pieces} from './pieces.ts';
import {groupsApart, MOST_PIECES, type Relation, relationOf} from './relation.ts';
import {Searches} from './searches.ts';
import {StricterProblems} from './stricter.ts';
import {withTicks} from './ticks-problem.ts';

export class ClocksSolve {
  readonly subproblems: Subproblems;
  readonly count: number;
  readonly #live: ProblemColumns;
  readonly #options: PlanOptions;
  readonly #incumbent: ClocksIncumbent;
  #antichain: ConcurrencyBound['antichain'] = [];

  /** The problem must have been checked. */
  constructor(columns: ProblemColumns, {alignment, ...options}: PlanOptions) {
    const aligned = alignment === undefined ? columns : {...columns, defaultAlignment: alignment};
    this.count = columns.count;
    this.#options = options;
    this.subproblems = new Subproblems(options);
    this.subproblems.budget.end = Number.POSITIVE_INFINITY;
    this.#incumbent = new ClocksIncumbent(aligned, options, this.subproblems);
    this.#live = this.#incumbent.live;
  }

  get hasBounds(): boolean {
    return this.#incumbent.bounds !== undefined;
  }

  get hasResult(): boolean {
    return this.#incumbent.best !== undefined;
  }

  /** Bytes that no plan can undercut. `plainBounds`: those of a plain problem. */
  *bounds(plainBounds: (columns: ProblemColumns) => Bounds): Solving<Bounds> {
    if (this.#live.count === 0) return NO_BOUNDS;
    const pieces = new Pieces(this.#live);
    const known = knownTicks(pieces);
    if (known.areOwn) return plainBounds(withTicks(this.#live, pieces, known));
    const {start, end} = pieces;
    const {antichain, lowerBound, load} = yield* boundOfLive(this.#live, pieces, undefined);
    const rows = antichain.map(({buffer, piece}) => pieces.first[buffer]! + piece);
    this.#antichain = antichain;
    return {
      lowerBound,
      load,
      start: rows.reduce((least, p) => Math.min(least, start[p]!), Number.POSITIVE_INFINITY),
      end: rows.reduce((most, p) => Math.max(most, end[p]!), 0),
      sections: 1,
      partitions: 1,
      unordered: rows.length,
    };
  }

  /** The best plan that the budget allows. */
  *run(plainBounds: (columns: ProblemColumns) => Bounds): Solving<Plan> {
    this.#incumbent.begin(yield* this.bounds(plainBounds));
    if (this.#live.count === 0) return yield* this.#incumbent.accept(new Float64Array(0), 'naive');
    const pieces = new Pieces(this.#live);
    const known = knownTicks(pieces);
    if (known.areOwn) return yield* this.#inTicks(withTicks(this.#live, pieces, known));
    if (pieces.count > MOST_PIECES) return yield* this.#ofMany(pieces, known);
    const relation = yield* relationOf(pieces);
    if (relation.ticks) return yield* this.#inTicks(withTicks(this.#live, pieces, relation.ticks));
    return yield* this.#byConflicts(pieces, known, relation);
  }

  /** Ticks say it all: a plain problem. */
  *#inTicks(columns: ProblemColumns): Solving<Plan> {
    const incumbent = this.#incumbent;
    const {onPlan, onProgress, timeLimitMs, ...options} = this.#options;
    const watched: PlanOptions = {
      ...options,
      ...(timeLimitMs === undefined ? {} : {timeLimitMs: incumbent.leftMs(timeLimitMs)}),
      ...(onPlan ? {onPlan: plan => incumbent.offer(plan)} : {}),
      ...(onProgress ? {onProgress: progress => onProgress({...progress, bounds: incumbent.bounds!})} : {}),
    };
    const plan = yield {columns, options: watched, isLong: true};
    this.subproblems.budget.nodes += plan.nodes;
    if (plan.offsets.length > 0) yield* incumbent.verify(plan.offsets);
    incumbent.best = incumbent.whole(plan);
    return incumbent.best;
  }

  /** More pieces than have rows of conflicts. */
  *#ofMany(pieces: Pieces, known: KnownTicks): Solving<Plan> {
    const clash = fixedClash(this.#live, (i, j) => pieces.conflict(i, j));
    if (clash) return this.#incumbent.noPlan(clash);
    yield* new StricterProblems(this.#incumbent).ofMany(pieces, known);
    return this.#incumbent.best ?? this.#incumbent.nothingFound();
  }

  *#byConflicts(pieces: Pieces, known: KnownTicks, {conflicts}: Relation): Solving<Plan> {
    const incumbent = this.#incumbent;
    const packing = packingOf(this.#live, conflicts);
    const clash = clashOf(packing);
    if (clash) return incumbent.noPlan(clash);
    const searches = new Searches(incumbent, packing);
    const hinted = yield* searches.hinted();
    if (hinted && hinted.peak <= incumbent.enough) return yield* incumbent.accept(hinted.offsets, 'hints');
    yield* searches.byRanks();
    if (!incumbent.isOver) yield* this.#afterRanks(searches, pieces, known, conflicts);
    // among plans of equal peak that of the hints wins
    if (hinted && hinted.peak <= incumbent.peak && !this.subproblems.isStopped) {
      incumbent.best = undefined;
      yield* incumbent.accept(hinted.offsets, 'hints');
    }
    incumbent.refresh();
    return incumbent.best!;
  }

  *#afterRanks(
    searches: Searches,
    pieces: Pieces,
    known: KnownTicks,
    conflicts: Relation['conflicts'],
  ): Solving<void> {
    const {algorithm = 'auto'} = this.#options;
    const stricter = new StricterProblems(this.#incumbent);
    const groups = this.#incumbent.isFree ? groupsApart(conflicts) : [];
    if (groups.length > 1) yield* stricter.inParts(groups);
    yield* stricter.inTicks(pieces, known);
    if (isHeuristic(algorithm)) return;
    yield* searches.inTurns(this.#antichain.map(({buffer}) => buffer));
  }
}

/** Heuristics that have no form for conflicts stand for all that have one. */
function isHeuristic(algorithm: string): boolean {
  return algorithm === 'portfolio' || (HEURISTICS as readonly string[]).includes(algorithm);
}
