/** How the streams of a plan are ordered, and which waits are missing: lines of text, and fields of `stowage.plan/1`. */
import {concurrencyBoundOf, type Plan} from '../../index.ts';
import {idOf} from '../../model/problem.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {
  countStreams,
  describeConcurrency,
  type MissingWait,
  type MissingWaits,
  missingWaits,
  type StepConcurrency,
  type StepProblem,
  type Trace,
} from '../../trace.ts';
import {type ChosenProblem, operationOf} from '../planning/chosen-problem.ts';

/** Absent for one stream whose blocks no other uses. */
export function streamLine(trace: Trace, device: number, {rules, concurrency}: StepProblem): string[] {
  const streams = countStreams(trace, device);
  if (concurrency) return [`streams      ${describeConcurrency(concurrency)}`];
  if (streams < 2) return [];
  const rule =
    rules.streams === 'together'
      ? 'together: wherever the plan hands bytes from one to another, its server must make the streams wait'
      : 'no waits recorded: kept apart';
  return [`streams      ${formatCount(streams)}; ${rule}`];
}

/** Undefined for a plan whose streams no recorded wait orders. */
export function missingWaitsOf({trace, step}: ChosenProblem): MissingWaits | undefined {
  return trace && step?.concurrency ? missingWaits(trace, step, concurrencyBoundOf) : undefined;
}

/** So many buffers of the bound, and so many missing waits, are named. */
const MOST_NAMED = 10;

export function missingWaitLines(waits: MissingWaits, chosen: ChosenProblem, plan: Plan): string[] {
  const {lowerBound, buffers, missing, best, tried, candidates} = waits;
  const name = (i: number) => nameOf(chosen, i);
  const bySize = [...buffers].sort((a, b) => chosen.problem.size[b]! - chosen.problem.size[a]! || a - b);
  const more = plan.lowerBound > lowerBound ? '; the search proves more than these need' : '';
  const gain = best
    ? `${best.stream} waits for ${best.waitsFor} before ${name(best.before)} is allocated: they need ${formatBytes(best.lowerBound)}, ${formatBytes(lowerBound - best.lowerBound)} less`
    : 'no single one lowers that';
  return [
    `together     ${formatBytes(lowerBound)} by ${plural(buffers.length, 'buffer')}, of which any two may be live at once${more}:`,
    ...bySize
      .slice(0, MOST_NAMED)
      .map(i => `             ${name(i)}, ${formatBytes(chosen.problem.size[i]!)}`),
    ...others(buffers.length),
    ...missing.slice(0, MOST_NAMED).map(wait => `missing      ${describeMissing(wait, name)}`),
    ...others(missing.length),
    ...(candidates === 0
      ? []
      : [`best wait    ${gain} (tried: ${formatCount(tried)} of ${formatCount(candidates)})`]),
  ];
}

function others(count: number): string[] {
  return count > MOST_NAMED ? [`             … ${formatCount(count - MOST_NAMED)} more`] : [];
}

function describeMissing(
  {stream, waitsFor, after, before}: MissingWait,
  name: (i: number) => string,
): string {
  return `${stream} never waits for ${waitsFor} after ${name(after)} is used there, before ${name(before)} is allocated`;
}

function nameOf(chosen: ChosenProblem, i: number): string {
  const operation = operationOf(chosen, i);
  return operation ? `${idOf(chosen.problem, i)} (${operation})` : idOf(chosen.problem, i);
}

/** Documented in `docs/plan-json.md`. */
export interface StreamsJson extends StepConcurrency {
  /** Present with `--explain`. */
  readonly missing?: Omit<MissingWaits, 'missing' | 'best'> & {
    readonly waits: MissingWaits['missing'];
    readonly best: MissingWaits['best'] | null;
  };
}

export function streamsJson(concurrency: StepConcurrency, found: MissingWaits | undefined): StreamsJson {
  if (!found) return concurrency;
  const {missing: waits, best = null, ...others} = found;
  return {...concurrency, missing: {...others, waits, best}};
}
