/**
 * Memory of a CUDA program that a plan would save, over a whole recording: the most that was reserved − what a plan of all
 * of it needs. A plan of one iteration needs less, and says nothing about the rest of the run.
 */
import {type Evidence, evidenceOfStep} from '../evidence/index.ts';
import type {Plan} from '../model/plan.ts';
import {formatBytes} from '../model/quantities.ts';
import {SEGMENT_ALLOC, SEGMENT_FREE, SEGMENT_UNMAP} from '../trace/cuda.ts';
import type {StepProblem} from '../trace/step/step.ts';
import type {Trace} from '../trace/trace.ts';
import type {KeptPools} from './private-pools.ts';
import {recordedState} from './recorded-state.ts';
import {roundUp} from './rounding.ts';

/** Bytes throughout, as the allocator rounds them. */
export interface Recoverable {
  readonly evidence: Evidence;
  /** The most that was reserved within the recording. */
  readonly reserved: number;
  /** Whether that is known only for the end: no segment events were recorded. */
  readonly isReservedAtEnd: boolean;
  readonly persistent: number;
  /** Private pools from before the recording: CUDA graphs keep them as they are, so no plan gets them back. */
  readonly kept: number;
  /** Of a plan of the whole recording. */
  readonly plannedPeak: number;
  readonly lowerBound: number;
  /** Persistent, kept and planned peak. */
  readonly needed: number;
  /** Never negative; null where the recording does not show what was reserved when most was live. */
  readonly recoverable: number | null;
  /** Whether no plan that keeps to the assumptions recovers more. */
  readonly isProven: boolean;
  /** Why `recoverable` is null, or why more is needed than was reserved; `''` otherwise. */
  readonly reason: string;
  /** Streams and private pools, which share no bytes in the plan. */
  readonly parts: number;
}

/**
 * @param whole the step that is the whole recording, without the pools that are kept; `plan` is its plan.
 * @returns undefined where the trace is no CUDA snapshot, or one without segments.
 */
export function recoverableBytes(
  trace: Trace,
  device: number,
  whole: StepProblem,
  plan: Pick<Plan, 'peak' | 'lowerBound' | 'parts'>,
  kept: KeptPools,
): Recoverable | undefined {
  const reserved = trace.cuda?.devices[device]?.reserved.most;
  if (!reserved) return undefined;
  const plannedPeak = roundUp(plan.peak);
  const lowerBound = roundUp(plan.lowerBound);
  const fixed = whole.persistentAligned - kept.persistent + kept.bytes;
  const needed = fixed + plannedPeak;
  const isReservedAtEnd = countActions(trace, device, SEGMENT_ALLOC, SEGMENT_UNMAP) === 0;
  const {mostLive} = recordedState(trace, device);
  const isMissing = isReservedAtEnd && mostLive > reserved;
  const evidence = evidenceOfStep(trace, whole);
  return {
    evidence: isReservedAtEnd
      ? {...evidence, assumptions: [...evidence.assumptions, 'reserved-at-end']}
      : evidence,
    reserved,
    isReservedAtEnd,
    persistent: whole.persistentAligned - kept.persistent,
    kept: kept.bytes,
    plannedPeak,
    lowerBound,
    needed,
    recoverable: isMissing ? null : Math.max(0, reserved - needed),
    isProven: !isMissing && (plannedPeak === lowerBound || fixed + lowerBound >= reserved),
    reason: isMissing
      ? `${formatBytes(mostLive)} were live at the peak, more than the ${formatBytes(reserved)} that are reserved at the end; the recording holds no segment events, so what was reserved at the peak is not in it`
      : needed > reserved
        ? reasonOfMore(trace, device, plan)
        : '',
    parts: plan.parts?.length ?? 1,
  };
}

/** Why a plan needs more than the allocator reserved. */
function reasonOfMore(trace: Trace, device: number, {parts}: Pick<Plan, 'parts'>): string {
  const waiting = trace.cuda!.devices[device]!.waitingFrees;
  const returned = countActions(trace, device, SEGMENT_FREE, SEGMENT_FREE);
  const causes = [
    ...(waiting.count > 0
      ? ['blocks whose free waited keep their bytes in the plan, and gave them back in the recording']
      : []),
    ...(parts && returned > 0
      ? [`the allocator returned ${returned} segments, so that memory of one stream became that of another`]
      : []),
  ];
  return causes.length > 0
    ? causes.join('; ')
    : 'the plan is not the best one, or the recording lacks events';
}

function countActions({cuda}: Trace, device: number, from: number, to: number): number {
  const {action, device: of} = cuda!.entries;
  return action.reduce((sum, one, i) => sum + (of[i] === device && one >= from && one <= to ? 1 : 0), 0);
}
