/**
 * What to do where a problem does not fit: which buffers to shrink, shorten or offload, each with the peak that would
 * remain, by planning the changed problem; and which changes together make it fit.
 */

import {areAny} from '../model/constraints.ts';
import {UsageError} from '../model/errors.ts';
import {isEverLive, LoadOverTime, peakOf, pieceAt} from '../model/load.ts';
import {checkCount} from '../model/numbers.ts';
import {checkPlanOptions} from '../model/options.ts';
import type {Bounds, Plan, PlanOptions} from '../model/plan.ts';
import {
  type Bytes,
  checkBytes,
  idOf,
  type Problem,
  type ProblemColumns,
  type Tick,
} from '../model/problem.ts';
import {toColumns} from '../model/to-columns.ts';
import type {Planner} from '../planner/planner.ts';
import {type ChangeKind, edited, editsOf, nodesForChange} from './change.ts';

/**
 * One thing that could be different about a buffer, the mildest first.
 * - `offload`: it holds nothing from `tick` to `until`: copied away before and brought back after.
 * - `ends-earlier`, `begins-later`: its lifetime ends or begins at `tick`.
 * - `shrink`: `size` in place of its own: smaller by the bytes that exceed the capacity.
 * - `half`: half its size, rounded down.
 * - `gone`: size 0.
 */
export type AdviceKind = 'offload' | 'shrink' | ChangeKind;
/** Changes that are planned in each step of several. */
const MOST_PROMISING = 4;
const KINDS: readonly AdviceKind[] = ['offload', 'ends-earlier', 'begins-later', 'shrink', 'half', 'gone'];

/** A change of one buffer, and the memory needed after it. */
export interface Advice {
  /** The buffer's index in the problem. */
  readonly index: number;
  readonly id: string;
  readonly kind: AdviceKind;
  /** The buffer's size then, bytes. */
  readonly size: Bytes;
  /** Where it would end, begin, or be away from; absent where its lifetime stays. */
  readonly tick?: Tick;
  /** Where it would be back, for `offload`. */
  readonly until?: Tick;
  /** Bytes: the peak of the changed problem's plan, and its lower bound. */
  readonly peak: Bytes;
  readonly lowerBound: Bytes;
  /** Whether that plan fits. */
  readonly fits: boolean;
}

/** The result of `adviseFit`. */
export interface FitAdvice {
  readonly capacity: Bytes;
  /** Whether the problem fits as it is. */
  readonly fits: boolean;
  /** Peak of the unchanged problem, bytes; `isProven` where no plan can fit. NaN where fixed offsets collide. */
  readonly peak: Bytes;
  readonly lowerBound: Bytes;
  readonly isProven: boolean;
  /** Changes that lower the peak: first those that make it fit, the mildest before others, then by the remaining peak. */
  readonly single: readonly Advice[];
  /** Changes made one after the other, each the best after those before it, until it fits or nothing helps; no `gone`. */
  readonly together: readonly Advice[];
}

/** How to advise. Changed problems are planned with these options. */
export interface AdviseOptions extends Omit<PlanOptions, 'capacity' | 'minimize' | 'onPlan' | 'onProgress'> {
  /** How many of the largest buffers at the instant of the peak to change. Default 10. */
  readonly top?: number;
  /** Changes to make together at most. Default 8; 0 for single changes only. */
  readonly steps?: number;
}

/**
 * Advises on a problem that does not fit into `capacity` bytes.
 * @throws UsageError for an invalid field or option, and for a problem with several arenas; else as
 * `Planner.plan`.
 */
export function adviseFit(
  planner: Planner,
  problem: Problem | ProblemColumns,
  capacity: Bytes,
  options: AdviseOptions = {},
): FitAdvice {
  const {top = 10, steps = 8, ...planning} = options;
  checkBytes(capacity, 'capacity');
  checkCount(top, 'options.top');
  checkCount(steps, 'options.steps');
  checkPlanOptions(planning);
  const {capacity: _, ...columns} = toColumns(problem);
  const {pools, separate, clocks} = columns.constraints ?? {};
  if (pools || separate)
    throw new UsageError('adviseFit: expected a problem with one arena, got one with pools or separation');
  if (clocks)
    throw new UsageError(
      'adviseFit: expected a problem without clocks: a change of ticks says nothing of what streams wait for; concurrencyBoundOf names the buffers of the bound',
    );
  return new Adviser(planner, capacity, top, planning).advise(columns, steps);
}

