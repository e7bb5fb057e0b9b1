/** The analysis of one input, in any host: from its parts to figures and a recording, with a planner that the caller has. */
import {evidenceJson} from '../evidence/index.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {cudaReport} from '../report/cuda-report.ts';
import {type StepProblem, stepProblem} from '../trace/step/step.ts';
import type {Trace} from '../trace/trace.ts';
import {besideGraphs, type JudgedPart, type PlannedPart, plannedFigures} from './figures.ts';
import {readRecording, withPlan} from './recording.ts';
import type {BatchResult, FiguresJson, RankRecording} from './result.ts';

/** The parts of a result that the input determines. */
export type Analysis = Pick<BatchResult, 'format' | 'figures' | 'recording' | 'warnings'>;

/** Plans without a capacity, at which a search would end early. */
export type SolvePart = (problem: ProblemColumns) => PlannedPart;

export interface RecordedPart extends JudgedPart {
  readonly trace: Trace;
  readonly step: StepProblem;
}

/**
 * The whole recording, then its last whole iteration where it has one: that shows what the program does.
 * @throws UsageError where the recording has no events.
 */
export function recordedParts(trace: Trace, format: string): RecordedPart[] {
  const partOf = (iteration: 'auto' | 'window'): RecordedPart => {
    const step = stepProblem(trace, {iteration});
    return {format, trace, step, problem: step.problem};
  };
  const shown = partOf('auto');
  return shown.step.iteration === 'window' ? [shown] : [partOf('window'), shown];
}

/** The figures of each part, and the plan of the first. */
export async function judgeParts(
  parts: readonly JudgedPart[],
  solve: SolvePart,
): Promise<{readonly figures: FiguresJson[]; readonly first: PlannedPart}> {
  const figures: FiguresJson[] = [];
  let first: PlannedPart | undefined;
  for (const part of parts) {
    const planned = solve(part.problem);
    first ??= planned;
    const beside = await besideGraphs(part, async ({problem}) => solve(problem));
    const {evidence, ...known} = {...plannedFigures(part, planned), ...beside};
    figures.push({...known, evidence: evidenceJson(evidence), buffers: part.problem.count});
  }
  return {figures, first: first!};
}

/**
 * @param parts the first is the whole recording, of which `first` is the plan; the last shows what the program does.
 * @returns null where the input is no recording.
 */
export async function plannedRecording(
  parts: readonly JudgedPart[],
  {plan}: PlannedPart,
  solve: SolvePart,
): Promise<RankRecording | null> {
  const {trace, step} = parts.at(-1)!;
  if (!trace || !step) return null;
  const cuda = await cudaReport(parts[0]!, plan, async problem => solve(problem).plan);
  return withPlan(await readRecording(trace, step), trace, cuda);
}

/**
 * What a run shows of a recording before anything is planned: peak, reserved bytes, structure, growth. It takes a tenth of
 * the time of reading.
 * @throws UsageError where the recording has no events.
 */
export async function readAnalysis(trace: Trace, format: string): Promise<Analysis> {
  const step = stepProblem(trace);
  const recording = await readRecording(trace, step);
  return {format, figures: [], recording, warnings: warningsOf(trace, [step])};
}

/** All that a run shows of a recording, with the same figures as a batch; of the figures, those of the whole recording. */
export async function plannedAnalysis(trace: Trace, format: string, solve: SolvePart): Promise<Analysis> {
  const parts = recordedParts(trace, format);
  const {figures, first} = await judgeParts(parts.slice(0, 1), solve);
  const recording = await plannedRecording(parts, first, solve);
  const steps = parts.map(({step}) => step);
  return {format, figures, recording, warnings: warningsOf(trace, steps)};
}

function warningsOf(trace: Trace, steps: readonly StepProblem[]): string[] {
  return [...new Set([...trace.warnings, ...steps.flatMap(({warnings}) => warnings)])];
}
