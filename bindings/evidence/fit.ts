/** Whether memory of a size suffices: for a planned part, and for the whole recording it is from. */
import {formatBytes} from '../model/quantities.ts';
import type {RecordingPeak} from './recording.ts';

/** Bytes: whether the whole recording can be shown to fit, or not to. */
export function describeRecordingFit({bytes}: RecordingPeak, capacity: number): string {
  const live = `the whole recording had ${formatBytes(bytes)} live`;
  return bytes > capacity
    ? `${live}, ${formatBytes(bytes - capacity)} more than that: no plan of it fits`
    : `${live}, which is not more than that, and is no proof that a plan of it fits`;
}

/** `iteration 4 takes 380 B with its persistent blocks and fits 400 B`. */
export function describePartFit(part: string, needed: number, persistent: number, capacity: number): string {
  const blocks = persistent > 0 ? ' with its persistent blocks' : '';
  const verdict =
    needed <= capacity
      ? `fits ${formatBytes(capacity)}`
      : `does not fit ${formatBytes(capacity)} by this plan`;
  return `${part} takes ${formatBytes(needed)}${blocks} and ${verdict}`;
}
