/** `stowage check`: compares a file with limits and a baseline, as a gate in continuous integration. */
import type {Command} from 'commander';
import {plural} from '../../model/quantities.ts';
import {besideGraphs, knownFigures, plannedFigures, withRequest} from '../../ranks/figures.ts';
import {
  type Check,
  type CheckedFigures,
  describeRecordingPeak,
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
import {figuresOfBaseline, judgedParts} from '../planning/figures.ts';
import {growthFigures} from '../planning/growth.ts';
import type {PlannerSource} from '../planning/planning.ts';
import {checkTable, describeCheck} from '../text/check.ts';
import {describeSource} from '../text/source.ts';
import {markdownName, markdownTable} from '../text/table.ts';
import {checkRunCommand, isBatch} from './check-run.ts';
import {type CommandContext, withBudget, withChoice} from './options.ts';
import {parseBytes, parseInteger, parsePercent} from './parse.ts';
import {type CommandResult, type FormOptions, formOf, publish, withForms} from './publish.ts';

export interface CheckCommandOptions extends ComparisonOptions, FormOptions, Limits {
  readonly baseline?: string;
  readonly maxOutliers?: number;
  readonly maxGrowth?: number;
}

export function addCheckCommand(root: Command, {done, planner}: CommandContext): void {
  const check = root
    .command('check')
    .argument('<FILE>', 'a trace, a problem or a model; or the folder or bucket of a batch: all its ranks')
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
    .option('--max-outliers <N>', 'of a batch: most ranks that differ from their group', parseInteger(0))
    .option(
      '--max-growth <BYTES>',
      'most growth of live memory per iteration; of a batch, of each rank',
      parseBytes,
    )
    .option(
      '--baseline <FILE>',
      'plan in JSON whose peak and persistent bytes must not be exceeded; of a batch, a run.json by merge',
    )
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
  'maxGrowth',
  'capacity',
] as const satisfies readonly (keyof Limits)[];

/** Further options that apply to a batch. */
const OF_RUN = ['maxOutliers', 'baseline', 'tolerance', 'json', 'markdown', 'output'];

/** @returns the exit code. */
export async function checkCommand(
  file: string,
  options: CheckCommandOptions,
  planner: PlannerSource,
): Promise<number> {
  const isRun = await isBatch(file);
  checkUsage(file, options, isRun);
  if (isRun) {
    return checkRunCommand(
      file,
      {...limitsOf(options), ...given({maxOutliers: options.maxOutliers})},
      options,
    );
  }
  const baseline =
    options.baseline === undefined ? undefined : await readSource(options.baseline, readPlanTotals);
  const input = await readInput(file, options);
  const parts = judgedParts(input, options);
  const checks: Check[] = [];
  const figures: CheckedFigures[] = [];
  for (const [index, part] of parts.entries()) {
    const own = {
      ...(await figuresOf(part, options, baselineOf(baseline, parts, index), planner)),
      ...(options.maxGrowth === undefined ? {} : growthFigures(part)),
    };
    figures.push(own);
    // the allocator and growth are looked at over the whole recording, which is the first part
    const {maxReserved: _, maxStranded: __, maxGrowth: ___, ...ofPlan} = limitsOf(options);
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
  const {maxPeak, maxLoad, maxFragmentation, maxReserved, maxStranded, maxGrowth} = options;
  const {capacity, tolerance} = options;
  return given({
    maxPeak,
    maxLoad,
    maxFragmentation,
    maxReserved,
    maxStranded,
    maxGrowth,
    capacity,
    tolerance,
  });
}

function given(values: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
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

function checkUsage(file: string, options: CheckCommandOptions, isRun: boolean): void {
  formOf(options);
  const {baseline, tolerance} = options;
  if (tolerance !== undefined && baseline === undefined)
    throw new CliError('--tolerance applies to --baseline, which is missing', EXIT.usage);
  if (isRun) {
    checkRunUsage(file, options);
    return;
  }
  if (options.maxOutliers !== undefined)
    throw new CliError(`--max-outliers applies to the folder of a batch, and ${file} is none`, EXIT.usage);
  if (baseline === undefined && LIMITS.every(limit => options[limit] === undefined))
    throw new CliError(
      'nothing to check: expected --max-peak, --max-load, --max-fragmentation, --max-reserved, --max-stranded, --max-growth, --capacity or --baseline',
      EXIT.usage,
    );
  if (file === '-' && baseline === '-')
    throw new CliError('FILE and --baseline cannot both be -', EXIT.usage);
}

/** Results are planned already: what an analysis depends on was given to `stowage batch`. */
function checkRunUsage(folder: string, options: CheckCommandOptions): void {
  const known: readonly string[] = [...LIMITS, ...OF_RUN];
  const other = Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name));
  if (!other) return;
  const option = other[0].replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
  throw new CliError(
    `--${option} does not apply to ${folder}, the folder of a batch: its results are planned already; give it to stowage batch`,
    EXIT.usage,
  );
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
