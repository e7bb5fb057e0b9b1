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
import {type InstalledPlan, SignaturePlan} from './signature-plan.ts';

export class Plans {
  readonly #instance: Instance;
  readonly #worker: number;
  readonly #setting: PlanSetting;
  readonly #installer: Installer;
  readonly #bySignature = new Map<number, SignaturePlan>();

  /** @param isShared whether all plans have one arena, in a foreign heap */
  constructor(instance: Instance, heap: ForeignHeap | undefined, setting: PlanSetting, isShared: boolean) {
    this.#instance = instance;
    this.#worker = instance.worker;
    this.#setting = setting;
    this.#installer = new Installer(instance, heap, setting.alignment, isShared);
  }

  /** The plan of a signature; an empty one where it is new. @throws UsageError where two signatures share a hash */
  of(signature: string): SignaturePlan {
    const number = hashText(signature);
    const entry = this.#bySignature.get(number);
    if (entry === undefined) {
      const added = new SignaturePlan(signature, number);
      this.#bySignature.set(number, added);
      return added;
    }
    if (entry.signature === signature) return entry;
    throw new UsageError(
      `signature: ${JSON.stringify(signature)} cannot be distinguished from ${JSON.stringify(entry.signature)}: choose another name`,
    );
  }

  /** Whether a signature has a plan, or a profile that one is made from. */
  has(signature: string): boolean {
    const entry = this.#bySignature.get(hashText(signature));
    return entry !== undefined && (entry.installed !== undefined || entry.profile !== undefined);
  }

  /** Serves from a plan that was made elsewhere; without memory for it, the signature is recorded as if it had none. */
  install(signature: string, installed: InstalledPlan): void {
    try {
      this.#install(this.of(signature), installed);
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
    }
  }

  get isWanted(): boolean {
    for (const entry of this.#bySignature.values()) if (entry.wantsPlan) return true;
    return false;
  }

  /** Those that want a plan, in the order in which `make` makes them. */
  get wanting(): string[] {
    return [...this.#bySignature.values()].filter(entry => entry.wantsPlan).map(entry => entry.signature);
  }

  /** Those that have a plan. */
  get signatures(): string[] {
    return this.#planned.map(({signature}) => signature);
  }

  /** Plans made or loaded, and bytes of the arenas of all signatures. */
  get totals(): {readonly plans: number; readonly peak: Bytes} {
    let plans = 0;
    let peak = 0;
    for (const entry of this.#bySignature.values()) {
      plans += entry.plans;
      peak += entry.installed?.peak ?? 0;
    }
    return {plans, peak: this.#installer.takenBytes ?? peak};
  }

  /** What was too large for its slot, in a plan that is still for the profile of today. */
  readWanted(entry: SignaturePlan): void {
    const {plan, installed, profile, isStale} = entry;
    if (
      isStale ||
      !installed ||
      profile !== installed.profile ||
      !this.#instance.exports.isHeld(this.#worker, plan)
    )
      return;
    const length = (installed.profile.length + 1) * installed.phases;
    entry.absorbWanted(words(this.#instance, this.#instance.exports.wanted(plan), length));
  }

  make(planner: Pick<Planner, 'plan'>, options: PlanOptions): void {
    for (const entry of this.#bySignature.values()) {
      if (!entry.wantsPlan) continue;
      const profile = entry.profile!;
      const asked = problemOf(profile, this.#setting.alignment);
      this.#take(entry, profile, asked.phases, asked.buffer, planner.plan(asked.problem, options));
    }
  }

  async makeAsync(planner: Pick<Planner, 'planAsync'>, options: AsyncPlanOptions): Promise<void> {
    for (const entry of [...this.#bySignature.values()]) {
      if (!entry.wantsPlan) continue;
      const profile = entry.profile!;
      const asked = problemOf(profile, this.#setting.alignment);
      const plan = await planner.planAsync(asked.problem, options);
      if (this.#bySignature.get(entry.number) !== entry) continue; // it was forgotten meanwhile
      this.#take(entry, profile, asked.phases, asked.buffer, plan);
    }
  }

  #take(
    entry: SignaturePlan,
    profile: Profile,
    phases: number,
    buffer: Uint32Array,
    {offsets, peak}: Plan,
  ): void {
    const byRow = Float64Array.from(buffer, index => (index === NO_BUFFER ? 0 : offsets[index]!));
    this.#install(entry, {profile, phases, peak, offsets: byRow});
  }

  /** Where the arena of the plan before is in the way, that plan goes first, and comes back if that does not help. */
  #install(entry: SignaturePlan, installed: InstalledPlan): void {
    const {exports} = this.#instance;
    const before = entry.installed;
    if (this.#installer.install(entry, installed)) {
      entry.planned(installed);
    } else if (!before) {
      throw new LimitError(`no memory for a plan of ${installed.peak} bytes and its tables`);
    } else {
      exports.retire(this.#worker, entry.number);
      if (exports.isHeld(this.#worker, entry.plan)) return; // blocks in it are live: after the next iteration
      if (this.#installer.install(entry, installed)) entry.planned(installed);
      else entry.decline(this.#installer.install(entry, before));
    }
    this.#followArena();
  }

  /** Where plans share an arena and that was taken anew, the others go there, too, and leave the old one to be freed. */
  #followArena(): void {
    for (const other of this.#bySignature.values()) {
      if (other.installed && this.#installer.isBehind(other)) this.#installer.install(other, other.installed);
    }
    this.#instance.exports.collect(this.#worker);
    this.sweep();
  }

  /** Gives back the arenas of plans that are no longer held. */
  sweep(): void {
    this.#installer.sweep();
  }

  /** Forgets one signature, or all, and calls `onForgotten` for each. */
  forget(signature: string | undefined, onForgotten: (signature: string) => void): void {
    for (const entry of [...this.#bySignature.values()]) {
      if (signature !== undefined && entry.signature !== signature) continue;
      this.#bySignature.delete(entry.number);
      onForgotten(entry.signature);
      this.#instance.exports.retire(this.#worker, entry.number);
    }
    this.sweep();
  }

  save(): string {
    return writePlanFile(this.#setting, this.#saved());
  }

  get fingerprint(): string {
    return fingerprint(this.#setting, this.#saved());
  }

  get #planned(): SignaturePlan[] {
    return [...this.#bySignature.values()].filter(({plans}) => plans > 0);
  }

  #saved() {
    return this.#planned.map(({signature, installed}) => ({
      signature,
      ...installed!,
      offsets: [...installed!.offsets],
    }));
  }

  load(text: string, expected?: string): void {
    for (const {signature, profile, phases, peak, offsets} of readPlanFile(text, this.#setting, expected)) {
      const entry = this.of(signature);
      entry.profile = profile;
      this.#install(entry, {profile, phases, peak, offsets: Float64Array.from(offsets)});
    }
  }
}
