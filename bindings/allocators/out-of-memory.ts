/** Would it have fitted? What a request that failed for want of memory says of the program and of its allocator. */
import type {Evidence} from '../evidence/index.ts';
import type {Trace} from '../trace/trace.ts';
import {type DeviceLimit, deviceLimit} from './limit.ts';
import {recordedState} from './recorded-state.ts';
import type {Recoverable} from './recoverable.ts';
import {roundUp} from './rounding.ts';

/** Bytes throughout. */
export interface OutOfMemoryVerdict {
  readonly evidence: Evidence;
  /**
   * `capacity`: the live bytes and the request exceed the memory, under any allocator. `fragmentation`: the plan of the
   * whole recording and the request fit. `unknown`: neither is shown.
   */
  readonly verdict: 'capacity' | 'fragmentation' | 'unknown';
  /** Bytes of the failed request, rounded. */
  readonly request: number;
  /** Live in blocks when it failed, each rounded; persistent ones among them. */
  readonly live: number;
  readonly persistent: number;
  /** As in `Recoverable`. */
  readonly kept: number;
  readonly plannedPeak: number;
  /** The memory available to this allocator. */
  readonly capacity: number;
  readonly capacitySource: DeviceLimit['source'];
  /** Whether the capacity was given. */
  readonly isCapacityGiven: boolean;
  /** Persistent, kept, planned peak and request. */
  readonly needed: number;
}

/**
 * The verdict on the device's last failed request; undefined where none failed, or the memory available is not known. The
 * plan must be that of the whole recording. Capacity in bytes.
 */
export function outOfMemoryVerdict(
  trace: Trace,
  device: number,
  {
    persistent,
    kept,
    plannedPeak,
    evidence,
  }: Pick<Recoverable, 'persistent' | 'kept' | 'plannedPeak' | 'evidence'>,
  capacity?: number,
): OutOfMemoryVerdict | undefined {
  const {cuda} = trace;
  const failed = cuda?.outOfMemory.findLast(({entry}) => cuda.entries.device[entry] === device);
  if (!cuda || !failed) return undefined;
  const {live} = recordedState(trace, device, failed.entry);
  const request = roundUp(failed.bytes);
  const limit = deviceLimit(trace, device, capacity);
  if (!limit) return undefined;
  const most = limit.bytes;
  const needed = persistent + kept + plannedPeak + request;
  const verdict = live + request > most ? 'capacity' : needed <= most ? 'fragmentation' : 'unknown';
  return {
    evidence,
    verdict,
    request,
    live,
    persistent,
    kept,
    plannedPeak,
    capacity: most,
    capacitySource: limit.source,
    isCapacityGiven: capacity !== undefined,
    needed,
  };
}
