/** `stowage plan`: reads, plans, verifies, reports, writes. */

import {extname} from 'node:path';
import type {Command} from 'commander';
import {checkedPlan, type TfliteModelFile} from '../../artifacts.ts';
import {type FitAdvice, loadPlannerSync, type PeakExplanation, type Plan} from '../../index.ts';
import {cudaReport} from '../../report.ts';
import {writeCsv} from '../../trace.ts';
import {ARTIFACTS, artifactOf, modelOf} from '../artifact.ts';
import {CliError, EXIT, inputError} from '../exit.ts';
import {type Input, readInput} from '../input.ts';
import {advise, explain} from '../interruptible.ts';
import {type Done, withChoice, withConstraints} from '../options.ts';
import {jsonLine, print, printJson, warn, writeFileWhole} from '../output.ts';
import {capacityOf, exitCodeOf, type PlanningOptions, withPlanning} from '../plan-options.ts';
import {parseInteger} from '../quantities.ts';
import {planOptions, solveTask} from '../solve-task.ts';
import {say} from '../status-line.ts';
import {type Task, tasksOf} from '../task.ts';
import {adviceLines} from '../text/advice.ts';
import {explanationLines} from '../text/explanation.ts';
import {planLines, type Report, reportJson} from '../text/plan.ts';

/** Options of the command, parsed. */
export interface PlanCommandOptions extends PlanningOptions {
  /** How many buffers to explain the peak by; true for the default number. */
  readonly explain?: number | true;
  readonly advise?: boolean;
  readonly json?: boolean;
  /** False for `--no-offsets`. */
  readonly offsets: boolean;
  readonly output?: string;
}

export function addPlanCommand(root: Command, done: Done): void {
  const plan = root
    .command('plan')
    .argument('<FILE>', 'a trace or a problem')
    .description('plan an iteration of a trace, or a problem');
  withPlanning(plan)
    .option(
      '--explain [N]',
      'tell which buffers make the peak, and what changing the N largest would give (default: 10)',
      parseInteger(1),
    )
    .option(
      '--advise',
      'where it does not fit --capacity: tell what to shrink, shorten or offload, and what peak then remains',
    )
    .option('--json', 'print one object of the stowage.plan/1 contract')
    .option('--no-offsets', 'leave the offsets out of --json')
    .option(
      '-o, --output <FILE>',
      'write the plan: .csv (rows with offsets), .json, .svg (a picture), .h (C) or .tflite (into the model)',
    )
    .action(async (file: string, options: PlanCommandOptions) => done(await planCommand(file, options)));
  withConstraints(withChoice(plan, 'N, auto, all or window'));
}

/** @returns the exit code. */
export async function planCommand(file: string, options: PlanCommandOptions): Promise<number> {
  checkOutput(options);
  const artifact = options.output === undefined ? undefined : artifactOf(options.output);
  const input = await readInput(file, options, {keep: artifact?.isOfModel === true});
  const model = artifact && (await modelOf(artifact, input));
  let exitCode: number = EXIT.ok;
  for (const task of tasksOf(input, options)) {
    const {report, interrupted} = await planTask(task, input, options);
    await publish(report, options, model);
    if (interrupted) return EXIT.interrupted;
    exitCode = Math.max(exitCode, exitCodeOf(report.plan));
  }
  return exitCode;
}

function checkOutput({output, iteration}: PlanCommandOptions): void {
  if (output === undefined) return;
  if (!['.csv', '.json'].includes(extname(output)) && artifactOf(output) === undefined) {
    const others = ARTIFACTS.flatMap(({extension = []}) => extension).join(', ');
    throw new CliError(
      `-o ${output}: expected a name that ends in .csv, .json, ${others}; stowage export writes more`,
      EXIT.usage,
    );
  }
  if (iteration === 'all')
    throw new CliError('-o takes one plan: choose one --iteration, or use --json', EXIT.usage);
}

