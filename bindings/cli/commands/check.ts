/** `stowage check`: compares a file with limits and a baseline, as a gate in continuous integration. */
import type {Command} from 'commander';
import {formatBytes, plural} from '../../model/quantities.ts';
import {
  type Check,
  type CheckedFigures,
  describeRecordingPeak,
  describeScope,
  evaluateChecks,
  evidenceJson,
  type Limits,
  type PlanTotals,
  readPlanTotals,
  recordingPeakOf,
} from '../../trace.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {readInput, readSource} from '../io/input.ts';
import type {ChosenProblem} from '../planning/chosen-problem.ts';
import {boundsOf, type ComparisonOptions, planWhole} from '../planning/compared-file.ts';
import {
  besideGraphs,
  figuresOfBaseline,
  judgedParts,
  knownFigures,
  plannedFigures,
  withRequest,
} from '../planning/figures.ts';
import type {PlannerSource} from '../planning/planning.ts';
import {describeSource} from '../text/source.ts';
import {markdownName, markdownTable, type Table} from '../text/table.ts';
import {type CommandContext, withBudget, withChoice} from './options.ts';
import {parseBytes, parsePercent} from './parse.ts';
import {type CommandResult, type FormOptions, formOf, publish, withForms} from './publish.ts';

export interface CheckCommandOptions extends ComparisonOptions, FormOptions, Limits {
  readonly baseline?: string;
}

export function addCheckCommand(root: Command, {done, planner}: CommandContext): void {
  const check = root
    .command('check')
    .argument('<FILE>', 'a trace, a problem or a model')
    .description('fail if a limit is exceeded or its figure is unknown (for CI): exit code 1')
    .option('--max-peak <BYTES>', 'most bytes of the planned peak, e.g. 70GiB', parseBytes)
    .option('--max-load <BYTES>', 'most live bytes of the problem at any time', parseBytes)
    .option(
      '--max-fragmentation <PERCENT>',
      'most fragmentation of the plan: peak ÷ lower bound − 1, e.g. 5%',
      parsePercent,
    )
    .option('--max-reserved <BYTES>', 'most bytes that the recorded allocator reserved', parseBytes)
    .option(
      '--max-stranded <PERCENT>',
      'most fragmentation of the recorded allocator: (reserved − allocated) ÷ reserved, each at its maximum',
      parsePercent,
    )
    .option(
      '--capacity <BYTES>',
      'bytes that persistent blocks and the planned peak must fit into',
      parseBytes,
    )
    .option('--baseline <PLAN>', 'plan in JSON whose peak and persistent bytes must not be exceeded')
    .option('--tolerance <PERCENT>', 'how far the baseline may be exceeded (default: 0%)', parsePercent)
    .action(async (file: string, options: CheckCommandOptions) =>
      done(await checkCommand(file, options, planner)),
    );
  withChoice(withBudget(withForms(check)), 'N, auto or window');
}

const LIMITS = [
  'maxPeak',
  'maxLoad',
  'maxFragmentation',
  'maxReserved',
  'maxStranded',
  'capacity',
] as const satisfies readonly (keyof Limits)[];

/** @returns the exit code. */
export async function checkCommand(
  file: string,
  options: CheckCommandOptions,
  planner: PlannerSource,
): Promise<number> {
  checkUsage(file, options);
  const baseline =
    options.baseline === undefined ? undefined : await readSource(options.baseline, readPlanTotals);
  const input = await readInput(file, options);
  const parts = judgedParts(input, options);
  const checks: Check[] = [];
  const figures: CheckedFigures[] = [];
  for (const [index, part] of parts.entries()) {
    const own = await figuresOf(part, options, baselineOf(baseline, parts, index), planner);
    figures.push(own);
    // the allocator is looked at over the whole recording, which is the first part
    const {maxReserved: _, maxStranded: __, ...ofPlan} = limitsOf(options);
    checks.push(...evaluateChecks(own, index === 0 ? limitsOf(options) : ofPlan));
  }
  const last = parts.at(-1)!;
  const chosen = {
    ...last,
    warnings: [...last.warnings, ...oddities(last, baseline), ...unchecked(last, options)],
  };
  await publish(resultOf(chosen, figures, checks), options);
  return checks.every(({passed}) => passed) ? EXIT.ok : EXIT.checkFailed;
}

