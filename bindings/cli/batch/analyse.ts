/** The analysis of one input: from its trace or problem to a result, without its name and place. */
import type {Planner, ProblemColumns} from '../../index.ts';
import {type Analysis, judgeParts, plannedRecording, type SolvePart} from '../../ranks/analyse.ts';
import type {PlannedPart} from '../../ranks/figures.ts';
import type {Imported} from '../../trace.ts';
import type {ReadingOptions} from '../io/input.ts';
import type {ProblemChoice} from '../planning/chosen-problem.ts';
import {judgedParts} from '../planning/figures.ts';
import {planOptions} from '../planning/planning.ts';

/** What an analysis depends on, beside the content. No time limit: results would depend on the machine. */
export interface AnalysisChoice
  extends ReadingOptions,
    Pick<ProblemChoice, 'linear' | 'device' | 'alignment' | 'streams' | 'idle'> {
  readonly nodeLimit?: number;
  readonly seed?: number;
}

/** @throws CliError, ImportError, UsageError, LimitError: none has the place of the file that was not in the error already */
export async function analyseInput(
  file: string,
  imported: Imported,
  choice: AnalysisChoice,
  planner: Planner,
): Promise<Analysis> {
  const parts = judgedParts({file, imported, seconds: 0}, choice);
  const solve: SolvePart = problem => solved(planner, problem, choice);
  const {figures, first} = await judgeParts(parts, solve);
  const recording = await plannedRecording(parts, first, solve);
  const warnings = [...new Set(parts.flatMap(part => part.warnings))];
  return {format: imported.format, figures, recording, warnings};
}

/** In this thread: the process has nothing else to do, and the plan is that of any number of threads. */
function solved(planner: Planner, problem: ProblemColumns, choice: AnalysisChoice): PlannedPart {
  const {nodeLimit, seed, alignment} = choice;
  const given = Object.entries({nodeLimit, seed, alignment}).filter(([, value]) => value !== undefined);
  // with minimize, the search does not stop at a capacity that a file states
  const plan = planner.plan(problem, planOptions({...Object.fromEntries(given), minimize: true}));
  return {plan, bounds: planner.bounds(problem)};
}
