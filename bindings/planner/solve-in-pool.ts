/** Drives a solve by a crew, and hears the clock and the signal meanwhile. */

import type {Plan} from '../model/plan.ts';
import type {Solve} from './solve.ts';
import type {Crew} from './worker-pool.ts';

/** A longer timer would fire at once; the solve itself keeps to any limit. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The best plan when all is done, the time is over or the signal is aborted.
 * @throws what a task threw; the signal's reason where it is aborted before the first plan.
 */
export async function conduct(
  solve: Solve,
  crew: Crew,
  signal: AbortSignal | undefined,
  timeLimitMs: number | undefined,
): Promise<Plan> {
  const cut = new Cut(signal, timeLimitMs);
  const run = solve.run();
  try {
    let next = run.next();
    while (!next.done) {
      const performed = crew.perform(next.value);
      const reports = await Promise.race([performed, cut.happens]);
      if (reports) {
        next = run.next(reports);
        continue;
      }
      performed.catch(() => {}); // the crew is about to be dismissed
      if (solve.result) return solve.result;
      signal?.throwIfAborted();
      next = run.next(await Promise.race([performed, cut.aborted]));
    }
    return next.value;
  } finally {
    cut.forget();
  }
}

/** The end of the time, or an abort. */
class Cut {
  /** Resolves with nothing when either comes. */
  readonly happens: Promise<undefined>;
  /** Rejects with the signal's reason when it is aborted. */
  readonly aborted: Promise<never>;
  readonly #signal: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onAbort = () => {};

  constructor(signal: AbortSignal | undefined, timeLimitMs = LONGEST_TIMER_MS) {
    this.#signal = signal;
    let happen = () => {};
    this.happens = new Promise(resolve => {
      happen = () => resolve(undefined);
    });
    this.aborted = new Promise((_, reject) => {
      this.#onAbort = () => {
        happen();
        reject(signal!.reason);
      };
    });
    this.aborted.catch(() => {}); // not always waited for
    if (timeLimitMs < LONGEST_TIMER_MS) this.#timer = setTimeout(happen, timeLimitMs);
    signal?.addEventListener('abort', this.#onAbort);
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
