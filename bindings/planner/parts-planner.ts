/**
 * Plans problems with parts: buffers of different parts never share a byte. Each part is planned for itself, and the parts
 * are stacked in one arena, so a plan is the best one if each of them is.
 */

import {violationsOfParts} from '../constraints/verify-parts.ts';
import {Budget} from '../model/budget.ts';
import {areAny} from '../model/constraints.ts';
import {CoreError, LimitError} from '../model/errors.ts';
import {type Bytes, MAX_BYTES} from '../model/numbers.ts';
import type {AsyncPlanOptions, Bounds, Plan, PlanOptions, PlanPart, Violation} from '../model/plan.ts';
import {alignmentOf, type ProblemColumns, select, withoutParts} from '../model/problem.ts';
import type {BoundsOptions, ProblemPlanner, VerifiedPlan, VerifyOptions} from './problem-planner.ts';

/** A part as a problem of its own. */
interface Part {
  readonly name: string;
  readonly index: Uint32Array;
  readonly columns: ProblemColumns;
  /** The strictest alignment in it, bytes. */
  readonly alignment: Bytes;
}

export class PartsPlanner implements ProblemPlanner {
  readonly #planners: {
    readonly plain: ProblemPlanner;
    readonly constrained: ProblemPlanner;
    readonly clocks: ProblemPlanner;
  };

  constructor(plain: ProblemPlanner, constrained: ProblemPlanner, clocks: ProblemPlanner) {
    this.#planners = {plain, constrained, clocks};
  }

  plan(columns: ProblemColumns, options: PlanOptions): Plan {
    const solve = new PartsSolve(columns, options, this.#boundsOf(columns, options));
    for (const {columns: own} of solve.inOrder) solve.take(this.#for(own).plan(own, solve.optionsOfNext()));
    return this.#accept(solve);
  }

  async planAsync(
    columns: ProblemColumns,
    {threads = 1, seats = [], opportunistic = false, signal, ...options}: AsyncPlanOptions,
  ): Promise<Plan> {
    const solve = new PartsSolve(columns, options, this.#boundsOf(columns, options));
    const inWorkers = {threads, seats, opportunistic, ...(signal ? {signal} : {})};
    let isElsewhere = false;
    for (const {columns: own} of solve.inOrder) {
      const planner = this.#for(own);
      const isLate = signal?.aborted && solve.hasAny;
      // after an abort every part still needs a plan, and the quickest will do
      const plan = isLate
        ? planner.plan(own, {...solve.optionsOfNext(), nodeLimit: 1})
        : await planner.planAsync(own, {...solve.optionsOfNext(), ...inWorkers});
      isElsewhere ||= plan.boundElsewhere === true;
      solve.take(plan);
    }
    const plan = this.#accept(solve);
    return isElsewhere ? {...plan, boundElsewhere: true} : plan;
  }

  bounds(columns: ProblemColumns, options: BoundsOptions): Bounds {
    return this.#boundsOf(columns, options).whole;
  }

  verify(columns: ProblemColumns, plan: VerifiedPlan, options: VerifyOptions): Violation[] {
    const whole = withoutParts(columns);
    const found = this.#for(whole).verify(whole, plan, options);
    return [...found, ...violationsOfParts(columns, plan.offsets)].slice(0, 100);
  }

  #for({constraints}: ProblemColumns): ProblemPlanner {
    if (constraints?.clocks) return this.#planners.clocks;
    return areAny(constraints) ? this.#planners.constrained : this.#planners.plain;
  }

  #boundsOf(columns: ProblemColumns, {alignment}: BoundsOptions): PartsBounds {
    const options = alignment === undefined ? {} : {alignment};
    const whole = withoutParts(columns);
    const parts = partsOf(columns, alignment);
    const unit = commonAlignment(columns, alignment);
    const lowerBounds = parts.map(({columns: own}) =>
      unit === undefined
        ? this.#for(own).bounds(unaligned(own), {}).lowerBound
        : this.#for(own).bounds(own, options).lowerBound,
    );
    const bounds = this.#for(whole).bounds(whole, options);
    return {parts, unit, lowerBounds, whole: {...bounds, lowerBound: sumOfBounds(lowerBounds, unit)}};
  }

  #accept(solve: PartsSolve): Plan {
    const plan = solve.finish();
    const began = performance.now();
    const {alignment} = solve.options;
    // a plan above the capacity has that as its status
    const options = {capacity: plan.peak, ...(alignment === undefined ? {} : {alignment})};
    const found = this.verify(solve.columns, plan, options);
    if (found[0]) throw new CoreError(`a plan was made that verify refuses: ${JSON.stringify(found[0])}`);
    const verify = plan.seconds.verify + (performance.now() - began) / 1000;
    const verified = {...plan, seconds: {...plan.seconds, verify}};
    solve.options.onPlan?.(verified);
    return verified;
  }
}