async function planTask(
  task: Task,
  input: Input,
  options: PlanCommandOptions,
): Promise<{report: Report; interrupted: boolean}> {
  const capacity = options.capacity ?? task.problem.capacity;
  const {plan, bounds, interrupted} = await solveTask(task, options);
  const warnings = [...task.warnings];
  if (interrupted) warnings.push('interrupted: this is the best plan found so far');
  const wantsExplanation = options.explain !== undefined && !interrupted;
  const explanation = wantsExplanation ? await explainTask(task, plan, options) : undefined;
  const wantsAdvice = options.advise && !interrupted;
  const advice = wantsAdvice ? await adviseTask(task, capacity, options) : undefined;
  const isUnexplained = wantsExplanation && explanation === undefined;
  if (isUnexplained) warnings.push('interrupted: the plan is whole, its peak is not explained');
  const cuda = interrupted
    ? undefined
    : await cudaReport(task, plan, async problem => (await solveTask({...task, problem}, options)).plan);
  const report = {
    task,
    plan,
    bounds,
    importSeconds: input.seconds,
    warnings,
    ...(capacity === undefined ? {} : {capacity}),
    ...(explanation === undefined ? {} : {explanation}),
    ...(advice === undefined ? {} : {advice}),
    ...(cuda === undefined ? {} : {cuda}),
  };
  return {report, interrupted: interrupted || isUnexplained};
}

async function explainTask(
  task: Task,
  plan: Plan,
  options: PlanCommandOptions,
): Promise<PeakExplanation | undefined> {
  const clear = say('explaining the peak; Ctrl-C skips that');
  try {
    const top = typeof options.explain === 'number' ? {top: options.explain} : {};
    return await explain(task.problem, plan, {...planOptions(options), ...top});
  } catch (error) {
    throw inputError(task.file, error);
  } finally {
    clear();
  }
}

async function adviseTask(
  task: Task,
  capacity: number | undefined,
  options: PlanCommandOptions,
): Promise<FitAdvice | undefined> {
  if (capacity === undefined) throw new CliError('--advise: expected a --capacity to fit', EXIT.usage);
  const clear = say('looking for what would make it fit; Ctrl-C skips that');
  try {
    const {capacity: _, minimize: __, ...rest} = planOptions(options);
    return await advise(task.problem, capacity, rest);
  } catch (error) {
    throw inputError(task.file, error);
  } finally {
    clear();
  }
}

async function publish(
  report: Report,
  options: PlanCommandOptions,
  model: TfliteModelFile | undefined,
): Promise<void> {
  const {output, json, offsets} = options;
  if (output !== undefined && report.plan.offsets.length === report.task.problem.count) {
    const pieces = piecesOf(report, output, options, model);
    if (pieces) await writeFileWhole(output, pieces);
    else warn(`${output}: not written, since the plan does not keep to the capacity`);
  }
  if (json) {
    printJson(reportJson(report, offsets));
    return;
  }
  for (const warning of report.warnings) warn(`${report.task.file}: ${warning}`);
  for (const line of planLines(report)) print(line);
  if (report.explanation) for (const line of explanationLines(report.explanation, report.task)) print(line);
  if (report.advice) for (const line of adviceLines(report.advice, report.task)) print(line);
}

/** Undefined where the plan is too large for what would load it. */
function piecesOf(
  report: Report,
  output: string,
  options: PlanCommandOptions,
  model: TfliteModelFile | undefined,
): Iterable<string | Uint8Array> | undefined {
  const {task, plan} = report;
  const artifact = artifactOf(output);
  if (!artifact) {
    if (extname(output) === '.csv') return writeCsv(task.problem, plan);
    return [`${jsonLine(reportJson(report, true))}\n`];
  }
  if (exitCodeOf(plan) !== EXIT.ok) return undefined;
  try {
    const verified = checkedPlan(loadPlannerSync(), task.problem, plan, capacityOf(options));
    return artifact.write({plan: verified, lowerBound: plan.lowerBound, ...(model ? {model} : {})});
  } catch (error) {
    throw inputError(task.file, error);
  }
}
