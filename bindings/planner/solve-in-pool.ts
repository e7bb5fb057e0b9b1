/**
 * Runs a solve until it is done, its time is over or it is aborted: first in this thread, since most problems are solved
 * before a worker has started, then in a worker pool.
 */

import type {Plan} from '../model/plan.ts';
import type {Task, TaskResult} from './executor.ts';
import type {Solve} from './solve.ts';
import type {OpportunisticPool, TaskPool} from './task-pool.ts';

/** A longer timer would fire at once; `Solve` checks such limits itself. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Workers are asked for after so long: what is solved by then needs none. */
const WORKERS_AFTER_MS = 15;
/** How long this thread is occupied at a stretch; how long it executes tasks where workers take long to start. */
const LONGEST_STRETCH_MS = 25;
const LONGEST_HERE_MS = 100;

/** Executes a task in this thread. */
export type Execute = (task: Task) => TaskResult;

/**
 * The best plan when all is done, the time is over or the signal is aborted. `here` is absent where one task of the problem
 * may occupy this thread for too long. Of an opportunistic pool the solve takes results as they come.
 * @throws the error of a task; the signal's reason where it is aborted before the first plan.
 */
export async function solveInPool(
  solve: Solve,
  here: Execute | undefined,
  pool: TaskPool | OpportunisticPool,
  signal: AbortSignal | undefined,
  timeLimitMs: number | undefined,
  isOpportunistic = false,
): Promise<Plan> {
  const interruption = new Interruption(signal, timeLimitMs);
  const run = solve.run();
  try {
    await null; // an abort in the caller's next line comes before the first plan
    let next = run.next();
    const earlier: Task[] = [];
    if (here) next = await beginHere(solve, run, next, {here, pool, interruption, earlier});
    while (!next.done) {
      const tasks = next.value;
      // nothing but subsolvers runs beside others
      const isAny = isOpportunistic && 'runAny' in pool && tasks.every(({type}) => type === 'subsolver');
      const running = isAny ? pool.runAny(tasks, earlier.splice(0)) : pool.run(tasks, earlier.splice(0));
      const results = await Promise.race([running, interruption.happens]);
      solve.startMs = pool.startMs;
      if (results) {
        next = run.next(results);
        continue;
      }
      running.catch(() => {}); // the caller releases the pool
      if (solve.result) return solve.result;
      signal?.throwIfAborted();
      next = run.next(await Promise.race([running, interruption.aborted]));
    }
    return next.value;
  } finally {
    interruption.dispose();
  }
}

type Run = ReturnType<Solve['run']>;

interface Beginning {
  readonly here: Execute;
  readonly pool: TaskPool;
  readonly interruption: Interruption;
  /** Takes the tasks of subsolvers that were executed: later ones continue their state. */
  readonly earlier: Task[];
}

/**
 * Executes single tasks in this thread, one after another, until the workers run, tasks come that can run side by side, or the
 * time is over; the rest is the pool's. An interruption ends it with the best plan, if there is one.
 */
async function beginHere(
  solve: Solve,
  run: Run,
  first: IteratorResult<readonly Task[], Plan>,
  {here, pool, interruption, earlier}: Beginning,
): Promise<IteratorResult<readonly Task[], Plan>> {
  const began = performance.now();
  let next = first;
  let stretch = began;
  let hasAsked = false;
  while (!next.done && next.value.length === 1 && !pool.isReady) {
    if (interruption.hasHappened) {
      if (solve.result) return {done: true, value: solve.result};
      interruption.throwIfAborted();
    }
    const now = performance.now();
    if (now > began + LONGEST_HERE_MS) break;
    if (now > stretch + (hasAsked ? LONGEST_STRETCH_MS : WORKERS_AFTER_MS)) {
      await (hasAsked ? new Promise(resolve => setTimeout(resolve)) : pool.begin());
      hasAsked = true;
      stretch = performance.now();
      continue;
    }
    const [task] = next.value;
    next = run.next([here(task!)]);
    if (task!.type === 'subsolver') earlier.push(task!);
  }
  return next;
}

/** The end of the time, or an abort. */
class Interruption {
  /** Resolves to undefined at either. */
  readonly happens: Promise<undefined>;
  /** Rejects with the signal's reason. */
  readonly aborted: Promise<never>;
  readonly #signal: AbortSignal | undefined;
  readonly #end: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onAbort = () => {};

  constructor(signal: AbortSignal | undefined, timeLimitMs = LONGEST_TIMER_MS) {
    this.#signal = signal;
    this.#end = performance.now() + timeLimitMs;
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

  /** Whether either has happened; known before this thread hears of a timer. */
  get hasHappened(): boolean {
    return this.#signal?.aborted === true || performance.now() > this.#end;
  }

  throwIfAborted(): void {
    this.#signal?.throwIfAborted();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
