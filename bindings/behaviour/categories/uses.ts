/** Ticks in which the blocks of a device are read or written. */
import type {DeviceTimeline} from '../../trace/timeline/device-timeline.ts';
import {FREE, MALLOC} from '../../trace/trace.ts';
import {deviceEvents} from '../device-events.ts';

/**
 * Per block: the ticks of its uses, ascending, from a memory event that is tick 0. Undefined where no use was recorded.
 * @param first position among the device's memory events.
 */
export function usesOfBlocks(
  {trace, device}: DeviceTimeline,
  first: number,
): ((block: number) => readonly number[]) | undefined {
  const {event, accesses} = deviceEvents(trace, device);
  if (accesses === 0) return undefined;
  const {kind, block} = trace.events;
  const uses = new Map<number, number[]>();
  let tick = -1 - first;
  for (const at of event) {
    if (kind[at] === MALLOC || kind[at] === FREE) tick++;
    else {
      const own = uses.get(block[at]!) ?? [];
      if (own.at(-1) !== tick && tick >= 0) own.push(tick);
      uses.set(block[at]!, own);
    }
  }
  return of => uses.get(of) ?? [];
}
