/** The plans of a runtime, by signature: which are wanted, made and installed, and how they are kept in a file. */
import {LimitError, UsageError} from '../model/errors.ts';
import type {AsyncPlanOptions, Plan, PlanOptions} from '../model/plan.ts';
import type {Bytes} from '../model/problem.ts';
import type {Planner} from '../planner/planner.ts';
import {hashText} from './hash.ts';
import {type ForeignHeap, Installer} from './install.ts';
import {type Instance, words} from './instance.ts';
import {fingerprint, type PlanSetting, readPlanFile, writePlanFile} from './plan-file.ts';
import {NO_BUFFER, type Profile, problemOf} from './profile.ts';
import {Known, type Made} from './signature-plan.ts';

export class Plans {
  readonly #instance: Instance;
  readonly #worker: number;
  readonly #setting: PlanSetting;
  readonly #installer: Installer;
  readonly #known = new Map<number, Known>();

  /** @param isShared whether all plans have one arena, in a foreign heap */
  constructor(instance: Instance, heap: ForeignHeap | undefined, setting: PlanSetting, isShared: boolean) {
    this.#instance = instance;
    this.#worker = instance.worker;
    this.#setting = setting;
    this.#installer = new Installer(instance, heap, setting.alignment, isShared);
  }

  /** What is known of a signature; something new where it is new. @throws UsageError where two share a hash */
  of(signature: string): Known {
    const number = hashText(signature);
    const known = this.#known.get(number);
    if (known === undefined) {
      const made = new Known(signature, number);
      this.#known.set(number, made);
      return made;
    }
    if (known.signature === signature) return known;
    throw new UsageError(
      `signature: ${JSON.stringify(signature)} cannot be told from ${JSON.stringify(known.signature)}: name it otherwise`,
    );
  }

  get isWanted(): boolean {
    for (const known of this.#known.values()) if (known.wantsPlan) return true;
    return false;
  }

  /** Those that want a plan, in the order in which `make` makes them. */
  get wanting(): string[] {
    return [...this.#known.values()].filter(known => known.wantsPlan).map(known => known.signature);
  }

  /** Those that have a plan. */
  get signatures(): string[] {
    return this.#planned.map(({signature}) => signature);
  }

  /** Plans made or loaded, and bytes of the arenas of all signatures. */
  get totals(): {readonly plans: number; readonly peak: Bytes} {
    let plans = 0;
    let peak = 0;
    for (const known of this.#known.values()) {
      plans += known.plans;
      peak += known.made?.peak ?? 0;
    }
    return {plans, peak: this.#installer.takenBytes ?? peak};
  }

  /** What was too large for its slot, in a plan that is still for the profile of today. */
  readWanted(known: Known): void {
    const {plan, made, profile, isStale} = known;
    if (isStale || !made || profile !== made.profile || !this.#instance.exports.isHeld(this.#worker, plan))
      return;
    const length = (made.profile.length + 1) * made.phases;
    known.absorbWanted(words(this.#instance, this.#instance.exports.wanted(plan), length));
  }

  make(planner: Pick<Planner, 'plan'>, options: PlanOptions): void {
    for (const known of this.#known.values()) {
      if (!known.wantsPlan) continue;
      const profile = known.profile!;
      const asked = problemOf(profile, this.#setting.alignment);
      this.#take(known, profile, asked.phases, asked.buffer, planner.plan(asked.problem, options));
    }
  }

  async makeAsync(planner: Pick<Planner, 'planAsync'>, options: AsyncPlanOptions): Promise<void> {
    for (const known of [...this.#known.values()]) {
      if (!known.wantsPlan) continue;
      const profile = known.profile!;
      const asked = problemOf(profile, this.#setting.alignment);
      this.#take(known, profile, asked.phases, asked.buffer, await planner.planAsync(asked.problem, options));
    }
  }

  #take(known: Known, profile: Profile, phases: number, buffer: Uint32Array, {offsets, peak}: Plan): void {
    const byRow = Float64Array.from(buffer, index => (index === NO_BUFFER ? 0 : offsets[index]!));
    this.#install(known, {profile, phases, peak, offsets: byRow});
  }

  /** Where the arena of the plan before is in the way, that plan goes first, and comes back if that does not help. */
  #install(known: Known, made: Made): void {
    const {exports} = this.#instance;
    const before = known.made;
    if (this.#installer.install(known, made)) {
      known.planned(made);
    } else if (!before) {
      throw new LimitError(`no memory for a plan of ${made.peak} bytes and its tables`);
    } else {
      exports.retire(this.#worker, known.number);
      if (exports.isHeld(this.#worker, known.plan)) return; // blocks in it are live: after the next iteration
      if (this.#installer.install(known, made)) known.planned(made);
      else known.decline(this.#installer.install(known, before));
    }
    this.#followArena();
  }

  /** Where plans share an arena and that was taken anew, the others go there, too, and leave the old one to be freed. */
  #followArena(): void {
    for (const other of this.#known.values()) {
      if (other.made && this.#installer.isBehind(other)) this.#installer.install(other, other.made);
    }
    this.#instance.exports.collect(this.#worker);
    this.sweep();
  }

  /** Gives back the arenas of plans that are no longer held. */
  sweep(): void {
    this.#installer.sweep();
  }

  /** Forgets one, or all; `told` of each. */
  forget(signature: string | undefined, told: (signature: string) => void): void {
    for (const known of [...this.#known.values()]) {
      if (signature !== undefined && known.signature !== signature) continue;
      this.#known.delete(known.number);
      told(known.signature);
      this.#instance.exports.retire(this.#worker, known.number);
    }
    this.sweep();
  }

  save(): string {
    return writePlanFile(this.#setting, this.#saved());
  }

  get fingerprint(): string {
    return fingerprint(this.#setting, this.#saved());
  }

  get #planned(): Known[] {
    return [...this.#known.values()].filter(({plans}) => plans > 0);
  }

  #saved() {
    return this.#planned.map(({signature, made}) => ({signature, ...made!, offsets: [...made!.offsets]}));
  }

  load(text: string, expected?: string): void {
    for (const {signature, profile, phases, peak, offsets} of readPlanFile(text, this.#setting, expected)) {
      const known = this.of(signature);
      known.profile = profile;
      this.#install(known, {profile, phases, peak, offsets: Float64Array.from(offsets)});
    }
  }
}
