/** `stowage export`: plans, or reads a plan, and writes a file that a runtime loads. */
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {type Command, InvalidArgumentError, Option} from 'commander';
import {
  type CheckedPlan,
  checkedPlan,
  type Placement,
  type Scratch,
  type TfliteModelFile,
} from '../../artifacts.ts';
import type {Plan, Planner} from '../../index.ts';
import {alignmentOf, type ProblemColumns} from '../../model/problem.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {type SharingJson, sharingJson, sharingSentences} from '../../report/sharing.ts';
import type {PlanOfJson} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {type Input, nameOf, type ReadingOptions, readInput} from '../io/input.ts';
import {printJson, warn} from '../io/output.ts';
import {isStdout, printerBeside, writeFileWhole} from '../io/output-file.ts';
import {type OrderedProblem, orderedProblem} from '../planning/allocations.ts';
import {
  ARTIFACTS,
  type Artifact,
  checkOwnPlan,
  modelOf,
  type TensorArena,
  tensorArena,
  type Writing,
} from '../planning/artifacts.ts';
import {type ChosenProblem, chooseProblem, type ProblemChoice} from '../planning/chosen-problem.ts';
import {choiceOf, inOrderOf, readPlan} from '../planning/plan-file.ts';
import {capacityOf, type PlannerSource, type PlanningOptions, solveProblem} from '../planning/planning.ts';
import {describeObstacle} from '../text/constraints.ts';
import {checkOneOnStdout} from './form.ts';
import {type CommandContext, withChoice, withConstraints, withPlanning} from './options.ts';
import {parseBytes} from './parse.ts';
import {exportSymbolicInput, symbolicOf} from './symbolic.ts';

export interface ExportCommandOptions extends PlanningOptions, ReadingOptions {
  readonly format: string;
  readonly output: string;
  readonly plan?: string;
  readonly prefix?: string;
  readonly signature?: string;
  /** Scratch memory of kernels. */
  readonly scratch?: readonly Scratch[];
  readonly json?: boolean;
}

/** What `--json` prints, documented in `docs/export.md`. */
export interface ExportJson {
  readonly schema: 'stowage.export/1';
  readonly source: {readonly file: string; readonly format: string};
  readonly format: string;
  readonly output: string;
  /** Bytes of the file. */
  readonly written: number;
  readonly buffers: number;
  readonly arenas: readonly {readonly name: string; readonly peak: number; readonly alignment: number}[];
  /** Null for a plan that was given by --plan. */
  readonly lowerBound: number | null;
  readonly status: Plan['status'] | null;
  readonly warnings: readonly string[];
  readonly tensorArena?: TensorArena;
  /** Present where the file has a plan of its own in which buffers share memory: they do in the written one, too. */
  readonly sharing?: SharingJson;
  /** Present for pytorch: all of the iteration, and those that the plan serves. */
  readonly allocations?: {readonly count: number; readonly planned: number};
}

