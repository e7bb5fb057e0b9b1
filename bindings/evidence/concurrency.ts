/** How the streams of a plan are ordered, in words. */
import {formatCount, plural} from '../model/quantities.ts';
import type {StepConcurrency} from '../trace/clocks/step-clocks.ts';

/** `2; 3 waits and 1 sync recorded; only for want of another, 4 buffers share no bytes with one that is freed before or allocated after`. */
export function describeConcurrency({
  streams,
  waits,
  syncs,
  unordered,
  notRepeated,
}: StepConcurrency): string {
  const made = [...(waits > 0 ? [plural(waits, 'wait')] : []), ...(syncs > 0 ? [plural(syncs, 'sync')] : [])];
  const recorded = made.length === 0 ? 'no waits recorded' : `${made.join(' and ')} recorded`;
  const relied = notRepeated > 0 ? `, ${formatCount(notRepeated)} not in every iteration` : '';
  const apart =
    unordered === 0
      ? 'none is missing between any two buffers'
      : `a missing one keeps ${plural(unordered, 'buffer')} apart from others that the host allocates later or frees before`;
  return `${formatCount(streams)}; ${recorded}${relied}; ${apart}`;
}
