/** Drives a constrained solve: lets the core answer what it asks, at once or in workers. */
import type {Plan} from '../model/plan.ts';
import type {ConstrainedSolve} from './solve.ts';
import type {Solving, Subproblem} from './subproblems.ts';

/** How long this thread is kept at a stretch, milliseconds. */
const LONGEST_STRETCH_MS = 30;

/** In this thread. */
export function solveSync(run: Solving<Plan>, answer: (subproblem: Subproblem) => Plan): Plan {
  let next = run.next();
  while (!next.done) next = run.next(answer(next.value));
  return next.value;
}

/** What takes long in workers, the rest in this thread, which comes free in between. */
export async function solveAsync(
  solve: ConstrainedSolve,
  run: Solving<Plan>,
  answers: {now(subproblem: Subproblem): Plan; later(subproblem: Subproblem): Promise<Plan>},
  signal: AbortSignal | undefined,
): Promise<Plan> {
  let began = performance.now();
  let next = run.next();
  while (!next.done) {
    if (signal?.aborted) solve.subproblems.isStopped = true;
    const subproblem = solve.subproblems.isStopped ? shortened(next.value) : next.value;
    next = run.next(subproblem.isLong ? await answers.later(subproblem) : answers.now(subproblem));
    if (performance.now() - began > LONGEST_STRETCH_MS) {
      await new Promise(resolve => setTimeout(resolve));
      began = performance.now();
    }
  }
  return next.value;
}

/** The same problem, the quickest plan. */
function shortened({columns, options}: Subproblem): Subproblem {
  return {columns, options: {...options, nodeLimit: 1}, isLong: false};
}
