/** `stowage plan`: reads, plans, verifies, prints and writes. */
import type {Command} from 'commander';
import type {ChangeList, Planner} from '../../index.ts';
import type {CudaReport} from '../../report.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {type Input, readInput} from '../io/input.ts';
import {planChanges} from '../planning/changes.ts';
import {type ChosenProblem, chooseProblems} from '../planning/chosen-problem.ts';
import {reorderedProblem} from '../planning/order.ts';
import {exitCodeOf, type PlannerSource} from '../planning/planning.ts';
import {solveStaying} from '../planning/replanning.ts';
import {unmatched} from '../text/changes.ts';
import type {PlanReport} from '../text/plan.ts';
import {reportReference} from '../text/reference.ts';
import {missingWaitsOf} from '../text/streams.ts';
import type {WorkersReport} from '../text/workers.ts';
import {changeListOf, checkChangesAlone, withChanges, withListOptions} from './changes.ts';
import {fitCommand, isFit, withFit} from './fit.ts';
import {withForm, withoutTwice} from './form.ts';
import {type CommandContext, withChoice, withConstraints, withPlanning} from './options.ts';
import {parseInteger} from './parse.ts';
import {adviseChosen, cudaOf, explainChosen} from './plan-analysis.ts';
import type {PlanCommandOptions} from './plan-options.ts';
import {artifactTable, checkOutput, printReport, targetOf, write} from './plan-output.ts';
import {withSeatOptions, withSeats} from './seats.ts';
import {withStay} from './stay.ts';
import {planSymbolicInput, symbolicOf} from './symbolic.ts';

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
  withChanges(withStay(plan));
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
  given: PlanCommandOptions,
  source: PlannerSource,
  workers: () => WorkersReport | undefined,
): Promise<number> {
  const list = await changeListOf(given);
  if (list) checkChangesAlone(given);
  const options = withListOptions(given, list);
  if (isFit(options)) return fitCommand(file, options, source);
  const artifact = await checkOutput(options);
  if (options.reorder && artifact?.isOfModel)
    throw new CliError(
      `-o ${options.output}: the model runs in its own order: write it with stowage order -o, then plan that file`,
      EXIT.usage,
    );
  const input = await readInput(file, options, {keep: artifact?.isOfModel === true});
  const symbolic = symbolicOf(input, options);
  if (symbolic && list)
    throw new CliError(
      '--changes and --what-if need one value of each dimension: add --dim NAME=SIZE',
      EXIT.usage,
    );
  if (symbolic) return planSymbolicInput(input, symbolic, options, source);
  const target = artifact && (await targetOf(artifact, input, options));
  const planner = await source();
  let exitCode: number = EXIT.ok;
  let cuda: CudaReport | undefined;
  for (const listed of chooseProblems(input, options)) {
    const chosen = options.reorder ? await reorderedProblem(planner, input, options) : listed;
    if (target) (await artifactTable()).checkOwnPlan(chosen, target.artifact, target.model);
    const {report: planned, interrupted} = await planChosen(planner, chosen, input, options, cuda, list);
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

async function planChosen(
  planner: Planner,
  chosen: ChosenProblem,
  input: Input,
  options: PlanCommandOptions,
  known: CudaReport | undefined,
  list: ChangeList | undefined,
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
  const isChanged = list !== undefined && !interrupted && Number.isFinite(plan.peak);
  const changes = isChanged
    ? await planChanges({planner, chosen, list, base: plan, cuda, options})
    : undefined;
  if (changes) warnings.push(...unmatched(changes));
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
    ...(changes === undefined ? {} : {changes}),
    ...(cuda === undefined ? {} : {cuda}),
  };
  return {report, interrupted: interrupted || isUnexplained};
}
