/** Changes of a buffer, with the bound and peak that the core computes for the changed problem. */
import {UsageError} from '../model/errors.ts';
import {type Instant, peakOf, pieceAt} from '../model/load.ts';
import {checkBoolean, checkCount} from '../model/numbers.ts';
import {checkPlanOptions} from '../model/options.ts';
import type {Bounds, Plan, PlanOptions} from '../model/plan.ts';
import type {Bytes, ProblemColumns, Tick} from '../model/problem.ts';
import type {Planner} from '../planner/planner.ts';

/** Nodes for planning one changed problem of many: the heuristics and a short search. */
export function nodesForChange({count}: ProblemColumns): number {
  return 20 * count + 20_000;
}

/** Above so many buffers, changed problems are planned anew only where asked for. */
const MOST_REPLANNED = 20_000;

/**
 * One thing that could be different about a buffer, the mildest first.
 * - `ends-earlier`: its lifetime ends where the instant begins.
 * - `begins-later`: its lifetime begins where the instant ends.
 * - `half`: half its size, rounded down.
 * - `gone`: size 0.
 *
 * If a buffer has gaps, only its piece at the instant ends earlier or begins later.
 */
export type ChangeKind = (typeof CHANGE_KINDS)[number];
export const CHANGE_KINDS = ['ends-earlier', 'begins-later', 'half', 'gone'] as const;

/** A change of one buffer, and its effect; all other buffers stay. */
export interface Change {
  readonly kind: ChangeKind;
  /** The buffer's size then, bytes. */
  readonly size: Bytes;
  /** Where it would end or begin; absent where its lifetime stays. */
  readonly tick?: Tick;
  /**
   * Lower bound of the changed problem, bytes. Where alignments are mixed it may be above that of the problem itself: the bound
   * is not the strongest, and this one then holds for both.
   */
  readonly lowerBound: Bytes;
  /** The first ticks `[start, end)` that make this bound. */
  readonly start: Tick;
  readonly end: Tick;
  /**
   * Peak of the best plan known for the changed problem, bytes: one made anew, or the one explained, which stays valid.
   * Absent where nothing was planned anew, or no plan exists because fixed offsets collide.
   */
  readonly peak?: Bytes;
}

/**
 * How to explain. Changed problems are planned with the same options as the plan should have been; where they name no
 * node limit, each gets 20 nodes a buffer and 20,000 more.
 */
export interface ExplainOptions extends Omit<PlanOptions, 'onPlan' | 'onProgress'> {
  /** How many of the largest buffers to change; a fixed buffer that makes the bound is changed, too. Default 10. */
  readonly top?: number;
  /** Whether to plan the changed problems, two to four per buffer. Default: up to 20,000 buffers. */
  readonly replan?: boolean;
  /** Milliseconds after which nothing more is planned anew, over all changes; bounds are still computed. */
  readonly timeLimitMs?: number;
}

/** What could be different about a buffer that is live at an instant, in the order of `ChangeKind`. */
export function changesOf(trial: Trial, index: number, instant: Instant): Change[] {
  return editsOf(trial.columns, index, instant).map(edit => trial.change(edit));
}

/** A change as the one number of the columns that differs. */
export interface Edit {
  readonly index: number;
  readonly kind: ChangeKind;
  readonly column: 'size' | 'start' | 'end' | 'gapStart' | 'gapEnd';
  readonly at: number;
  readonly value: number;
}

/** The problem with that one number different. */
export function edited(columns: ProblemColumns, {column, at, value}: Edit): ProblemColumns {
  const values = columns[column].slice();
  values[at] = value;
  return {...columns, [column]: values};
}

