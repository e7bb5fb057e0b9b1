/** Plans a problem so that little moves from an earlier plan. */
import {type Planner, type Replan, type ReplanOptions, replan} from '../../index.ts';
import {idOf, NO_OFFSET, type ProblemColumns} from '../../model/problem.ts';
import {plural} from '../../model/quantities.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {nameOf} from '../io/input.ts';
import {interruptible} from '../io/interrupt.ts';
import {planningBar} from '../io/progress.ts';
import type {ChosenProblem} from './chosen-problem.ts';
import {readPlan} from './plan-file.ts';
import {planOptions, type SolvedProblem, type SolveOptions, solveProblem} from './planning.ts';

/** What may move, parsed. */
export interface StayOptions {
  /** The file of the earlier plan. */
  readonly previous?: string;
  readonly peakSlack?: NonNullable<ReplanOptions['peakSlack']>;
}

/** With what moved, where that was asked for. */
export interface SolvedStaying extends SolvedProblem {
  readonly replan?: Replan;
}

/** @throws as `solveProblem`; CliError for an earlier plan that cannot be read or is of several arenas. */
export async function solveStaying(
  planner: Planner,
  chosen: Pick<ChosenProblem, 'file' | 'problem'>,
  options: SolveOptions & StayOptions,
): Promise<SolvedStaying> {
  const {previous: file, peakSlack, threads} = options;
  const {problem} = chosen;
  if (file === undefined && peakSlack === undefined) return solveProblem(planner, chosen, options);
  if (file === undefined && problem.hint === undefined)
    throw new CliError('--peak-slack needs an earlier plan: add --previous FILE', EXIT.usage);
  const previous = file === undefined ? problem.hint! : await previousOf(problem, file);
  const bar = await planningBar();
  try {
    return await interruptible(async signal => {
      let bounds: SolvedProblem['bounds'] | undefined;
      const {minimize: _, ...limits} = planOptions(options);
      const result = await replan(planner, problem, {
        ...limits,
        previous,
        ...(peakSlack === undefined ? {} : {peakSlack}),
        ...(threads === undefined ? {} : {threads}),
        signal,
        onProgress(progress) {
          bounds = progress.bounds;
          bar.update(progress);
        },
      });
      return {bounds: bounds!, plan: result.plan, interrupted: signal.aborted, replan: result};
    }, new CliError('interrupted before the first plan', EXIT.interrupted));
  } catch (error) {
    throw inputError(chosen.file, error);
  } finally {
    bar.stop();
  }
}

/** The offsets of the earlier plan in the order of the problem: by name, or by order where the plan has no names. */
async function previousOf(problem: ProblemColumns, file: string): Promise<Float64Array> {
  const {ids, offsets, arenas} = await readPlan(file);
  const refuse = (reason: string) => new CliError(`--previous ${nameOf(file)}: ${reason}`, EXIT.usage);
  if (arenas && arenas.length > 1)
    throw refuse(`expected a plan of one arena, got one of ${plural(arenas.length, 'arena')}`);
  if (!ids && offsets.length !== problem.count)
    throw refuse(
      `the plan has ${plural(offsets.length, 'offset')} without names, the problem ${plural(problem.count, 'buffer')}: write the earlier plan as CSV, which names them`,
    );
  if (!ids) return offsets;
  const rows = new Map(ids.map((id, row) => [id, row]));
  return Float64Array.from({length: problem.count}, (_, i) => {
    const row = rows.get(idOf(problem, i));
    return row === undefined ? NO_OFFSET : offsets[row]!;
  });
}
