/** Workers between two solves of a planner. They end after a while, and the process does not wait for them. */
import {PlanningWorker} from './planning-worker.ts';
import type {ThreadFile} from './thread.ts';

const LONGEST_IDLE_MS = 5000;

export class IdleWorkers {
  readonly #file: ThreadFile;
  readonly #timers = new Map<PlanningWorker, ReturnType<typeof setTimeout>>();

  constructor(file: ThreadFile) {
    this.#file = file;
  }

  /** An idle worker, or a new one. */
  take(): PlanningWorker {
    for (const [worker, timer] of this.#timers) {
      clearTimeout(timer);
      this.#timers.delete(worker);
      if (!worker.isUsable) continue; // it has ended meanwhile
      worker.wake();
      return worker;
    }
    return new PlanningWorker(this.#file);
  }

  /** Takes a worker back whose problem is solved; ends one that is still at it. */
  async give(worker: PlanningWorker): Promise<void> {
    const canRest = worker.isUsable && (await worker.rest().catch(() => false));
    if (!canRest) worker.terminate();
    else this.#keep(worker);
  }

  #keep(worker: PlanningWorker): void {
    const timer = setTimeout(() => {
      this.#timers.delete(worker);
      worker.terminate();
    }, LONGEST_IDLE_MS);
    (timer as {unref?: () => void}).unref?.();
    this.#timers.set(worker, timer);
  }
}
