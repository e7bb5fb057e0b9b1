/** Runs a solve in a worker pool until it is done, its time is over or it is aborted. */

import type {Plan} from '../model/plan.ts';
import type {Solve} from './solve.ts';
import type {WorkerPool} from './worker-pool.ts';

/** A longer timer would fire at once; `Solve` checks such limits itself. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The best plan when all is done, the time is over or the signal is aborted.
 * @throws the error of a task; the signal's reason where it is aborted before the first plan.
 */
export async function solveInPool(
  solve: Solve,
  pool: WorkerPool,
  signal: AbortSignal | undefined,
  timeLimitMs: number | undefined,
): Promise<Plan> {
  const interruption = new Interruption(signal, timeLimitMs);
  const run = solve.run();
  try {
    let next = run.next();
    while (!next.done) {
      const running = pool.run(next.value);
      const results = await Promise.race([running, interruption.happens]);
      if (results) {
        next = run.next(results);
        continue;
      }
      running.catch(() => {}); // the caller terminates the pool
      if (solve.result) return solve.result;
      signal?.throwIfAborted();
      next = run.next(await Promise.race([running, interruption.aborted]));
    }
    return next.value;
  } finally {
    interruption.dispose();
  }
}

/** The end of the time, or an abort. */
class Interruption {
  /** Resolves to undefined at either. */
  readonly happens: Promise<undefined>;
  /** Rejects with the signal's reason. */
  readonly aborted: Promise<never>;
  readonly #signal: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onAbort = () => {};

  constructor(signal: AbortSignal | undefined, timeLimitMs = LONGEST_TIMER_MS) {
    this.#signal = signal;
    let interrupt = () => {};
    this.happens = new Promise(resolve => {
      interrupt = () => resolve(undefined);
    });
    this.aborted = new Promise((_, reject) => {
      this.#onAbort = () => {
        interrupt();
        reject(signal!.reason);
      };
    });
    this.aborted.catch(() => {}); // not always awaited
    if (timeLimitMs < LONGEST_TIMER_MS) this.#timer = setTimeout(interrupt, timeLimitMs);
    signal?.addEventListener('abort', this.#onAbort);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
