/** Recorded state of a CUDA allocator: bytes in live blocks, and bytes reserved. */
import {ALLOC, SEGMENT_ALLOC, SEGMENT_FREE, SEGMENT_MAP, SEGMENT_UNMAP} from '../trace/cuda.ts';
import type {Trace} from '../trace/trace.ts';
import {endingAction, requestsOf} from './requests.ts';
import {roundUp} from './rounding.ts';

/** Bytes; blocks as the allocator rounds them, those from before the recording among them. */
export interface RecordedState {
  /** In live blocks, and the most that was so far. */
  readonly live: number;
  readonly mostLive: number;
  readonly reserved: number;
}

/** The state of a device of a CUDA snapshot before an entry; after the last one where absent. */
export function recordedState(trace: Trace, device: number, before?: number): RecordedState {
  const {entries, devices} = trace.cuda!;
  const end = endingAction(trace.cuda!);
  const carried = requestsOf(trace, device);
  let live = 0;
  for (let i = 0; i < carried.before; i++) live += roundUp(carried.blocks.bytes[carried.block[i]!]!);
  let mostLive = live;
  let {start: reserved} = devices[device]!.reserved;
  for (let i = 0; i < (before ?? entries.count); i++) {
    if (entries.device[i] !== device) continue;
    const action = entries.action[i]!;
    const bytes = entries.bytes[i]!;
    if (action === ALLOC) live += roundUp(bytes);
    else if (action === end) live -= roundUp(bytes);
    else if (action === SEGMENT_ALLOC || action === SEGMENT_MAP) reserved += bytes;
    else if (action === SEGMENT_FREE || action === SEGMENT_UNMAP) reserved -= bytes;
    mostLive = Math.max(mostLive, live);
  }
  return {live, mostLive, reserved};
}
