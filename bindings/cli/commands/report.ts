/** `stowage report`: everything about a trace or a problem, as a page, a picture, a table or an object. */
import type {Command} from 'commander';
import type {Planner} from '../../index.ts';
import {
  cudaReport,
  makeReport,
  makeStateReport,
  type Picture,
  type Report,
  type ReportInput,
  renderSvg,
  reportHtml,
  reportJson,
  type StateReport,
  stateReportHtml,
  stateReportJson,
  tableCsv,
} from '../../report.ts';
import {chooseDevice, hasStateOnly} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {type Input, readInput} from '../io/input.ts';
import {jsonLine, printJson, warn} from '../io/output.ts';
import {printerBeside, writeFileWhole} from '../io/output-file.ts';
import {type ChosenProblem, chooseProblem} from '../planning/chosen-problem.ts';
import {exitCodeOf, type PlannerSource, type PlanningOptions, solveProblem} from '../planning/planning.ts';
import {endingOf, type FormOption, withForm, withoutTwice} from './form.ts';
import {type CommandContext, withChoice, withPlanning} from './options.ts';
import {parseBytes, parseDuration} from './parse.ts';

export interface ReportCommandOptions extends PlanningOptions, FormOption {
  readonly output?: string;
  readonly picture?: string;
  readonly json?: boolean;
  /** Milliseconds. */
  readonly outlierTime?: number;
  /** Bytes. */
  readonly outlierBytes?: number;
}

const ENDINGS: readonly string[] = ['.html', '.svg', '.csv', '.json'];
/** Endings of a file that holds one picture or its table. */
const ONE_PICTURE: readonly string[] = ['.svg', '.csv'];

export function addReportCommand(root: Command, {done, planner}: CommandContext): void {
  const report = root
    .command('report')
    .argument('<FILE>', 'a trace or a problem')
    .description(
      'write a report with pictures and tables: the memory used, the least possible memory, and the causes of the peak',
    )
    .option(
      '-o, --output <FILE>',
      'file to write: .html (one self-contained page), .svg (one picture), .csv (its table) or .json; - for stdout',
    )
    .option(
      '--picture <NAME>',
      'picture of .svg and .csv: packing, footprint, active, addresses, flames-peak, flames-byte-time, allocators, peak-by-operation, peak-by-frame, content, lifetime, interval-cdf, interval-sizes, model-addresses or segments; of a snapshot without events segments, end-by-operation, end-by-frame or end-by-pool (default: the first one of the report)',
    )
    .option('--json', 'print one object of the stowage.report/1 contract')
    .option('--outlier-time <TIME>', 'shortest access interval of an outlier, e.g. 800ms', parseDuration)
    .option('--outlier-bytes <BYTES>', 'smallest block of an outlier (default: 1MiB)', parseBytes);
  withForm(
    report,
    ENDINGS.map(ending => ending.slice(1)),
    'html, with --picture svg',
  );
  withChoice(withPlanning(report), 'N, auto or window').action(
    async (file: string, options: ReportCommandOptions) =>
      done(await reportCommand(file, withoutTwice(options), planner)),
  );
}

/** @returns the exit code. */
export async function reportCommand(
  file: string,
  options: ReportCommandOptions,
  planner: PlannerSource,
): Promise<number> {
  checkOptions(options);
  const input = await readInput(file, options);
  const ofState = stateReportOf(input, options);
  if (ofState) {
    for (const warning of ofState.warnings) warn(`${input.file}: ${warning}`);
    await write(stateForms(ofState), options);
    return EXIT.ok;
  }
  const {report, interrupted} = await reportOf(input, options, await planner());
  for (const warning of report.input.warnings) warn(`${input.file}: ${warning}`);
  await write(
    {
      file: input.file,
      answers: report.answers,
      pictures: report.pictures,
      html: () => reportHtml(report),
      json: () => reportJson(report),
    },
    options,
  );
  return interrupted ? EXIT.interrupted : exitCodeOf(report.input.plan);
}

function formEnding({output, form, picture}: ReportCommandOptions): string {
  if (output === undefined) return '';
  return endingOf(output, form, picture === undefined ? '.html' : '.svg');
}

function checkOptions(options: ReportCommandOptions): void {
  const {output, picture, json, iteration} = options;
  const ending = formEnding(options);
  if (output === undefined && !json)
    throw new CliError(`expected -o FILE that ends in ${ENDINGS.join(', ')}, or --json`, EXIT.usage);
  if (output !== undefined && !ENDINGS.includes(ending))
    throw new CliError(
      `-o ${output}: expected a name that ends in ${ENDINGS.join(', ')}; for a pipe or device --form`,
      EXIT.usage,
    );
  if (picture !== undefined && !ONE_PICTURE.includes(ending))
    throw new CliError('--picture applies to -o FILE.svg and -o FILE.csv only', EXIT.usage);
  if (iteration === 'all')
    throw new CliError(
      '--iteration all: a report takes one iteration: give a number, auto or window',
      EXIT.usage,
    );
}

