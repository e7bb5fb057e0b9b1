/** What a command found, in the form that was asked for: text, JSON or markdown, to stdout or into a file. */
import {extname} from 'node:path';
import type {Command} from 'commander';
import {Option} from 'commander';
import {CliError, EXIT} from './exit.ts';
import {jsonLine, print, printable, printJson, warn, writeFileWhole} from './output.ts';

export interface FormOptions {
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly output?: string;
}

/** All forms of one answer. */
export interface Answer {
  readonly json: object;
  readonly lines: readonly string[];
  readonly markdown: readonly string[];
  /** Each with its file; the object has them, too. */
  readonly warnings: readonly string[];
}

type Form = 'json' | 'markdown';

export function withForms(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print one object').conflicts('markdown'))
    .option('--markdown', 'print markdown, for a pull request or a summary of a run')
    .option(
      '-o, --output <FILE>',
      'write JSON or markdown there, by the option or by .json or .md, and print the text',
    );
}

/** @throws CliError for an output whose form is not said. */
export function formOf({json, markdown, output}: FormOptions): Form | undefined {
  if (json) return 'json';
  if (markdown) return 'markdown';
  if (output === undefined) return undefined;
  const form = {'.json': 'json', '.md': 'markdown'}[extname(output)] as Form | undefined;
  if (form) return form;
  throw new CliError(
    `-o ${output}: expected --json or --markdown, or a name that ends in .json or .md`,
    EXIT.usage,
  );
}

export async function publish(answer: Answer, options: FormOptions): Promise<void> {
  const {json, lines, markdown, warnings} = answer;
  const form = formOf(options);
  const {output} = options;
  if (form !== 'json' || output !== undefined) for (const warning of warnings) warn(warning);
  if (output !== undefined) {
    const written = form === 'json' ? [jsonLine(json)] : markdown.map(printable);
    await writeFileWhole(output, [`${written.join('\n')}\n`]);
  }
  if (output !== undefined || form === undefined) for (const line of lines) print(line);
  else if (form === 'json') printJson(json);
  else for (const line of markdown) print(line);
}
