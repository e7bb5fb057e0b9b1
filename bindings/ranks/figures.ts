/** The figures that limits are compared with, of one problem or one part of a recording. */
import {keptPools, recordedState, withoutPools} from '../allocators/index.ts';
import type {CheckedFigures} from '../compare/check.ts';
import {type EvidenceSource, evidenceOf, recordingPeakOf} from '../evidence/index.ts';
import type {Bounds, Plan} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';

const NO_PLAN = 'no plan: fixed offsets collide';

/** A problem to judge, and its origin: a step of a trace, or a problem that was read as it is. */
export interface JudgedPart extends EvidenceSource {
  readonly format: string;
  readonly problem: ProblemColumns;
}

export interface PlannedPart {
  readonly plan: Plan;
  readonly bounds: Bounds;
}

/** The figures that need no plan. */
export function knownFigures(
  chosen: JudgedPart,
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
export function plannedFigures(chosen: JudgedPart, {plan, bounds}: PlannedPart): CheckedFigures {
  const planned = withRequest(chosen, plan.lowerBound, peakOf(plan) ?? NO_PLAN);
  return {...knownFigures(chosen), ...planned, load: bounds.load};
}

/** The plan without the pools that CUDA graphs keep, which are beside it; nothing where there are none. */
export async function besideGraphs<Part extends JudgedPart>(
  chosen: Part,
  solve: (chosen: Part) => Promise<PlannedPart>,
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
  {trace, step}: JudgedPart,
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

function reservedOrReason(chosen: JudgedPart): number | string {
  const reserved = reservedOf(chosen);
  if (reserved !== null) return reserved;
  if (chosen.trace?.cuda) return 'unknown: the snapshot has no segments';
  return `unknown: ${chosen.format} does not record reserved bytes; a CUDA memory snapshot does`;
}

function allocatedOrReason({trace, step, format}: JudgedPart): number | string {
  if (!trace?.cuda || !step)
    return `unknown: ${format} does not record allocated bytes; a CUDA memory snapshot does`;
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  return recordedState(trace, device).mostLive;
}

/** Bytes; null if fixed offsets collide. */
export function peakOf({peak}: Plan): number | null {
  return Number.isNaN(peak) ? null : peak;
}

/** The most bytes that were reserved on the device; null if the recording does not say. */
export function reservedOf({trace, step}: JudgedPart): number | null {
  if (!trace?.cuda || !step) return null;
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  return trace.cuda.devices[device]!.reserved.most || null;
}
