/** `stowage export`: plans, or takes a plan, and writes what a runtime loads. */
import {type Command, InvalidArgumentError, Option} from 'commander';
import {type Scratch, type TfliteModelFile, type VerifiedPlan, verifiedPlan} from '../artifacts/index.ts';
import {loadPlannerSync, type Plan} from '../index.ts';
import {alignmentOf, type ProblemColumns} from '../problem.ts';
import {type Done, withChoice} from './arguments.ts';
import {ARTIFACTS, type Artifact, modelOf, type TensorArena, tensorArena} from './artifact.ts';
import {CliError, EXIT, inputError} from './exit.ts';
import {choiceOf, inOrderOf, readPlan} from './given-plan.ts';
import {type Input, nameOf, readInput} from './input.ts';
import {print, warn, writeFileWhole} from './output.ts';
import {capacityOf, type Planning, planOptions, withPlanning} from './planning.ts';
import {formatBytes, parseBytes, plural} from './quantities.ts';
import {solve} from './solver.ts';
import {planningBar} from './status-line.ts';
import {type Choice, type Task, taskOf} from './task.ts';

export interface ExportCommandOptions extends Choice, Planning {
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
  readonly pools: readonly {readonly name: string; readonly peak: number; readonly alignment: number}[];
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
  withChoice(withPlanning(command), 'N, auto or window');
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
  const solved = given
    ? {offsets: inOrderOf(problem, given, options.plan!), interrupted: false}
    : await solveTask({...task, problem}, options);
  try {
    const plan = verifiedPlan(loadPlannerSync(), problem, solved, capacityOf(options));
    const {prefix, output} = options;
    const pieces = artifact.write({
      plan,
      ...(model ? {model} : {}),
      ...(prefix === undefined ? {} : {prefix}),
    });
    const written = await writeFileWhole(output, pieces);
    const arena = model && tensorArena(model, plan);
    report(
      {task, artifact, plan, written, solved: 'plan' in solved ? solved.plan : undefined, arena},
      options,
    );
  } catch (error) {
    throw inputError(options.plan === undefined ? task.file : nameOf(options.plan), error);
  }
  return solved.interrupted ? EXIT.interrupted : EXIT.ok;
}

async function openModel(
  artifact: Artifact,
  input: Input,
  {scratch}: ExportCommandOptions,
): Promise<TfliteModelFile | undefined> {
  if (scratch && !artifact.isOfModel)
    throw new CliError(
      `--scratch: only tflite and tflite-c know it, and this is ${artifact.name}`,
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
async function solveTask(
  task: Task,
  options: ExportCommandOptions,
): Promise<{plan: Plan; offsets: Float64Array; interrupted: boolean}> {
  const bar = planningBar();
  try {
    const threads = options.threads === undefined ? {} : {threads: options.threads};
    const {plan, interrupted} = await solve(task.problem, {...planOptions(options), ...threads}, bar.update);
    if (plan.clash) throw new CliError(`${task.file}: fixed offsets collide`, EXIT.infeasible);
    if (plan.status === 'infeasible' || plan.status === 'unknown') {
      const isProven = plan.status === 'infeasible';
      throw new CliError(
        `${task.file}: ${isProven ? 'no plan can keep' : 'no plan was found that keeps'} to the capacity; ${formatBytes(plan.peak)} were reached, and ${formatBytes(plan.lowerBound)} are needed at least: nothing written`,
        isProven ? EXIT.infeasible : EXIT.notFound,
      );
    }
    return {plan, offsets: plan.offsets, interrupted};
  } catch (error) {
    throw inputError(task.file, error);
  } finally {
    bar.stop();
  }
}

interface Exported {
  readonly task: Task;
  readonly artifact: Artifact;
  readonly plan: VerifiedPlan;
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
      pools: plan.pools,
      lowerBound: solved?.lowerBound ?? null,
      status: solved?.status ?? null,
      warnings,
      ...(arena ? {tensorArena: arena} : {}),
    };
    print(JSON.stringify(object));
    return;
  }
  for (const warning of warnings) warn(`${task.file}: ${warning}`);
  print(
    `wrote        ${output}: ${artifact.name}, ${formatBytes(written)}, ${plural(plan.problem.count, 'buffer')}`,
  );
  for (const {name, peak, alignment} of plan.pools)
    print(`${name.padEnd(12)} ${formatBytes(peak)}, at a multiple of ${alignment}`);
  if (!arena) return;
  const others = options.scratch ? '' : ', and the scratch memory of kernels';
  print(
    `tensors      ${formatBytes(arena.bytes)} of the runtime's arena, ${formatBytes(arena.withoutPlan)} without a plan; on top comes what the runtime keeps${others}`,
  );
}