function limitsOf(options: CheckCommandOptions): Limits {
  const {maxPeak, maxLoad, maxFragmentation, maxReserved, maxStranded, capacity, tolerance} = options;
  const all = {maxPeak, maxLoad, maxFragmentation, maxReserved, maxStranded, capacity, tolerance};
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A plan is the baseline of the part that it is of: of the whole recording, or else of the iteration. */
function baselineOf(
  baseline: PlanTotals | undefined,
  parts: readonly ChosenProblem[],
  index: number,
): PlanTotals | undefined {
  const own = baseline?.source?.iteration === 'window' ? 0 : parts.length - 1;
  return index === own ? baseline : undefined;
}

/** An iteration by its number is checked alone, and the output says what else there is. */
function unchecked({trace, step}: ChosenProblem, {iteration}: CheckCommandOptions): string[] {
  if (!trace || !step || typeof iteration !== 'number') return [];
  return [
    `only iteration ${iteration} is checked; in the whole recording: ${describeRecordingPeak(recordingPeakOf(trace, step))}`,
  ];
}

function checkUsage(file: string, options: CheckCommandOptions): void {
  formOf(options);
  const {baseline, tolerance} = options;
  if (baseline === undefined && LIMITS.every(limit => options[limit] === undefined))
    throw new CliError(
      'nothing to check: expected --max-peak, --max-load, --max-fragmentation, --max-reserved, --max-stranded, --capacity or --baseline',
      EXIT.usage,
    );
  if (tolerance !== undefined && baseline === undefined)
    throw new CliError('--tolerance applies to --baseline, which is missing', EXIT.usage);
  if (file === '-' && baseline === '-')
    throw new CliError('FILE and --baseline cannot both be -', EXIT.usage);
}

/** A baseline with other lifetimes can be compared, but the comparison means something else. */
function oddities({step}: ChosenProblem, baseline: PlanTotals | undefined): string[] {
  const lifetimes = step?.lifetimes ?? null;
  const planned = baseline?.source?.lifetimes;
  if (planned === undefined || planned === lifetimes) return [];
  return [
    `the baseline was planned with ${describeLifetimes(planned)}, this file with ${describeLifetimes(lifetimes)}: their peaks are not comparable`,
  ];
}

function describeLifetimes(lifetimes: string | null): string {
  return lifetimes === null ? 'the lifetimes of a problem' : `${lifetimes} lifetimes`;
}

async function figuresOf(
  chosen: ChosenProblem,
  options: CheckCommandOptions,
  baseline: PlanTotals | undefined,
  planner: PlannerSource,
): Promise<CheckedFigures> {
  const {maxPeak, maxFragmentation, capacity} = options;
  const isPlanned = baseline ?? maxPeak ?? maxFragmentation ?? capacity !== undefined;
  if (!isPlanned) {
    const {load, lowerBound} = boundsOf(chosen, await planner());
    return {...knownFigures(chosen), ...withRequest(chosen, lowerBound, 'not planned'), load};
  }
  const solve = async (one: ChosenProblem) => planWhole(one, options, await planner());
  return {
    ...plannedFigures(chosen, await solve(chosen)),
    ...(capacity === undefined ? {} : await besideGraphs(chosen, solve)),
    ...(baseline ? {baseline: figuresOfBaseline(baseline)} : {}),
  };
}

function resultOf(
  chosen: ChosenProblem,
  figures: readonly CheckedFigures[],
  checks: readonly Check[],
): CommandResult {
  const {file, format, step, warnings} = chosen;
  const device = step?.device.name ?? null;
  // each check names the part that it is of
  const source = {file, format, iteration: figures.length > 1 ? null : (step?.iteration ?? null), device};
  const failed = checks.filter(({passed}) => !passed).length;
  const all = plural(checks.length, 'check');
  const verdict = failed === 0 ? `${all} passed` : `${failed} of ${all} failed`;
  return {
    json: {
      schema: 'stowage.check/1',
      source,
      passed: failed === 0,
      checks: checks.map(({evidence, ...check}) => ({...check, scope: evidence.scope})),
      figures: figuresJson(figures[0]!),
      iteration: figures[1] ? figuresJson(figures[1]) : null,
      warnings,
    },
    warnings: warnings.map(warning => `${file}: ${warning}`),
    lines: [...checks.map(describeCheck), `${verdict}: ${describeSource(source)}`],
    markdown: [
      `stowage check: ${markdownName(describeSource(source))}`,
      ...markdownTable(checkTable(verdict, checks)),
    ],
  };
}

function figuresJson({
  evidence,
  peak,
  lowerBound,
  load,
  persistent,
  reserved,
  allocated,
}: CheckedFigures): object {
  const known = (value: number | string): number | null => (typeof value === 'string' ? null : value);
  return {
    evidence: evidenceJson(evidence),
    peak: known(peak),
    lowerBound: known(lowerBound),
    load: known(load),
    persistent,
    reserved: known(reserved),
    allocated: known(allocated),
  };
}

function checkTable(title: string, checks: readonly Check[]): Table {
  return {
    title,
    head: ['', 'check', 'of', 'value', 'at most', 'why'],
    right: [3, 4],
    rows: checks.map(({passed, name, evidence, unit, value, limit, reason}) => [
      passed ? '✅' : '❌',
      name,
      describeScope(evidence.scope),
      show(value, unit),
      show(limit, unit),
      reason,
    ]),
  };
}

function show(value: number | null, unit: Check['unit']): string {
  if (value === null) return 'unknown';
  return unit === 'bytes' ? formatBytes(value) : formatPercent(value);
}

/** `5 %`, `0.125 %`: at most three decimals, rounded up. */
function formatPercent(percent: number): string {
  return `${Math.ceil(percent * 1000 - 1e-6) / 1000} %`;
}

function describeCheck({name, evidence, passed, unit, value, limit, reason}: Check): string {
  const of = evidence.scope.kind === 'problem' ? '' : ` of ${describeScope(evidence.scope)}`;
  const words = `${passed ? 'ok    ' : 'FAILED'}  ${name}${of}: `;
  if (value === null || limit === null) return `${words}${reason}`;
  const why = reason === '' ? '' : `: ${reason}`;
  return `${words}${show(value, unit)} of at most ${show(limit, unit)}${why}`;
}
