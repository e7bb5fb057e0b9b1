/** The analysis of one input: from its trace or problem to a result, without its name and place. */
import type {Planner, ProblemColumns} from '../../index.ts';
import {rankRecording} from '../../ranks/recording.ts';
import type {BatchResult, FiguresJson, RankRecording} from '../../ranks/result.ts';
import {cudaReport} from '../../report.ts';
import {evidenceJson, type Imported} from '../../trace.ts';
import type {ReadingOptions} from '../io/input.ts';
import type {ChosenProblem, ProblemChoice} from '../planning/chosen-problem.ts';
import {besideGraphs, judgedParts, plannedFigures} from '../planning/figures.ts';
import {planOptions, type SolvedProblem} from '../planning/planning.ts';

/** What an analysis depends on, beside the content. No time limit: results would depend on the machine. */
export interface AnalysisChoice
  extends ReadingOptions,
    Pick<ProblemChoice, 'linear' | 'device' | 'alignment' | 'streams' | 'idle'> {
  readonly nodeLimit?: number;
  readonly seed?: number;
}

/** The parts of a result that the input determines. */
export type AnalysedInput = Pick<BatchResult, 'format' | 'figures' | 'recording' | 'warnings'>;

/** @throws CliError, ImportError, UsageError, LimitError: none has the place of the file that was not in the error already */
export async function analyseInput(
  file: string,
  imported: Imported,
  choice: AnalysisChoice,
  planner: Planner,
): Promise<AnalysedInput> {
  const parts = judgedParts({file, imported, seconds: 0}, choice);
  const solve = async (chosen: ChosenProblem): Promise<SolvedProblem> =>
    solved(planner, chosen.problem, choice);
  const figures: FiguresJson[] = [];
  let whole: SolvedProblem | undefined;
  for (const part of parts) {
    const own = await solve(part);
    whole ??= own;
    const {evidence, ...known} = {
      ...plannedFigures(part, own),
      ...(await besideGraphs(part, solve)),
    };
    figures.push({...known, evidence: evidenceJson(evidence), buffers: part.problem.count});
  }
  const warnings = [...new Set(parts.flatMap(part => part.warnings))];
  const recording = await recordingOf(parts, whole!, problem => solved(planner, problem, choice));
  return {format: imported.format, figures, recording, warnings};
}

/** In this thread: the process has nothing else to do, and the plan is that of any number of threads. */
function solved(planner: Planner, problem: ProblemColumns, choice: AnalysisChoice): SolvedProblem {
  const {nodeLimit, seed, alignment} = choice;
  const given = Object.entries({nodeLimit, seed, alignment}).filter(([, value]) => value !== undefined);
  // with minimize, the search does not stop at a capacity that a file states
  const plan = planner.plan(problem, planOptions({...Object.fromEntries(given), minimize: true}));
  return {plan, bounds: planner.bounds(problem), interrupted: false};
}

/** The first part is the whole recording, with its plan; the last one shows what the program does. */
async function recordingOf(
  parts: readonly ChosenProblem[],
  {plan}: SolvedProblem,
  solve: (problem: ProblemColumns) => SolvedProblem,
): Promise<RankRecording | null> {
  const [whole] = parts;
  const {trace, step} = parts.at(-1)!;
  if (!trace || !step) return null;
  const cuda = await cudaReport(whole!, plan, async problem => solve(problem).plan);
  return rankRecording(trace, step, cuda);
}
