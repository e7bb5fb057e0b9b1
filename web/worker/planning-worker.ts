/**
 * The worker for what takes long: planning and replaying. It holds nothing between two calls, and the page ends it
 * where the user cancels; what it had told by then is kept.
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
  type ExplainOptions,
  explainPeak,
  loadPlannerSync,
  type PeakExplanation,
  type Plan,
  type Planner,
  type PlanOptions,
  type ProblemColumns,
} from '../../bindings/index.ts';
import {answer, type CallContext} from '../rpc.ts';

export interface PlanTask {
  readonly problem: ProblemColumns;
  readonly options: PlanOptions;
}

/** How far planning is; with the plan where it is a better one. */
export interface PlanProgress {
  readonly peak?: number;
  readonly lowerBound: number;
  /** Of the budget, 0 … 1. */
  readonly spent: number;
  readonly seconds: number;
  readonly better?: Plan;
}

export interface ReplayTask {
  readonly requests: Requests;
  readonly choice: AllocatorChoice;
  readonly capacity: number | undefined;
}

/** What a replay gives besides what it needs: where each block of the requests stood, NaN where it got no memory. */
export interface ReplayAnswer {
  readonly replayed: Replayed;
  readonly offsets: Float64Array;
}

export class Work {
  #planner: Planner | undefined;

  readonly methods = {
    bounds: ({problem}: Pick<PlanTask, 'problem'>): Bounds => this.#loaded().bounds(problem),
    plan: (task: PlanTask, context: CallContext) => this.#plan(task, context),
    explain: (task: PlanTask & {readonly offsets: Float64Array; readonly top: number}) => this.#explain(task),
    replay: (task: ReplayTask) => replayWithOffsets(task),
    trySettings: ({requests, choice, capacity}: ReplayTask): Trial[] =>
      trySettings(requests, choice, capacity),
    /** From then on the calls come through the port. */
    connect: ({port}: {readonly port: MessagePort}) => answer(port, this.methods),
  };

  #loaded(): Planner {
    this.#planner ??= loadPlannerSync();
    return this.#planner;
  }

  #plan({problem, options}: PlanTask, {tell}: CallContext): Plan {
    let better: Plan | undefined;
    const plan = this.#loaded().plan(problem, {
      ...options,
      onPlan: found => {
        better = found;
        return true;
      },
      onProgress: ({peak, lowerBound, spent, seconds}) => {
        const told = {...(peak === undefined ? {} : {peak}), lowerBound, spent, seconds};
        tell({...told, ...(better ? {better} : {})} satisfies PlanProgress);
        better = undefined;
      },
    });
    return plan;
  }

  #explain({
    problem,
    options,
    offsets,
    top,
  }: PlanTask & {readonly offsets: Float64Array; readonly top: number}): PeakExplanation {
    const {alignment, capacity} = options;
    const given: ExplainOptions = {
      top,
      ...(alignment === undefined ? {} : {alignment}),
      ...(capacity === undefined ? {} : {capacity}),
    };
    return explainPeak(this.#loaded(), problem, {offsets}, given);
  }
}

/** Replays with the address of each block noted when it got it. */
function replayWithOffsets({requests, choice, capacity}: ReplayTask): ReplayAnswer {
  const allocator = makeAllocator(choice, capacity);
  const offsets = new Float64Array(requests.blocks.count).fill(Number.NaN);
  const locate = allocator as {addressOf?(block: number): number | undefined};
  const noting = Object.create(allocator) as typeof allocator;
  noting.malloc = (block, bytes, stream, pool) => {
    const isServed = allocator.malloc(block, bytes, stream, pool);
    if (isServed) offsets[block] = locate.addressOf?.(block) ?? Number.NaN;
    return isServed;
  };
  noting.free = block => allocator.free(block);
  return {replayed: replay(requests, noting), offsets};
}
