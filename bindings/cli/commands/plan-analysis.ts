/** What `stowage plan` finds out about a plan: what could be recovered, why it needs what it needs, what would make it fit. */
import type {FitAdvice, PeakExplanation, Plan, Planner} from '../../index.ts';
import type {CudaReport} from '../../report.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {showLine} from '../io/progress.ts';
import {advise, explain} from '../planning/analysis.ts';
import type {ChosenProblem} from '../planning/chosen-problem.ts';
import {planOptions, solveProblem} from '../planning/planning.ts';
import type {PlanCommandOptions} from './plan-options.ts';

export async function cudaOf(
  planner: Planner,
  chosen: ChosenProblem,
  plan: Plan,
  options: PlanCommandOptions,
): Promise<CudaReport | undefined> {
  if (!chosen.trace?.cuda) return undefined;
  const {cudaReport} = await import('../../report/cuda-report.ts');
  const {capacity: _, ...minimized} = options;
  return cudaReport(
    chosen,
    plan,
    async problem => (await solveProblem(planner, {...chosen, problem}, minimized)).plan,
  );
}

export async function explainChosen(
  {file, problem, read}: ChosenProblem,
  plan: Plan,
  options: PlanCommandOptions,
): Promise<PeakExplanation | undefined> {
  if (read?.sharing && problem.constraints)
    throw new CliError(
      `${file}: --explain: buffers share memory in the file's own plan, and the peak is explained only of buffers apart: add --drop-own-plan`,
      EXIT.usage,
    );
  const clear = showLine('explaining the peak; Ctrl-C skips this');
  try {
    const top = typeof options.explain === 'number' ? {top: options.explain} : {};
    return await explain(problem, plan, {...planOptions(options), ...top});
  } catch (error) {
    throw inputError(file, error);
  } finally {
    clear();
  }
}

export async function adviseChosen(
  {file, problem}: ChosenProblem,
  capacity: number | undefined,
  options: PlanCommandOptions,
): Promise<FitAdvice | undefined> {
  if (capacity === undefined)
    throw new CliError('--advise needs a capacity to fit: add --capacity', EXIT.usage);
  const clear = showLine('looking for changes that make it fit; Ctrl-C skips this');
  try {
    const {capacity: _, minimize: __, ...rest} = planOptions(options);
    return await advise(problem, capacity, rest);
  } catch (error) {
    throw inputError(file, error);
  } finally {
    clear();
  }
}
