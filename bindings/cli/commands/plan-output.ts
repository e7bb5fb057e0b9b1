/** What `stowage plan` prints and writes. */
import type {TfliteModelFile} from '../../artifacts.ts';
import type {Planner} from '../../index.ts';
import {writeCsv} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import type {Input} from '../io/input.ts';
import {jsonLine, printJson, warn} from '../io/output.ts';
import {printerBeside, writeFileWhole} from '../io/output-file.ts';
import type {Artifact} from '../planning/artifacts.ts';
import {capacityOf, exitCodeOf} from '../planning/planning.ts';
import {adviceLines} from '../text/advice.ts';
import {changesLines} from '../text/changes.ts';
import {explanationLines} from '../text/explanation.ts';
import {type PlanReport, planLines, planReportJson} from '../text/plan.ts';
import {missingWaitLines} from '../text/streams.ts';
import {endingOf} from './form.ts';
import type {PlanCommandOptions} from './plan-options.ts';

/** The formats of `-o` other than CSV and JSON, loaded only if one is asked for. */
export function artifactTable(): Promise<typeof import('../planning/artifacts.ts')> {
  return import('../planning/artifacts.ts');
}

export async function targetOf(
  artifact: Artifact,
  input: Input,
  {dropOwnPlan = false}: PlanCommandOptions,
): Promise<Target> {
  const {modelOf} = await artifactTable();
  return {artifact, model: await modelOf(artifact, input, {dropOwnPlan})};
}

/** The format of `-o`; undefined for CSV, JSON and no output. */
export async function checkOutput({
  output,
  form,
  iteration,
}: PlanCommandOptions): Promise<Artifact | undefined> {
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

/** A format other than CSV and JSON, with the model that it is written into. */
export interface Target {
  readonly artifact: Artifact;
  readonly model: TfliteModelFile | undefined;
}

export async function write(
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

export function printReport(report: PlanReport, {json, offsets, output}: PlanCommandOptions): void {
  if (json) {
    printJson(planReportJson(report, offsets));
    return;
  }
  const {chosen, warnings, explanation, missingWaits, advice, changes} = report;
  for (const warning of warnings) warn(`${chosen.file}: ${warning}`);
  const lines = [
    ...planLines(report),
    ...(explanation ? explanationLines(explanation, chosen) : []),
    ...(missingWaits ? missingWaitLines(missingWaits, chosen, report.plan) : []),
    ...(advice ? adviceLines(advice, chosen) : []),
    ...(changes ? changesLines(changes) : []),
  ];
  for (const line of lines) printerBeside(output)(line);
}
