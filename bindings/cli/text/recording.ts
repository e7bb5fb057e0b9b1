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
    ...streamLines(trace, device, step),
    ...graphs,
  ];
}

/** Absent for one stream without frees that waited. */
function streamLines(trace: Trace, device: number, {rules}: StepProblem): string[] {
  const timeline = timelineOf(trace, device);
  const {streams} = timeline.parts('apart');
  const {iterations} = timeline.iterations;
  const areTogether = rules.streams === 'together';
  const rule = areTogether
    ? 'together: wherever the plan hands bytes from one to another, its server must make the streams wait'
    : 'no waits recorded: kept apart';
  const hasBorders = rules.idle === 'iteration' && iterations.length > 0;
  const over = hasBorders
    ? 'to the end of the iteration, where you state that the device is idle'
    : 'in the plan';
  const kept = areTogether
    ? 'as in the recording, which another run need not repeat'
    : `these blocks keep their bytes ${over}`;
  const waiting = describeWaitingFrees(waitingFrees(trace, device));
  return [
    ...(streams > 1 ? [`streams      ${streams}; ${rule}`] : []),
    ...(waiting === '' ? [] : [`waiting      ${waiting}: ${kept}`]),
  ];
}
