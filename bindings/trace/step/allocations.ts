/** The allocations of one iteration of a trace, in their order. */
import {type Allocation, numbered} from '../../model/allocations.ts';
import {timelineOf} from '../timeline/device-timeline.ts';
import type {Trace} from '../trace.ts';
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
  const keyOf = numbered<bigint>();
  const allocated = window.blocks
    .filter(block => malloc[block]! >= first)
    .sort((a, b) => malloc[a]! - malloc[b]!);
  return Array.from(allocated, block => {
    const before = mallocsBefore[window.isHeld(block) ? end : Math.min(free[block]!, end)]!;
    return {
      id: `b${block}`,
      key: keyOf(trace.blocks.stream[block]!),
      size: trace.blocks.bytes[block]!,
      end: free[block]! < end ? before - mallocsBefore[first]! : null,
    };
  });
}
