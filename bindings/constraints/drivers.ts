/** Drives a constrained solve: has its subproblems solved, in this thread or in workers, and looks up in its pauses. */
import type {Plan} from '../model/plan.ts';
import type {Solving, Subproblem, Subproblems} from './subproblems.ts';

/** How long this thread is occupied at a stretch, milliseconds. */
const LONGEST_STRETCH_MS = 30;
/** How long after an abort a first plan may still be made in a hurry, milliseconds; of few buffers it takes some tens. */
const LONGEST_END_MS = 60;
const LONGEST_END_OF_FEW_MS = 500;
const FEW = 2000;

/** Solves all subproblems in this thread. */
export function solveSync<T>(run: Solving<T>, solve: (subproblem: Subproblem) => Plan): T {
  let next = run.next();
  while (!next.done) next = run.next(...(next.value ? [solve(next.value)] : PAUSED));
  return next.value;
}

/** What a driver looks at in a solve. */
export interface DrivenSolve {
  /** Buffers. */
  readonly count: number;
  readonly hasBounds: boolean;
  /** Whether there is anything to make a plan of. */
  readonly hasResult: boolean;
  readonly subproblems: Subproblems;
}

/** How to solve a subproblem: in this thread, or in workers. */
export interface Solvers {
  here(subproblem: Subproblem): Plan;
  inWorkers(subproblem: Subproblem): Promise<Plan>;
}

/**
 * Solves long subproblems in workers and short ones in this thread, which yields to the event loop in between.
 * @throws the signal's reason where it is aborted so early that no plan can be made at once
 */
export async function solveAsync(
  solve: DrivenSolve,
  run: Solving<Plan>,
  solvers: Solvers,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  let began = performance.now();
  let aborted: number | undefined;
  const areFew = solve.count <= FEW;
  const longestEnd = areFew ? LONGEST_END_OF_FEW_MS : LONGEST_END_MS;
  let next = run.next();
  while (!next.done) {
    if (performance.now() - began > LONGEST_STRETCH_MS) {
      await new Promise(resolve => setTimeout(resolve));
      began = performance.now();
    }
    if (signal?.aborted) {
      aborted ??= performance.now();
      const isFar = !(areFew || solve.hasBounds) || performance.now() - aborted > longestEnd;
      if (!solve.hasResult && isFar) throw signal.reason;
      solve.subproblems.isStopped = true;
    }
    if (next.value === undefined) {
      next = run.next(...PAUSED);
      continue;
    }
    const subproblem = solve.subproblems.isStopped ? shortened(next.value) : next.value;
    next = run.next(subproblem.isLong ? await solvers.inWorkers(subproblem) : solvers.here(subproblem));
  }
  return next.value;
}

/** After a pause there is no plan to pass. */
const PAUSED = [] as unknown as [Plan];

/** The same problem, planned by one heuristic. */
function shortened({columns, options}: Subproblem): Subproblem {
  return {columns, options: {...options, nodeLimit: 1}, isLong: false};
}
