/**
 * The worker that reads recordings of a run, one after the other, and keeps nothing of them. Reading comes before planning,
 * so that all bars are there soon; a recording that is planned is read again, since all of them do not fit in memory.
 */
import {loadPlannerSync, type Planner} from '../../bindings/index.ts';
import {type Analysis, plannedAnalysis, readAnalysis} from '../../bindings/ranks/analyse.ts';
import {importFile, type Trace} from '../../bindings/trace.ts';
import {fetched} from './handlers/fetched.ts';
import type {OpenRequest} from './handlers/open.ts';

/** What a file is: a recording, or a problem or model of that format, which has no rank. */
export type ReadRank = {readonly analysis: Analysis} | {readonly problem: string};

export class RankWorker {
  #planner: Planner | undefined;

  /** Without a plan. */
  read(request: OpenRequest): Promise<ReadRank> {
    return analysed(request, readAnalysis);
  }

  plan(request: OpenRequest): Promise<ReadRank> {
    this.#planner ??= loadPlannerSync();
    const planner = this.#planner;
    return analysed(request, (trace, format) =>
      // as `stowage batch` does: without limits of time, in one thread
      plannedAnalysis(trace, format, problem => ({
        plan: planner.plan(problem, {minimize: true}),
        bounds: planner.bounds(problem),
      })),
    );
  }
}

async function analysed(
  {name, blob, url}: OpenRequest,
  analyse: (trace: Trace, format: string) => Promise<Analysis>,
): Promise<ReadRank> {
  const imported = await importFile({name, data: blob ?? (await fetched(url!))});
  if (imported.kind === 'problem') return {problem: imported.format};
  return {analysis: await analyse(imported.trace, imported.format)};
}
