/** Explains a plan, or advises on a problem that does not fit, in a thread of its own. */
import {parentPort} from 'node:worker_threads';
import {expose} from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import {
  type AdviseOptions,
  adviseFit,
  type ExplainOptions,
  explainPeak,
  type FitAdvice,
  loadPlannerSync,
  type PeakExplanation,
  type Plan,
  type ProblemColumns,
} from '../../index.ts';

const ANALYSIS = {
  explain(problem: ProblemColumns, offsets: Plan['offsets'], options: ExplainOptions): PeakExplanation {
    return explainPeak(loadPlannerSync(), problem, {offsets}, options);
  },
  advise(problem: ProblemColumns, capacity: number, options: AdviseOptions): FitAdvice {
    return adviseFit(loadPlannerSync(), problem, capacity, options);
  },
};

/** The functions of the worker, as its client sees them. */
export type Analysis = typeof ANALYSIS;

expose(ANALYSIS, nodeEndpoint(parentPort!));
