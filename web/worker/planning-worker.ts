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
  type FitSchedule,
  fitOperators,
  loadPlannerSync,
  type OperatorOrder,
  type OperatorProblem,
  orderOperators,
  type Plan,
  type Planner,
  type PlanOptions,
  type ProblemColumns,
  type Replan,
  replan,
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

  order(problem: OperatorProblem): OperatorOrder {
    return orderOperators(this.#loaded(), problem);
  }

  fit(problem: OperatorProblem, capacity: number): FitSchedule {
    return fitOperators(this.#loaded(), problem, {capacity});
  }

  /** @param previous bytes, per buffer; −1 where the earlier plan does not have it. */
  replan(problem: ProblemColumns, previous: Float64Array): Promise<Replan> {
    return replan(this.#loaded(), problem, {previous});
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
