/** What `plan`, `verify` and `export` do with an input whose sizes depend on dimensions. */
import {cFunction} from '../../artifacts.ts';
import {
  type OrderedPlan,
  orderedPlanOf,
  planSymbolicAsync,
  readSymbolicPlan,
  SYMBOLIC_PLAN_SCHEMA,
  type SymbolicColumns,
  type SymbolicPlan,
  type SymbolicPlanJson,
  type SymbolicViolation,
  symbolicPlanJson,
  verifySymbolic,
} from '../../index.ts';
import {UsageError} from '../../model/errors.ts';
import {idOf} from '../../model/problem.ts';
import {formatBytes, plural} from '../../model/quantities.ts';
import {evidenceJson, evidenceOf} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {type Input, readSource} from '../io/input.ts';
import {interruptible} from '../io/interrupt.ts';
import {jsonLine, print, printJson, warn} from '../io/output.ts';
import {printerBeside, writeFileWhole} from '../io/output-file.ts';
import {chooseProblem} from '../planning/chosen-problem.ts';
import type {PlannerSource, PlanningOptions} from '../planning/planning.ts';
import {symbolicLines} from '../text/symbolic.ts';
import {endingOf, type FormOption} from './form.ts';

/** Options of `plan` that concern a plan for all values, and those that it cannot have. */
interface SymbolicPlanOptions extends PlanningOptions, FormOption {
  readonly explain?: unknown;
  readonly advise?: boolean;
  readonly json?: boolean;
  readonly offsets: boolean;
}

interface SymbolicVerifyOptions extends PlanningOptions {
  readonly json?: boolean;
}

interface SymbolicExportOptions extends PlanningOptions {
  readonly format: string;
  readonly output: string;
  readonly plan?: string;
  readonly prefix?: string;
  readonly signature?: string;
  readonly scratch?: unknown;
  readonly json?: boolean;
}

/** The dimensions of an input, with the alignment option; undefined where all sizes are fixed. */
export function symbolicOf(
  {imported}: Input,
  {alignment}: {readonly alignment?: number},
): SymbolicColumns | undefined {
  if (imported.kind !== 'problem' || !imported.symbolic) return undefined;
  const {symbolic} = imported;
  if (alignment === undefined) return symbolic;
  return {...symbolic, largest: {...symbolic.largest, defaultAlignment: alignment}};
}

/** Plans for all values. @returns the exit code */
export async function planSymbolicInput(
  input: Input,
  columns: SymbolicColumns,
  options: SymbolicPlanOptions,
  source: PlannerSource,
): Promise<number> {
  checkPlanOptions(input.file, options);
  const {plan, interrupted} = await solved(input, columns, options, source);
  const {capacity = columns.largest.capacity, json, offsets, output} = options;
  const warnings = warningsOf(input, interrupted);
  const whole = {...symbolicPlanJson(plan), ...headOf(input, plan, capacity, warnings)};
  if (output !== undefined) await write(plan, whole, options);
  if (json)
    printJson(
      offsets ? whole : {...symbolicPlanJson(plan, false), ...headOf(input, plan, capacity, warnings)},
    );
  else {
    for (const warning of warnings) warn(`${input.file}: ${warning}`);
    const report = {file: input.file, format: input.imported.format, plan};
    const lines = symbolicLines({...report, ...(capacity === undefined ? {} : {capacity})});
    for (const line of lines) printerBeside(output)(line);
  }
  return interrupted ? EXIT.interrupted : fitCode(plan, capacity);
}

/** The sizes of `problem` are the largest, which is no oddity here. */
function warningsOf({imported}: Input, interrupted: boolean): string[] {
  const known = imported.kind === 'problem' ? imported.warnings : [];
  return [
    ...known.filter(warning => !warning.startsWith('sizes are those at the maximum')),
    ...(interrupted ? ['interrupted: this is the best order found so far'] : []),
  ];
}

function headOf(
  {file, imported}: Input,
  plan: SymbolicPlan,
  capacity: number | undefined,
  warnings: readonly string[],
): object {
  return {
    source: {file, format: imported.format},
    capacity: capacity ?? null,
    fits: capacity === undefined ? null : largestPeak(plan) <= capacity,
    warnings,
  };
}

function largestPeak(plan: SymbolicPlan): number {
  return plan.peak(Object.fromEntries(plan.problem.dimensions.map(({name, max}) => [name, max])));
}

function fitCode(plan: SymbolicPlan, capacity: number | undefined): number {
  if (capacity === undefined || largestPeak(plan) <= capacity) return EXIT.ok;
  const bound = plan.evidence.points.reduce((most, {lowerBound}) => Math.max(most, lowerBound), 0);
  return bound > capacity ? EXIT.infeasible : EXIT.notFound;
}

function checkPlanOptions(file: string, options: SymbolicPlanOptions): void {
  const given = [
    ...(options.explain === undefined ? [] : ['--explain']),
    ...(options.advise ? ['--advise'] : []),
    ...(options.pool ? ['--pool'] : []),
    ...(options.inPlace ? ['--in-place'] : []),
    ...(options.algorithm === undefined || options.algorithm === 'auto' ? [] : ['--algorithm']),
    ...(options.minimize ? ['--minimize'] : []),
  ];
  if (given.length > 0)
    throw new CliError(
      `${file}: ${given.join(', ')}: not for sizes that depend on dimensions: give each --dim one value`,
      EXIT.usage,
    );
  const {output, form} = options;
  if (output === undefined || ['.json', '.h'].includes(endingOf(output, form, '.json'))) return;
  throw new CliError(
    `-o ${output}: a plan for all values is written as .json or as .h, a function in C`,
    EXIT.usage,
  );
}

