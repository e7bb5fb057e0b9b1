/** `stowage plan`: reads, plans, verifies, prints and writes. */
import type {Command} from 'commander';
import type {TfliteModelFile} from '../../artifacts.ts';
import type {FitAdvice, PeakExplanation, Plan, Planner} from '../../index.ts';
import type {CudaReport} from '../../report.ts';
import {writeCsv} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {type Input, readInput} from '../io/input.ts';
import {jsonLine, printJson, warn} from '../io/output.ts';
import {printerBeside, writeFileWhole} from '../io/output-file.ts';
import {showLine} from '../io/progress.ts';
import {advise, explain} from '../planning/analysis.ts';
import type {Artifact} from '../planning/artifacts.ts';
import {type ChosenProblem, chooseProblems} from '../planning/chosen-problem.ts';
import {reorderedProblem} from '../planning/order.ts';
import {
  capacityOf,
  exitCodeOf,
  type PlannerSource,
  type PlanningOptions,
  planOptions,
  solveProblem,
} from '../planning/planning.ts';
import {solveStaying} from '../planning/replanning.ts';
import {adviceLines} from '../text/advice.ts';
import {explanationLines} from '../text/explanation.ts';
import {type PlanReport, planLines, planReportJson} from '../text/plan.ts';
import {reportReference} from '../text/reference.ts';
import {missingWaitLines, missingWaitsOf} from '../text/streams.ts';
import type {WorkersReport} from '../text/workers.ts';
import {type FitCommandOptions, fitCommand, isFit, withFit} from './fit.ts';
import {endingOf, type FormOption, withForm, withoutTwice} from './form.ts';
import {type CommandContext, withChoice, withConstraints, withPlanning} from './options.ts';
import {parseInteger} from './parse.ts';
import {type SeatOptions, withSeatOptions, withSeats} from './seats.ts';
import {type StayOptions, withStay} from './stay.ts';
import {planSymbolicInput, symbolicOf} from './symbolic.ts';

/** Options of the command, parsed. */
export interface PlanCommandOptions
  extends PlanningOptions,
    SeatOptions,
    FormOption,
    FitCommandOptions,
    StayOptions {
  /** Number of buffers whose changes are tried; true for the default number. */
  readonly explain?: number | true;
  readonly advise?: boolean;
  readonly reorder?: boolean;
  readonly json?: boolean;
  /** False with `--no-offsets`. */
  readonly offsets: boolean;
  readonly output?: string;
}

export function addPlanCommand(root: Command, {done, planner}: CommandContext): void {
  const plan = root
    .command('plan')
    .argument('<FILE>', 'a trace, a model or a problem')
    .description('plan an iteration of a trace, a model or a problem');
  withPlanning(plan)
    .option(
      '--explain [N]',
      'show the buffers that make the peak, and the savings from changing the N largest (default: 10)',
      parseInteger(1),
    )
    .option(
      '--advise',
      'if the plan does not fit --capacity: show buffers to shrink, shorten or offload, and the remaining peak',
    )
    .option('--reorder', 'choose the order of the operators of a model, too: docs/order.md')
    .option('--json', 'print one object of the stowage.plan/1 contract')
    .option('--no-offsets', 'leave the offsets out of --json')
    .option(
      '-o, --output <FILE>',
      'file to write: .csv (rows with offsets), .json, .svg (a picture), .h (C) or .tflite (the model with the plan); - for stdout',
    )
    .action(async (file: string, options: PlanCommandOptions) =>
      done(await planCommand(file, withoutTwice(options), planner)),
    );
  withSeatOptions(withFit(plan));
  withStay(plan);
  withForm(plan, ['csv', 'json', 'svg', 'h', 'tflite'], 'csv');
  withConstraints(withChoice(plan, 'N, auto, all or window'));
}

/** @returns the exit code. */
export function planCommand(
  file: string,
  options: PlanCommandOptions,
  source: PlannerSource,
): Promise<number> {
  return withSeats(options, (seated, workers) => planFile(file, seated, source, workers));
}

async function planFile(
  file: string,
  options: PlanCommandOptions,
  source: PlannerSource,
  workers: () => WorkersReport | undefined,
): Promise<number> {
  if (isFit(options)) return fitCommand(file, options, source);
  const artifact = await checkOutput(options);
  if (options.reorder && artifact?.isOfModel)
    throw new CliError(
      `-o ${options.output}: the model runs in its own order: write it with stowage order -o, then plan that file`,
      EXIT.usage,
    );
  const input = await readInput(file, options, {keep: artifact?.isOfModel === true});
  const symbolic = symbolicOf(input, options);
  if (symbolic) return planSymbolicInput(input, symbolic, options, source);
  const target = artifact && (await targetOf(artifact, input, options));
  const planner = await source();
  let exitCode: number = EXIT.ok;
  let cuda: CudaReport | undefined;
  for (const listed of chooseProblems(input, options)) {
    const chosen = options.reorder ? await reorderedProblem(planner, input, options) : listed;
    if (target) (await artifactTable()).checkOwnPlan(chosen, target.artifact, target.model);
    const {report: planned, interrupted} = await planChosen(planner, chosen, input, options, cuda);
    const took = workers();
    const report = took ? {...planned, workers: took} : planned;
    // it is about the whole recording: with several iterations it is made once
    cuda = report.cuda;
    await write(report, options, planner, target);
    printReport(report, options);
    if (interrupted) return EXIT.interrupted;
    exitCode = Math.max(exitCode, exitCodeOf(report.plan));
  }
  return exitCode;
}

