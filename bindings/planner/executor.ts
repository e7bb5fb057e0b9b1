/** Executes tasks on one problem in one instance of the core, one after another, and verifies every plan found. */
import {ALL_RULES, ROLE} from '../core/abi.ts';
import type {CoreProblem} from '../core/core.ts';
import type {CorePortfolio, CoreSearch} from '../core/search.ts';
import {peakOf} from '../model/load.ts';
import {HEURISTICS} from '../model/names.ts';
import {MAX_BYTES} from '../model/numbers.ts';
import type {Bounds, Heuristic, SearchAlgorithm, Solver, Violation} from '../model/plan.ts';
import type {Bytes, ProblemColumns} from '../model/problem.ts';
import {violationsOf} from './live.ts';
import type {Subsolver, SubsolverKind} from './subsolvers.ts';

export type Task =
  /** Compute the lower bound. */
  | {readonly type: 'bounds'}
  /** Run one heuristic. */
  | {readonly type: 'heuristic'; readonly name: Heuristic}
  /** Run the heuristic at a place of the portfolio; `peak` of the best plan so far, bytes. */
  | {readonly type: 'portfolio'; readonly place: number; readonly lowerBound: Bytes; readonly peak: Bytes}
  | SubsolverTask;

/** Run one slice of a subsolver; the first task with its number begins it. */
export interface SubsolverTask {
  readonly type: 'subsolver';
  readonly number: number;
  readonly subsolver: Subsolver;
  readonly nodes: number;
  /** Bytes: a plan of this peak ends the subsolver. */
  readonly target: Bytes;
  /** Peak of the best plan so far, bytes. */
  readonly peak: Bytes;
  /** Offsets of that plan, bytes; absent where the subsolver has them, or there is none. */
  readonly offsets?: Float64Array;
}

export interface TaskResult {
  /** Number of the subsolver, where results come in another order than their tasks. */
  readonly number?: number;
  /** Present where it was made elsewhere: its plan was verified here, its lower bound was not. */
  readonly isElsewhere?: true;
  /** Nodes spent. */
  readonly nodes: number;
  /** Whether nothing of the kind is left to do. */
  readonly isDone: boolean;
  readonly verifyMs: number;
  readonly bounds?: Bounds;
  /** Bytes that a subsolver has proven no plan can undercut. */
  readonly lowerBound?: Bytes;
  /** A plan better than the task's `peak`. */
  readonly found?: FoundPlan;
  /** Present where there is one, but above 2^53 − 1 bytes, which no plan may be. */
  readonly isBeyond?: true;
}

/** Offsets of the live buffers, verified. */
export interface FoundPlan {
  readonly algorithm: Solver;
  /** Bytes. */
  readonly offsets: Float64Array;
  readonly peak: Bytes;
  readonly violations: readonly Violation[];
}

/** `kind`: what runs, which differs from what was asked for where the beam cannot express the problem. */
interface BegunSearch {
  readonly search: CoreSearch;
  readonly kind: SubsolverKind;
}

/** The algorithm that a plan of each kind is attributed to. */
const ALGORITHM_OF: Readonly<Record<SubsolverKind, SearchAlgorithm>> = {
  exact: 'exact',
  dives: 'exact',
  beam: 'beam',
  local: 'local',
  'class-sweep': 'class-sweep',
  lns: 'windows',
};

export class Executor {
  readonly #core: CoreProblem;
  readonly #columns: ProblemColumns;
  #portfolio: CorePortfolio | undefined;
  /** Its next place. */
  #place = -1;
  readonly #searches = new Map<number, BegunSearch>();

  constructor(core: CoreProblem, columns: ProblemColumns) {
    this.#core = core;
    this.#columns = columns;
  }

