/** Counts steps of long loops, so that they pause often enough for an abort or the clock. */

/** Steps between two pauses: a millisecond at most. */
const STRETCH = 20_000;

export class Work {
  #left = STRETCH;
  /** Steps so far. */
  steps = 0;

  /** Counts steps. @returns whether a pause is due: `if (work.isDue(1)) yield;` */
  isDue(steps: number): boolean {
    this.steps += steps;
    this.#left -= steps + 1;
    if (this.#left > 0) return false;
    this.#left = STRETCH;
    return true;
  }
}
