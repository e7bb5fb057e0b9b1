/** `stowage convert`: writes a problem as CSV or JSON, or a trace as an event log. */
import type {Command} from 'commander';
import type {ProblemColumns} from '../../model/problem.ts';
import {isWholeInCsv, writeCsv, writeEventLog, writeProblemJson} from '../../trace.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {type Input, readInput} from '../io/input.ts';
import {printJson, warn} from '../io/output.ts';
import {isStdout, writeFileWhole} from '../io/output-file.ts';
import {checkEvents, chooseProblem, type ProblemChoice} from '../planning/chosen-problem.ts';
import {checkOneOnStdout, type FormOption, withForm} from './form.ts';
import {type CommandContext, withChoice, withConstraints} from './options.ts';

export interface ConvertCommandOptions extends ProblemChoice, FormOption {
  readonly output: string;
  readonly json?: boolean;
}

const FORMS = ['csv', 'json', 'jsonl'] as const;
type Form = (typeof FORMS)[number];

export function addConvertCommand(root: Command, {done}: CommandContext): void {
  const convert = root
    .command('convert')
    .argument('<FILE>', 'a trace or a problem')
    .description('write a problem as .csv or .json, or a trace as an event log in .jsonl')
    .requiredOption('-o, --output <FILE>', 'file to write, - for stdout; compressed if the name ends in .gz')
    .option('--json', 'print one object that describes the written file')
    .action(async (file: string, options: ConvertCommandOptions) =>
      done(await convertCommand(file, options)),
    );
  withForm(convert, FORMS, 'jsonl of a trace, csv of a problem, json of one with constraints');
  withConstraints(withChoice(convert, 'N, auto or window'));
}

/** @returns the exit code. */
export async function convertCommand(file: string, options: ConvertCommandOptions): Promise<number> {
  const {output} = options;
  checkOneOnStdout(options);
  const given = formOf(options);
  const input = await readInput(file, options);
  const form = given ?? (input.imported.kind === 'trace' ? 'jsonl' : undefined);
  const {warnings, ...written} = await (form === 'jsonl'
    ? writeLog(input, options)
    : writeProblem(input, options, form));
  const source = {file: input.file, format: input.imported.format};
  if (options.json) printJson({schema: 'stowage.convert/1', source, output, ...written, warnings});
  else for (const warning of warnings) warn(`${input.file}: ${warning}`);
  return EXIT.ok;
}

/** Undefined where stdout takes what the file is. @throws CliError if neither the name nor `--form` shows it */
function formOf({output, form}: ConvertCommandOptions): Form | undefined {
  const found = form ?? /\.(csv|json|jsonl)(\.gz)?$/.exec(output)?.[1];
  if (found !== undefined || isStdout(output)) return found as Form | undefined;
  throw new CliError(
    `-o ${output}: expected a name that ends in .csv or .json (a problem) or .jsonl (an event log), with or without .gz; for a pipe or device --form`,
    EXIT.usage,
  );
}

async function writeProblem(input: Input, options: ConvertCommandOptions, form: Form | undefined) {
  const {problem, step, warnings} = chooseProblem(input, options);
  const isCsv = form === undefined ? isWholeInCsv(problem) : form === 'csv';
  if (isCsv) checkWholeInCsv(options.output, problem);
  await writeFileWhole(options.output, isCsv ? writeCsv(problem) : writeProblemJson(problem));
  return {kind: 'problem', iteration: step?.iteration ?? null, buffers: problem.count, warnings};
}

/** Constraints are never dropped silently. */
function checkWholeInCsv(output: string, problem: ProblemColumns): void {
  if (isWholeInCsv(problem)) return;
  const names = Object.keys(problem.constraints!).join(', ');
  throw new CliError(
    `-o ${output}: a CSV cannot hold the constraints of this problem (${names}): write .json`,
    EXIT.usage,
  );
}

async function writeLog({file, imported}: Input, {output}: ConvertCommandOptions) {
  if (imported.kind !== 'trace')
    throw new CliError(
      `${file}: only a trace can be written as an event log, and this is ${imported.format}`,
      EXIT.usage,
    );
  checkEvents(file, imported.trace);
  const {events, blocks, warnings} = imported.trace;
  await writeFileWhole(output, writeEventLog(imported.trace));
  return {kind: 'trace', events: events.count, blocks: blocks.count, warnings};
}
