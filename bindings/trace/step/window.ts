/** A range of a device's memory events, and the blocks that live in it. */
import type {DeviceTimeline} from '../timeline/device-timeline.ts';

/** Positions are indices of the device's memory events, not relative to the window. */
export interface StepWindow {
  readonly timeline: DeviceTimeline;
  /** The window is `[first, end)`. */
  readonly first: number;
  readonly end: number;
  readonly ticks: number;
  /** Which of the timeline's iterations this is; −1 for the whole recording. */
  readonly index: number;
  /** The device's blocks that live in the window, ascending. */
  readonly blocks: Uint32Array;
}

/** @param index into the timeline's iterations; the whole recording where absent. */
export function stepWindow(timeline: DeviceTimeline, index = -1): StepWindow {
  const {malloc, free} = timeline;
  const {firstEvent: first, endEvent: end} = timeline.iterations.iterations[index] ?? {
    firstEvent: 0,
    endEvent: timeline.memory.count,
  };
  const blocks = timeline.blocks.filter(block => malloc[block]! < end && free[block]! >= first);
  return {timeline, first, end, ticks: end - first, index, blocks};
}
