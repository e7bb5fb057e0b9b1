/** Drives a constrained solve: has its subproblems solved, in this thread or in workers. */
import type {Plan} from '../model/plan.ts';
import type {ConstrainedSolve} from './solve.ts';
import type {Solving, Subproblem} from './subproblems.ts';

/** How long this thread is occupied at a stretch, milliseconds. */
const LONGEST_STRETCH_MS = 30;

/** Solves all subproblems in this thread. */
export function solveSync(run: Solving<Plan>, solve: (subproblem: Subproblem) => Plan): Plan {
  let next = run.next();
  while (!next.done) next = run.next(solve(next.value));
  return next.value;
}

/** How to solve a subproblem: in this thread, or in workers. */
export interface Solvers {
  here(subproblem: Subproblem): Plan;
  inWorkers(subproblem: Subproblem): Promise<Plan>;
}

/** Solves long subproblems in workers and short ones in this thread, which yields to the event loop in between. */
export async function solveAsync(
  solve: ConstrainedSolve,
  run: Solving<Plan>,
  solvers: Solvers,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  let began = performance.now();
  let next = run.next();
  while (!next.done) {
    if (signal?.aborted) solve.subproblems.isStopped = true;
    const subproblem = solve.subproblems.isStopped ? shortened(next.value) : next.value;
    next = run.next(subproblem.isLong ? await solvers.inWorkers(subproblem) : solvers.here(subproblem));
    if (performance.now() - began > LONGEST_STRETCH_MS) {
      await new Promise(resolve => setTimeout(resolve));
      began = performance.now();
    }
  }
  return next.value;
}

/** The same problem, planned by one heuristic. */
function shortened({columns, options}: Subproblem): Subproblem {
  return {columns, options: {...options, nodeLimit: 1}, isLong: false};
}
