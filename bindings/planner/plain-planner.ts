/** Plans problems without constraints: the core solves them as they are. */
import {Core, type CoreSource, keepProblem} from '../core/core.ts';
import {peakOf} from '../model/load.ts';
import {HEURISTICS} from '../model/names.ts';
import {
  type AsyncPlanOptions,
  type Bounds,
  NO_BOUNDS,
  type Plan,
  type PlanOptions,
  type Violation,
} from '../model/plan.ts';
import type {Bytes, ProblemColumns} from '../model/problem.ts';
import {boundsOf, Executor, type FoundPlan} from './executor.ts';
import {withHintsFixed} from './hints.ts';
import {IdleWorkers} from './idle-workers.ts';
import {inProblem, type Live, liveOnly, violationsOf} from './live.ts';
import type {BoundsOptions, ProblemPlanner, VerifiedPlan, VerifyOptions} from './problem-planner.ts';
import {setupOf} from './seats/messages.ts';
import {RemoteSeat, type Verify} from './seats/remote-seat.ts';
import {Seat} from './seats/seat.ts';
import {SeatedPool} from './seats/seated-pool.ts';
import {Solve} from './solve.ts';
import {type Execute, solveInPool} from './solve-in-pool.ts';
import type {TaskPool} from './task-pool.ts';
import {WorkerPool, type WorkerSource} from './worker-pool.ts';

/** No task of a problem with at most so many buffers occupies this thread for long. */
const MOST_HERE = 4000;

export class PlainPlanner implements ProblemPlanner {
  readonly #source: CoreSource;
  readonly #core: Core;
  readonly #module: WebAssembly.Module | undefined;
  readonly #idle: IdleWorkers;

  constructor(source: CoreSource, {file, module}: WorkerSource) {
    this.#source = source;
    this.#core = new Core(source);
    this.#module = module;
    this.#idle = new IdleWorkers(file);
  }

  plan(columns: ProblemColumns, options: PlanOptions): Plan {
    const live = liveOnly(columns);
    const solve = this.#solveOf(live, options);
    return this.#core.withProblem(live.columns, options.alignment, core =>
      solve.runIn(new Executor(core, live.columns)),
    );
  }

  async planAsync(columns: ProblemColumns, options: AsyncPlanOptions): Promise<Plan> {
    const {threads = 1, seats = [], opportunistic = false, signal, alignment, timeLimitMs} = options;
    const live = liveOnly(columns);
    const isOpportunistic = opportunistic && seats.length > 0;
    const solve = this.#solveOf(live, options, isOpportunistic ? threads + seats.length : undefined);
    const pool = this.#poolOf(live.columns, options);
    const here = live.columns.count <= MOST_HERE ? this.#executeIn(live.columns, alignment) : undefined;
    try {
      return await solveInPool(solve, here, pool, signal, timeLimitMs, isOpportunistic);
    } finally {
      pool.release();
    }
  }

  /** What executes the tasks of seats: a thread. */
  openSeat(): Seat {
    return new Seat((columns, alignment) => new WorkerPool(columns, alignment, this.#module, this.#idle, 1));
  }

  #poolOf(columns: ProblemColumns, {alignment, threads = 1, seats = []}: AsyncPlanOptions): TaskPool {
    const here = new WorkerPool(columns, alignment, this.#module, this.#idle, threads);
    if (seats.length === 0 || columns.count === 0) return here;
    const setup = setupOf(columns, alignment);
    const verify: Verify = (algorithm, offsets) => ({
      algorithm,
      offsets,
      peak: peakOf(columns, offsets),
      violations: this.#core.withProblem(columns, alignment, core => violationsOf(core, offsets, undefined)),
    });
    const solve = crypto.getRandomValues(new Uint32Array(4)).join('-');
    const remote = seats.map((channel, i) => new RemoteSeat(channel, `${solve} ${i}`, setup, verify));
    return new SeatedPool(here, threads, remote);
  }

  /** In an instance of its own, since other problems may be planned between two tasks. */
  #executeIn(columns: ProblemColumns, alignment: Bytes | undefined): Execute {
    const withProblem = keepProblem(this.#source, columns, alignment);
    let executor: Executor | undefined;
    return task =>
      withProblem(core => {
        executor ??= new Executor(core, columns);
        return executor.run(task);
      });
  }

  bounds(columns: ProblemColumns, {alignment}: BoundsOptions): Bounds {
    const live = liveOnly(columns).columns;
    return live.count === 0 ? NO_BOUNDS : this.#core.withProblem(live, alignment, boundsOf);
  }

  verify(columns: ProblemColumns, plan: VerifiedPlan, options: VerifyOptions): Violation[] {
    const live = liveOnly(columns);
    const {capacity = columns.capacity, alignment} = options;
    if (live.columns.count === 0) return [];
    const offsets = Float64Array.from(live.index, i => plan.offsets[i]!);
    return this.#core.withProblem(live.columns, alignment, core =>
      violationsOf(core, offsets, capacity).map(violation => inProblem(live, violation)),
    );
  }

  #solveOf(live: Live, options: PlanOptions, places?: number): Solve {
    const {capacity = live.columns.capacity, alignment} = options;
    return new Solve(live, capacity, options, this.#hinted(live.columns, alignment), places);
  }

  /** The plan made from the hints; undefined where there are none, or no plan keeps to them. */
  #hinted(columns: ProblemColumns, alignment: Bytes | undefined): FoundPlan | undefined {
    const fixed = withHintsFixed(columns, alignment);
    if (fixed === undefined) return undefined;
    const offsets = this.#core.withProblem(fixed, alignment, core =>
      core.plan(HEURISTICS.indexOf('greedy-by-size')),
    );
    if (offsets === undefined) return undefined;
    const violations = this.#core.withProblem(columns, alignment, core =>
      violationsOf(core, offsets, undefined),
    );
    if (violations.length > 0) return undefined;
    return {algorithm: 'hints', offsets, peak: peakOf(columns, offsets), violations};
  }
}
