/** Moments and the recorded clock, both ways. A moment is a position in the order of events, which the clock never changes. */

/** What time is shown by: moments are positions in the order of events, whichever it is. */
export type TimeAxis = 'event' | 'clock';

/** The key of a picture by clock: its windows mean nothing by event. */
export const clockKey = (key: string) => `${key}-by-clock`;

/** Microseconds from the first event of the device. */
export class Clock {
  /** Of each moment from 0 to the last one; not decreasing. */
  readonly times: Float64Array;

  constructor(times: Float64Array) {
    this.times = times;
  }

  /** Between two moments in proportion. */
  timeOf(moment: number): number {
    const last = this.times.length - 1;
    if (moment <= 0) return this.times[0]!;
    if (moment >= last) return this.times[last]!;
    const before = Math.floor(moment);
    const [from, to] = [this.times[before]!, this.times[before + 1]!];
    return from + (moment - before) * (to - from);
  }

  /** The last moment that is not after a time, and the part of the way to the next; the first and the last one beyond the ends. */
  momentOf(time: number): number {
    const last = this.times.length - 1;
    if (!(time > this.times[0]!)) return 0;
    if (time >= this.times[last]!) return last;
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.times[middle]! <= time) low = middle;
      else high = middle - 1;
    }
    const [from, to] = [this.times[low]!, this.times[low + 1]!];
    return low + (time - from) / (to - from);
  }
}
