/** The times of a device's events, as a clock that moments can be shown by. */
import {plural} from '../../bindings/model/quantities.ts';
import {type Imported, timelineOf} from '../../bindings/trace.ts';

/** Microseconds: three years. A clock that goes so far from 0 at once was not running before. */
const NEVER = 1e14;

export interface RecordedClock {
  /** Microseconds from the device's first event, of each moment from 0 to the last one; not decreasing. */
  readonly times: Float64Array;
  /** What to know about them, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Each device has its own: what happens on another one is no part of it.
 * @returns why there is none, in words, where that is so.
 */
export function recordedClock(imported: Imported, device: number): RecordedClock | string {
  if (imported.kind === 'problem') return 'the file has ticks, and no times';
  const {trace} = imported;
  const {memory} = timelineOf(trace, device);
  const {count} = memory;
  const timeAt = (position: number) => trace.events.time[memory.event[position]!]!;
  if (count < 2) return 'fewer than two events were recorded';
  const first = firstTimed(count, timeAt);
  const origin = timeAt(first);
  const times = new Float64Array(count + 2);
  let [equal, back] = [0, 0];
  for (let position = 0; position < count; position++) {
    const time = Math.max(0, timeAt(position) - origin);
    const before = times[position]!;
    if (position > first && time === before) equal++;
    if (time < before) back++;
    times[position + 1] = Math.max(before, time);
  }
  times[count + 1] = times[count]!;
  if (times[count] === 0) return 'no times were recorded';
  return {times, notes: [...missing(first), ...sameTime(equal), ...backwards(back)]};
}

/** The first event with a time: some recordings begin without, and 0 is no time where the next one is years later. */
function firstTimed(count: number, timeAt: (position: number) => number): number {
  let first = 0;
  while (first < count && timeAt(first) === 0) first++;
  return first < count && timeAt(first) > NEVER ? first : 0;
}

const missing = (count: number) =>
  count === 0 ? [] : [`${plural(count, 'event')} at the beginning had no time, and got the first one.`];

const sameTime = (count: number) =>
  count === 0
    ? []
    : [`${plural(count, 'event')} had the time of the event before: they keep their order, at one place.`];

const backwards = (count: number) =>
  count === 0
    ? []
    : [`${plural(count, 'event')} had an earlier time than the event before, and got that one's time.`];
