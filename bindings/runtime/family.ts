/**
 * Iterations of varying length: profiles recorded at two values of the dimensions or more become one plan for all values, from which
 * iterations at values that were never recorded are served at once. What differs from it is served as always: by the general allocator.
 */
import {checkedValues} from '../model/dimension-values.ts';
import {LimitError} from '../model/errors.ts';
import {withSizes} from '../model/fit-problems.ts';
import {fitRecorded} from '../model/fit-recorded.ts';
import type {AsyncPlanOptions, PlanOptions} from '../model/plan.ts';
import type {Dimension, DimensionValues, SymbolicColumns, SymbolicSize} from '../model/symbolic.ts';
import {checkedDimensions} from '../model/symbolic-columns.ts';
import type {Planner} from '../planner/planner.ts';
import {planSymbolic, planSymbolicAsync} from '../symbolic/plan-symbolic.ts';
import type {SymbolicPlan} from '../symbolic/symbolic-plan.ts';
import type {Instance} from './instance.ts';
import {OffsetTable} from './offset-table.ts';
import {NEVER, NO_BUFFER, type Profile, problemOf} from './profile.ts';
import type {InstalledPlan} from './signature-plan.ts';

/** What makes plans of families. */
export type FamilyPlanner = Pick<Planner, 'plan' | 'lowerBound'>;
export type AsyncFamilyPlanner = Pick<Planner, 'planAsync' | 'lowerBound'>;

/** Instances that stay installed; of a further one, the least recently used goes. */
const MOST_INSTALLED = 4;
/** Profiles that a plan is made from, the latest ones. */
const MOST_PROFILES = 16;
/** As a power of two. */
const LONGEST_PAUSE = 10;

/** What an iteration allocates. */
interface FamilyShape {
  readonly profile: Profile;
  readonly phases: number;
  /** By phase and row: the buffer, or `NO_BUFFER`. */
  readonly buffer: Uint32Array;
}

interface FamilyProblem extends FamilyShape {
  readonly problem: SymbolicColumns;
}

/** The plan of all values. */
interface FamilyPlan extends FamilyShape {
  readonly table: OffsetTable;
}

