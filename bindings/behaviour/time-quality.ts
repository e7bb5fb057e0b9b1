/** Whether a recording's wall time says anything about the program, or about its recorder. */
import type {Trace} from '../trace/trace.ts';

export interface TimeQuality {
  readonly isTrustworthy: boolean;
  /** Why not, for people; `''` where it is. */
  readonly reason: string;
}

/** A pause is this many times longer than half of the gaps between events are. */
const PAUSE = 1000;

/**
 * Logical time always holds. Wall time is not trusted where none was recorded, where the pairing of events is a guess,
 * and where pauses, which a recorder makes more often than a network does, take more than half of the recorded time.
 */
export function judgeTime(trace: Trace): TimeQuality {
  const {count, time} = trace.events;
  const span = count === 0 ? 0 : time[count - 1]! - time[0]!;
  if (span === 0) return {isTrustworthy: false, reason: 'no times were recorded'};
  if (trace.inferred) return {isTrustworthy: false, reason: 'mallocs and frees were paired by a guess'};
  const gaps = new Float64Array(count - 1);
  for (let i = 1; i < count; i++) gaps[i - 1] = time[i]! - time[i - 1]!;
  const threshold = gaps.slice().sort()[gaps.length >>> 1]! * PAUSE;
  const pauses = gaps.filter(gap => gap > threshold);
  const paused = pauses.reduce((sum, gap) => sum + gap, 0);
  // a median of 0 says that the clock is coarse, not that everything is a pause
  if (threshold === 0 || paused * 2 <= span) return {isTrustworthy: true, reason: ''};
  const share = ((100 * paused) / span).toFixed(0);
  return {
    isTrustworthy: false,
    reason: `${pauses.length} pauses, each above ${PAUSE} times the median gap, are ${share} % of the recorded time`,
  };
}
