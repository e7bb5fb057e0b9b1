/** `stowage export`: plans, or takes a plan, and writes what a runtime loads. */
import {type Command, InvalidArgumentError, Option} from 'commander';
import {
  type CheckedPlan,
  checkedPlan,
  type Placement,
  type Scratch,
  type TfliteModelFile,
} from '../../artifacts.ts';
import {loadPlannerSync, type Plan} from '../../index.ts';
import {alignmentOf, type ProblemColumns} from '../../model/problem.ts';
import {ARTIFACTS, type Artifact, modelOf, type TensorArena, tensorArena} from '../artifact.ts';
import {CliError, EXIT, inputError} from '../exit.ts';
import {type Input, nameOf, readInput} from '../input.ts';
import {type Done, withChoice, withConstraints} from '../options.ts';
import {print, printJson, warn, writeFileWhole} from '../output.ts';
import {choiceOf, inOrderOf, readPlan} from '../plan-file.ts';
import {capacityOf, type PlanningOptions, withPlanning} from '../plan-options.ts';
import {formatBytes, parseBytes, plural} from '../quantities.ts';
import {solveTask} from '../solve-task.ts';
import {type Task, taskOf} from '../task.ts';
import {describeObstacle} from '../text/constraints.ts';

export interface ExportCommandOptions extends PlanningOptions {
  readonly format: string;
  readonly output: string;
  readonly plan?: string;
  readonly prefix?: string;
  /** Memory that kernels are known to ask for. */
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
  /** Null of a plan that was given. */
  readonly lowerBound: number | null;
  readonly status: Plan['status'] | null;
  readonly warnings: readonly string[];
  readonly tensorArena?: TensorArena;
}

