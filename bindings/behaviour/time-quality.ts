/** Whether a recording's wall time says anything about the program, or about its recorder. */
import type {Trace} from '../trace/trace.ts';

export interface TimeQuality {
  readonly isTrustworthy: boolean;
  /** Why not, for people; `''` where it is. */
  readonly reason: string;
}

/** One gap in so many is looked at as a pause: the longest ones. */
const ONE_IN = 1000;

/**
 * Logical time always holds. Wall time is not trusted where none was recorded, where the pairing of events is a guess,
 * and where the longest thousandth of the gaps between events takes more than half of the recorded time: kernels are
 * many and alike, so such pauses come from the recorder, or from another program.
 */
export function judgeTime(trace: Trace): TimeQuality {
  const {count, time} = trace.events;
  const span = count === 0 ? 0 : time[count - 1]! - time[0]!;
  if (span === 0) return {isTrustworthy: false, reason: 'no times were recorded'};
  if (trace.inferred) return {isTrustworthy: false, reason: 'mallocs and frees were paired by a guess'};
  const gaps = new Float64Array(count - 1);
  for (let i = 1; i < count; i++) gaps[i - 1] = time[i]! - time[i - 1]!;
  const pauses = Math.floor(gaps.length / ONE_IN);
  const paused = gaps
    .sort()
    .subarray(gaps.length - pauses)
    .reduce((sum, gap) => sum + gap, 0);
  if (paused * 2 <= span) return {isTrustworthy: true, reason: ''};
  const share = ((100 * paused) / span).toFixed(0);
  return {
    isTrustworthy: false,
    reason: `the ${pauses} longest of ${gaps.length} gaps between events are ${share} % of the recorded time`,
  };
}
