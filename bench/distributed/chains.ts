/** How long the longest chain of tasks of a solve is on several machines, by the CPU time of each task. */
import {compileCoreSync} from '../../bindings/core/compile.ts';
import {Core} from '../../bindings/core/core.ts';
import type {ProblemColumns} from '../../bindings/index.ts';
import {Executor, type Task} from '../../bindings/planner/executor.ts';
import {liveOnly} from '../../bindings/planner/live.ts';
import {seatOf} from '../../bindings/planner/seats/seated-pool.ts';
import {Solve} from '../../bindings/planner/solve.ts';

/** Machines: one with the solve, the others with a seat each. */
export const MACHINES = [1, 2, 3, 6] as const;

export interface Chain {
  /** Seconds of CPU of the longest chain, by the place in `MACHINES`. */
  readonly seconds: readonly number[];
  /** Batches of which a part is elsewhere, likewise: each is an exchange that is waited for. */
  readonly exchanges: readonly number[];
}

/** Of the solve with the default budget. */
export function chainOf(problem: ProblemColumns, seed: number): Chain {
  const live = liveOnly(problem);
  return new Core(compileCoreSync()).withProblem(live.columns, undefined, core => {
    const executor = new Executor(core, live.columns);
    // the clock must not end it
    const run = new Solve(live, undefined, {seed, minimize: true}).run();
    const seconds = MACHINES.map(() => 0);
    const exchanges = MACHINES.map(() => 0);
    for (let next = run.next(); !next.done; ) {
      const tasks = next.value;
      const timed = tasks.map(task => {
        const began = process.cpuUsage();
        const result = executor.run(task);
        const {user, system} = process.cpuUsage(began);
        return {result, seconds: (user + system) / 1e6};
      });
      MACHINES.forEach((machines, k) => {
        const busy = busyOf(tasks, timed, machines);
        seconds[k]! += Math.max(...busy.values());
        if ([...busy.keys()].some(seat => seat >= 0)) exchanges[k]!++;
      });
      next = run.next(timed.map(({result}) => result));
    }
    return {seconds, exchanges};
  });
}

/** Seconds that each place is busy, by seat. */
function busyOf(
  tasks: readonly Task[],
  timed: readonly {readonly seconds: number}[],
  machines: number,
): ReadonlyMap<number, number> {
  const busy = new Map<number, number>();
  tasks.forEach((task, i) => {
    const seat = seatOf(task, 1, machines - 1);
    busy.set(seat, (busy.get(seat) ?? 0) + timed[i]!.seconds);
  });
  return busy;
}