export function addExportCommand(root: Command, done: Done): void {
  const command = root
    .command('export')
    .argument('<FILE>', 'a trace, a model or a problem')
    .description('write a plan as what a runtime loads')
    .addOption(
      new Option('--format <NAME>', 'what to write')
        .choices(ARTIFACTS.map(({name}) => name))
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --output <FILE>', 'file to write')
    .option('--plan <PLAN>', 'write this plan, CSV or JSON, instead of planning')
    .option('--prefix <NAME>', 'what names in c-header and tflite-c begin with')
    .option(
      '--scratch <OPERATOR=BYTES>',
      'memory that the kernel of an operator of a .tflite asks for, e.g. 3=1KiB, in its second subgraph 1:3=1KiB; can be given several times',
      parseScratch,
    )
    .option('--json', 'print one object of the stowage.export/1 contract')
    .addHelpText(
      'after',
      `\nFormats:\n${ARTIFACTS.map(({name, description}) => `  ${name.padEnd(12)}${description}`).join('\n')}`,
    )
    .action(async (file: string, options: ExportCommandOptions) => done(await exportCommand(file, options)));
  withConstraints(withChoice(withPlanning(command), 'N, auto or window'));
}

/** @returns the exit code. */
export async function exportCommand(file: string, options: ExportCommandOptions): Promise<number> {
  const artifact = ARTIFACTS.find(({name}) => name === options.format)!;
  if (file === '-' && options.plan === '-')
    throw new CliError('only one of FILE and --plan can be -', EXIT.usage);
  const given = options.plan === undefined ? undefined : await readPlan(options.plan);
  const input = await readInput(file, options, {keep: artifact.isOfModel === true});
  const model = await openModel(artifact, input, options);
  const task = taskOf(
    input,
    given && input.imported.kind === 'trace' ? {...choiceOf(given), ...options} : options,
  );
  const problem = alignedTo(model ? problemOf(model, options) : task.problem, artifact.alignment);
  const solution: Solution = given
    ? {plan: inOrderOf(problem, given, options.plan!), interrupted: false}
    : await fittingPlan({...task, problem}, options);
  try {
    const plan = checkedPlan(loadPlannerSync(), problem, solution.plan, capacityOf(options));
    const {prefix, output} = options;
    const solved = given ? undefined : (solution.plan as Plan);
    const pieces = artifact.write({
      plan,
      ...(model ? {model} : {}),
      ...(solved ? {lowerBound: solved.lowerBound} : {}),
      ...(prefix === undefined ? {} : {prefix}),
    });
    const written = await writeFileWhole(output, pieces);
    const arena = model && tensorArena(model, plan);
    report({task, artifact, plan, written, solved, arena}, options);
  } catch (error) {
    throw inputError(options.plan === undefined ? task.file : nameOf(options.plan), error);
  }
  return solution.interrupted ? EXIT.interrupted : EXIT.ok;
}

async function openModel(
  artifact: Artifact,
  input: Input,
  {scratch, pool, inPlace}: ExportCommandOptions,
): Promise<TfliteModelFile | undefined> {
  if (scratch && !artifact.isOfModel)
    throw new CliError(
      `--scratch: only tflite and tflite-c know it, and this is ${artifact.name}`,
      EXIT.usage,
    );
  if (artifact.isOfModel && (pool || inPlace))
    throw new CliError(
      `--pool, --in-place: ${artifact.name} has one arena, and a place for each tensor`,
      EXIT.usage,
    );
  try {
    return await modelOf(artifact, input, scratch);
  } catch (error) {
    throw inputError(input.file, error);
  }
}

/** Collects `[SUBGRAPH:]OPERATOR=BYTES` after `[SUBGRAPH:]OPERATOR=BYTES`. */
function parseScratch(text: string, before: readonly Scratch[] = []): Scratch[] {
  const [, subgraph = '0', operator, bytes] = /^(?:(\d{1,9}):)?(\d{1,9})=(.+)$/.exec(text) ?? [];
  if (operator === undefined)
    throw new InvalidArgumentError('expected the number of an operator and bytes, e.g. 3=1KiB.');
  return [...before, {subgraph: Number(subgraph), operator: Number(operator), bytes: parseBytes(bytes!)}];
}

function problemOf({problem}: TfliteModelFile, {alignment}: ExportCommandOptions): ProblemColumns {
  return alignment === undefined ? problem : {...problem, defaultAlignment: alignment};
}

/** The problem with every alignment at least that. */
function alignedTo(problem: ProblemColumns, least: number | undefined): ProblemColumns {
  if (least === undefined) return problem;
  const alignment = Float64Array.from({length: problem.count}, (_, i) =>
    Math.max(least, alignmentOf(problem, i)),
  );
  return {...problem, alignment};
}

/** @throws CliError where no plan keeps to the capacity: what does not fit is not written. */
async function fittingPlan(task: Task, options: ExportCommandOptions): Promise<Solution> {
  const {plan, interrupted} = await solveTask(task, options);
  if (plan.status === 'infeasible' || plan.status === 'unknown') throw notFitting(task, plan);
  return {plan, interrupted};
}

/** A plan, and whether it was cut short by Ctrl-C. */
interface Solution {
  readonly plan: Placement;
  readonly interrupted: boolean;
}

function notFitting({file, problem}: Task, plan: Plan): CliError {
  const {status, peak, lowerBound, obstacle, clash} = plan;
  const isProven = status === 'infeasible';
  const reached = Number.isNaN(peak) ? '' : `${formatBytes(peak)} were reached, and `;
  const reason = clash
    ? 'fixed offsets collide'
    : obstacle
      ? `it does not fit ${describeObstacle(obstacle, problem)}`
      : `${isProven ? 'no plan can keep' : 'no plan was found that keeps'} to the capacity; ${reached}${formatBytes(lowerBound)} are needed at least`;
  return new CliError(`${file}: ${reason}: nothing written`, isProven ? EXIT.infeasible : EXIT.notFound);
}

interface Exported {
  readonly task: Task;
  readonly artifact: Artifact;
  readonly plan: CheckedPlan;
  readonly solved: Plan | undefined;
  /** Bytes of the file. */
  readonly written: number;
  readonly arena: TensorArena | undefined;
}

function report(exported: Exported, options: ExportCommandOptions): void {
  const {json, output} = options;
  const {task, artifact, plan, solved, written, arena} = exported;
  const warnings = [...task.warnings];
  if (arena && arena.bytes > arena.withoutPlan)
    warnings.push('the runtime would take less without this plan, since it places the scratch itself');
  if (json) {
    const object: ExportJson = {
      schema: 'stowage.export/1',
      source: {file: task.file, format: task.format},
      format: artifact.name,
      output,
      written,
      buffers: plan.problem.count,
      arenas: plan.arenas,
      lowerBound: solved?.lowerBound ?? null,
      status: solved?.status ?? null,
      warnings,
      ...(arena ? {tensorArena: arena} : {}),
    };
    printJson(object);
    return;
  }
  for (const warning of warnings) warn(`${task.file}: ${warning}`);
  print(
    `wrote        ${output}: ${artifact.name}, ${formatBytes(written)}, ${plural(plan.problem.count, 'buffer')}`,
  );
  for (const {name, peak, alignment} of plan.arenas)
    print(`${name.padEnd(12)} ${formatBytes(peak)}, at a multiple of ${alignment}`);
  if (!arena) return;
  const others = options.scratch ? '' : ', and the scratch memory of kernels';
  print(
    `tensors      ${formatBytes(arena.bytes)} of the runtime's arena, ${formatBytes(arena.withoutPlan)} without a plan; on top comes what the runtime keeps${others}`,
  );
}
