/** The block table of one step of a trace. */
import {blockNames, type GroupBy, type MemoryRange, peakOf} from '../behaviour/breakdown.ts';
import {deviceEvents} from '../behaviour/device-events.ts';
import {withoutNumber} from '../calls/trace-calls.ts';
import {recordingPeak} from '../evidence/index.ts';
import {UsageError} from '../model/errors.ts';
import type {FrameChoice} from '../trace/cuda-frames.ts';
import type {StepProblem} from '../trace/step/step.ts';
import {type DeviceTimeline, timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Trace} from '../trace/trace.ts';
import {type BlockTable, type KnownTotals, type NameColumn, nameColumn} from './block-table.ts';

/**
 * @param step the result of `stepProblem` for the trace: its window, its device.
 * @param at the memory event of the device after which the moment is; where absent, the peak of the window.
 * @throws {UsageError} for an event outside the window.
 */
export function blockTableOfStep(
  trace: Trace,
  step: Pick<StepProblem, 'iteration' | 'device' | 'persistent'>,
  {at, frames = {}, ...known}: KnownTotals & {readonly at?: number; readonly frames?: FrameChoice} = {},
): BlockTable {
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  const timeline = timelineOf(trace, device);
  const {live, malloc, free} = timeline;
  const range = rangeOf(timeline, step.iteration);
  const moment = at ?? peakOf(live, range).event;
  if (!(moment >= range.firstEvent - 1 && moment < Math.max(range.endEvent, range.firstEvent))) {
    throw new UsageError(
      `event: expected one from ${range.firstEvent - 1} to ${range.endEvent - 1}, after which the moment is, got ${at}`,
    );
  }
  const rows = rowsOf(timeline, range);
  const count = rows.length;
  const {count: blocks, bytes} = trace.cuda?.devices[device]?.persistent ?? {count: 0, bytes: 0};
  // an annotation that counts its occurrences is the same operation in each
  const operations = trace.operations.map(withoutNumber);
  const source = nameColumn(count, row => operations[trace.blocks.operation[rows[row]!]!]!);
  const recording = recordingPeak(trace, device).bytes;
  const totals = {load: null, lowerBound: null, peak: null, recording, reserved: null, ...known};
  return {
    count,
    bytes: Float64Array.from(rows, block => trace.blocks.bytes[block]!),
    isLive: Uint8Array.from(rows, block => (malloc[block]! <= moment && free[block]! > moment ? 1 : 0)),
    source,
    groups: groupsOf(timeline, range, rows, source, frames),
    idOf: row => `b${rows[row]}`,
    moment,
    unseen: {blocks, bytes},
    totals: {...totals, live: live[moment + 1]! + bytes, persistent: step.persistent.bytes},
  };
}

function rangeOf({memory, iterations}: DeviceTimeline, iteration: number | 'window'): MemoryRange {
  if (iteration === 'window') return {firstEvent: 0, endEvent: memory.count};
  return iterations.iterations.find(({number}) => number === iteration)!;
}

/** The blocks that live in the range, in order of allocation; of those from before, in order of their first event. */
function rowsOf({blocks, malloc, free}: DeviceTimeline, {firstEvent, endEvent}: MemoryRange): Uint32Array {
  const living = blocks.filter(block => malloc[block]! < endEvent && free[block]! >= firstEvent);
  return living.sort((a, b) => malloc[a]! - malloc[b]! || a - b);
}

function groupsOf(
  timeline: DeviceTimeline,
  range: MemoryRange,
  rows: Uint32Array,
  operation: NameColumn,
  frames: FrameChoice,
): BlockTable['groups'] {
  const {trace, device} = timeline;
  const by = (group: GroupBy): NameColumn => {
    const nameOf = blockNames(timeline, group, range, frames);
    return nameColumn(rows.length, row => nameOf(rows[row]!));
  };
  const hasAccesses = deviceEvents(trace, device).accesses > 0;
  return {
    lifetime: by('lifetime'),
    ...(hasAccesses ? {content: by('content')} : {}),
    ...(trace.paths?.some(({module}) => module !== '') ? {module: by('module')} : {}),
    ...(trace.operations.length > 1 ? {operation} : {}),
    ...(trace.paths ? {leaf: by('leaf')} : {}),
    ...(trace.cuda ? {frame: by('frame')} : {}),
  };
}
