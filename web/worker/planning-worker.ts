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
  fitOperatorsAsync,
  loadPlannerSync,
  type OperatorOrder,
  type OperatorProblem,
  orderOperators,
  orderOperatorsAsync,
  type Plan,
  type Planner,
  type PlanOptions,
  type ProblemColumns,
  type Replan,
  replan,
} from '../../bindings/index.ts';
import {expose, type Listener} from './link.ts';
import {areThreadsRefused, forgetWorking, mostThreads, setProgram, threadsThatWorked} from './threads.ts';

/** A plan, and in how many threads it was found: they change how long it takes, never the plan. */
export type PlanInThreads = Plan & {readonly threads: number};

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

  /** From then on the calls come through the port. @param program of the threads: this worker's own. */
  connect(port: MessagePort, program: Blob): void {
    setProgram(program);
    expose(this, port);
  }

  bounds(problem: ProblemColumns): Bounds {
    return this.#loaded().bounds(problem);
  }

  /** In as many threads as the machine has; in this one alone where the host refuses more. */
  async plan(
    problem: ProblemColumns,
    options: PlanOptions,
    listener?: Listener<PlanProgress>,
  ): Promise<PlanInThreads> {
    const told = listener ? withProgress(options, listener) : options;
    const plan = await this.#inThreads(
      threads => this.#loaded().planAsync(problem, {...told, threads}),
      () => this.#loaded().plan(problem, told),
    );
    return {...plan, threads: threadsThatWorked()};
  }

  order(problem: OperatorProblem): Promise<OperatorOrder> {
    return this.#inThreads(
      threads => orderOperatorsAsync(this.#loaded(), problem, {threads}),
      () => orderOperators(this.#loaded(), problem),
    );
  }

  fit(problem: OperatorProblem, capacity: number): Promise<FitSchedule> {
    return this.#inThreads(
      threads => fitOperatorsAsync(this.#loaded(), problem, {capacity, threads}),
      () => fitOperators(this.#loaded(), problem, {capacity}),
    );
  }

  /** @param previous bytes, per buffer; −1 where the earlier plan does not have it. */
  replan(problem: ProblemColumns, previous: Float64Array): Promise<Replan> {
    return this.#inThreads(
      threads => replan(this.#loaded(), problem, {previous, threads}),
      () => replan(this.#loaded(), problem, {previous}),
    );
  }

  async #inThreads<Result>(
    inThreads: (threads: number) => Promise<Result>,
    alone: () => Result | Promise<Result>,
  ): Promise<Result> {
    forgetWorking();
    const threads = mostThreads();
    if (threads === 1) return alone();
    try {
      return await inThreads(threads);
    } catch (error) {
      if (!areThreadsRefused()) throw error;
      forgetWorking();
      return alone();
    }
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

/** Passes on how far it is, and each better plan with the next progress. */
function withProgress(options: PlanOptions, listener: Listener<PlanProgress>): PlanOptions {
  let better: Plan | undefined;
  return {
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
  };
}
