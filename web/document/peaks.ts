/** The peaks of what is live: moments that a person would point at. */
import {placeIn, type Subject} from './subject.ts';

/** A peak counts where it rises above the valleys on both sides by this part of the highest. */
const LEAST_RISE = 0.05;

/** Indices into `at` of the peaks, in order of time. */
export function peaksOf({live}: Pick<Subject, 'live'>): number[] {
  const highest = live.reduce((a, b) => Math.max(a, b), 0);
  const rise = highest * LEAST_RISE;
  const peaks: number[] = [];
  let best = 0;
  let valley = 0;
  let isRising = true;
  for (let i = 0; i < live.length; i++) {
    const bytes = live[i]!;
    if (isRising) {
      if (bytes > live[best]!) best = i;
      else if (bytes < live[best]! - rise) {
        peaks.push(best);
        isRising = false;
        valley = i;
      }
    } else if (bytes < live[valley]!) valley = i;
    else if (bytes > live[valley]! + rise) {
      isRising = true;
      best = i;
    }
  }
  if (isRising && live.length > 0 && live[best]! > 0) peaks.push(best);
  return peaks;
}

/** The moment of the next peak after one (`direction` 1) or the one before it (−1); of the highest from nowhere. */
export function nextPeak(
  subject: Subject,
  moment: number | undefined,
  direction: 1 | -1,
): number | undefined {
  const peaks = peaksOf(subject);
  if (peaks.length === 0) return undefined;
  const {at, live} = subject;
  if (moment === undefined) return at[peaks.reduce((a, b) => (live[b]! > live[a]! ? b : a))];
  const here = placeIn(at, moment);
  const found = direction > 0 ? peaks.find(peak => peak > here) : peaks.findLast(peak => peak < here);
  return found === undefined ? undefined : at[found];
}
