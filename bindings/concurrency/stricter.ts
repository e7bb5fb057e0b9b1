/** Stricter problems in ticks or parts, whose plans are plans of the problem with clocks. */
import type {Solving} from '../constraints/subproblems.ts';
import type {Bytes} from '../model/numbers.ts';
import type {Plan, PlanOptions} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {FEW} from './first-fit.ts';
import type {ClocksIncumbent} from './incumbent.ts';
import type {KnownTicks} from './known-ticks.ts';
import {apart, inGroups} from './partitions.ts';
import type {Pieces} from './pieces.ts';
import {withTicks} from './ticks-problem.ts';

/** Nodes of a first search of a stricter problem, and of a longer one where neither nodes nor time are limited. */
const SHORT_NODES = 20_000;
const SHORT_NODES_PER_BUFFER = 4;
const LONG_NODES = 60_000;
const LONG_NODES_PER_BUFFER = 10;

export class StricterProblems {
  readonly #incumbent: ClocksIncumbent;

  constructor(incumbent: ClocksIncumbent) {
    this.#incumbent = incumbent;
  }

  /** More pieces than have rows of conflicts: streams, or groups of them, are parts. */
  *ofMany(pieces: Pieces, known: KnownTicks): Solving<void> {
    yield* this.#longer(withTicks(this.#incumbent.live, pieces, known));
    if (this.#incumbent.isFree && !this.#incumbent.isOver)
      yield* this.#longer(apart(this.#incumbent.live, pieces));
  }

  /** Groups that share nothing: the bound of their sum is one of the whole. */
  *inParts(groups: readonly (readonly number[])[]): Solving<void> {
    const of = new Uint32Array(this.#incumbent.live.count);
    groups.forEach((group, part) => {
      for (const i of group) of[i] = part;
    });
    const {hint: _, capacity: __, ...columns} = this.#incumbent.live;
    const parts = {names: groups.map((_group, part) => String(part)), of};
    const whole = {...columns, constraints: {...columns.constraints, parts}};
    const plan = yield* this.#plan(whole);
    this.#incumbent.raise(plan.lowerBound);
    yield* this.#incumbent.accept(plan.offsets, plan.algorithm);
  }

  *#plan(columns: ProblemColumns): Solving<Plan> {
    const {
      onPlan: _,
      onProgress: __,
      capacity: ___,
      minimize: ____,
      timeLimitMs,
      nodeLimit,
      ...options
    } = this.#incumbent.options;
    const {budget} = this.#incumbent.subproblems;
    const left = {
      ...(timeLimitMs === undefined ? {} : {timeLimitMs: this.#incumbent.leftMs(timeLimitMs)}),
      ...(nodeLimit === undefined ? {} : {nodeLimit: Math.max(1, budget.left)}),
    };
    const plan = yield {columns, options: {...options, ...left}, isLong: true};
    budget.nodes += plan.nodes;
    return plan;
  }

  /** Arenas of streams and of groups of them; the one that may become the best is searched for longer. */
  *inTicks(pieces: Pieces, known: KnownTicks): Solving<void> {
    const stricter: (() => ProblemColumns | undefined)[] = [
      () => withTicks(this.#incumbent.live, pieces, known),
    ];
    if (this.#incumbent.isFree) {
      stricter.push(() => apart(this.#incumbent.live, pieces));
      if (this.#incumbent.live.count <= FEW) stricter.push(() => inGroups(this.#incumbent.live, pieces));
    }
    let promising: {columns: ProblemColumns; peak: Bytes} | undefined;
    for (const problemOf of stricter) {
      if (this.#incumbent.isOver) return;
      const problem = problemOf();
      if (problem === undefined) continue;
      const {capacity: _, hint: __, ...columns} = problem;
      const plan = yield* this.#briefly(columns);
      const {peak, offsets, algorithm, lowerBound, status} = plan;
      if (offsets.length > 0) yield* this.#incumbent.accept(offsets, algorithm);
      const mayImprove = status !== 'optimal' && lowerBound < this.#incumbent.peak;
      if (mayImprove && !(promising && promising.peak <= peak)) promising = {columns, peak};
    }
    if (promising && !this.#incumbent.isOver) yield* this.#longer(promising.columns);
  }

  *#briefly(columns: ProblemColumns): Solving<Plan> {
    const {timeLimitMs, nodeLimit, seed} = this.#incumbent.options;
    const {budget} = this.#incumbent.subproblems;
    const nodes = SHORT_NODES + SHORT_NODES_PER_BUFFER * columns.count;
    const options: PlanOptions = {
      capacity: this.#incumbent.enough,
      nodeLimit: Math.max(1, Math.min(nodes, nodeLimit === undefined ? nodes : budget.left)),
      ...(seed === undefined ? {} : {seed}),
      ...(timeLimitMs === undefined ? {} : {timeLimitMs: this.#incumbent.leftMs(timeLimitMs)}),
    };
    const plan = yield {columns, options, isLong: false};
    budget.nodes += plan.nodes;
    return plan;
  }

  /** Plans a stricter problem with half of the budget that is left. */
  *#longer({capacity: _, hint: __, ...columns}: ProblemColumns): Solving<void> {
    const {timeLimitMs, nodeLimit, seed} = this.#incumbent.options;
    const {budget} = this.#incumbent.subproblems;
    const nodes =
      nodeLimit === undefined ? LONG_NODES + LONG_NODES_PER_BUFFER * columns.count : budget.left / 2;
    // of few buffers as long as the same problem by itself, so that it is never better
    const isCounted = nodeLimit !== undefined || (timeLimitMs === undefined && columns.count > FEW);
    const options: PlanOptions = {
      capacity: this.#incumbent.enough,
      ...(seed === undefined ? {} : {seed}),
      ...(isCounted ? {nodeLimit: Math.max(1, Math.floor(nodes))} : {}),
      ...(timeLimitMs === undefined ? {} : {timeLimitMs: this.#incumbent.leftMs(timeLimitMs) / 2}),
    };
    const plan = yield {columns, options, isLong: true};
    budget.nodes += plan.nodes;
    if (plan.offsets.length > 0) yield* this.#incumbent.accept(plan.offsets, plan.algorithm);
  }
}
