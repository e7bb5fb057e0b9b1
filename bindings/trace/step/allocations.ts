/** The allocations of one iteration of a trace, in their order. */
import {type Allocation, numbered} from '../../model/allocations.ts';
import {timelineOf} from '../timeline/device-timeline.ts';
import {NONE, type Trace} from '../trace.ts';
import type {StepProblem} from './step.ts';
import {stepWindow} from './window.ts';

/**
 * What the iteration of a step allocates. A block whose free waited for other streams ends with the iteration: when such a
 * wait is over, another run does not repeat.
 */
export function stepAllocations(
  trace: Trace,
  {device, iteration, rules}: StepProblem,
): readonly Allocation[] {
  const timeline = timelineOf(trace, trace.devices.indexOf(device));
  const index = timeline.iterations.iterations.findIndex(({number}) => number === iteration);
  const window = stepWindow(timeline, index, rules);
  const {first, end, free} = window;
  const {malloc, mallocsBefore} = timeline;
  const {stream, bytes, waitedFrom} = trace.blocks;
  const keyOf = numbered<bigint>();
  const before = (position: number) => mallocsBefore[position]! - mallocsBefore[first]!;
  const endOf = (block: number): number | null => {
    const waited = waitedFrom[block] !== NONE && rules.streams !== 'together';
    // of the whole recording: requested within, and over at no border that is known to be idle
    if (waited && (window.isHeld(block) ? free[block]! < end : free[block]! >= end)) return before(end);
    return free[block]! < end ? before(free[block]!) : null;
  };
  const allocated = window.blocks.filter(block => malloc[block]! >= first);
  allocated.sort((a, b) => malloc[a]! - malloc[b]!);
  return Array.from(allocated, block => {
    return {id: `b${block}`, key: keyOf(stream[block]!), size: bytes[block]!, end: endOf(block)};
  });
}