/** The formats of `-o` other than CSV and JSON, loaded only if one is asked for. */
function artifactTable(): Promise<typeof import('../planning/artifacts.ts')> {
  return import('../planning/artifacts.ts');
}

async function targetOf(
  artifact: Artifact,
  input: Input,
  {dropOwnPlan = false}: PlanCommandOptions,
): Promise<Target> {
  const {modelOf} = await artifactTable();
  return {artifact, model: await modelOf(artifact, input, {dropOwnPlan})};
}

/** The format of `-o`; undefined for CSV, JSON and no output. */
async function checkOutput({output, form, iteration}: PlanCommandOptions): Promise<Artifact | undefined> {
  if (output === undefined) return undefined;
  if (iteration === 'all')
    throw new CliError('-o takes one plan: choose one --iteration, or use --json', EXIT.usage);
  const ending = endingOf(output, form, '.csv');
  if (['.csv', '.json'].includes(ending)) return undefined;
  const {ARTIFACTS, artifactOf} = await artifactTable();
  const artifact = artifactOf(ending);
  if (artifact) return artifact;
  const others = ARTIFACTS.flatMap(({extension = []}) => extension).join(', ');
  throw new CliError(
    `-o ${output}: expected a name that ends in .csv, .json, ${others}; for other formats use stowage export, for a pipe or device --form`,
    EXIT.usage,
  );
}

async function planChosen(
  planner: Planner,
  chosen: ChosenProblem,
  input: Input,
  options: PlanCommandOptions,
  known: CudaReport | undefined,
): Promise<{report: PlanReport; interrupted: boolean}> {
  const {problem, read} = chosen;
  const capacity = options.capacity ?? problem.capacity;
  const {plan, bounds, interrupted, replan} = await solveStaying(planner, chosen, options);
  const warnings = [...chosen.warnings];
  if (interrupted) warnings.push('interrupted: this is the best plan found so far');
  const isExplained = options.explain !== undefined && !interrupted;
  const missingWaits = isExplained ? missingWaitsOf(chosen) : undefined;
  const wantsExplanation = isExplained && missingWaits === undefined;
  const explanation = wantsExplanation ? await explainChosen(chosen, plan, options) : undefined;
  const advice = options.advise && !interrupted ? await adviseChosen(chosen, capacity, options) : undefined;
  const isUnexplained = wantsExplanation && explanation === undefined;
  if (isUnexplained) warnings.push('interrupted: the plan is complete, but its peak is not explained');
  const cuda = interrupted ? undefined : (known ?? (await cudaOf(planner, chosen, plan, options)));
  const report = {
    chosen,
    plan,
    bounds,
    importSeconds: input.seconds,
    warnings,
    ...(capacity === undefined ? {} : {capacity}),
    ...(read?.reference ? {reference: reportReference(problem, read.reference, planner)} : {}),
    ...(replan === undefined ? {} : {replan}),
    ...(explanation === undefined ? {} : {explanation}),
    ...(missingWaits === undefined ? {} : {missingWaits}),
    ...(advice === undefined ? {} : {advice}),
    ...(cuda === undefined ? {} : {cuda}),
  };
  return {report, interrupted: interrupted || isUnexplained};
}

async function cudaOf(
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

async function explainChosen(
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

async function adviseChosen(
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

/** A format other than CSV and JSON, with the model that it is written into. */
interface Target {
  readonly artifact: Artifact;
  readonly model: TfliteModelFile | undefined;
}

async function write(
  report: PlanReport,
  options: PlanCommandOptions,
  planner: Planner,
  target: Target | undefined,
): Promise<void> {
  const {output, form} = options;
  const {plan, chosen} = report;
  if (output === undefined || plan.offsets.length !== chosen.problem.count) return;
  if (target && exitCodeOf(plan) !== EXIT.ok) {
    warn(`${output}: not written, because the plan does not fit the capacity`);
    return;
  }
  const pieces = target
    ? await artifactPieces(report, options, planner, target)
    : endingOf(output, form, '.csv') === '.csv'
      ? writeCsv(chosen.problem, plan)
      : [`${jsonLine(planReportJson(report, true))}\n`];
  await writeFileWhole(output, pieces);
}

async function artifactPieces(
  {chosen, plan}: PlanReport,
  options: PlanCommandOptions,
  planner: Planner,
  {artifact, model}: Target,
): Promise<Iterable<string | Uint8Array>> {
  const {checkedPlan} = await import('../../artifacts.ts');
  try {
    const verified = checkedPlan(planner, chosen.problem, plan, capacityOf(options));
    return artifact.write({plan: verified, lowerBound: plan.lowerBound, ...(model ? {model} : {})});
  } catch (error) {
    throw inputError(chosen.file, error);
  }
}

function printReport(report: PlanReport, {json, offsets, output}: PlanCommandOptions): void {
  if (json) {
    printJson(planReportJson(report, offsets));
    return;
  }
  const {chosen, warnings, explanation, missingWaits, advice} = report;
  for (const warning of warnings) warn(`${chosen.file}: ${warning}`);
  const lines = [
    ...planLines(report),
    ...(explanation ? explanationLines(explanation, chosen) : []),
    ...(missingWaits ? missingWaitLines(missingWaits, chosen, report.plan) : []),
    ...(advice ? adviceLines(advice, chosen) : []),
  ];
  for (const line of lines) printerBeside(output)(line);
}
