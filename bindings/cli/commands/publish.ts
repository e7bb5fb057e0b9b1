/** Prints or writes the result of a command as text, JSON or markdown. */
import {extname} from 'node:path';
import {type Command, Option} from 'commander';
import {CliError, EXIT} from '../io/exit.ts';
import {jsonLine, print, printable, printJson, warn} from '../io/output.ts';
import {isStdout, writeFileWhole} from '../io/output-file.ts';

export interface FormOptions {
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly output?: string;
}

/** One result in all forms. */
export interface CommandResult {
  readonly json: object;
  readonly lines: readonly string[];
  readonly markdown: readonly string[];
  /** Each begins with its file; `json` has them too. */
  readonly warnings: readonly string[];
}

type Form = 'json' | 'markdown';

export function withForms(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print one object').conflicts('markdown'))
    .option('--markdown', 'print markdown, e.g. for a pull request')
    .option(
      '-o, --output <FILE>',
      'file to write: JSON or markdown, by --json or --markdown or by its ending .json or .md; the text is printed; - is the same as no -o',
    );
}

/** @throws CliError if the form of the output file is not given. */
export function formOf({json, markdown, output}: FormOptions): Form | undefined {
  if (json) return 'json';
  if (markdown) return 'markdown';
  if (output === undefined || isStdout(output)) return undefined;
  const form = {'.json': 'json', '.md': 'markdown'}[extname(output)] as Form | undefined;
  if (form) return form;
  throw new CliError(
    `-o ${output}: expected --json or --markdown, or a name that ends in .json or .md`,
    EXIT.usage,
  );
}

export async function publish(result: CommandResult, options: FormOptions): Promise<void> {
  const {json, lines, markdown, warnings} = result;
  const form = formOf(options);
  const output = isStdout(options.output) ? undefined : options.output;
  if (form !== 'json' || output !== undefined) for (const warning of warnings) warn(warning);
  if (output !== undefined) {
    const written = form === 'json' ? [jsonLine(json)] : markdown.map(printable);
    await writeFileWhole(output, [`${written.join('\n')}\n`]);
  }
  if (output !== undefined || form === undefined) for (const line of lines) print(line);
  else if (form === 'json') printJson(json);
  else for (const line of markdown) print(line);
}
