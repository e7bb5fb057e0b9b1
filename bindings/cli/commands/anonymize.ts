/** `stowage anonymize`: writes a recording or a problem without names, e.g. to attach it to a bug report. */
import {randomBytes} from 'node:crypto';
import type {Command} from 'commander';
import {plural} from '../../model/quantities.ts';
import {
  anonymizeProblem,
  anonymizeTrace,
  type ReadProblem,
  type Trace,
  writeCsv,
  writeEventLog,
} from '../../trace.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {readInput} from '../io/input.ts';
import {printJson} from '../io/output.ts';
import {isStdout, printerBeside, writeFileWhole} from '../io/output-file.ts';
import {checkEvents} from '../planning/chosen-problem.ts';
import {checkOneOnStdout, type FormOption, withForm} from './form.ts';
import {type CommandContext, withReading} from './options.ts';

export interface AnonymizeCommandOptions extends FormOption {
  readonly output: string;
  readonly key?: string;
  /** False for `--no-times`, and for `--no-addresses`. */
  readonly times: boolean;
  readonly addresses: boolean;
  readonly json?: boolean;
  readonly dim?: Readonly<Record<string, number>>;
}

/** Length of a random key, bytes. */
const KEY_BYTES = 32;

export function addAnonymizeCommand(root: Command, {done}: CommandContext): void {
  const anonymize = root
    .command('anonymize')
    .argument('<FILE>', 'a trace, a problem or a model')
    .description('write a recording or problem without names; sizes, order, lifetimes and iterations stay')
    .requiredOption(
      '-o, --output <FILE>',
      'file to write: .jsonl or .jsonl.gz for a trace (an event log), .csv or .csv.gz for a problem, - for stdout',
    )
    .option(
      '--key <TEXT>',
      'key of the hash of the names; with the same key two files can be compared (default: random, not kept)',
    )
    .option('--no-times', 'leave out the times; the default counts them from the first event')
    .option('--no-addresses', 'number the addresses; the default counts them from the lowest one')
    .option('--json', 'print one object')
    .action(async (file: string, options: AnonymizeCommandOptions) =>
      done(await anonymizeCommand(file, options)),
    );
  withForm(anonymize, ['jsonl', 'csv'], 'jsonl of a trace, csv of a problem');
  withReading(anonymize);
}

/** @returns the exit code. */
export async function anonymizeCommand(file: string, options: AnonymizeCommandOptions): Promise<number> {
  const {output} = options;
  checkOneOnStdout(options);
  const form = options.form ?? /\.(jsonl|csv)(\.gz)?$/.exec(output)?.[1];
  if (form === undefined && !isStdout(output)) {
    const message = `-o ${output}: expected a name that ends in .jsonl (for a trace) or .csv (for a problem), with or without .gz; for a pipe or device --form`;
    throw new CliError(message, EXIT.usage);
  }
  if (options.key === '') throw new CliError('--key: expected a text that is not empty', EXIT.usage);
  const {file: name, imported} = await readInput(file, options);
  const {kind, format} = imported;
  if (form !== undefined && (kind === 'trace') !== (form === 'jsonl')) {
    const expected = kind === 'trace' ? 'jsonl, since this is a trace' : 'csv, since this is a problem';
    const what =
      options.form === undefined
        ? `-o ${output}: expected a name that ends in .`
        : `--form ${form}: expected `;
    throw new CliError(`${what}${expected}`, EXIT.usage);
  }
  if (imported.kind === 'problem' && imported.problem.constraints !== undefined) {
    const stated = Object.keys(imported.problem.constraints).join(', ');
    throw new CliError(
      `${name}: a problem with constraints (${stated}) cannot be anonymized: a CSV does not hold them`,
      EXIT.usage,
    );
  }
  const key = options.key === undefined ? randomBytes(KEY_BYTES) : new TextEncoder().encode(options.key);
  if (imported.kind === 'trace') checkEvents(name, imported.trace);
  const written =
    imported.kind === 'trace'
      ? await writeTrace(imported.trace, key, options)
      : await writeProblem(imported, key, options);
  if (options.json)
    printJson({
      schema: 'stowage.anonymize/1',
      source: {file: name, format},
      output,
      kind,
      hasRandomKey: options.key === undefined,
      ...written,
    });
  else
    printerBeside(output)(
      `wrote ${output}: ${plural(written.names, 'name')} hashed; left out: ${written.leftOut.join(', ') || 'nothing'}`,
    );
  return EXIT.ok;
}

/** Contents of the written file. */
interface Anonymization {
  /** Number of distinct names that were hashed. */
  readonly names: number;
  readonly leftOut: readonly string[];
}

async function writeTrace(
  trace: Trace,
  key: Uint8Array,
  options: AnonymizeCommandOptions,
): Promise<Anonymization> {
  const {trace: anonymous, ...rest} = await anonymizeTrace(trace, {
    key,
    times: options.times ? 'relative' : 'none',
    addresses: options.addresses ? 'relative' : 'none',
  });
  await writeFileWhole(options.output, writeEventLog(anonymous));
  return rest;
}

async function writeProblem(
  read: ReadProblem,
  key: Uint8Array,
  {output}: AnonymizeCommandOptions,
): Promise<Anonymization> {
  const {problem, operations, weightBytes, inPlace, reference} = read;
  await writeFileWhole(output, writeCsv(await anonymizeProblem(problem, {key})));
  return {
    names: new Set(problem.ids).size,
    leftOut: [
      ...(operations ? ['operations'] : []),
      ...(weightBytes === undefined ? [] : ['the size of the weights']),
      ...(inPlace ? ['the in-place candidates'] : []),
      ...(reference ? ['the plan of the file'] : []),
      ...(problem.capacity === undefined ? [] : ['the capacity']),
    ],
  };
}
