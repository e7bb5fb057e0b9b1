/** The whole recording that a planned part is from, as lines of text: its peak, its streams, frees that waited. */

import {keptPools} from '../../allocators/index.ts';
import {formatBytes, plural} from '../../model/quantities.ts';
import {
  describeRecordingPeak,
  describeWaitingFrees,
  recordingPeakOf,
  type StepProblem,
  type Trace,
  timelineOf,
  waitingFrees,
} from '../../trace.ts';
import {describeIteration} from './source.ts';
import {streamLine} from './streams.ts';

/** The peak of the whole recording, beside that of the planned iteration. */
export function recordingLines(trace: Trace, step: StepProblem): string[] {
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  const peak = recordingPeakOf(trace, step);
  const own = step.recordedLoad + step.persistent.bytes;
  const part =
    step.iteration === 'window' ? '' : `; ${describeIteration(step.iteration)} alone: ${formatBytes(own)}`;
  const kept = keptPools(trace, device, step);
  const graphs =
    kept.pools.size > 0
      ? [
          `graphs       ${plural(kept.pools.size, 'pool')} of CUDA graphs from before: ${formatBytes(kept.bytes)} stay reserved for them, beside the plan`,
        ]
      : [];
  return [
    `recording    ${describeRecordingPeak(peak)}${part}`,
    ...streamLine(trace, device, step),
    ...waitingLines(trace, device, step),
    ...graphs,
  ];
}

/** Absent without frees that waited. */
function waitingLines(trace: Trace, device: number, {rules}: StepProblem): string[] {
  const {iterations} = timelineOf(trace, device).iterations;
  const hasBorders = rules.idle === 'iteration' && iterations.length > 0;
  const over = hasBorders
    ? 'to the end of the iteration, where you state that the device is idle'
    : 'in the plan';
  const kept =
    rules.streams === 'together'
      ? 'as in the recording, which another run need not repeat'
      : `these blocks keep their bytes ${over}`;
  const waiting = describeWaitingFrees(waitingFrees(trace, device));
  return waiting === '' ? [] : [`waiting      ${waiting}: ${kept}`];
}
