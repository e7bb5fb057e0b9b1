/** A file to compare or check: its blocks, and the totals of its plan. */
import type {Bounds, Planner} from '../../index.ts';
import {peakOf, reservedOf} from '../../ranks/figures.ts';
import {
  type BlockTable,
  blockTableOfProblem,
  blockTableOfStep,
  blockTableOfTotals,
  type FrameChoice,
  importSource,
  isPlanJson,
  type KnownTotals,
  readPlanTotals,
} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {importOptions, nameOf, readSource} from '../io/input.ts';
import {type ChosenProblem, chooseProblem, type ProblemChoice} from './chosen-problem.ts';
import {type PlannerSource, type SolvedProblem, type SolveOptions, solveProblem} from './planning.ts';

export interface ComparisonOptions
  extends ProblemChoice,
    FrameChoice,
    Omit<SolveOptions, 'alignment' | 'capacity' | 'algorithm' | 'minimize'> {
  /** False for `--no-plan`. */
  readonly plan?: boolean;
}

export interface ComparedFile {
  readonly file: string;
  /** `plan` for a plan in JSON. */
  readonly format: string;
  /** Null if the file is not a trace. */
  readonly iteration: number | 'window' | null;
  readonly device: string | null;
  readonly blockTable: BlockTable;
  readonly warnings: readonly string[];
}

/** Reads a trace, a problem, a model, or a plan in JSON, and plans it unless `plan` is false. */
export async function readComparedFile(
  file: string,
  options: ComparisonOptions,
  planner: PlannerSource,
): Promise<ComparedFile> {
  const name = nameOf(file);
  const read = await readSource(file, async source =>
    isPlanJson(source)
      ? {totals: await readPlanTotals(source)}
      : {imported: await importSource(source, importOptions(options))},
  );
  if (read.totals) {
    const {peak, lowerBound, persistentBytes: persistent, source} = read.totals;
    const blockTable = blockTableOfTotals({peak, lowerBound, persistent});
    const {iteration = null, device = null} = source ?? {};
    return {file: name, format: 'plan', iteration, device, blockTable, warnings: []};
  }
  const chosen = chooseProblem({file: name, imported: read.imported, seconds: 0}, options);
  return comparedFileOf(chosen, await knownOf(chosen, options, await planner()), options);
}

export function comparedFileOf(
  chosen: ChosenProblem,
  known: KnownTotals & {readonly at?: number},
  {library, depth}: FrameChoice = {},
): ComparedFile {
  const {file, format, step, warnings} = chosen;
  return {
    file,
    format,
    iteration: step?.iteration ?? null,
    device: step?.device.name ?? null,
    blockTable: blockTableOf(chosen, known, {
      ...(library === undefined ? {} : {library}),
      ...(depth === undefined ? {} : {depth}),
    }),
    warnings,
  };
}

function blockTableOf(
  {file, problem, step, trace, read}: ChosenProblem,
  known: KnownTotals & {readonly at?: number},
  frames: FrameChoice,
): BlockTable {
  try {
    if (trace && step) return blockTableOfStep(trace, step, {...known, frames});
    return blockTableOfProblem(problem, {
      ...known,
      ...(read?.operations ? {operations: read.operations} : {}),
    });
  } catch (error) {
    throw inputError(file, error);
  }
}

async function knownOf(
  chosen: ChosenProblem,
  options: ComparisonOptions,
  planner: Planner,
): Promise<KnownTotals> {
  const reserved = reservedOf(chosen);
  if (options.plan === false) {
    const {load, lowerBound} = boundsOf(chosen, planner);
    return {load, lowerBound, reserved};
  }
  const {bounds, plan} = await planWhole(chosen, options, planner);
  return {load: bounds.load, lowerBound: plan.lowerBound, peak: peakOf(plan), reserved};
}

/** The best plan within the budget. @throws CliError if Ctrl-C cut it short. */
export async function planWhole(
  chosen: ChosenProblem,
  options: ComparisonOptions,
  planner: Planner,
): Promise<SolvedProblem> {
  const {timeLimit, nodeLimit, threads, seed, alignment} = options;
  const given = Object.entries({timeLimit, nodeLimit, threads, seed, alignment}).filter(
    ([, value]) => value !== undefined,
  );
  // without a capacity, and with minimize, the search does not stop at the first plan that fits
  const solved = await solveProblem(planner, chosen, {...Object.fromEntries(given), minimize: true});
  if (solved.interrupted) throw new CliError(`${chosen.file}: interrupted while planning`, EXIT.interrupted);
  return solved;
}

export function boundsOf({file, problem}: ChosenProblem, planner: Planner): Bounds {
  try {
    return planner.bounds(problem);
  } catch (error) {
    throw inputError(file, error);
  }
}
