/** `stowage convert`: a problem as CSV or JSON, a trace as an event log. */

import {extname} from 'node:path';
import type {Command} from 'commander';
import type {ProblemColumns} from '../problem.ts';
import {isWholeInCsv, writeCsv, writeEventLog, writeProblemJson} from '../trace/index.ts';
import {type Done, withChoice, withConstraints} from './arguments.ts';
import {CliError, EXIT} from './exit.ts';
import {readInput} from './input.ts';
import {warn, writeFileWhole} from './output.ts';
import {type Choice, taskOf} from './task.ts';

export interface ConvertCommandOptions extends Choice {
  readonly output: string;
}

export function addConvertCommand(root: Command, done: Done): void {
  const convert = root
    .command('convert')
    .argument('<FILE>', 'a trace or a problem')
    .description('write a problem as .csv or .json, or a trace as .jsonl event log')
    .requiredOption('-o, --output <FILE>', 'file to write')
    .action(async (file: string, options: ConvertCommandOptions) =>
      done(await convertCommand(file, options)),
    );
  withConstraints(withChoice(convert, 'N, auto or window'));
}

/** @returns the exit code. */
export async function convertCommand(file: string, options: ConvertCommandOptions): Promise<number> {
  const {output} = options;
  const extension = extname(output);
  if (extension !== '.csv' && extension !== '.json' && extension !== '.jsonl') {
    throw new CliError(
      `-o ${output}: expected a name that ends in .csv or .json (a problem) or .jsonl (an event log)`,
      EXIT.usage,
    );
  }
  const input = await readInput(file, options);
  if (extension !== '.jsonl') {
    const task = taskOf(input, options);
    for (const warning of task.warnings) warn(`${task.file}: ${warning}`);
    if (extension === '.csv') checkWholeInCsv(output, task.problem);
    await writeFileWhole(
      output,
      extension === '.csv' ? writeCsv(task.problem) : writeProblemJson(task.problem),
    );
    return EXIT.ok;
  }
  if (input.imported.kind !== 'trace') {
    throw new CliError(
      `${input.file}: only a trace can become an event log, and this is ${input.imported.format}`,
      EXIT.usage,
    );
  }
  for (const warning of input.imported.trace.warnings) warn(`${input.file}: ${warning}`);
  await writeFileWhole(output, writeEventLog(input.imported.trace));
  return EXIT.ok;
}

/** Nothing is left out silently. */
function checkWholeInCsv(output: string, problem: ProblemColumns): void {
  if (isWholeInCsv(problem)) return;
  const names = Object.keys(problem.constraints!).join(', ');
  throw new CliError(
    `-o ${output}: a CSV has no place for the constraints of this problem (${names}): write .json`,
    EXIT.usage,
  );
}
