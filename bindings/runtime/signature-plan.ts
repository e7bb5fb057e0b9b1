/** The plan of one signature: the profile it is made from, and when to record again. */
import {areEqual, NEVER, type Profile, widen} from './profile.ts';

/** Iterations without a fallback after which recording stops: a case that occurs once in so many is still seen. */
const QUIET = 32;
/** Most iterations, as a power of two, that pass unwatched after looking was of no use. */
const LONGEST_PAUSE = 10;

/** A plan as it is installed. */
export interface InstalledPlan {
  readonly profile: Profile;
  readonly phases: number;
  /** By phase and row, bytes; 0 where not planned. */
  readonly offsets: Float64Array;
  /** Peak of the arena, bytes. */
  readonly peak: number;
}

export class SignaturePlan {
  readonly signature: string;
  readonly number: number;
  profile: Profile | undefined;
  /** The profile has changed since it was planned. */
  isStale = false;
  /** How often it was planned. */
  plans = 0;
  /** The plan in use, and its address. */
  installed: InstalledPlan | undefined;
  plan = 0;
  #watched = QUIET;
  #futile = 0;
  #pause = 0;

  constructor(signature: string, number: number) {
    this.signature = signature;
    this.number = number;
  }

  /** Whether the next iteration is to be recorded. */
  get wantsRecording(): boolean {
    return this.profile === undefined || (this.#watched > 0 && this.#pause === 0);
  }

  /** Widens the profile by a recording. */
  absorb(seen: Profile): void {
    const wider = widen(this.profile ?? [], seen);
    if (this.profile && areEqual(this.profile, wider)) return;
    this.profile = wider;
    this.isStale = true;
    this.#futile = 0;
    this.#pause = 0;
    this.#watched = QUIET;
  }

  /** Takes in the failed requests to its slots: one word per row and, behind each phase, one more. */
  absorbWanted(wanted: Uint32Array): void {
    const count = this.profile!.length;
    const wider = this.profile!.map((row, i) => {
      let size = row.size;
      for (let at = i; at < wanted.length; at += count + 1) size = Math.max(size, wanted[at]!);
      return row.end === NEVER || size === row.size ? row : {...row, size};
    });
    if (areEqual(this.profile!, wider)) return;
    this.profile = wider;
    this.isStale = true;
  }

  /** An iteration ended, with so many fallbacks, and its recording, if there was one, showed something new or not. */
  ended(fallbacks: number, wasRecorded: boolean): void {
    if (this.#pause > 0) {
      this.#pause--;
    } else if (this.profile === undefined || this.isStale) {
      return;
    } else if (fallbacks === 0) {
      if (wasRecorded) this.#watched = Math.max(0, this.#watched - 1);
    } else if (!wasRecorded) {
      this.#watched = QUIET;
    } else {
      this.#futile = Math.min(this.#futile + 1, LONGEST_PAUSE);
      this.#watched = 0;
      this.#pause = 2 ** this.#futile;
    }
  }

  /** There is a plan for the profile as it was then. */
  planned(installed: InstalledPlan): void {
    this.plans++;
    this.installed = installed;
    this.profile ??= installed.profile;
    this.isStale = this.profile !== installed.profile;
    this.#watched = this.plans === 1 && !this.isStale ? 0 : QUIET;
  }

  /**
   * There is no memory for a wider plan than the last one: recording pauses.
   * @param isServed whether that one is in use; it may have gone, and other blocks have its memory
   */
  decline(isServed: boolean): void {
    this.profile = this.installed!.profile;
    this.isStale = !isServed;
    this.#futile = LONGEST_PAUSE;
    this.#watched = 0;
    this.#pause = isServed ? 2 ** LONGEST_PAUSE : QUIET;
  }

  /** Whether a plan is to be made now. */
  get wantsPlan(): boolean {
    return this.isStale && this.#pause === 0;
  }
}
