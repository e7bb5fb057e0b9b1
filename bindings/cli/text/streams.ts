/** How the streams of a plan are ordered, as lines of text. */
import {formatCount, plural} from '../../model/quantities.ts';
import type {StepConcurrency, StepProblem, Trace} from '../../trace.ts';
import {timelineOf} from '../../trace.ts';

/** Absent for one stream whose blocks no other uses. */
export function streamLine(trace: Trace, device: number, {rules, concurrency}: StepProblem): string[] {
  const {streams} = timelineOf(trace, device).parts('apart');
  if (concurrency) return [`streams      ${formatCount(concurrency.streams)}; ${describeOrder(concurrency)}`];
  if (streams < 2) return [];
  const rule =
    rules.streams === 'together'
      ? 'together: wherever the plan hands bytes from one to another, its server must make the streams wait'
      : 'no waits recorded: kept apart';
  return [`streams      ${formatCount(streams)}; ${rule}`];
}

/** `3 waits and 1 sync recorded; only for want of another, 4 buffers share no bytes with one that is freed before or allocated after`. */
function describeOrder({waits, syncs, unordered, notRepeated}: StepConcurrency): string {
  const made = [...(waits > 0 ? [plural(waits, 'wait')] : []), ...(syncs > 0 ? [plural(syncs, 'sync')] : [])];
  const recorded = made.length === 0 ? 'no waits recorded' : `${made.join(' and ')} recorded`;
  const relied = notRepeated > 0 ? `, ${formatCount(notRepeated)} not in every iteration` : '';
  const apart =
    unordered === 0
      ? 'none is missing between any two buffers'
      : `a missing one keeps ${plural(unordered, 'buffer')} apart from others that the host allocates later or frees before`;
  return `${recorded}${relied}; ${apart}`;
}
