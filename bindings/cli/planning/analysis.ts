/** Explanations and advice, made in a worker so that Ctrl-C ends them at once. The worker is loaded at the first use. */

import type {Remote} from 'comlink';
import type {
  AdviseOptions,
  ExplainOptions,
  FitAdvice,
  PeakExplanation,
  Plan,
  ProblemColumns,
} from '../../index.ts';
import {HostError, revived} from '../../model/errors.ts';
import {interruptible} from '../io/interrupt.ts';
import type {Analysis} from './analysis-worker.ts';

/**
 * Why the plan is as large as it is; undefined after Ctrl-C.
 * @throws as `explainPeak`; HostError if the worker cannot be started.
 */
export function explain(
  problem: ProblemColumns,
  {offsets}: Plan,
  options: ExplainOptions,
): Promise<PeakExplanation | undefined> {
  return inWorker(worker => worker.explain(problem, offsets, options));
}

/**
 * How to make a problem fit that does not; undefined after Ctrl-C.
 * @throws as `adviseFit`; HostError if the worker cannot be started.
 */
export function advise(
  problem: ProblemColumns,
  capacity: number,
  options: AdviseOptions,
): Promise<FitAdvice | undefined> {
  return inWorker(worker => worker.advise(problem, capacity, options));
}

async function inWorker<T>(job: (worker: Remote<Analysis>) => Promise<T>): Promise<T | undefined> {
  const [{Worker}, {wrap}, {default: nodeEndpoint}] = await Promise.all([
    import('node:worker_threads'),
    import('comlink'),
    import('comlink/dist/esm/node-adapter.mjs'),
  ]);
  const start = () => {
    try {
      return new Worker(new URL('./analysis-worker.js', import.meta.url), {execArgv: []});
    } catch (error) {
      throw new HostError(
        `this host starts no worker thread (${(error as Error).message}): allow it to, or run without --explain and --advise`,
      );
    }
  };
  const worker = start();
  try {
    return await interruptible(signal =>
      Promise.race([
        // Comlink copies errors without their class
        job(wrap<Analysis>(nodeEndpoint(worker))).catch(error => Promise.reject(revived(error))),
        new Promise<undefined>((resolve, reject) => {
          signal.addEventListener('abort', () => resolve(undefined));
          worker.on('error', reject);
          worker.on('exit', code =>
            reject(
              new HostError(`the worker of --explain and --advise ended (exit code ${code}): run again`),
            ),
          );
        }),
      ]),
    );
  } finally {
    await worker.terminate();
  }
}
