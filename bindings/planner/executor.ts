/** Where the work is done: one problem in one core; carries out tasks, one after another, and verifies what it finds. */
import {ALL_RULES, ROLE} from '../core/abi.ts';
import type {CoreProblem} from '../core/core.ts';
import type {CorePortfolio, CoreSearch} from '../core/search.ts';
import {LimitError} from '../model/errors.ts';
import {HEURISTICS} from '../model/names.ts';
import type {Bounds, Heuristic, SearchAlgorithm, Solver, Violation} from '../model/plan.ts';
import type {Bytes, ProblemColumns} from '../model/problem.ts';
import {violationsOf} from './live.ts';
import {FIRST_HEURISTICS, type Strand, type StrandKind} from './subsolvers.ts';

/** A piece of work. */
export type Task =
  /** Find the lower bound. */
  | {readonly type: 'bounds'}
  /** Run one heuristic. */
  | {readonly type: 'heuristic'; readonly name: Heuristic}
  /** Run the next heuristic of the portfolio; `peak` of the best plan so far, bytes. */
  | {readonly type: 'portfolio'; readonly lowerBound: Bytes; readonly peak: Bytes}
  | StrandTask;

/** Go on with a strand, or begin it. */
export interface StrandTask {
  readonly type: 'strand';
  readonly number: number;
  readonly strand: Strand;
  readonly nodes: number;
  /** Bytes: the strand is done with a plan of this peak. */
  readonly target: Bytes;
  /** Of the best plan so far, bytes; and its offsets where the strand does not have them. */
  readonly peak: Bytes;
  readonly offsets?: Float64Array;
}

/** What came of a task. */
export interface Report {
  /** Work done. */
  readonly nodes: number;
  /** Whether there is nothing more of the kind to do. */
  readonly isDone: boolean;
  readonly verifyMs: number;
  readonly bounds?: Bounds;
  /** Bytes that a strand has proven no plan can undercut. */
  readonly lowerBound?: Bytes;
  /** A plan, if it is better than what the task named. */
  readonly found?: Found;
}

/** Offsets of the live buffers, verified. */
export interface Found {
  readonly algorithm: Solver;
  readonly offsets: Float64Array;
  /** Bytes. */
  readonly peak: Bytes;
  readonly violations: readonly Violation[];
}

type SearchKind = Exclude<StrandKind, 'heuristics'>;

/** What a plan is said to be made by. */
const ALGORITHM_OF: Readonly<Record<SearchKind, SearchAlgorithm>> = {
  exact: 'exact',
  descent: 'exact',
  local: 'local',
  classes: 'class-sweep',
  windows: 'windows',
};

export class Station {
  readonly #core: CoreProblem;
  readonly #columns: ProblemColumns;
  /** The portfolio before the search, and what of it stands beside the search. */
  #first: CorePortfolio | undefined;
  #others: CorePortfolio | undefined;
  readonly #searches = new Map<number, CoreSearch>();

  constructor(core: CoreProblem, columns: ProblemColumns) {
    this.#core = core;
    this.#columns = columns;
  }

  /** @throws LimitError where a heuristic's plan is above 2^53 − 1 bytes. */
  run(task: Task): Report {
    if (task.type === 'bounds') return {nodes: 0, isDone: true, verifyMs: 0, bounds: boundsOf(this.#core)};
    if (task.type === 'strand') return this.#goOn(task);
    if (task.type === 'portfolio') {
      this.#first ??= this.#core.portfolio(task.lowerBound);
      return this.#nextHeuristic(this.#first, task.peak);
    }
    const offsets = this.#core.plan(HEURISTICS.indexOf(task.name));
    return {nodes: this.#core.count, isDone: true, ...this.#verified(offsets, task.name)};
  }

  #nextHeuristic(portfolio: CorePortfolio, best: Bytes): Report {
    const isDone = !portfolio.step(1);
    const nodes = this.#core.count;
    if (portfolio.peak >= best) return {nodes, isDone, verifyMs: 0};
    return {nodes, isDone, ...this.#verified(portfolio.plan(), HEURISTICS[portfolio.heuristic]!)};
  }

  #goOn(task: StrandTask): Report {
    const {target, peak, strand} = task;
    if (strand.kind !== 'heuristics') return this.#search(task, strand.kind);
    this.#others ??= this.#core.portfolio(target, FIRST_HEURISTICS);
    return this.#nextHeuristic(this.#others, peak);
  }

  #search(task: StrandTask, kind: SearchKind): Report {
    const search = this.#searches.get(task.number) ?? this.#begin(task, kind);
    search.incumbent = task.peak;
    search.target = task.target;
    if (task.offsets) search.adopt(task.offsets);
    const before = search.nodes;
    const isDone = !search.step(task.nodes);
    const {lowerBound, peak} = search;
    const report = {nodes: search.nodes - before, isDone, lowerBound, verifyMs: 0};
    if (peak === undefined || peak >= task.peak) return report;
    return {...report, ...this.#verified(search.plan(), ALGORITHM_OF[kind])};
  }

  #begin(task: StrandTask, kind: SearchKind): CoreSearch {
    const search = this.#newSearch(task, kind);
    this.#searches.set(task.number, search);
    return search;
  }

  #newSearch({strand, target, peak, offsets}: StrandTask, kind: SearchKind): CoreSearch {
    const {seed, part, parts} = strand;
    switch (kind) {
      case 'exact':
        return this.#core.exact(offsets!, target, seed);
      case 'descent':
        return this.#core.exact(offsets!, target, seed, ALL_RULES, ROLE.DESCENDS);
      case 'local':
        return this.#core.local(target, peak, seed);
      case 'classes':
        return this.#core.classes(target, peak, seed, part, parts);
      case 'windows':
        return this.#core.windows(offsets!, target, seed);
    }
  }

  #verified(offsets: Float64Array | undefined, algorithm: Solver): Pick<Report, 'found' | 'verifyMs'> {
    if (offsets === undefined) throw new LimitError(`the plan of ${algorithm} is above 2^53 - 1 bytes`);
    const began = performance.now();
    const violations = violationsOf(this.#core, offsets, undefined);
    const verifyMs = performance.now() - began;
    return {verifyMs, found: {algorithm, offsets, peak: peakOf(offsets, this.#columns), violations}};
  }
}

/** Peak of live buffers' offsets, bytes. */
export function peakOf(offsets: Float64Array, {size}: ProblemColumns): Bytes {
  let peak = 0;
  for (let i = 0; i < offsets.length; i++) peak = Math.max(peak, offsets[i]! + size[i]!);
  return peak;
}

/** The bounds of a problem that holds at least one buffer. */
export function boundsOf(core: CoreProblem): Bounds {
  return {
    ...core.lowerBound(),
    load: core.sectionLoads().reduce((most, load) => Math.max(most, load), 0),
    ...core.shape,
  };
}
