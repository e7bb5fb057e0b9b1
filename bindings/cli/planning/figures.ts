/** The figures that limits are compared with: of a problem, or of a whole recording and its last whole iteration. */
import {keptPools, recordedState, withoutPools} from '../../allocators/index.ts';
import {type CheckedFigures, evidenceOf, type PlanTotals, recordingPeakOf} from '../../trace.ts';
import type {Input} from '../io/input.ts';
import {type ChosenProblem, chooseProblem} from './chosen-problem.ts';
import {type ComparisonOptions, peakOf, reservedOf} from './compared-file.ts';
import type {SolvedProblem} from './planning.ts';

const NO_PLAN = 'no plan: fixed offsets collide';

/**
 * The whole recording, then its last whole iteration: a run fits where all of it does, though most of it is iterations. Only
 * what the user names is judged if that is one of them.
 */
export function judgedParts(input: Input, options: ComparisonOptions): ChosenProblem[] {
  const {iteration = 'auto'} = options;
  const chosen = chooseProblem(input, options);
  if (!chosen.step || iteration !== 'auto' || chosen.step.iteration === 'window') return [chosen];
  return [chooseProblem(input, {...options, iteration: 'window'}), chosen];
}

/** The figures that need no plan. */
export function knownFigures(
  chosen: ChosenProblem,
): Pick<CheckedFigures, 'evidence' | 'persistent' | 'reserved' | 'allocated' | 'recording'> {
  const {trace, step} = chosen;
  return {
    evidence: evidenceOf(chosen),
    persistent: step?.persistent.bytes ?? 0,
    reserved: reservedOrReason(chosen),
    allocated: allocatedOrReason(chosen),
    ...(trace && step ? {recording: recordingPeakOf(trace, step).bytes} : {}),
  };
}

/** The figures of a part that was planned. */
export function plannedFigures(chosen: ChosenProblem, {plan, bounds}: SolvedProblem): CheckedFigures {
  const planned = withRequest(chosen, plan.lowerBound, peakOf(plan) ?? NO_PLAN);
  return {...knownFigures(chosen), ...planned, load: bounds.load};
}

/** The plan without the pools that CUDA graphs keep, which are beside it; nothing where there are none. */
export async function besideGraphs(
  chosen: ChosenProblem,
  solve: (chosen: ChosenProblem) => Promise<SolvedProblem>,
): Promise<Pick<CheckedFigures, 'besideGraphs'>> {
  const {trace, step} = chosen;
  if (!trace?.cuda || !step) return {};
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  const kept = keptPools(trace, device, step);
  if (kept.pools.size === 0) return {};
  const own = withoutPools(trace, step, kept.pools);
  const {plan} = await solve({...chosen, step: own, problem: own.problem});
  const peak = peakOf(plan) ?? NO_PLAN;
  return {besideGraphs: {...withRequest(chosen, plan.lowerBound, peak), kept: kept.bytes - kept.persistent}};
}

/** The plan of a whole recording, with the request that failed on top of it; at least what was live then and requested. */
export function withRequest(
  {trace, step}: ChosenProblem,
  lowerBound: number,
  peak: number | string,
): {peak: number | string; lowerBound: number} {
  if (!trace || step?.iteration !== 'window') return {peak, lowerBound};
  const {bytes, failedRequest} = recordingPeakOf(trace, step);
  return {
    peak: typeof peak === 'string' ? peak : peak + failedRequest,
    lowerBound: failedRequest > 0 ? Math.max(lowerBound, bytes - step.persistent.bytes) : lowerBound,
  };
}

export function figuresOfBaseline({
  peak,
  persistentBytes,
  recordingBytes,
}: PlanTotals): NonNullable<CheckedFigures['baseline']> {
  return {
    peak: peak ?? 'the baseline has no peak: its fixed offsets collide',
    persistent: persistentBytes,
    ...(recordingBytes === undefined ? {} : {recording: recordingBytes}),
  };
}

function reservedOrReason(chosen: ChosenProblem): number | string {
  const reserved = reservedOf(chosen);
  if (reserved !== null) return reserved;
  if (chosen.trace?.cuda) return 'unknown: the snapshot has no segments';
  return `unknown: ${chosen.format} does not record reserved bytes; a CUDA memory snapshot does`;
}

function allocatedOrReason({trace, step, format}: ChosenProblem): number | string {
  if (!trace?.cuda || !step)
    return `unknown: ${format} does not record allocated bytes; a CUDA memory snapshot does`;
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  return recordedState(trace, device).mostLive;
}
