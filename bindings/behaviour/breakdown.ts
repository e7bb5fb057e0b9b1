/** Bytes by group: by content, by the operation or the source frame that allocated them; all and at the peak. */
import type {FrameChoice} from '../trace/cuda-frames.ts';
import {type DeviceTimeline, timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Iteration} from '../trace/timeline/iterations.ts';
import type {MemoryEvents} from '../trace/timeline/memory-events.ts';
import type {Trace} from '../trace/trace.ts';
import {CONTENTS, classifyContents, type EventRange} from './contents.ts';
import {allocationFrames} from './frames.ts';
import {classifyLifetimes, LIFETIME_CLASSES} from './lifetimes.ts';

/** Memory events `[firstEvent, endEvent)` of the device. */
export type MemoryRange = Pick<Iteration, 'firstEvent' | 'endEvent'>;

export interface Group {
  /** `''` where unknown. */
  readonly name: string;
  /** Blocks of the group that live in the window, and the sum of their bytes: more than is live at a time. */
  readonly blocks: number;
  readonly bytes: number;
  /** Those of them that are live at the peak. */
  readonly peakBlocks: number;
  readonly peakBytes: number;
}

export interface Breakdown {
  /** The first memory event after which the most bytes of the window are live; −1: before its first event. */
  readonly peakEvent: number;
  /** Bytes live then: the sum over all groups. */
  readonly peakBytes: number;
  /** Most bytes at the peak first, then most bytes, then by name. */
  readonly groups: readonly Group[];
}

/**
 * `content` is known only where reads and writes were recorded, `module` and `leaf` only where call paths were, `frame`
 * only where stacks were; `lifetime` classes
 * are those against the window, so the peak without `persistent` is the load of the window's problem.
 */
export type GroupBy = 'content' | 'lifetime' | 'module' | 'operation' | 'leaf' | 'frame';

/** @param window the whole recording where absent. */
export function breakDown(
  trace: Trace,
  device: number,
  by: GroupBy,
  window?: MemoryRange,
  frames: FrameChoice = {},
): Breakdown {
  const timeline = timelineOf(trace, device);
  const {blocks, malloc, free} = timeline;
  const range = window ?? {firstEvent: 0, endEvent: timeline.memory.count};
  const nameOf = blockNames(timeline, by, range, frames);
  const peak = peakOf(timeline.live, range);
  const groups = new Map<string, {-readonly [key in keyof Group]: Group[key]}>();
  for (const block of blocks) {
    if (malloc[block]! >= range.endEvent || free[block]! <= range.firstEvent - 1) continue;
    const name = nameOf(block);
    const group = groups.get(name) ?? {name, blocks: 0, bytes: 0, peakBlocks: 0, peakBytes: 0};
    groups.set(name, group);
    const bytes = trace.blocks.bytes[block]!;
    group.blocks++;
    group.bytes += bytes;
    if (malloc[block]! > peak.event || free[block]! <= peak.event) continue;
    group.peakBlocks++;
    group.peakBytes += bytes;
  }
  const sorted = [...groups.values()].sort(
    (a, b) => b.peakBytes - a.peakBytes || b.bytes - a.bytes || (a.name < b.name ? -1 : 1),
  );
  return {peakEvent: peak.event, peakBytes: peak.bytes, groups: sorted};
}

/** The memory event after which the most bytes are live, the first of equals; from the moment before the window's first event on. */
export function peakOf(
  live: Float64Array,
  {firstEvent, endEvent}: MemoryRange,
): {event: number; bytes: number} {
  let most = firstEvent;
  for (let i = firstEvent; i <= endEvent; i++) if (live[i]! > live[most]!) most = i;
  return {event: most - 1, bytes: live[most]!};
}

/** A range of memory events as a range of all events. */
export function eventRange(
  trace: Trace,
  memory: MemoryEvents,
  {firstEvent, endEvent}: MemoryRange,
): EventRange {
  const at = (position: number) => memory.event[position] ?? trace.events.count;
  // events before the first memory event belongs to the whole recording
  return {first: firstEvent === 0 ? 0 : at(firstEvent), end: at(endEvent)};
}

/** The group of a block, by its index in the trace; called for blocks of the device that live in the range. */
export function blockNames(
  {trace, device, memory}: DeviceTimeline,
  by: GroupBy,
  range: MemoryRange,
  choice: FrameChoice = {},
): (block: number) => string {
  if (by === 'content') {
    const contents = classifyContents(trace, device, eventRange(trace, memory, range));
    return block => CONTENTS[contents[block]!]!;
  }
  if (by === 'lifetime') {
    const {blocks, lifetimeClass} = classifyLifetimes(trace, device, [{...range, number: 0, whole: true}]);
    const classOf = new Uint8Array(trace.blocks.count);
    for (let i = 0; i < blocks.length; i++) classOf[blocks[i]!] = lifetimeClass[i]!;
    return block => LIFETIME_CLASSES[classOf[block]!]!;
  }
  if (by === 'module' || by === 'leaf') {
    const {paths, blocks} = trace;
    return block => (paths && blocks.path ? paths[blocks.path[block]!]![by] : '');
  }
  if (by === 'operation') return block => trace.operations[trace.blocks.operation[block]!]!;
  const frames = allocationFrames(trace, choice);
  return block => frames[block]!;
}
