/** The whole recording that a planned part is from, as lines of text: its peak, its streams, frees that waited. */

import {keptPools} from '../../allocators/index.ts';
import {formatBytes, plural} from '../../model/quantities.ts';
import {
  describeRecordingPeak,
  recordingPeakOf,
  type StepProblem,
  type Trace,
  timelineOf,
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
  const {streams} = timelineOf(trace, device).parts('apart');
  const {count, bytes} = trace.cuda?.devices[device]?.waitingFrees ?? {count: 0, bytes: 0};
  const areTogether = rules.streams === 'together';
  const rule = areTogether
    ? 'together: wherever the plan hands bytes from one to another, its server must make the streams wait'
    : 'no waits recorded: kept apart';
  const over =
    rules.idle === 'iteration'
      ? 'to the end of the iteration, where you state that the device is idle'
      : 'in the plan';
  const kept = areTogether
    ? 'as in the recording, which another run need not repeat'
    : `these blocks keep their bytes ${over}`;
  return [
    ...(streams > 1 ? [`streams      ${streams}; ${rule}`] : []),
    ...(count > 0
      ? [
          `waiting      ${plural(count, 'free')} waited for other streams and held up to ${formatBytes(bytes)}: ${kept}`,
        ]
      : []),
  ];
}
