/** `stowage check`: a file against limits and a baseline, for a gate in continuous integration. */
import type {Command} from 'commander';
import {recordedState} from '../../allocators/index.ts';
import {
  type Check,
  type CheckedFigures,
  evaluateChecks,
  type Limits,
  type PlanTotals,
  readPlanTotals,
} from '../../trace.ts';
import {boundsOf, describeSide, peakOf, planWhole, reservedOf, type SideOptions} from '../compared-file.ts';
import {CliError, EXIT} from '../exit.ts';
import {readInput, readSource} from '../input.ts';
import {type Done, withBudget, withChoice} from '../options.ts';
import {type Answer, type FormOptions, formOf, publish, withForms} from '../publish.ts';
import {formatBytes, formatPercent, parseBytes, parsePercent, plural} from '../quantities.ts';
import {type Task, taskOf} from '../task.ts';
import {markdownName, markdownTable, type Table} from '../text/table.ts';

export interface CheckCommandOptions extends SideOptions, FormOptions, Limits {
  readonly baseline?: string;
}

export function addCheckCommand(root: Command, done: Done): void {
  const check = root
    .command('check')
    .argument('<FILE>', 'a trace, a problem or a model')
    .description('check figures of a file against limits; exit 1 where one is exceeded or not known')
    .option('--max-peak <BYTES>', 'of the plan, e.g. 70GiB', parseBytes)
    .option('--max-load <BYTES>', 'of the problem: the most its buffers take at a time', parseBytes)
    .option('--max-fragmentation <PERCENT>', 'of the plan: peak ÷ lower bound − 1, e.g. 5%', parsePercent)
    .option('--max-reserved <BYTES>', 'of the recorded allocator', parseBytes)
    .option(
      '--max-stranded <PERCENT>',
      'fragmentation of the recorded allocator: (reserved − allocated) ÷ reserved, the most of each',
      parsePercent,
    )
    .option('--capacity <BYTES>', 'persistent blocks and planned peak must fit into it', parseBytes)
    .option('--baseline <PLAN>', 'a plan in JSON, whose peak and persistent bytes must not be exceeded')
    .option('--tolerance <PERCENT>', 'by which the baseline may be exceeded (default: 0%)', parsePercent)
    .action(async (file: string, options: CheckCommandOptions) => done(await checkCommand(file, options)));
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
export async function checkCommand(file: string, options: CheckCommandOptions): Promise<number> {
  checkUsage(file, options);
  const baseline =
    options.baseline === undefined ? undefined : await readSource(options.baseline, readPlanTotals);
  const read = taskOf(await readInput(file, options), options);
  const task = {...read, warnings: [...read.warnings, ...oddities(read, baseline)]};
  const figures = await figuresOf(task, options, baseline);
  const checks = evaluateChecks(figures, options);
  await publish(answerOf(task, figures, checks), options);
  return checks.every(({passed}) => passed) ? EXIT.ok : EXIT.checkFailed;
}

function checkUsage(file: string, options: CheckCommandOptions): void {
  formOf(options);
  const {baseline, tolerance} = options;
  if (baseline === undefined && LIMITS.every(limit => options[limit] === undefined))
    throw new CliError(
      'nothing to check: give --max-peak, --max-load, --max-fragmentation, --max-reserved, --max-stranded, --capacity or --baseline',
      EXIT.usage,
    );
  if (tolerance !== undefined && baseline === undefined)
    throw new CliError('--tolerance: there is no --baseline that it could be of', EXIT.usage);
  if (file === '-' && baseline === '-')
    throw new CliError('only one of FILE and --baseline can be -', EXIT.usage);
}

/** A baseline of another kind of plan can be held against, but means something else. */
function oddities({step}: Task, baseline: PlanTotals | undefined): string[] {
  const lifetimes = step?.lifetimes ?? null;
  const planned = baseline?.source?.lifetimes;
  if (planned === undefined || planned === lifetimes) return [];
  return [
    `the baseline was planned with ${planned ?? 'no'} lifetimes of a trace, this one with ${lifetimes ?? 'none'}`,
  ];
}

async function figuresOf(
  task: Task,
  options: CheckCommandOptions,
  baseline: PlanTotals | undefined,
): Promise<CheckedFigures> {
  const persistent = task.step?.persistent.bytes ?? 0;
  const recorded = {reserved: reservedOrReason(task), allocated: allocatedOrReason(task)};
  const isPlanned = baseline ?? options.maxPeak ?? options.maxFragmentation ?? options.capacity !== undefined;
  if (!isPlanned) {
    const {load, lowerBound} = boundsOf(task);
    return {peak: 'not planned', lowerBound, load, persistent, ...recorded};
  }
  const {plan, bounds} = await planWhole(task, options);
  return {
    peak: peakOf(plan) ?? 'there is no plan: fixed offsets collide',
    lowerBound: plan.lowerBound,
    load: bounds.load,
    persistent,
    ...recorded,
    ...(baseline
      ? {
          baseline: {
            peak: baseline.peak ?? 'the baseline has no peak: its fixed offsets collide',
            persistent: baseline.persistentBytes,
          },
        }
      : {}),
  };
}

function reservedOrReason(task: Task): number | string {
  const reserved = reservedOf(task);
  if (reserved !== null) return reserved;
  if (task.trace?.cuda) return 'unknown: the snapshot holds no segments';
  return `unknown: ${task.format} does not tell what was reserved; a CUDA memory snapshot does`;
}

function allocatedOrReason({trace, step, format}: Task): number | string {
  if (!trace?.cuda || !step) return `unknown: ${format} does not tell what was allocated`;
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  return recordedState(trace, device).mostLive;
}

function answerOf(task: Task, figures: CheckedFigures, checks: readonly Check[]): Answer {
  const {file, format, step, warnings} = task;
  const source = {file, format, iteration: step?.iteration ?? null, device: step?.device.name ?? null};
  const failed = checks.filter(({passed}) => !passed).length;
  const all = plural(checks.length, 'check');
  const verdict = failed === 0 ? `${all} passed` : `${failed} of ${all} failed`;
  return {
    json: {
      schema: 'stowage.check/1',
      source,
      passed: failed === 0,
      checks,
      figures: figuresJson(figures),
      warnings,
    },
    warnings: warnings.map(warning => `${file}: ${warning}`),
    lines: [...checks.map(describeCheck), `${verdict}: ${describeSide(source)}`],
    markdown: [
      `stowage check: ${markdownName(describeSide(source))}`,
      ...markdownTable(checkTable(verdict, checks)),
    ],
  };
}

function figuresJson({peak, lowerBound, load, persistent, reserved, allocated}: CheckedFigures): object {
  const known = (value: number | string): number | null => (typeof value === 'string' ? null : value);
  return {
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
    head: ['', 'check', 'value', 'at most', 'why'],
    right: [2, 3],
    rows: checks.map(({passed, name, unit, value, limit, reason}) => [
      passed ? '✅' : '❌',
      name,
      show(value, unit),
      show(limit, unit),
      reason,
    ]),
  };
}

function show(value: number | null, unit: Check['unit']): string {
  if (value === null) return 'not known';
  return unit === 'bytes' ? formatBytes(value) : formatPercent(value);
}

function describeCheck({name, passed, unit, value, limit, reason}: Check): string {
  const words = `${passed ? 'ok    ' : 'FAILED'}  ${name}: `;
  if (value === null || limit === null) return `${words}${reason}`;
  const why = reason === '' ? '' : `: ${reason}`;
  return `${words}${show(value, unit)} of at most ${show(limit, unit)}${why}`;
}