export function addExportCommand(root: Command, {done, planner}: CommandContext): void {
  const command = root
    .command('export')
    .argument('<FILE>', 'a trace, a model or a problem')
    .description('write a plan in the format of a runtime')
    .addOption(
      new Option('--format <NAME>', 'format to write')
        .choices(ARTIFACTS.map(({name}) => name))
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --output <FILE>', 'file to write, - for stdout; for pytorch a folder')
    .option('--plan <PLAN>', 'write this plan (CSV or JSON) instead of making one')
    .option('--prefix <NAME>', 'prefix of the names in c-header and tflite-c')
    .option('--signature <NAME>', 'of pytorch: the name in stowage.step(NAME) (default: train)')
    .option(
      '--scratch <OPERATOR=BYTES>',
      'scratch memory of the kernel of an operator of a .tflite, e.g. 3=1KiB, or 1:3=1KiB in the second subgraph; may be repeated',
      parseScratch,
    )
    .option('--json', 'print one object of the stowage.export/1 contract')
    .addHelpText(
      'after',
      `\nFormats:\n${ARTIFACTS.map(({name, description}) => `  ${name.padEnd(12)}${description}`).join('\n')}`,
    )
    .action(async (file: string, options: ExportCommandOptions) =>
      done(await exportCommand(file, options, planner)),
    );
  withConstraints(withChoice(withPlanning(command), 'N, auto or window'));
}

/** @returns the exit code. */
export async function exportCommand(
  file: string,
  options: ExportCommandOptions,
  planner: PlannerSource,
): Promise<number> {
  const artifact = ARTIFACTS.find(({name}) => name === options.format)!;
  checkOptions(file, artifact, options);
  checkOneOnStdout(options);
  const input = await readInput(file, options, {keep: artifact.isOfModel === true});
  const symbolic = symbolicOf(input, options);
  if (symbolic) return exportSymbolicInput(input, symbolic, options, planner);
  const given = options.plan === undefined ? undefined : await readPlan(options.plan);
  const model = await openModel(artifact, input, options);
  const chosen = chooseProblem(input, choiceIn(input, given, artifact, options));
  checkOwnPlan(chosen, artifact, model);
  const ordered = artifact.isOrdered ? orderedProblem(chosen, options) : undefined;
  const whole = ordered?.problem ?? (model ? modelProblem(model, options) : chosen.problem);
  const problem = alignedTo(whole, artifact.alignment);
  const solution: Solution = given
    ? {plan: inOrderOf(problem, given, options.plan!, artifact.isOrdered), interrupted: false}
    : await fittingPlan({...chosen, problem}, options, await planner());
  try {
    const plan = checkedPlan(await planner(), problem, solution.plan, capacityOf(options));
    const solved = given ? undefined : (solution.plan as Plan);
    const lowerBound = solved?.lowerBound ?? (ordered && (await planner()).lowerBound(problem));
    const writing = {plan, ...(model ? {model} : {}), ...(ordered ? {ordered} : {})};
    const file = await writeArtifact(artifact, writing, lowerBound, options);
    const arena = model && tensorArena(model, plan);
    report({chosen, artifact, plan, ...file, solved, arena, ordered}, options);
  } catch (error) {
    throw inputError(options.plan === undefined ? chosen.file : nameOf(options.plan), error);
  }
  return solution.interrupted ? EXIT.interrupted : EXIT.ok;
}

function checkOptions(file: string, {name, isOrdered}: Artifact, options: ExportCommandOptions): void {
  if (options.signature !== undefined && !isOrdered)
    throw new CliError(`--signature: only the format pytorch takes it, and this is ${name}`, EXIT.usage);
  if (file === '-' && options.plan === '-')
    throw new CliError('FILE and --plan cannot both be -', EXIT.usage);
}

/** @returns the file, and its bytes. A folder that is not there is made. */
async function writeArtifact(
  {fileName, write}: Artifact,
  writing: Writing,
  lowerBound: number | undefined,
  {output, prefix, signature}: ExportCommandOptions,
): Promise<{readonly output: string; readonly written: number}> {
  const pieces = await write({
    ...writing,
    ...(lowerBound === undefined ? {} : {lowerBound}),
    ...(prefix === undefined ? {} : {prefix}),
    ...(signature === undefined ? {} : {signature}),
  });
  if (fileName === undefined || isStdout(output))
    return {output, written: await writeFileWhole(output, pieces)};
  try {
    await mkdir(output, {recursive: true});
  } catch (error) {
    throw inputError(output, error);
  }
  const file = join(output, fileName);
  return {output: file, written: await writeFileWhole(file, pieces)};
}

/** The iteration that a given plan was made for; in the order of allocations no lifetime crosses its border. */
function choiceIn(
  {imported}: Input,
  given: PlanOfJson | undefined,
  {isOrdered}: Artifact,
  options: ExportCommandOptions,
): ProblemChoice {
  if (imported.kind !== 'trace') return options;
  return {...(given ? choiceOf(given) : {}), ...options, ...(isOrdered ? {linear: true} : {})};
}

async function openModel(
  artifact: Artifact,
  input: Input,
  {scratch, pool, inPlace, dropOwnPlan}: ExportCommandOptions,
): Promise<TfliteModelFile | undefined> {
  if (scratch && !artifact.isOfModel)
    throw new CliError(
      `--scratch: only the formats tflite and tflite-c take it, and this is ${artifact.name}`,
      EXIT.usage,
    );
  if (artifact.isOfModel && (pool || inPlace))
    throw new CliError(
      `--pool, --in-place: ${artifact.name} has one arena and no in-place tensors: use another --format`,
      EXIT.usage,
    );
  try {
    return await modelOf(artifact, input, {
      ...(scratch ? {scratch} : {}),
      ...(dropOwnPlan ? {dropOwnPlan} : {}),
    });
  } catch (error) {
    throw inputError(input.file, error);
  }
}

/** Adds one `[SUBGRAPH:]OPERATOR=BYTES` to those before it. */
function parseScratch(text: string, before: readonly Scratch[] = []): Scratch[] {
  const [, subgraph = '0', operator, bytes] = /^(?:(\d{1,9}):)?(\d{1,9})=(.+)$/.exec(text) ?? [];
  if (operator === undefined)
    throw new InvalidArgumentError('expected OPERATOR=BYTES or SUBGRAPH:OPERATOR=BYTES, e.g. 3=1KiB.');
  return [...before, {subgraph: Number(subgraph), operator: Number(operator), bytes: parseBytes(bytes!)}];
}

function modelProblem({problem}: TfliteModelFile, {alignment}: ExportCommandOptions): ProblemColumns {
  return alignment === undefined ? problem : {...problem, defaultAlignment: alignment};
}

/** The problem with every alignment raised to at least `least` bytes. */
function alignedTo(problem: ProblemColumns, least: number | undefined): ProblemColumns {
  if (least === undefined) return problem;
  const alignment = Float64Array.from({length: problem.count}, (_, i) =>
    Math.max(least, alignmentOf(problem, i)),
  );
  return {...problem, alignment};
}

/** @throws CliError if the plan does not fit: such a plan is not written. */
async function fittingPlan(
  chosen: ChosenProblem,
  options: ExportCommandOptions,
  planner: Planner,
): Promise<Solution> {
  const {plan, interrupted} = await solveProblem(planner, chosen, options);
  if (plan.status === 'infeasible' || plan.status === 'unknown') throw notFitting(chosen, plan);
  return {plan, interrupted};
}

/** A plan, and whether Ctrl-C cut the planning short. */
interface Solution {
  readonly plan: Placement;
  readonly interrupted: boolean;
}

function notFitting({file, problem}: ChosenProblem, plan: Plan): CliError {
  const {status, peak, lowerBound, obstacle, clash} = plan;
  const isProven = status === 'infeasible';
  const best = Number.isNaN(peak) ? '' : `; the best plan needs ${formatBytes(peak)}`;
  const reason = clash
    ? 'fixed offsets collide'
    : obstacle
      ? `it does not fit: ${describeObstacle(obstacle, problem)}`
      : `${isProven ? 'no plan fits the capacity' : 'no plan was found that fits the capacity'}${best}; the lower bound is ${formatBytes(lowerBound)}`;
  return new CliError(`${file}: ${reason}: nothing written`, isProven ? EXIT.infeasible : EXIT.notFound);
}

interface Exported {
  readonly chosen: ChosenProblem;
  readonly artifact: Artifact;
  readonly plan: CheckedPlan;
  /** The file. */
  readonly output: string;
  readonly solved: Plan | undefined;
  /** Bytes of the file. */
  readonly written: number;
  readonly arena: TensorArena | undefined;
  readonly ordered: OrderedProblem | undefined;
}

function report(exported: Exported, options: ExportCommandOptions): void {
  const {json, signature = 'train'} = options;
  const {chosen, artifact, plan, output, solved, written, arena, ordered} = exported;
  const warnings = [...chosen.warnings, ...(ordered?.warnings ?? [])];
  const {sharing, reference} = chosen.read ?? {};
  if (arena && arena.bytes > arena.withoutPlan && !sharing)
    warnings.push(
      'without this plan the runtime would need less memory, since it places the scratch memory itself',
    );
  if (json) {
    const object: ExportJson = {
      schema: 'stowage.export/1',
      source: {file: chosen.file, format: chosen.format},
      format: artifact.name,
      output,
      written,
      buffers: plan.problem.count,
      arenas: plan.arenas,
      lowerBound: solved?.lowerBound ?? null,
      status: solved?.status ?? null,
      warnings,
      ...(arena ? {tensorArena: arena} : {}),
      ...(sharing ? {sharing: sharingJson(plan.problem, sharing)} : {}),
      ...(ordered ? {allocations: {count: ordered.allocations.length, planned: plan.problem.count}} : {}),
    };
    printJson(object);
    return;
  }
  for (const warning of warnings) warn(`${chosen.file}: ${warning}`);
  const show = printerBeside(output);
  show(
    `wrote        ${output}: ${artifact.name}, ${formatBytes(written)}, ${plural(plan.problem.count, 'buffer')}`,
  );
  for (const {name, peak, alignment} of plan.arenas)
    show(`${name.padEnd(12)} ${formatBytes(peak)}, aligned to ${alignment}`);
  if (ordered)
    show(
      `signature    ${signature} on ${ordered.device}: ${formatCount(plan.problem.count)} of ${plural(ordered.allocations.length, 'allocation')} planned`,
    );
  if (sharing) for (const text of sharingSentences(plan.problem, sharing)) show(`sharing      ${text}`);
  if (artifact.name === 'tflite' && reference)
    show(`own plan     ${formatBytes(reference.peak)} by ${reference.name}, replaced`);
  if (!arena) return;
  const others = options.scratch ? '' : ' and the scratch memory of kernels';
  show(
    `tensors      ${formatBytes(arena.bytes)} of the runtime's arena, ${formatBytes(arena.withoutPlan)} without a plan${sharing ? ' and its sharing' : ''}; the runtime's own data${others} come on top`,
  );
}
