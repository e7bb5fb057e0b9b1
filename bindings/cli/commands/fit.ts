/** `stowage plan --recompute --offload`: operators run again, or tensors are moved, so that the plan fits. */
import {type Command, InvalidArgumentError} from 'commander';
import type {OperatorProblem} from '../../index.ts';
import {COST_UNIT, writeCsv} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {type Input, readInput} from '../io/input.ts';
import {jsonLine, printJson, warn} from '../io/output.ts';
import {printerBeside, writeFileWhole} from '../io/output-file.ts';
import {fitProblem} from '../planning/fit.ts';
import type {PlannerSource, SolveOptions} from '../planning/planning.ts';
import {type FitReport, fitJson, fitLines} from '../text/fit.ts';
import {endingOf} from './form.ts';
import {parseBytes} from './parse.ts';

/** Options of the command that concern it, parsed. */
export interface FitCommandOptions extends SolveOptions {
  readonly recompute?: boolean;
  /** Bytes that are moved for one unit of cost. */
  readonly offload?: number;
  readonly inPlace?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly form?: string;
}

/** Options of `plan` that have no meaning here, by their names in it. */
const REFUSED: Readonly<Record<string, string>> = {
  explain: '--explain',
  advise: '--advise',
  pool: '--pool',
  minimize: '--minimize',
  reorder: '--reorder',
  iteration: '--iteration',
  linear: '--linear',
  device: '--device',
  streams: '--streams',
  idle: '--idle',
  queue: '--queue',
};

export function withFit(command: Command): Command {
  return command
    .option(
      '--recompute',
      'if no order of the operators fits --capacity: run some again, at the least cost (models and problems of operators)',
    )
    .option(
      '--offload <BYTES[/COST]>',
      'if no order fits --capacity: move tensors out and back; bytes moved for one unit of cost, e.g. 4, or 16GB/50e12',
      parseRate,
    );
}

/** `4`, `0.5`, `64KiB`, `16GB/50e12` → bytes for one unit of cost. */
export function parseRate(text: string): number {
  const [bytes = '', cost = '1', ...others] = text.split('/');
  const rate = amountOf(bytes.trim()) / Number(cost.trim() || 'none');
  if (others.length > 0 || !Number.isFinite(rate) || rate <= 0)
    throw new InvalidArgumentError(
      'expected bytes that are moved for one unit of cost, above 0, such as 4, 0.5 or 16GB/50e12.',
    );
  return rate;
}

function amountOf(text: string): number {
  return /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : parseBytes(text);
}

/** Whether `plan` is to compute again or to move. */
export function isFit({recompute, offload}: FitCommandOptions): boolean {
  return recompute === true || offload !== undefined;
}

/** @returns the exit code. */
export async function fitCommand(
  file: string,
  options: FitCommandOptions & Parameters<typeof readInput>[1],
  source: PlannerSource,
): Promise<number> {
  checkOptions(options);
  const input = await readInput(file, options);
  const {problem, capacity} = operatorsOf(input, options);
  const rules = {
    recompute: options.recompute === true,
    ...(options.offload === undefined ? {} : {offload: options.offload}),
  };
  if (rules.offload === undefined && !problem.operators.some(({cost}) => cost !== undefined))
    throw new CliError(
      `${input.file}: --recompute: no operator has a cost, so none may be repeated: give operators a cost, or use --offload`,
      EXIT.usage,
    );
  const fitted = await fitProblem(await source(), input.file, problem, rules, {...options, capacity});
  const {format, warnings} = input.imported.kind === 'problem' ? input.imported : {format: '', warnings: []};
  const report: FitReport = {
    ...fitted,
    file: input.file,
    format,
    problem,
    rules,
    unit: format === 'problem-json' ? "the file's unit" : `${COST_UNIT}: estimated from shapes`,
    warnings: [
      ...warnings,
      ...(fitted.interrupted ? ['interrupted: this is the best schedule found so far'] : []),
    ],
  };
  await write(report, options);
  print(report, options);
  if (fitted.interrupted) return EXIT.interrupted;
  const {status} = fitted.fit;
  return status === 'infeasible' ? EXIT.infeasible : status === 'unknown' ? EXIT.notFound : EXIT.ok;
}

function checkOptions(options: FitCommandOptions): void {
  const name = options.recompute ? '--recompute' : '--offload';
  for (const [field, option] of Object.entries(REFUSED)) {
    if ((options as Record<string, unknown>)[field] !== undefined)
      throw new CliError(`${name} and ${option} do not go together: leave one out`, EXIT.usage);
  }
  const {output, form} = options;
  if (output !== undefined && !['.json', '.csv'].includes(endingOf(output, form, '.json')))
    throw new CliError(
      `-o ${output}: with ${name} a schedule is written: expected a name that ends in .json (the schedule) or .csv (its buffers)`,
      EXIT.usage,
    );
}

function operatorsOf(
  {file, imported}: Input,
  {capacity, alignment, inPlace = false, recompute}: FitCommandOptions,
): {problem: OperatorProblem; capacity: number} {
  const name = recompute ? '--recompute' : '--offload';
  const operators = imported.kind === 'problem' ? imported.operators : undefined;
  if (operators === undefined)
    throw new CliError(
      `${file}: ${name}: expected an ONNX or TensorFlow Lite model or a problem of operators, whose operators are known, and this is ${imported.format}: --advise shows what would make it fit`,
      EXIT.usage,
    );
  if (imported.kind === 'problem' && imported.symbolic)
    throw new CliError(`${file}: ${name} takes one size of each dimension: give --dim NAME=SIZE`, EXIT.usage);
  try {
    const stated = operators({inPlace});
    const problem = alignment === undefined ? stated : {...stated, alignment};
    const limit = capacity ?? problem.capacity;
    if (limit === undefined)
      throw new CliError(`${name} needs a capacity to fit: add --capacity`, EXIT.usage);
    return {problem, capacity: limit};
  } catch (error) {
    throw inputError(file, error);
  }
}

async function write(report: FitReport, {output, form}: FitCommandOptions): Promise<void> {
  if (output === undefined) return;
  const {planned} = report.fit;
  if (!planned) {
    warn(`${output}: not written, because there is no schedule`);
    return;
  }
  const isCsv = endingOf(output, form, '.json') === '.csv';
  await writeFileWhole(
    output,
    isCsv ? writeCsv(planned.problem, planned.plan) : [`${jsonLine(fitJson(report))}\n`],
  );
}

function print(report: FitReport, {json, output}: FitCommandOptions): void {
  if (json) {
    printJson(fitJson(report));
    return;
  }
  for (const warning of report.warnings) warn(`${report.file}: ${warning}`);
  for (const line of fitLines(report)) printerBeside(output)(line);
}