async function solved(
  {file}: Input,
  columns: SymbolicColumns,
  {seed, nodeLimit, timeLimit, threads}: PlanningOptions,
  source: PlannerSource,
): Promise<{plan: SymbolicPlan; interrupted: boolean}> {
  const planner = await source();
  try {
    return await interruptible(async signal => {
      const plan = await planSymbolicAsync(planner, columns, {
        ...(seed === undefined ? {} : {seed}),
        ...(nodeLimit === undefined ? {} : {nodeLimit}),
        ...(timeLimit === undefined ? {} : {timeLimitMs: timeLimit}),
        ...(threads === undefined ? {} : {threads}),
        signal,
      });
      return {plan, interrupted: signal.aborted};
    }, new CliError('interrupted before the first plan', EXIT.interrupted));
  } catch (error) {
    throw inputError(file, error);
  }
}

async function write(
  plan: SymbolicPlan,
  whole: SymbolicPlanJson,
  {output, form}: SymbolicPlanOptions,
): Promise<void> {
  const isC = endingOf(output!, form, '.json') === '.h';
  await writeFileWhole(output!, isC ? cFunction(plan) : [`${jsonLine(whole)}\n`]);
}

/** Checks a plan for all values. @returns the exit code */
export async function verifySymbolicInput(
  input: Input,
  columns: SymbolicColumns,
  planFile: string,
  options: SymbolicVerifyOptions,
): Promise<number> {
  const ordered = await readSource(planFile, async source =>
    orderedPlanOf(parsed(new TextDecoder().decode(await source.whole()))),
  );
  const {capacity, json} = options;
  const limited = capacity === undefined ? columns : {...columns, largest: {...columns.largest, capacity}};
  const found = verifySymbolic(limited, ordered);
  const peak =
    found.length === 0 ? largestPeak(readSymbolicPlan(columns, {...symbolicObject(ordered)})) : null;
  if (json)
    printJson({
      schema: 'stowage.verify/1',
      valid: found.length === 0,
      evidence: evidenceJson(evidenceOf(chooseProblem(input, options))),
      peak,
      dimensions: columns.dimensions,
      violations: found,
    });
  else if (peak !== null)
    print(
      `valid at all values: ${plural(columns.largest.count, 'buffer')}, peak ${formatBytes(peak)} at the maximum of each dimension`,
    );
  else for (const violation of found) print(`invalid: ${describe(columns, violation)}`);
  return found.length === 0 ? EXIT.ok : EXIT.checkFailed;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`not a JSON object: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function symbolicObject({order, belowIndex, below}: OrderedPlan): object {
  const lists = Array.from(order, (_, k) => [...below.subarray(belowIndex[k], belowIndex[k + 1])]);
  return {schema: SYMBOLIC_PLAN_SCHEMA, order: [...order], below: lists};
}

const REASONS: Readonly<Record<SymbolicViolation['kind'], string>> = {
  missing: 'is not in the order',
  twice: 'is in the order more than once',
  unknown: 'is no place of a buffer that is live and has bytes',
  later: 'is on a place that is not before its own',
  unordered: 'are live together, and no path leads from one to the other',
  negative: 'has a size below 0 at some values',
  overflow: 'ends beyond 2^53 - 1 bytes at the maximum of each dimension',
  capacity: 'ends beyond the capacity at the maximum of each dimension',
};

function describe({largest}: SymbolicColumns, {kind, a, b}: SymbolicViolation): string {
  const name = (i: number) => `"${idOf(largest, i)}"`;
  const who = kind === 'unknown' ? `order[${a}]` : b === undefined ? name(a) : `${name(a)} and ${name(b)}`;
  return `${kind}: ${who} ${REASONS[kind]}`;
}

/** Writes a function in C. @returns the exit code */
export async function exportSymbolicInput(
  input: Input,
  columns: SymbolicColumns,
  options: SymbolicExportOptions,
  source: PlannerSource,
): Promise<number> {
  const {format, output, prefix, json} = options;
  if (format !== 'c-header')
    throw new CliError(
      `--format ${format}: a plan for all values of dimensions is written as c-header only: give each --dim one value`,
      EXIT.usage,
    );
  if (options.plan !== undefined || options.signature !== undefined || options.scratch)
    throw new CliError(
      '--plan, --signature, --scratch: not for a plan for all values of dimensions',
      EXIT.usage,
    );
  const {plan, interrupted} = await solved(input, columns, options, source);
  const capacity = options.capacity ?? columns.largest.capacity;
  if (fitCode(plan, capacity) !== EXIT.ok)
    throw new CliError(
      `${input.file}: the plan does not fit the capacity at the maximum of each dimension: nothing written`,
      fitCode(plan, capacity),
    );
  const alignment = plan.order.reduce(
    (most, i) => Math.max(most, columns.largest.alignment[i] || (columns.largest.defaultAlignment ?? 1)),
    1,
  );
  const written = await writeFileWhole(output, cFunction(plan, prefix === undefined ? {} : {prefix}));
  const peak = largestPeak(plan);
  const warnings = warningsOf(input, interrupted);
  if (json)
    printJson({
      schema: 'stowage.export/1',
      source: {file: input.file, format: input.imported.format},
      format,
      output,
      written,
      buffers: columns.largest.count,
      arenas: [{name: 'arena', peak, alignment}],
      lowerBound: null,
      status: null,
      warnings,
    });
  else {
    for (const warning of warnings) warn(`${input.file}: ${warning}`);
    const show = printerBeside(output);
    show(
      `wrote        ${output}: a function in C, ${plural(written, 'byte')}, ${plural(columns.largest.count, 'buffer')}`,
    );
    show(`arena        ${plural(peak, 'byte')} at the maximum of each dimension, aligned to ${alignment}`);
  }
  return interrupted ? EXIT.interrupted : EXIT.ok;
}
