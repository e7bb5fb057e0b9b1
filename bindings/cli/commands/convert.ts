/** `stowage convert`: writes a problem as CSV or JSON, or a trace as an event log. */
import type {Command} from 'commander';
import type {ProblemColumns} from '../../model/problem.ts';
import {isWholeInCsv, writeCsv, writeEventLog, writeProblemJson} from '../../trace.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {type Input, readInput} from '../io/input.ts';
import {printJson, warn, writeFileWhole} from '../io/output.ts';
import {checkEvents, chooseProblem, type ProblemChoice} from '../planning/chosen-problem.ts';
import {type CommandContext, withChoice, withConstraints} from './options.ts';

export interface ConvertCommandOptions extends ProblemChoice {
  readonly output: string;
  readonly json?: boolean;
}

export function addConvertCommand(root: Command, {done}: CommandContext): void {
  const convert = root
    .command('convert')
    .argument('<FILE>', 'a trace or a problem')
    .description('write a problem as .csv or .json, or a trace as an event log in .jsonl')
    .requiredOption('-o, --output <FILE>', 'file to write; compressed if the name ends in .gz')
    .option('--json', 'print one object that describes the written file')
    .action(async (file: string, options: ConvertCommandOptions) =>
      done(await convertCommand(file, options)),
    );
  withConstraints(withChoice(convert, 'N, auto or window'));
}

/** @returns the exit code. */
export async function convertCommand(file: string, options: ConvertCommandOptions): Promise<number> {
  const {output} = options;
  const form = /\.(csv|json|jsonl)(\.gz)?$/.exec(output)?.[1];
  if (form === undefined) {
    throw new CliError(
      `-o ${output}: expected a name that ends in .csv or .json (a problem) or .jsonl (an event log), with or without .gz`,
      EXIT.usage,
    );
  }
  const input = await readInput(file, options);
  const {warnings, ...written} = await (form === 'jsonl'
    ? writeLog(input, options)
    : writeProblem(input, options, form === 'csv'));
  const source = {file: input.file, format: input.imported.format};
  if (options.json) printJson({schema: 'stowage.convert/1', source, output, ...written, warnings});
  else for (const warning of warnings) warn(`${input.file}: ${warning}`);
  return EXIT.ok;
}

async function writeProblem(input: Input, options: ConvertCommandOptions, isCsv: boolean) {
  const {problem, step, warnings} = chooseProblem(input, options);
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