interface PartsBounds {
  readonly parts: readonly Part[];
  /** The alignment of all buffers; undefined where they have several. */
  readonly unit: Bytes | undefined;
  readonly lowerBounds: readonly Bytes[];
  readonly whole: Bounds;
}

/** One solve: the parts that are planned, the budget that is left, and the stack they make. */
class PartsSolve {
  readonly columns: ProblemColumns;
  readonly options: PlanOptions;
  /** The smallest first, so that what these do not need is left for the large ones. */
  readonly inOrder: readonly Part[];
  readonly #parts: readonly Part[];
  readonly #unit: Bytes | undefined;
  readonly #bounds: Bounds;
  readonly #lowerBounds: Bytes[];
  readonly #plans = new Map<Part, Plan>();
  readonly #budget: Budget;

  constructor(columns: ProblemColumns, options: PlanOptions, {parts, unit, lowerBounds, whole}: PartsBounds) {
    this.columns = columns;
    this.options = options;
    this.#parts = parts;
    this.#unit = unit;
    this.#bounds = whole;
    this.#lowerBounds = [...lowerBounds];
    this.inOrder = [...parts].sort((a, b) => a.columns.count - b.columns.count);
    this.#budget = new Budget(options, Number.POSITIVE_INFINITY);
    this.#report(0, 0);
  }

  get hasAny(): boolean {
    return this.#plans.size > 0;
  }

  /** What the next part may spend: its share of what is left. */
  optionsOfNext(): PlanOptions {
    const {nodeLimit, timeLimitMs, capacity: _, minimize: __, onPlan: ___, ...options} = this.options;
    const left = this.#parts.length - this.#plans.size;
    const {nodes, seconds} = this.#budget;
    return {
      ...options,
      ...(nodeLimit === undefined ? {} : {nodeLimit: Math.max(1, Math.floor((nodeLimit - nodes) / left))}),
      ...(timeLimitMs === undefined ? {} : {timeLimitMs: Math.max(1, (timeLimitMs - seconds * 1000) / left)}),
      onProgress: progress => this.#report(progress.nodes, progress.spent),
    };
  }