/** The options that are there. */
function given<T extends object>(options: T): {[K in keyof T]?: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export class Family {
  readonly #instance: Instance;
  readonly #alignment: number;
  readonly #dimensions: readonly Required<Dimension>[];
  /** By signature. */
  readonly #profiles = new Map<string, {readonly values: Float64Array; readonly profile: Profile}>();
  /** Signatures whose plan is an instance, the least recently used first. */
  readonly #installed = new Set<string>();
  #plan: FamilyPlan | undefined;
  #isStale = false;
  /** Whether an iteration differed from the plan: the next one is recorded, and the plan is made anew with it. */
  #isDoubted = false;
  #doubts = 0;
  /** Iterations that may differ before the plan is doubted again. */
  #pause = 0;
  /** Why there is no plan of all values; undefined where there is one, or nothing was tried. */
  reason: string | undefined;

  /** @throws UsageError for invalid dimensions */
  constructor(instance: Instance, alignment: number, dimensions: readonly Dimension[]) {
    this.#instance = instance;
    this.#alignment = alignment;
    this.#dimensions = checkedDimensions(dimensions);
  }

  /** The signature of iterations at values. @throws UsageError for values outside of the ranges */
  signatureOf(values: DimensionValues): string {
    const checked = checkedValues(this.#dimensions, values);
    return this.#dimensions.map(({name}, d) => `${name}=${checked[d]}`).join(',');
  }

  /** Whether there is a plan of all values. */
  get isPlanned(): boolean {
    return this.#plan !== undefined;
  }

  /** A profile of an iteration at values was recorded, or widened. */
  learn(values: DimensionValues, profile: Profile): void {
    const signature = this.signatureOf(values);
    if (this.#profiles.get(signature)?.profile === profile) return;
    this.#profiles.delete(signature);
    this.#profiles.set(signature, {values: checkedValues(this.#dimensions, values), profile});
    const [first] = this.#profiles.keys();
    if (this.#profiles.size > MOST_PROFILES) this.#profiles.delete(first!);
    this.#isStale = this.#profiles.size > 1;
    this.#isDoubted = false;
  }

  /** Whether the plan of a signature is an instance of the plan of all values. */
  isInstance(signature: string): boolean {
    return this.#installed.has(signature);
  }

  /** An iteration differed from its instance, which is to be forgotten. */
  doubt(signature: string): void {
    this.#installed.delete(signature);
    if (this.#pause > 0) {
      this.#pause--;
      return;
    }
    this.#isDoubted = true;
    this.#pause = 2 ** Math.min(++this.#doubts, LONGEST_PAUSE);
  }

  /** The planner cannot make a plan of all values: each value has one of its own. */
  decline(): void {
    this.#isStale = false;
    this.reason = 'the planner has no lowerBound';
  }

  /** Whether profiles wait for a plan. */
  get wantsPlan(): boolean {
    return this.#isStale;
  }

  /** Makes the plan of all values, where the profiles have one shape and their sizes are forms; else `reason` says what is not. */
  plan(planner: FamilyPlanner, {seed, nodeLimit}: PlanOptions): void {
    const asked = this.#ask();
    if (asked) this.#take(asked, planSymbolic(planner, asked.problem, given({seed, nodeLimit})));
  }

  /** As `plan`, in workers. */
  async planAsync(
    planner: AsyncFamilyPlanner,
    {seed, nodeLimit, signal, threads}: AsyncPlanOptions,
  ): Promise<void> {
    const asked = this.#ask();
    if (!asked) return;
    const options = given({seed, nodeLimit, signal, threads});
    this.#take(asked, await planSymbolicAsync(planner, asked.problem, options));
  }

  /** What is to be planned; undefined where that is nothing. */
  #ask(): FamilyProblem | undefined {
    this.#isStale = false;
    const known = [...this.#profiles.values()];
    const profile = commonShape(known.map(one => one.profile));
    const sizes = this.#sizesOf(known, profile);
    if (!sizes) return undefined;
    const {problem, phases, buffer} = problemOf(profile, this.#alignment);
    const rowOf = new Map([...buffer].map((index, i) => [index, i % profile.length]));
    const ofBuffers = Array.from({length: problem.count}, (_, i) => sizes[rowOf.get(i)!]!);
    return {problem: withSizes(this.#dimensions, problem, ofBuffers), profile, phases, buffer};
  }

  /** Without memory for its table the plan before stays, and `reason` says so. */
  #take({profile, phases, buffer}: FamilyProblem, plan: SymbolicPlan): void {
    try {
      const table = new OffsetTable(this.#instance, plan);
      this.#plan?.table.drop();
      this.#plan = {table, profile, phases, buffer};
      this.reason = undefined;
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      this.reason = error.message;
    }
  }

  #sizesOf(
    known: readonly {readonly values: Float64Array; readonly profile: Profile}[],
    shape: Profile,
  ): SymbolicSize[] | undefined {
    const alike = known.filter(({profile}) => areAlike(profile, shape));
    if (alike.length < 2) {
      this.reason = 'iterations at different values do not make the same allocations';
      return undefined;
    }
    const values = alike.map(one => one.values);
    const single = this.#dimensions.findIndex(
      ({min, max}, d) => max > min && values.every(value => value[d] === values[0]![d]),
    );
    if (single >= 0) {
      this.reason = `iterations were recorded at one value of ${this.#dimensions[single]!.name} only`;
      return undefined;
    }
    const sizes: SymbolicSize[] = [];
    for (const row of shape.keys()) {
      const fit = fitRecorded(
        this.#dimensions,
        values,
        alike.map(({profile}) => profile[row]!.size),
      );
      if (!fit) {
        this.reason = `the sizes of allocation ${row} are no sum of products of the dimensions`;
        return undefined;
      }
      sizes.push(fit.size);
    }
    return sizes;
  }

  /** The plan at values, computed by the runtime's module; undefined where there is none yet. */
  at(values: DimensionValues): InstalledPlan | undefined {
    if (!this.#plan || this.#isDoubted) return undefined;
    const {table, profile, phases, buffer} = this.#plan;
    const {offsets, sizes, peak} = table.at(checkedValues(this.#dimensions, values));
    const rows = profile.map((row, i) => (row.end === NEVER ? row : {...row, size: sizes[buffer[i]!]!}));
    return {
      profile: rows,
      phases,
      offsets: Float64Array.from(buffer, index => (index === NO_BUFFER ? 0 : offsets[index]!)),
      peak,
    };
  }

  /** An instance is in use. @returns a signature whose instance is to be forgotten, if there are too many */
  use(signature: string): string | undefined {
    this.#installed.delete(signature);
    this.#installed.add(signature);
    if (this.#installed.size <= MOST_INSTALLED) return undefined;
    const [oldest] = this.#installed;
    this.#installed.delete(oldest!);
    return oldest;
  }

  /** Forgets a signature, or all and the plan of all values. */
  forget(signature: string | undefined): void {
    if (signature !== undefined) {
      this.#profiles.delete(signature);
      this.#installed.delete(signature);
      return;
    }
    this.#profiles.clear();
    this.#installed.clear();
    this.#plan?.table.drop();
    this.#plan = undefined;
    this.#isStale = false;
    this.#isDoubted = false;
  }
}

/** The profile whose allocations most have in this order; the latest among equals. */
function commonShape(profiles: readonly Profile[]): Profile {
  const counts = profiles.map(profile => profiles.filter(other => areAlike(profile, other)).length);
  return profiles[counts.lastIndexOf(Math.max(...counts))]!;
}

/** Whether two profiles have the same allocations in the same order, whatever their sizes. */
function areAlike(a: Profile, b: Profile): boolean {
  return a.length === b.length && a.every(({key, end}, i) => key === b[i]!.key && end === b[i]!.end);
}
