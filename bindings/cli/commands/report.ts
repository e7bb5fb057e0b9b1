/** `stowage report`: all that is known of a trace or a problem, as a page, a picture, a table or an object. */
import {extname} from 'node:path';
import type {Command} from 'commander';
import {
  cudaReport,
  makeReport,
  type Picture,
  type Report,
  type ReportInput,
  renderSvg,
  reportHtml,
  reportJson,
  tableCsv,
} from '../../report.ts';
import {CliError, EXIT} from '../exit.ts';
import {type Input, readInput} from '../input.ts';
import {type Done, withChoice} from '../options.ts';
import {jsonLine, print, printJson, warn, writeFileWhole} from '../output.ts';
import {exitCodeOf, type PlanningOptions, withPlanning} from '../plan-options.ts';
import {parseBytes, parseDuration} from '../quantities.ts';
import {solveTask} from '../solve-task.ts';
import {type Task, taskOf} from '../task.ts';

export interface ReportCommandOptions extends PlanningOptions {
  readonly output?: string;
  readonly picture?: string;
  readonly json?: boolean;
  /** Milliseconds. */
  readonly outlierTime?: number;
  /** Bytes. */
  readonly outlierBytes?: number;
}

const ENDINGS: readonly string[] = ['.html', '.svg', '.csv', '.json'];
/** Where the ending asks for one picture, and none is named: the first that there is. */
const ONE_PICTURE: readonly string[] = ['.svg', '.csv'];

export function addReportCommand(root: Command, done: Done): void {
  const report = root
    .command('report')
    .argument('<FILE>', 'a trace or a problem')
    .description(
      'write a report: how large, how small it could be, what makes the peak, with pictures and tables',
    )
    .option(
      '-o, --output <FILE>',
      '.html (one page with everything, which loads nothing), .svg (a picture), .csv (its table) or .json',
    )
    .option(
      '--picture <NAME>',
      'which picture .svg and .csv are of: packing, footprint, active, addresses, allocators, peak-by-operation, peak-by-frame, content, lifetime, interval-cdf, interval-sizes, model-addresses or segments (default: the first that there is)',
    )
    .option('--json', 'print one object of the stowage.report/1 contract')
    .option(
      '--outlier-time <TIME>',
      'least interval between accesses of an outlier, e.g. 800ms',
      parseDuration,
    )
    .option('--outlier-bytes <BYTES>', 'least size of an outlier (default: 1MiB)', parseBytes);
  withChoice(withPlanning(report), 'N, auto or window').action(
    async (file: string, options: ReportCommandOptions) => done(await reportCommand(file, options)),
  );
}

/** @returns the exit code. */
export async function reportCommand(file: string, options: ReportCommandOptions): Promise<number> {
  checkOptions(options);
  const input = await readInput(file, options);
  const {report, interrupted} = await reportOf(input, options);
  const {output, json, picture} = options;
  for (const warning of report.input.warnings) warn(`${input.file}: ${warning}`);
  if (output !== undefined) await writeFileWhole(output, contentOf(report, output, picture));
  if (json) printJson(reportJson(report));
  else for (const line of reportLines(report, output)) print(line);
  return interrupted ? EXIT.interrupted : exitCodeOf(report.input.plan);
}

function checkOptions({output, picture, json, iteration}: ReportCommandOptions): void {
  const ending = output === undefined ? '' : extname(output);
  if (output === undefined && !json)
    throw new CliError(`expected -o FILE that ends in ${ENDINGS.join(', ')}, or --json`, EXIT.usage);
  if (output !== undefined && !ENDINGS.includes(ending))
    throw new CliError(`-o ${output}: expected a name that ends in ${ENDINGS.join(', ')}`, EXIT.usage);
  if (picture !== undefined && !ONE_PICTURE.includes(ending))
    throw new CliError('--picture chooses what -o FILE.svg or FILE.csv is of', EXIT.usage);
  if (iteration === 'all')
    throw new CliError('a report is of one iteration: choose one, or window', EXIT.usage);
}

/** The pictures are of one address space. */
function checkOneArena({file, problem: {constraints}}: Task): void {
  if (constraints?.pools === undefined && constraints?.separate === undefined) return;
  throw new CliError(
    `${file}: a report is of one arena, and this problem has pools or separation; \`stowage plan\` takes it`,
    EXIT.usage,
  );
}

async function reportOf(
  input: Input,
  options: ReportCommandOptions,
): Promise<{report: Report; interrupted: boolean}> {
  const task = taskOf(input, options);
  checkOneArena(task);
  const {plan, bounds, interrupted} = await solveTask(task, options);
  const solvePart = async (problem: Task['problem']) => (await solveTask({...task, problem}, options)).plan;
  const cuda = interrupted ? undefined : await cudaReport(task, plan, solvePart);
  const capacity = options.capacity ?? task.problem.capacity;
  const {outlierTime, outlierBytes} = options;
  const reportInput: ReportInput = {
    file: task.file,
    format: task.format,
    problem: task.problem,
    plan,
    bounds,
    ...(capacity === undefined ? {} : {capacity}),
    ...(task.trace ? {trace: task.trace} : {}),
    ...(task.step ? {step: task.step} : {}),
    ...(task.read ? {read: task.read} : {}),
    ...(cuda ? {cuda} : {}),
    warnings: [...task.warnings, ...(interrupted ? ['interrupted: this is the best plan found so far'] : [])],
    behaviour: {
      ...(outlierTime === undefined ? {} : {outlierTime: outlierTime * 1000}),
      ...(outlierBytes === undefined ? {} : {outlierBytes}),
    },
  };
  return {report: makeReport(reportInput), interrupted};
}

function contentOf(report: Report, output: string, name: string | undefined): Iterable<string> {
  const ending = extname(output);
  if (ending === '.html') return reportHtml(report);
  if (ending === '.json') return [`${jsonLine(reportJson(report))}\n`];
  const picture = pictureOf(report, name);
  return ending === '.svg' ? [renderSvg(picture)] : tableCsv(picture.table);
}

function pictureOf({pictures, input}: Report, name: string | undefined): Picture {
  const found = name === undefined ? pictures[0] : pictures.find(picture => picture.name === name);
  if (found) return found;
  const known = pictures.map(picture => picture.name).join(', ');
  throw new CliError(
    `${input.file}: --picture: expected one of ${known || 'none, nothing is ever live'}, got ${name ?? 'none'}`,
    EXIT.usage,
  );
}

function reportLines({answers, pictures}: Report, output: string | undefined): string[] {
  return [
    ...answers.flatMap(({question, answer, detail}) => [`${question} ${answer}`, `  ${detail}`]),
    `pictures: ${pictures.map(({name}) => name).join(', ')}`,
    ...(output === undefined ? [] : [`wrote ${output}`]),
  ];
}
