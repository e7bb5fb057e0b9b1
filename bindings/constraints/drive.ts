/** Drives a constrained solve: lets the core answer what it asks, at once or in workers. */
import type {Plan} from '../model/plan.ts';
import type {ConstrainedSolve} from './solve.ts';
import type {Ask, Asking} from './subproblems.ts';

/** How long this thread is kept at a stretch, milliseconds. */
const LONGEST_STRETCH_MS = 30;

/** In this thread. */
export function driveNow(run: Asking<Plan>, answer: (ask: Ask) => Plan): Plan {
  let next = run.next();
  while (!next.done) next = run.next(answer(next.value));
  return next.value;
}

/** What takes long in workers, the rest in this thread, which comes free in between. */
export async function driveAsync(
  solve: ConstrainedSolve,
  run: Asking<Plan>,
  answers: {now(ask: Ask): Plan; later(ask: Ask): Promise<Plan>},
  signal: AbortSignal | undefined,
): Promise<Plan> {
  let began = performance.now();
  let next = run.next();
  while (!next.done) {
    if (signal?.aborted) solve.work.isStopped = true;
    const ask = solve.work.isStopped ? shortened(next.value) : next.value;
    next = run.next(ask.isLong ? await answers.later(ask) : answers.now(ask));
    if (performance.now() - began > LONGEST_STRETCH_MS) {
      await new Promise(resolve => setTimeout(resolve));
      began = performance.now();
    }
  }
  return next.value;
}

/** The same problem, the quickest plan. */
function shortened({columns, options}: Ask): Ask {
  return {columns, options: {...options, nodeLimit: 1}, isLong: false};
}
