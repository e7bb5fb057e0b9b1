/** A range of a device's memory events, and the blocks that live in it. */
import {firstIndex} from '../../model/binary-search.ts';
import {type DeviceTimeline, NEVER} from '../timeline/device-timeline.ts';
import {NONE} from '../trace.ts';

/** When the bytes of a block may pass on, in a recording of several streams. */
export interface StreamRules {
  /**
   * `apart` (the default): only within one stream and pool, and never where the free waited, since a snapshot records no
   * order between streams. `together`: as the host freed and allocated; whoever serves such a plan must make the streams
   * wait for each other. Private pools are apart in any case.
   */
  readonly streams?: 'apart' | 'together';
  /** `iteration`: the device is idle at each border of an iteration, so that frees that waited are over there. */
  readonly idle?: 'iteration';
}

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
  /** Per block of the trace: the event that ends it for the plan; as recorded, or where a free that waited puts it. */
  readonly free: Float64Array;
  /** Whether the bytes stay with a block after `free`, to the end of the iteration: its free waited. */
  isHeld(block: number): boolean;
  /** How many blocks of the window have a free that waited, and keep their bytes for that. */
  held(): number;
  readonly rules: StreamRules;
}

/** @param index into the timeline's iterations; the whole recording where absent. */
export function stepWindow(timeline: DeviceTimeline, index = -1, rules: StreamRules = {}): StepWindow {
  const {malloc} = timeline;
  const {firstEvent: first, endEvent: end} = timeline.iterations.iterations[index] ?? {
    firstEvent: 0,
    endEvent: timeline.memory.count,
  };
  const waiting = rules.streams === 'together' ? [] : timeline.waiting;
  const free = waiting.length === 0 ? timeline.free : timeline.free.slice();
  const {waitedFrom} = timeline.trace.blocks;
  for (const block of waiting) {
    const requested = firstIndex(
      0,
      timeline.memory.count,
      at => timeline.memory.event[at]! >= waitedFrom[block]!,
    );
    free[block] = index < 0 ? idleAfter(timeline, requested, rules) : requested - 1;
  }
  const blocks = timeline.blocks.filter(block => malloc[block]! < end && free[block]! >= first);
  const isHeld =
    index < 0 || waiting.length === 0 ? () => false : (block: number) => waitedFrom[block] !== NONE;
  const held = (): number =>
    waiting.length === 0 ? 0 : blocks.reduce((sum, block) => sum + (waitedFrom[block] === NONE ? 0 : 1), 0);
  return {timeline, first, end, ticks: end - first, index, blocks, free, isHeld, held, rules};
}

/** The first border of an iteration that is not before a position; never, where no border is known to be idle. */
function idleAfter(
  {iterations: {iterations}}: DeviceTimeline,
  position: number,
  {idle}: StreamRules,
): number {
  if (idle === undefined) return NEVER;
  const borders = iterations.flatMap(({firstEvent, endEvent}) => [firstEvent, endEvent]);
  return borders.find(border => border >= position) ?? NEVER;
}
