/** The memory that an allocator has of a device: as given, or as a failed request shows it. */
import {formatBytes} from '../model/quantities.ts';
import type {Trace} from '../trace/trace.ts';
import {recordedState} from './recorded-state.ts';

export interface DeviceLimit {
  readonly bytes: number;
  /**
   * `given`: by the user. `failure`: reserved + free when the last request failed. `reserved`: the most that was
   * reserved, since the device had enough free for the last failed request, so the program has a limit of its own.
   */
  readonly source: 'given' | 'failure' | 'reserved';
}

/** Undefined where nothing was given, and the recording does not show it. */
export function deviceLimit(trace: Trace, device: number, given?: number): DeviceLimit | undefined {
  if (given !== undefined) return {bytes: given, source: 'given'};
  const {cuda} = trace;
  const failed = cuda?.outOfMemory.findLast(({entry}) => cuda.entries.device[entry] === device);
  if (!cuda || !failed) return undefined;
  const {reserved: recorded} = cuda.devices[device]!;
  const {live, reserved} = recordedState(trace, device, failed.entry);
  // without segments, or with events of them that are missing, the reserved bytes are not known
  if (recorded.most === 0 || live > reserved) return undefined;
  if (failed.deviceFree >= failed.bytes) return {bytes: recorded.most, source: 'reserved'};
  return {bytes: reserved + failed.deviceFree, source: 'failure'};
}

/** `6,442,450,944 B (6.0 GiB): reserved + free when the last request failed`. */
export function describeLimit({bytes, source}: DeviceLimit): string {
  const origin = {
    given: '',
    failure: ': reserved + free when the last request failed',
    reserved:
      ': the most that was reserved; the device had enough free for the failed request, so the program has a limit of its own',
  }[source];
  return `${formatBytes(bytes)}${origin}`;
}
