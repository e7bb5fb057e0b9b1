/** The peaks of live memory. */
import {placeIn, type Subject} from './subject.ts';

/** A peak counts where it rises above the valleys on both sides by this part of the highest. */
const LEAST_RISE = 0.05;

/** Index into `at` of the first moment at which most is live. */
export function highestOf({live}: Pick<Subject, 'live'>): number {
  return live.reduce((peak, bytes, i) => (bytes > live[peak]! ? i : peak), 0);
}

/** Indices into `at` of the peaks, in order of time. */
export function peaksOf({live}: Pick<Subject, 'live'>): number[] {
  const rise = (live[highestOf({live})] ?? 0) * LEAST_RISE;
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

/** The moment of the next peak after a moment (`direction` 1) or before it (−1); of the highest peak where there is no moment. */
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
