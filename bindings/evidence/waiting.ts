/** Bytes that freed blocks held while their free waited for other streams: a finding, and a cost of `record_stream`. */
import {formatBytes, plural} from '../model/quantities.ts';
import {timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Trace} from '../trace/trace.ts';

/** Frees that waited, and the most bytes that they held at once. */
export interface WaitingFreesSum {
  readonly count: number;
  readonly bytes: number;
}

/** A snapshot knows those that still wait at its end, too; an event log has those that completed. */
export function waitingFrees(trace: Trace, device: number): WaitingFreesSum {
  const recorded = trace.cuda?.devices[device]?.waitingFrees;
  if (recorded) return recorded;
  const {waiting} = timelineOf(trace, device);
  const {bytes, waitedFrom, freeEvent} = trace.blocks;
  const changes = [...waiting].flatMap(block => [
    {at: waitedFrom[block]!, bytes: bytes[block]!},
    {at: freeEvent[block]!, bytes: -bytes[block]!},
  ]);
  changes.sort((a, b) => a.at - b.at || a.bytes - b.bytes);
  let [now, most] = [0, 0];
  for (const change of changes) {
    now += change.bytes;
    most = Math.max(most, now);
  }
  return {count: waiting.length, bytes: most};
}

/** `29 frees waited for other streams and held up to 61,899,216 B`; `''` where none did. */
export function describeWaitingFrees({count, bytes}: WaitingFreesSum): string {
  return count === 0
    ? ''
    : `${plural(count, 'free')} waited for other streams and held up to ${formatBytes(bytes)}`;
}
