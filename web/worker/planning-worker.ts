/**
 * The worker for long tasks: planning and replaying. It holds nothing between two calls, so the page ends it when
 * the user cancels; the better plans that it reported before are kept.
 */
import {
  type AllocatorChoice,
  makeAllocator,
  type Replayed,
  type Requests,
  replay,
  type Trial,
  trySettings,
} from '../../bindings/allocators/index.ts';
import {
  type Bounds,
  loadPlannerSync,
  type Plan,
  type Planner,
  type PlanOptions,
  type ProblemColumns,
} from '../../bindings/index.ts';
import {expose, type Listener} from './link.ts';

/** How far planning is. */
export interface PlanProgress {
  readonly peak?: number;
  readonly lowerBound: number;
  /** Share of the budget, 0 … 1. */
  readonly spent: number;
  readonly seconds: number;
  /** The best plan, where there is a better one than was reported before. */
  readonly better?: Plan;
}

export interface ReplayTask {
  readonly requests: Requests;
  readonly choice: AllocatorChoice;
  readonly capacity: number | undefined;
}

export class PlanningWorker {
  #planner: Planner | undefined;

  /** From then on the calls come through the port. */
  connect(port: MessagePort): void {
    expose(this, port);
  }

  bounds(problem: ProblemColumns): Bounds {
    return this.#loaded().bounds(problem);
  }

  plan(problem: ProblemColumns, options: PlanOptions, listener?: Listener<PlanProgress>): Plan {
    if (!listener) return this.#loaded().plan(problem, options);
    let better: Plan | undefined;
    return this.#loaded().plan(problem, {
      ...options,
      onPlan: found => {
        better = found;
        return true;
      },
      onProgress: ({peak, lowerBound, spent, seconds}) => {
        listener({
          lowerBound,
          spent,
          seconds,
          ...(peak === undefined ? {} : {peak}),
          ...(better ? {better} : {}),
        });
        better = undefined;
      },
    });
  }

  replay({requests, choice, capacity}: ReplayTask): Replayed {
    return replay(requests, makeAllocator(choice, capacity));
  }

  trySettings({requests, choice, capacity}: ReplayTask): Trial[] {
    return trySettings(requests, choice, capacity);
  }

  #loaded(): Planner {
    this.#planner ??= loadPlannerSync();
    return this.#planner;
  }
}
