/** `stowage scale FILES`: which buffers of two or more recordings grow with what; writes a problem with dimensions. */
import {type Command, InvalidArgumentError} from 'commander';
import {type FittedRecordings, fitRecordings, type LeftOut, type RecordedProblem} from '../../index.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {describeSize} from '../../model/symbolic-columns.ts';
import {type DimensionRange, writeProblemJson} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {readInput} from '../io/input.ts';
import {printJson, warn} from '../io/output.ts';
import {printerBeside, writeFileWhole} from '../io/output-file.ts';
import {chooseProblem, type ProblemChoice} from '../planning/chosen-problem.ts';
import {checkOneOnStdout} from './form.ts';
import {type CommandContext, withChoice} from './options.ts';

interface ScaleOptions extends ProblemChoice {
  readonly at: readonly Readonly<Record<string, number>>[];
  readonly output?: string;
  readonly json?: boolean;
}

export function addScaleCommand(root: Command, {done}: CommandContext): void {
  const command = root
    .command('scale')
    .argument('<FILES...>', 'two or more recordings of one program')
    .description('find which buffers of recordings of different sizes grow with what')
    .requiredOption(
      '--at <NAME=VALUE,…>',
      'values of the dimensions in a file, e.g. batch=8,seq=128; once for each file, in their order',
      parseValues,
    )
    .option('--json', 'print one object of the stowage.scale/1 contract')
    .option('-o, --output <FILE>', 'write the problem with dimensions, for stowage plan; - for stdout')
    .action(async (files: string[], options: ScaleOptions) => done(await scaleCommand(files, options)));
  withChoice(command, 'N, auto or window');
}

/** Adds one `NAME=VALUE,NAME=VALUE` to those before it. */
function parseValues(
  text: string,
  before: readonly Readonly<Record<string, number>>[] = [],
): Record<string, number>[] {
  const values: Record<string, number> = {};
  for (const part of text.split(',')) {
    const [, name, value] = /^([^=]+)=(\d{1,15})$/.exec(part) ?? [];
    if (name === undefined)
      throw new InvalidArgumentError('expected NAME=VALUE, e.g. batch=8 or batch=8,seq=128.');
    values[name] = Number(value);
  }
  return [...before, values];
}

export async function scaleCommand(files: readonly string[], options: ScaleOptions): Promise<number> {
  const {at, json, output} = options;
  checkOneOnStdout(options);
  if (files.length < 2 || at.length !== files.length)
    throw new CliError(
      `scale: expected two or more files and --at once for each, got ${plural(files.length, 'file')} and ${formatCount(at.length)} times --at`,
      EXIT.usage,
    );
  checkSameNames(at);
  const recordings: RecordedProblem[] = [];
  // ranges are of the problem, not of a file
  const {dim: ranges = {}, ...choice} = options;
  for (const [k, file] of files.entries()) {
    const chosen = chooseProblem(await readInput(file, choice), choice);
    for (const warning of chosen.warnings) warn(`${file}: ${warning}`);
    const operations = chosen.step?.operations ?? chosen.read?.operations;
    recordings.push({values: at[k]!, problem: chosen.problem, ...(operations ? {operations} : {})});
  }
  try {
    const fitted = fitRecordings(dimensionsOf(at, ranges), recordings);
    if (output !== undefined)
      await writeFileWhole(output, writeProblemJson(fitted.problem.largest, fitted.problem));
    if (json) printJson(scaleJson(files, at, fitted));
    else for (const line of scaleLines(files, at, fitted)) printerBeside(output)(line);
  } catch (error) {
    throw inputError(files[0]!, error);
  }
  return EXIT.ok;
}

function checkSameNames(at: readonly Readonly<Record<string, number>>[]): void {
  const names = (one: Readonly<Record<string, number>>) => Object.keys(one).sort().join(', ');
  const other = at.find(one => names(one) !== names(at[0]!));
  if (other)
    throw new CliError(
      `--at: expected values of the same dimensions for each file (${names(at[0]!)}), got ${names(other)}`,
      EXIT.usage,
    );
}