class Adviser {
  readonly #planner: Planner;
  readonly #capacity: Bytes;
  readonly #top: number;
  readonly #options: PlanOptions;
  readonly #deadline: number;

  constructor(planner: Planner, capacity: Bytes, top: number, {timeLimitMs, ...options}: PlanOptions) {
    this.#planner = planner;
    this.#capacity = capacity;
    this.#top = top;
    this.#options = options;
    this.#deadline = performance.now() + (timeLimitMs ?? Number.POSITIVE_INFINITY);
  }

  advise(columns: ProblemColumns, steps: number): FitAdvice {
    const plan = this.#planner.plan(
      columns,
      this.#withDeadline({...this.#options, capacity: this.#capacity}),
    );
    const {peak, lowerBound} = plan;
    const fits = peak <= this.#capacity;
    const known = {capacity: this.#capacity, fits, peak, lowerBound, isProven: plan.status === 'infeasible'};
    if (fits || Number.isNaN(peak)) return {...known, single: [], together: []};
    const tried = this.#planned(this.#variants(columns, plan), columns, plan);
    const single = tried.flatMap(({advice}) => (advice.peak < peak ? [advice] : []));
    return {...known, single, together: this.#together(columns, plan, steps)};
  }

  /** What the changes give, the best first. */
  #planned(variants: readonly Variant[], columns: ProblemColumns, plan: Plan): Tried[] {
    return variants.flatMap(variant => this.#tried(variant, columns, plan)).sort(compare);
  }

  /** The changes that promise most by their bounds, which cost less than plans; no `gone`, which leaves nothing. */
  #promising(columns: ProblemColumns, plan: Plan): Variant[] {
    const judged = this.#variants(columns, plan).flatMap(variant => {
      if (variant.kind === 'gone') return [];
      const lowerBound = possible(() => this.#planner.bounds(variant.columns, this.#alignment).lowerBound);
      return lowerBound === undefined ? [] : [{variant, lowerBound, above: this.#aboveOf(variant.columns)}];
    });
    judged.sort((a, b) => a.lowerBound - b.lowerBound || a.above - b.above);
    return judged.slice(0, MOST_PROMISING).map(({variant}) => variant);
  }

  /** Continues with the best change of each step: one that lowers the peak, or else the live bytes above the capacity. */
  #together(columns: ProblemColumns, plan: Plan, steps: number): Advice[] {
    const made: Advice[] = [];
    let now = {peak: plan.peak, above: this.#aboveOf(columns), columns, plan};
    while (made.length < steps && now.peak > this.#capacity && !this.#isLate) {
      const [best] = this.#planned(this.#promising(now.columns, now.plan), now.columns, now.plan);
      if (best === undefined) break;
      const {peak} = best.advice;
      if (peak > now.peak || (peak === now.peak && best.above >= now.above)) break;
      made.push(best.advice);
      now = {peak, above: best.above, columns: best.columns, plan: best.plan};
    }
    return made;
  }

  #aboveOf(columns: ProblemColumns): number {
    return new LoadOverTime(columns).above(this.#capacity);
  }

  get #isLate(): boolean {
    return performance.now() > this.#deadline;
  }