  take(plan: Plan): void {
    const part = this.inOrder[this.#plans.size]!;
    this.#plans.set(part, plan);
    if (this.#unit !== undefined) this.#lowerBounds[this.#parts.indexOf(part)] = plan.lowerBound;
    this.#budget.nodes += plan.nodes;
    this.#report(0, 0);
  }

  finish(): Plan {
    const plans = this.#parts.map(part => this.#plans.get(part)!);
    const largest = plans.reduce((most, plan) => (plan.peak > most.peak ? plan : most), plans[0]!);
    const lowerBound = sumOfBounds(this.#lowerBounds, this.#unit);
    const common = {
      algorithm: largest.algorithm,
      nodes: this.#budget.nodes,
      seed: this.options.seed ?? 1,
      seconds: {
        start: plans.reduce((sum, {seconds}) => sum + seconds.start, 0),
        solve: plans.reduce((sum, {seconds}) => sum + seconds.solve, 0),
        verify: plans.reduce((sum, {seconds}) => sum + seconds.verify, 0),
      },
    };
    const stack = this.#stack(plans);
    if (stack.peak > MAX_BYTES)
      throw new LimitError(`the parts take ${stack.peak} bytes together, above 2^53 - 1`);
    const capacity = this.options.capacity ?? this.columns.capacity;
    const isOver = capacity !== undefined && stack.peak > capacity;
    const fit = stack.peak <= lowerBound ? 'optimal' : 'feasible';
    const unfit = capacity !== undefined && lowerBound > capacity ? 'infeasible' : 'unknown';
    const inPlace = this.#inPlaceOf(plans);
    return {
      ...common,
      ...stack,
      lowerBound: Math.min(lowerBound, stack.peak),
      status: isOver ? unfit : fit,
      ...inPlace,
    };
  }

  /** One part behind the other; the one that would be followed by the most padding is the last. */
  #stack(plans: readonly Plan[]): Pick<Plan, 'offsets' | 'peak' | 'parts'> {
    const padding = plans.map(({peak}, k) => up(peak, this.#parts[k]!.alignment) - peak);
    const order = plans.map((_, k) => k);
    const last = padding.indexOf(Math.max(...padding));
    order.push(...order.splice(last, 1));
    const offsets = new Float64Array(this.columns.count);
    const parts: PlanPart[] = [];
    let top = 0;
    for (const k of order) {
      const {name, index, alignment} = this.#parts[k]!;
      const {peak, offsets: own, lowerBound} = plans[k]!;
      // a part without bytes takes no room
      const start = peak === 0 ? 0 : up(top, alignment);
      index.forEach((buffer, i) => {
        offsets[buffer] = start + own[i]!;
      });
      parts[k] = {name, start, peak, lowerBound};
      top = Math.max(top, start + peak);
    }
    return {offsets, peak: top, parts};
  }

  /** Pairs in place by their index in the whole problem. */
  #inPlaceOf(plans: readonly Plan[]): Pick<Plan, 'inPlace'> {
    const pairs = this.columns.constraints?.inPlace;
    if (!pairs) return {};
    const {of} = this.columns.constraints!.parts!;
    const taken = this.#parts.flatMap(({index}, k) => {
      const part = of[index[0]!];
      const own = pairs.flatMap((pair, at) => (of[pair.input] === part ? [at] : []));
      return (plans[k]!.inPlace ?? []).map(at => own[at]!);
    });
    return {inPlace: taken.sort((a, b) => a - b)};
  }

  #report(nodes: number, spent: number): void {
    const done = this.#plans.size;
    const bound = sumOfBounds(this.#lowerBounds, this.#unit);
    const progress = this.#budget.progress(this.#bounds, undefined, bound);
    this.options.onProgress?.({
      ...progress,
      nodes: this.#budget.nodes + nodes,
      spent: Math.min(1, (done + spent) / this.#parts.length),
    });
  }
}

const up = (bytes: Bytes, alignment: Bytes): Bytes => Math.ceil(bytes / alignment) * alignment;

function partsOf(columns: ProblemColumns, alignment: Bytes | undefined): Part[] {
  const {names, of: partOf} = columns.constraints!.parts!;
  const lists = names.map((): number[] => []);
  for (const [buffer, part] of partOf.entries()) lists[part]!.push(buffer);
  return lists.flatMap((list, part) => {
    if (list.length === 0) return [];
    const index = Uint32Array.from(list);
    const {capacity: _, ...own} = select(columns, index);
    const strictest = list.reduce((most, i) => Math.max(most, alignmentOf(columns, i, alignment)), 1);
    return [{name: names[part]!, index, columns: own, alignment: strictest}];
  });
}

/**
 * Bytes that no plan can undercut. Parts need not be stacked: a plan may interleave them, so only the bytes that each of them
 * touches add up. Without its untouched bytes, a part is a plan of its own, so it touches its lower bound at least. Padding is
 * not touched, and another part may be there; so the bounds of `lowerBounds` are those without alignment, unless all buffers
 * have one. Then a part touches whole units, the first byte of each, and only the padding after the last unit is not there.
 */
function sumOfBounds(lowerBounds: readonly Bytes[], unit: Bytes | undefined): Bytes {
  const rounded = lowerBounds.map(bytes => up(bytes, unit ?? 1));
  const padding = rounded.map((bytes, part) => bytes - lowerBounds[part]!);
  return rounded.reduce((sum, bytes) => sum + bytes, 0) - Math.max(0, ...padding);
}

/** Undefined where buffers have several alignments, or where ties place them at other distances. */
function commonAlignment(columns: ProblemColumns, override: Bytes | undefined): Bytes | undefined {
  const {parts: _, clocks: __, ...ties} = columns.constraints!;
  if (areAny(ties)) return undefined;
  let common: Bytes | undefined;
  for (let i = 0; i < columns.count; i++) {
    if (columns.size[i] === 0 || columns.start[i] === columns.end[i]) continue;
    const alignment = alignmentOf(columns, i, override);
    common ??= alignment;
    if (common !== alignment) return undefined;
  }
  return common ?? 1;
}

function unaligned(columns: ProblemColumns): ProblemColumns {
  return {...columns, alignment: new Float64Array(columns.count).fill(1)};
}
