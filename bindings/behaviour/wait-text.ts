/** Frees that waited, in words: a count, and what they are of the peak. */
import {formatBytes, formatCount, plural} from '../model/quantities.ts';
import type {WaitSite, Waits} from './waits.ts';

/** How many waited, and the most that they held. */
export function describeWaits({waits, most}: Waits): string {
  if (waits.length === 0) return 'no free of the recording waited for other streams';
  const open = waits.filter(({isOpen}) => isOpen).length;
  const end = open > 0 ? `; ${formatCount(open)} of them still wait at its end` : '';
  return `${plural(waits.length, 'free')} of the recording waited for other streams and held up to ${formatBytes(most)} at once${end}`;
}

/** What waited at the peak, and how far the peak could fall. */
export function describeWaitsAtPeak({waits, peak, atPeak, peakWithout}: Waits): string {
  if (waits.length === 0) return '';
  const all = formatBytes(peak);
  if (atPeak === 0) return `at the peak of the recording, ${all}, none of them waited`;
  if (peakWithout === peak)
    return `at the peak of the recording, ${all}, ${formatBytes(atPeak)} waited; as much is live at another moment, so the peak would not fall`;
  return `at the peak of the recording, ${all}, ${formatBytes(atPeak)} waited: had each block been free when the program asked, the same events would need ${formatBytes(peakWithout)}, ${formatBytes(peak - peakWithout)} less; this is the most that can be saved so, since other streams may have used them longer`;
}

/** `longest 12 events, 3.4 ms`. */
export function describeLongest({events, microseconds}: WaitSite): string {
  return `longest ${plural(events, 'event')}${microseconds === null ? '' : `, ${describeTime(microseconds)}`}`;
}

function describeTime(microseconds: number): string {
  return microseconds < 1000 ? `${Math.round(microseconds)} µs` : `${(microseconds / 1000).toFixed(1)} ms`;
}