  run(task: Task): TaskResult {
    switch (task.type) {
      case 'bounds':
        return {nodes: 0, isDone: true, verifyMs: 0, bounds: boundsOf(this.#core)};
      case 'heuristic': {
        const offsets = this.#core.plan(HEURISTICS.indexOf(task.name));
        return {nodes: this.#core.count, isDone: true, ...this.#verified(offsets, task.name)};
      }
      case 'portfolio':
        return this.#nextHeuristic(this.#portfolioAt(task.place, task.lowerBound), task.peak);
      case 'subsolver':
        return this.#search(task);
    }
  }

  /** The portfolio whose next heuristic is at that place: those before may have run elsewhere. */
  #portfolioAt(place: number, lowerBound: Bytes): CorePortfolio {
    const known = this.#place === place ? this.#portfolio : undefined;
    this.#portfolio = known ?? this.#core.portfolio(lowerBound, place);
    this.#place = place + 1;
    return this.#portfolio;
  }

  #nextHeuristic(portfolio: CorePortfolio, best: Bytes): TaskResult {
    const isDone = !portfolio.step(1);
    const nodes = this.#core.count;
    if (portfolio.peak >= best) return {nodes, isDone, verifyMs: 0};
    return {nodes, isDone, ...this.#verified(portfolio.plan(), HEURISTICS[portfolio.heuristic]!)};
  }

  #search(task: SubsolverTask): TaskResult {
    const {search, kind} = this.#searches.get(task.number) ?? this.#begin(task, task.subsolver.kind);
    search.incumbent = task.peak;
    search.target = task.target;
    if (task.offsets) search.adopt(task.offsets);
    const before = search.nodes;
    const isDone = !search.step(task.nodes);
    const {lowerBound, peak} = search;
    const result = {nodes: search.nodes - before, isDone, lowerBound, verifyMs: 0};
    if (peak === undefined || peak >= task.peak) return result;
    return {...result, ...this.#verified(search.plan(), ALGORITHM_OF[kind])};
  }

  #begin(task: SubsolverTask, asked: SubsolverKind): BegunSearch {
    const search = this.#newSearch(task, asked);
    const begun = search
      ? {search, kind: asked}
      : {search: this.#newSearch(task, 'dives')!, kind: 'dives' as const};
    this.#searches.set(task.number, begun);
    return begun;
  }

  /** Undefined where the beam cannot express the problem, or there is no plan that LNS could improve. */
  #newSearch({subsolver, target, peak, offsets}: SubsolverTask, kind: SubsolverKind): CoreSearch | undefined {
    const {seed, part, parts} = subsolver;
    switch (kind) {
      case 'beam':
        return this.#core.beam(target, peak, seed);
      case 'exact':
        return this.#core.exact(offsets ?? this.#above(), target, seed);
      case 'dives':
        return this.#core.exact(offsets ?? this.#above(), target, seed, ALL_RULES, ROLE.DIVES);
      case 'local':
        return this.#core.local(target, peak, seed);
      case 'class-sweep':
        return this.#core.classSweep(target, peak, seed, part, parts);
      case 'lns':
        return offsets && this.#core.lns(offsets, target, seed);
    }
  }

  /** In place of a plan, where none is known: the exact search looks for plans below it, partition by partition. */
  #above(): Float64Array {
    return new Float64Array(this.#core.count).fill(MAX_BYTES);
  }

  #verified(
    offsets: Float64Array | undefined,
    algorithm: Solver,
  ): Pick<TaskResult, 'found' | 'isBeyond' | 'verifyMs'> {
    if (offsets === undefined) return {verifyMs: 0, isBeyond: true};
    const began = performance.now();
    const violations = violationsOf(this.#core, offsets, undefined);
    const verifyMs = performance.now() - began;
    return {verifyMs, found: {algorithm, offsets, peak: peakOf(this.#columns, offsets), violations}};
  }
}

/** The bounds of a problem that holds at least one buffer. */
export function boundsOf(core: CoreProblem): Bounds {
  return {
    ...core.lowerBound(),
    load: core.sectionLoads().reduce((most, load) => Math.max(most, load), 0),
    ...core.shape,
  };
}
