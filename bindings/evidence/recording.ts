/** The most that a whole recording needed on a device, and where: what a part of it must be measured against. */
import {formatBytes, formatCount} from '../model/quantities.ts';
import {ALLOC, type CudaOutOfMemory, FREE_COMPLETED, FREE_REQUESTED} from '../trace/cuda.ts';
import type {StepProblem} from '../trace/step/step.ts';
import {type DeviceTimeline, timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Trace} from '../trace/trace.ts';

/** Bytes, as the program requested them. */
export interface RecordingPeak {
  /** Live together, blocks from before the recording and a failed request among them. */
  readonly bytes: number;
  /** Of these: blocks from before the recording that outlive it. */
  readonly older: number;
  /** Of these: a request that failed; 0 where the peak is no failed request. */
  readonly failedRequest: number;
  /** It is live after so many of the device's memory events; of `events`. */
  readonly event: number;
  readonly events: number;
  readonly place: RecordingPlace;
}

/** Where in the recording: in an iteration, or in a phase beside them. */
export type RecordingPlace =
  | {readonly kind: 'iteration'; readonly iteration: number}
  | {readonly kind: 'before' | 'after'}
  | {readonly kind: 'between'; readonly iteration: number; readonly next: number}
  /** The recording has no iterations. */
  | {readonly kind: 'anywhere'};

/** The peak of the recording that a step is part of, on the step's device. */
export function recordingPeakOf(trace: Trace, {device}: Pick<StepProblem, 'device'>): RecordingPeak {
  return recordingPeak(
    trace,
    trace.devices.findIndex(({name}) => name === device.name),
  );
}

export function recordingPeak(trace: Trace, device: number): RecordingPeak {
  const timeline = timelineOf(trace, device);
  const older = trace.cuda?.devices[device]?.persistent.bytes ?? 0;
  let [event, most, failedRequest] = [0, 0, 0];
  timeline.live.forEach((bytes, position) => {
    if (bytes > most) [event, most] = [position, bytes];
  });
  for (const failed of trace.cuda?.outOfMemory ?? []) {
    if (trace.cuda!.entries.device[failed.entry] !== device) continue;
    const position = positionOf(timeline, failed);
    const bytes = timeline.live[position]! + failed.bytes;
    if (bytes >= most) [event, most, failedRequest] = [position, bytes, failed.bytes];
  }
  return {
    bytes: most + older,
    older,
    failedRequest,
    event,
    events: timeline.memory.count,
    place: placeOf(timeline, event, failedRequest > 0),
  };
}

/** Memory events of the device before an entry of the snapshot. */
function positionOf({trace, device, memory}: DeviceTimeline, {entry}: CudaOutOfMemory): number {
  const {action, device: devices, bytes} = trace.cuda!.entries;
  const free = action.includes(FREE_COMPLETED) ? FREE_COMPLETED : FREE_REQUESTED;
  let position = 0;
  for (let i = 0; i < entry; i++) {
    if (devices[i] === device && bytes[i]! > 0 && (action[i] === ALLOC || action[i] === free)) position++;
  }
  return Math.min(position, memory.count);
}

/** @param isNext whether it is at the event that follows, which was never recorded. */
function placeOf({iterations: {iterations}}: DeviceTimeline, event: number, isNext: boolean): RecordingPlace {
  const at = isNext ? event : event - 1;
  const first = iterations[0];
  if (!first) return {kind: 'anywhere'};
  if (at < first.firstEvent) return {kind: 'before'};
  const last = iterations.findLastIndex(({firstEvent}) => firstEvent <= at);
  const own = iterations[last]!;
  if (at < own.endEvent) return {kind: 'iteration', iteration: own.number};
  const next = iterations[last + 1];
  return next ? {kind: 'between', iteration: own.number, next: next.number} : {kind: 'after'};
}

/** `in iteration 4`, `before the first iteration`; `''` where there are none. */
export function describePlace(place: RecordingPlace): string {
  switch (place.kind) {
    case 'iteration':
      return `in iteration ${place.iteration}`;
    case 'before':
      return 'before the first iteration';
    case 'after':
      return 'after the last iteration';
    case 'between':
      return `between iterations ${place.iteration} and ${place.next}`;
    case 'anywhere':
      return '';
  }
}

/** `943,718,400 B live at most, after event 22 of 66, before the first iteration`. */
export function describeRecordingPeak({bytes, failedRequest, event, events, place}: RecordingPeak): string {
  const where = describePlace(place);
  const phase = where === '' ? '' : `, ${where}`;
  const at = `after event ${formatCount(event)} of ${formatCount(events)}`;
  return failedRequest > 0
    ? `${formatBytes(bytes)} live and requested at most: a request of ${formatBytes(failedRequest)} failed ${at}${phase}`
    : `${formatBytes(bytes)} live at most, ${at}${phase}`;
}