/** The dimensions of the first file; a range that is not given is that of the values. */
function dimensionsOf(
  at: readonly Readonly<Record<string, number>>[],
  ranges: Readonly<Record<string, number | DimensionRange>>,
) {
  return Object.keys(at[0]!).map(name => {
    const range = ranges[name];
    if (typeof range === 'object') return {name, ...range};
    const values = at.map(one => one[name]!);
    return {name, min: Math.min(...values), max: Math.max(...values)};
  });
}

function scaleJson(
  files: readonly string[],
  at: readonly Readonly<Record<string, number>>[],
  {problem, buffers, leftOut, haveSameLifetimes}: FittedRecordings,
): object {
  return {
    schema: 'stowage.scale/1',
    sources: files.map((file, k) => ({file, values: at[k]!})),
    dimensions: problem.dimensions,
    buffers,
    leftOut,
    sameLifetimes: haveSameLifetimes,
  };
}

/** Forms and left-out buffers that are shown. */
const MOST_SHOWN = 10;

function scaleLines(
  files: readonly string[],
  at: readonly Readonly<Record<string, number>>[],
  {problem, buffers, leftOut, haveSameLifetimes}: FittedRecordings,
): string[] {
  const count = (kind: string) => formatCount(buffers.filter(one => one.kind === kind).length);
  const byForm = new Map<string, {n: number; bytes: number}>();
  buffers.forEach(({size}, i) => {
    const shape = shapeOf(size);
    const known = byForm.get(shape) ?? {n: 0, bytes: 0};
    byForm.set(shape, {n: known.n + 1, bytes: known.bytes + problem.largest.size[i]!});
  });
  const shapes = [...byForm].sort(([, a], [, b]) => b.bytes - a.bytes);
  const order = buffers
    .map((_, i) => i)
    .sort((a, b) => problem.largest.size[b]! - problem.largest.size[a]! || a - b);
  return [
    ...files.map(
      (file, k) =>
        `read         ${file}: ${Object.entries(at[k]!)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}`,
    ),
    `matched      ${plural(buffers.length, 'buffer')} ${haveSameLifetimes ? 'with the same lifetimes' : 'by order and operation; each lives as long as in the recording where it lives longest'}`,
    `sizes        ${count('checked')} checked by a further recording, ${count('assumed')} assumed, ${count('rounded')} rounded up`,
    ...shapes
      .slice(0, MOST_SHOWN)
      .map(
        ([shape, {n, bytes}]) =>
          `grows with   ${shape}: ${plural(n, 'buffer')}, ${formatBytes(bytes)} at the maximum`,
      ),
    ...order
      .slice(0, MOST_SHOWN)
      .map(
        i =>
          `size         "${buffers[i]!.id}" ${describeSize(buffers[i]!.size)} B (${buffers[i]!.kind})${buffers[i]!.operation ? `, ${buffers[i]!.operation}` : ''}`,
      ),
    ...leftOut.slice(0, MOST_SHOWN).map(one => `left out     ${describeLeftOut(files, one)}`),
    ...(leftOut.length > MOST_SHOWN ? [`left out     ${formatCount(leftOut.length - MOST_SHOWN)} more`] : []),
  ];
}

/** The products of a size, without numbers. */
function shapeOf(size: FittedRecordings['buffers'][number]['size']): string {
  if (typeof size === 'number') return 'nothing';
  return size.map(([, ...names]) => names.join('·') || 'a constant').join(' + ');
}

function describeLeftOut(
  files: readonly string[],
  {recording, id, operation, sizes, reason}: LeftOut,
): string {
  const about = `"${id}"${operation ? ` (${operation})` : ''}`;
  return reason === 'unmatched'
    ? `${about} of ${files[recording]}, ${formatBytes(sizes[0]!)}: it is not in all recordings`
    : `${about}: ${sizes.map(formatCount).join(', ')} B are the sizes of no sum of products of the dimensions`;
}