  #variants(columns: ProblemColumns, plan: Plan): Variant[] {
    const bounds = this.#planner.bounds(columns, this.#alignment);
    const over = plan.peak - this.#capacity;
    return this.#candidates(columns, plan, bounds).flatMap(index => {
      const isAtBound = pieceAt(columns, index, bounds.start) !== undefined;
      const instant = isAtBound ? bounds : {start: columns.start[index]!, end: columns.start[index]! + 1};
      return variantsOf(columns, index, {...instant, bytes: 0}, over);
    });
  }

  /** The largest buffers that are live at the lower bound, and those on top of the plan. */
  #candidates(columns: ProblemColumns, plan: Plan, {start}: Bounds): number[] {
    const found: number[] = [];
    for (let i = 0; i < columns.count; i++) {
      if (!isEverLive(columns, i)) continue;
      const isOnTop = plan.offsets[i]! + columns.size[i]! > this.#capacity;
      if (isOnTop || pieceAt(columns, i, start) !== undefined) found.push(i);
    }
    return found.sort((a, b) => columns.size[b]! - columns.size[a]! || a - b).slice(0, this.#top);
  }

  #tried({index, kind, columns, tick, until}: Variant, before: ProblemColumns, known: Plan): Tried[] {
    if (this.#isLate) return [];
    const nodeLimit = nodesForChange(columns);
    const options = this.#withDeadline({nodeLimit, ...this.#options});
    const plan = possible(() => this.#planner.plan(columns, options));
    if (plan === undefined || Number.isNaN(plan.peak)) return [];
    // a smaller or shorter buffer collides with nothing new, so the known plan may still be the better one;
    // where buffers are tied together, others may have moved with it
    const isTied = areAny(columns.constraints);
    const peak = isTied ? plan.peak : Math.min(plan.peak, peakOf(columns, known.offsets));
    const advice = {
      index,
      id: idOf(before, index),
      kind,
      size: columns.size[index]!,
      ...(tick === undefined ? {} : {tick}),
      ...(until === undefined ? {} : {until}),
      peak,
      lowerBound: Math.min(plan.lowerBound, peak),
      fits: peak <= this.#capacity,
    };
    return [{advice, above: this.#aboveOf(columns), columns, plan: plan.peak <= peak ? plan : known}];
  }

  #withDeadline(options: PlanOptions): PlanOptions {
    if (this.#deadline === Number.POSITIVE_INFINITY) return options;
    return {...options, timeLimitMs: Math.max(1, this.#deadline - performance.now())};
  }

  get #alignment(): Pick<PlanOptions, 'alignment'> {
    const {alignment} = this.#options;
    return alignment === undefined ? {} : {alignment};
  }
}

/** Undefined where a change contradicts a constraint, as a view that would be larger than its owner. */
function possible<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** A change, the changed problem, and its best plan. */
interface Tried {
  readonly advice: Advice;
  /** Σ over all ticks of the bytes live above the capacity. */
  readonly above: number;
  readonly columns: ProblemColumns;
  readonly plan: Plan;
}

interface Variant {
  readonly index: number;
  readonly kind: AdviceKind;
  readonly columns: ProblemColumns;
  readonly tick?: Tick;
  readonly until?: Tick;
}

function compare({advice: a, above: aboveA}: Tried, {advice: b, above: aboveB}: Tried): number {
  if (a.fits !== b.fits) return a.fits ? -1 : 1;
  const byKind = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  const byPeak = a.peak - b.peak || aboveA - aboveB;
  return (a.fits ? byKind || byPeak : byPeak || byKind) || a.index - b.index;
}

function variantsOf(
  columns: ProblemColumns,
  index: number,
  instant: {readonly start: Tick; readonly end: Tick; readonly bytes: Bytes},
  over: Bytes,
): Variant[] {
  const variants = editsOf(columns, index, instant).map((edit): Variant => {
    const {kind, column, value} = edit;
    return {index, kind, columns: edited(columns, edit), ...(column === 'size' ? {} : {tick: value})};
  });
  const size = columns.size[index]!;
  if (size > over) {
    const edit = {index, kind: 'half' as const, column: 'size' as const, at: index, value: size - over};
    variants.push({index, kind: 'shrink', columns: edited(columns, edit)});
  }
  const piece = pieceAt(columns, index, instant.start)!;
  if (piece.start < instant.start && instant.end < piece.end) {
    const away = withGap(columns, index, piece.nextGap, instant.start, instant.end);
    variants.push({index, kind: 'offload', columns: away, tick: instant.start, until: instant.end});
  }
  return variants;
}

/** The problem with one gap more, as the `place`-th of all. */
function withGap(
  columns: ProblemColumns,
  index: number,
  place: number,
  from: Tick,
  to: Tick,
): ProblemColumns {
  const inserted = (ticks: Uint32Array, tick: Tick) =>
    Uint32Array.from([...ticks.subarray(0, place), tick, ...ticks.subarray(place)]);
  return {
    ...columns,
    gapIndex: columns.gapIndex.map((gaps, i) => (i > index ? gaps + 1 : gaps)),
    gapStart: inserted(columns.gapStart, from),
    gapEnd: inserted(columns.gapEnd, to),
  };
}
