/** The form of an output: from the ending of its name, or from `--form` where the name has none. */
import {extname} from 'node:path';
import {type Command, Option} from 'commander';
import {CliError, EXIT} from '../io/exit.ts';
import {isStdout} from '../io/output-file.ts';

export interface FormOption {
  readonly output?: string;
  readonly form?: string;
}

export function withForm(command: Command, forms: readonly string[], byDefault: string): Command {
  return command.addOption(
    new Option(
      '--form <NAME>',
      `form of an output whose name does not show it, e.g. of a pipe; of -o - by default ${byDefault}`,
    ).choices(forms),
  );
}

/** `.csv` and the like. @param ofStdout its ending without `--form` */
export function endingOf(output: string, form: string | undefined, ofStdout: string): string {
  if (form !== undefined) return `.${form}`;
  return isStdout(output) ? ofStdout : extname(output);
}

/** The options without an output that is the object of `--json`, which is printed. */
export function withoutTwice<T extends FormOption & {readonly json?: boolean}>(options: T): T {
  if (!options.json || !isStdout(options.output)) return options;
  const {output: _, ...rest} = options;
  return rest as T;
}

/** @throws CliError where the object that `--json` prints would be in the middle of the file */
export function checkOneOnStdout({output, json}: FormOption & {readonly json?: boolean}): void {
  if (json && isStdout(output))
    throw new CliError(`-o ${output} and --json both write to stdout: leave one out`, EXIT.usage);
}
