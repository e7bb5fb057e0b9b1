/** `stowage anonymize`: a recording or a problem that can be shown to others, for a report of a bug, say. */
import {randomBytes} from 'node:crypto';
import type {Command} from 'commander';
import {
  anonymizeProblem,
  anonymizeTrace,
  type ReadProblem,
  type Trace,
  writeCsv,
  writeEventLog,
} from '../../trace.ts';
import {CliError, EXIT} from '../exit.ts';
import {readInput} from '../input.ts';
import {type Done, withDimensions} from '../options.ts';
import {print, printJson, writeFileWhole} from '../output.ts';
import {plural} from '../quantities.ts';

export interface AnonymizeCommandOptions {
  readonly output: string;
  readonly key?: string;
  /** False for `--no-times`, and for `--no-addresses`. */
  readonly times: boolean;
  readonly addresses: boolean;
  readonly json?: boolean;
  readonly dim?: Readonly<Record<string, number>>;
}

/** Bytes of a key that is made up. */
const KEY_BYTES = 32;

export function addAnonymizeCommand(root: Command, done: Done): void {
  const anonymize = root
    .command('anonymize')
    .argument('<FILE>', 'a trace, a problem or a model')
    .description('write it without names: sizes, order, lifetimes and iterations stay')
    .requiredOption(
      '-o, --output <FILE>',
      'a trace: .jsonl or .jsonl.gz, an event log; a problem: .csv or .csv.gz',
    )
    .option(
      '--key <TEXT>',
      'hash names with this key, so that two files can be compared (default: a random one, not kept)',
    )
    .option('--no-times', 'leave out the times; else they count from the first event')
    .option('--no-addresses', 'number the addresses; else they count from the lowest one')
    .option('--json', 'print one object')
    .action(async (file: string, options: AnonymizeCommandOptions) =>
      done(await anonymizeCommand(file, options)),
    );
  withDimensions(anonymize);
}

/** @returns the exit code. */
export async function anonymizeCommand(file: string, options: AnonymizeCommandOptions): Promise<number> {
  const {output} = options;
  const form = /\.(jsonl|csv)(\.gz)?$/.exec(output)?.[1];
  if (form === undefined) {
    const message = `-o ${output}: expected a name that ends in .jsonl (a trace) or .csv (a problem), maybe with .gz`;
    throw new CliError(message, EXIT.usage);
  }
  if (options.key === '') throw new CliError('--key: expected a text', EXIT.usage);
  const {file: name, imported} = await readInput(file, options);
  const {kind, format} = imported;
  if ((kind === 'trace') !== (form === 'jsonl')) {
    const expected = kind === 'trace' ? '.jsonl, since this is a trace' : '.csv, since this is a problem';
    throw new CliError(`-o ${output}: expected a name that ends in ${expected}`, EXIT.usage);
  }
  if (imported.kind === 'problem' && imported.problem.constraints !== undefined) {
    const stated = Object.keys(imported.problem.constraints).join(', ');
    throw new CliError(`${name}: expected a problem without constraints, got one with ${stated}`, EXIT.usage);
  }
  const key = options.key === undefined ? randomBytes(KEY_BYTES) : new TextEncoder().encode(options.key);
  const told =
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
      ...told,
    });
  else
    print(
      `written ${output}: ${plural(told.names, 'name')} hashed; left out: ${told.leftOut.join(', ') || 'nothing'}`,
    );
  return EXIT.ok;
}

/** What became of a file. */
interface Told {
  /** Distinct ones that were hashed. */
  readonly names: number;
  readonly leftOut: readonly string[];
}

async function writeTrace(trace: Trace, key: Uint8Array, options: AnonymizeCommandOptions): Promise<Told> {
  const {trace: anonymous, ...told} = await anonymizeTrace(trace, {
    key,
    times: options.times ? 'relative' : 'none',
    addresses: options.addresses ? 'relative' : 'none',
  });
  await writeFileWhole(options.output, writeEventLog(anonymous));
  return told;
}

async function writeProblem(
  read: ReadProblem,
  key: Uint8Array,
  {output}: AnonymizeCommandOptions,
): Promise<Told> {
  const {problem, operations, weightBytes, inPlace, reference} = read;
  await writeFileWhole(output, writeCsv(await anonymizeProblem(problem, {key})));
  return {
    names: new Set(problem.ids).size,
    leftOut: [
      ...(operations ? ['operations'] : []),
      ...(weightBytes === undefined ? [] : ['the size of the weights']),
      ...(inPlace ? ['what could be written in place'] : []),
      ...(reference ? ['the plan of the file'] : []),
      ...(problem.capacity === undefined ? [] : ['the capacity']),
    ],
  };
}
