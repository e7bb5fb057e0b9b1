/** What stays behind from iteration to iteration, and what waits to be free: answers and pictures. */

import {
  describeLeaks,
  describeMissing,
  describePattern,
  growingSites,
  nameOfSite,
} from '../behaviour/leak-text.ts';
import type {Leaks} from '../behaviour/leaks.ts';
import {describeWaits, describeWaitsAtPeak} from '../behaviour/wait-text.ts';
import type {Waits} from '../behaviour/waits.ts';
import {formatBytes, formatShortBytes} from '../model/quantities.ts';
import {leaksPicture, type Picture, waitsPicture} from '../pictures/index.ts';
import {timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Trace} from '../trace/trace.ts';
import type {Answer} from './answer.ts';

export interface Staying {
  readonly leaks: Leaks;
  readonly waits: Waits;
}

/** Of a recording with iterations, and of one in which frees waited. */
export function stayingAnswers({leaks, waits}: Staying): Answer[] {
  return [...(leaks.whole > 0 ? [growth(leaks)] : []), ...(waits.waits.length > 0 ? [waiting(waits)] : [])];
}

function growth(leaks: Leaks): Answer {
  const [worst] = growingSites(leaks);
  const site = worst
    ? ` The fastest of them, by ${formatBytes(worst.growth)} per iteration: ${nameOfSite(worst)}; ${describePattern(worst)}.`
    : '';
  const answer = worst
    ? `Yes, with a ${worst.level} trend`
    : leaks.total.level === 'too few'
      ? 'Too few iterations to tell'
      : 'No trend';
  return {
    question: 'Does memory grow from iteration to iteration?',
    answer,
    detail: `${capital(describeLeaks(leaks))}.${site}${describeMissing(leaks)
      .map(text => ` ${text}`)
      .join('')}`,
  };
}

function waiting(waits: Waits): Answer {
  const saved = waits.peak - waits.peakWithout;
  return {
    question: 'How much of the peak waits for other streams?',
    answer: saved > 0 ? `At most ${formatShortBytes(saved)} of it` : 'Nothing that would lower it',
    detail: `${capital(describeWaits(waits))}. ${capital(describeWaitsAtPeak(waits))}.`,
  };
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Both are without marks where nothing changes, or waits. */
export function stayingPictures(trace: Trace, device: number, {leaks, waits}: Staying): Picture[] {
  const {live} = timelineOf(trace, device);
  const persistent = trace.cuda?.devices[device]?.persistent.bytes ?? 0;
  return [leaksPicture(leaks), waitsPicture({waits, live, persistent})];
}
