/** What is known of the iterations of one signature: their profile, and when to look at them again. */
import {areEqual, type Profile, widen} from './profile.ts';

/** Iterations without a miss after which nobody looks any more. */
const QUIET = 4;
/** Most iterations, as a power of two, that pass unwatched after looking was of no use. */
const LONGEST_PAUSE = 10;

export class Known {
  readonly signature: string;
  readonly number: number;
  profile: Profile | undefined;
  /** The profile has changed since it was planned. */
  isStale = false;
  /** How often it was planned. */
  plans = 0;
  /** Address of the plan in use. */
  plan = 0;
  /** Offsets by phase and row, bytes, 0 where not planned; and the arena's size. */
  offsets: Float64Array = new Float64Array(0);
  phases = 1;
  peak = 0;
  #watched = QUIET;
  #futile = 0;
  #pause = 0;

  constructor(signature: string, number: number) {
    this.signature = signature;
    this.number = number;
  }

  /** Whether the next iteration is to be recorded. */
  get wantsRecording(): boolean {
    return this.profile === undefined || this.#watched > 0;
  }

  /** Takes in what a recording shows. */
  absorb(seen: Profile): void {
    const wider = widen(this.profile ?? [], seen);
    if (this.profile && areEqual(this.profile, wider)) return;
    this.profile = wider;
    this.isStale = true;
    this.#futile = 0;
    this.#watched = QUIET;
  }

  /** An iteration ended, with so many misses, and its recording, if there was one, showed something new or not. */
  ended(misses: number, wasRecorded: boolean): void {
    if (this.profile === undefined || this.isStale) return;
    if (this.#pause > 0) {
      this.#pause--;
    } else if (misses === 0) {
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
  planned(profile: Profile): void {
    this.plans++;
    this.isStale = this.profile !== profile;
    this.#watched = this.plans === 1 && !this.isStale ? 0 : QUIET;
  }
}