export function editsOf(columns: ProblemColumns, index: number, instant: Instant): Edit[] {
  const size = columns.size[index]!;
  const piece = pieceAt(columns, index, instant.start)!;
  const {nextGap} = piece;
  const edits: Edit[] = [];
  if (piece.start < instant.start) {
    const isLast = nextGap === columns.gapIndex[index + 1];
    const place = isLast
      ? ({column: 'end', at: index} as const)
      : ({column: 'gapStart', at: nextGap} as const);
    edits.push({index, kind: 'ends-earlier', ...place, value: instant.start});
  }
  if (piece.end > instant.end) {
    const isFirst = nextGap === columns.gapIndex[index];
    const place = isFirst
      ? ({column: 'start', at: index} as const)
      : ({column: 'gapEnd', at: nextGap - 1} as const);
    edits.push({index, kind: 'begins-later', ...place, value: instant.end});
  }
  edits.push({index, kind: 'half', column: 'size', at: index, value: Math.floor(size / 2)});
  edits.push({index, kind: 'gone', column: 'size', at: index, value: 0});
  return edits;
}

/** A problem to change, with its plan and the options to plan with. */
export class Trial {
  readonly columns: ProblemColumns;
  readonly bounds: Bounds;
  readonly #planner: Planner;
  readonly #offsets: ArrayLike<Bytes>;
  readonly #options: Omit<PlanOptions, 'onPlan' | 'timeLimitMs'>;
  readonly #replan: boolean;
  readonly #deadline: number;

  constructor(
    planner: Planner,
    columns: ProblemColumns,
    offsets: Plan['offsets'],
    {top, replan = columns.count <= MOST_REPLANNED, ...options}: ExplainOptions,
  ) {
    checkExplainOptions(top, replan);
    checkPlanOptions(options);
    const {timeLimitMs = Number.POSITIVE_INFINITY, ...rest} = options;
    this.#planner = planner;
    this.columns = columns;
    this.#offsets = offsets;
    this.#options = rest;
    this.#replan = replan;
    this.#deadline = performance.now() + timeLimitMs;
    this.bounds = this.boundsOf(columns);
    this.#checkPlan();
  }

  readonly boundsOf = (columns: ProblemColumns): Bounds => {
    const {alignment} = this.#options;
    return this.#planner.bounds(columns, alignment === undefined ? {} : {alignment});
  };

  /** Refuses a plan that `verify` refuses. Colliding fixed offsets leave no plan to check. */
  #checkPlan(): void {
    if (this.#offsets.length === 0) return;
    const {alignment} = this.#options;
    const offsets = Array.from(this.#offsets);
    const [violation] = this.#planner.verify(
      {...this.columns, capacity: Number.MAX_SAFE_INTEGER},
      {offsets},
      alignment === undefined ? {} : {alignment},
    );
    if (violation) throw new UsageError(`plan: not valid for the problem: ${JSON.stringify(violation)}`);
  }

  change(edit: Edit): Change {
    const {index, kind, column, value} = edit;
    const columns = edited(this.columns, edit);
    const {lowerBound, start, end} = this.boundsOf(columns);
    const peak = this.#peakOf(columns);
    return {
      kind,
      size: columns.size[index]!,
      ...(column === 'size' ? {} : {tick: value}),
      lowerBound,
      start,
      end,
      ...(peak === undefined ? {} : {peak}),
    };
  }

  #peakOf(columns: ProblemColumns): Bytes | undefined {
    const timeLimitMs = this.#deadline - performance.now();
    if (!this.#replan || timeLimitMs <= 0) return undefined;
    const limit = Number.isFinite(timeLimitMs) ? {timeLimitMs} : {};
    // dozens of plans: each gets few nodes by default
    const nodeLimit = nodesForChange(columns);
    const {peak, offsets} = this.#planner.plan(columns, {nodeLimit, ...this.#options, ...limit});
    if (offsets.length < columns.count) return undefined;
    // a buffer that is smaller or shorter collides with nothing new
    return this.#offsets.length === 0 ? peak : Math.min(peak, peakOf(columns, this.#offsets));
  }
}

function checkExplainOptions(top: unknown, replan: unknown): void {
  if (top !== undefined) checkCount(top, 'options.top');
  checkBoolean(replan, 'options.replan');
}
