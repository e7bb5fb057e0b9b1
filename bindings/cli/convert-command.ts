/** `stowage convert`: a problem as CSV, a trace as an event log. */

import {extname} from 'node:path';
import type {Command} from 'commander';
import {writeCsv, writeEventLog} from '../trace/index.ts';
import {type Done, withChoice} from './arguments.ts';
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
    .description('write a problem as .csv, or a trace as .jsonl event log')
    .requiredOption('-o, --output <FILE>', 'file to write')
    .action(async (file: string, options: ConvertCommandOptions) =>
      done(await convertCommand(file, options)),
    );
  withChoice(convert, 'N, auto or window');
}

/** @returns the exit code. */
export async function convertCommand(file: string, options: ConvertCommandOptions): Promise<number> {
  const {output} = options;
  const extension = extname(output);
  if (extension !== '.csv' && extension !== '.jsonl') {
    throw new CliError(
      `-o ${output}: expected a name that ends in .csv (a problem) or .jsonl (an event log)`,
      EXIT.usage,
    );
  }
  const input = await readInput(file, options);
  if (extension === '.csv') {
    const task = taskOf(input, options);
    for (const warning of task.warnings) warn(`${task.file}: ${warning}`);
    await writeFileWhole(output, writeCsv(task.problem));
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