/** The pictures show one address space. */
function checkOneArena({file, problem: {constraints}}: ChosenProblem): void {
  if (constraints?.pools === undefined && constraints?.separate === undefined) return;
  throw new CliError(
    `${file}: a report shows one arena, and this problem has pools or separation: use \`stowage plan\``,
    EXIT.usage,
  );
}

async function reportOf(
  input: Input,
  options: ReportCommandOptions,
  planner: Planner,
): Promise<{report: Report; interrupted: boolean}> {
  const chosen = chooseProblem(input, options);
  checkOneArena(chosen);
  const {plan, bounds, interrupted} = await solveProblem(planner, chosen, options);
  const {capacity: _, ...minimized} = options;
  const solveWhole = async (problem: ChosenProblem['problem']) =>
    (await solveProblem(planner, {...chosen, problem}, minimized)).plan;
  const cuda = interrupted ? undefined : await cudaReport(chosen, plan, solveWhole);
  const capacity = options.capacity ?? chosen.problem.capacity;
  const {outlierTime, outlierBytes} = options;
  const reportInput: ReportInput = {
    file: chosen.file,
    format: chosen.format,
    problem: chosen.problem,
    plan,
    bounds,
    ...(capacity === undefined ? {} : {capacity}),
    ...(chosen.trace ? {trace: chosen.trace} : {}),
    ...(chosen.step ? {step: chosen.step} : {}),
    ...(chosen.read ? {read: chosen.read} : {}),
    ...(cuda ? {cuda} : {}),
    warnings: [
      ...chosen.warnings,
      ...(interrupted ? ['interrupted: this is the best plan found so far'] : []),
    ],
    behaviour: {
      ...(outlierTime === undefined ? {} : {outlierTime: outlierTime * 1000}),
      ...(outlierBytes === undefined ? {} : {outlierBytes}),
    },
  };
  return {report: makeReport(reportInput), interrupted};
}

/** A report in the forms that it is written in. */
interface ReportForms extends Pick<Report, 'answers' | 'pictures'> {
  readonly file: string;
  html(): Iterable<string>;
  json(): object;
}

/** The report of a snapshot without events; undefined for any other input. */
function stateReportOf(
  {file, imported}: Input,
  {device: name}: ReportCommandOptions,
): StateReport | undefined {
  if (imported.kind !== 'trace') return undefined;
  try {
    const device = chooseDevice(imported.trace, name);
    if (!hasStateOnly(imported.trace, device)) return undefined;
    return makeStateReport({file, format: imported.format, trace: imported.trace}, device);
  } catch (error) {
    throw inputError(file, error);
  }
}

function stateForms(report: StateReport): ReportForms {
  const {file, answers, pictures} = report;
  return {file, answers, pictures, html: () => stateReportHtml(report), json: () => stateReportJson(report)};
}

async function write(forms: ReportForms, options: ReportCommandOptions): Promise<void> {
  const {output, json, picture} = options;
  if (output !== undefined) await writeFileWhole(output, contentOf(forms, formEnding(options), picture));
  if (json) printJson(forms.json());
  else for (const line of reportLines(forms, output)) printerBeside(output)(line);
}

function contentOf(forms: ReportForms, ending: string, name: string | undefined): Iterable<string> {
  if (ending === '.html') return forms.html();
  if (ending === '.json') return [`${jsonLine(forms.json())}\n`];
  const picture = pictureOf(forms, name);
  return ending === '.svg' ? [renderSvg(picture)] : tableCsv(picture.table);
}

function pictureOf({pictures, file}: ReportForms, name: string | undefined): Picture {
  const found = name === undefined ? pictures[0] : pictures.find(picture => picture.name === name);
  if (found) return found;
  const known = pictures.map(picture => picture.name).join(', ');
  throw new CliError(
    `${file}: --picture: expected one of ${known || 'none, because no buffer is ever live'}, got ${name ?? 'none'}`,
    EXIT.usage,
  );
}

function reportLines({answers, pictures}: ReportForms, output: string | undefined): string[] {
  return [
    ...answers.flatMap(({question, answer, detail}) => [`${question} ${answer}`, `  ${detail}`]),
    `pictures: ${pictures.map(({name}) => name).join(', ')}`,
    ...(output === undefined ? [] : [`wrote ${output}`]),
  ];
}
