/** Would it have fitted? What a request that failed for want of memory says of the program and of its allocator. */
import {ALLOC, SEGMENT_ALLOC, SEGMENT_FREE, SEGMENT_MAP, SEGMENT_UNMAP} from '../trace/cuda.ts';
import type {Trace} from '../trace/trace.ts';
import {type Recoverable, roundUp} from './recoverable.ts';
import {endingAction, requestsOf} from './requests.ts';

/** Bytes throughout. */
export interface OutOfMemoryVerdict {
  /**
   * `capacity`: what was live and the request are more than there is, under any allocator. `fragmentation`: persistent,
   * planned peak and request fit. `unknown`: neither is shown.
   */
  readonly verdict: 'capacity' | 'fragmentation' | 'unknown';
  /** Of the failed request, rounded. */
  readonly request: number;
  /** Live in blocks when it failed, each rounded; persistent ones among them. */
  readonly live: number;
  readonly persistent: number;
  readonly plannedPeak: number;
  /** What there is for this allocator. */
  readonly capacity: number;
  /** Whether the capacity was given; else it is what was reserved when the request failed and what the device had free. */
  readonly isCapacityGiven: boolean;
  /** Persistent, planned peak and request. */
  readonly needed: number;
}

/**
 * Of the device's last failed request; undefined where none failed. The plan must be that of the whole recording.
 * Capacity in bytes.
 */
export function outOfMemoryVerdict(
  trace: Trace,
  device: number,
  {persistent, plannedPeak}: Pick<Recoverable, 'persistent' | 'plannedPeak'>,
  capacity?: number,
): OutOfMemoryVerdict | undefined {
  const {cuda} = trace;
  const failed = cuda?.outOfMemory.findLast(({entry}) => cuda.entries.device[entry] === device);
  if (!cuda || !failed) return undefined;
  const {live, reserved} = stateAt(trace, device, failed.entry);
  const request = roundUp(failed.bytes);
  const most = capacity ?? reserved + failed.deviceFree;
  const needed = persistent + plannedPeak + request;
  const verdict = live + request > most ? 'capacity' : needed <= most ? 'fragmentation' : 'unknown';
  return {
    verdict,
    request,
    live,
    persistent,
    plannedPeak,
    capacity: most,
    isCapacityGiven: capacity !== undefined,
    needed,
  };
}

/** What was live, rounded, and what was reserved before an entry; bytes. */
function stateAt(trace: Trace, device: number, before: number): {live: number; reserved: number} {
  const {entries, devices} = trace.cuda!;
  const end = endingAction(trace.cuda!);
  const carried = requestsOf(trace, device);
  let live = 0;
  for (let i = 0; i < carried.before; i++) live += roundUp(carried.blocks.bytes[carried.block[i]!]!);
  let {start: reserved} = devices[device]!.reserved;
  for (let i = 0; i < before; i++) {
    if (entries.device[i] !== device) continue;
    const action = entries.action[i]!;
    const bytes = entries.bytes[i]!;
    if (action === ALLOC) live += roundUp(bytes);
    else if (action === end) live -= roundUp(bytes);
    else if (action === SEGMENT_ALLOC || action === SEGMENT_MAP) reserved += bytes;
    else if (action === SEGMENT_FREE || action === SEGMENT_UNMAP) reserved -= bytes;
  }
  return {live, reserved};
}
