/** Waits of a snapshot, whose entries name the time and the stacks of the request and of the completion. */
import {ALLOC, FREE_COMPLETED} from '../trace/cuda.ts';
import type {DeviceTimeline} from '../trace/timeline/device-timeline.ts';
import {NONE} from '../trace/trace.ts';

/** Indices into `CudaRecording.entries`. */
export interface WaitEntries {
  readonly requested: number;
  readonly completed: number;
}

/** By block of the timeline: the entries of its free that waited and completed. Equal addresses are told apart by their order. */
export function waitEntries({trace, device, waiting}: DeviceTimeline): Map<number, WaitEntries> {
  const found = new Map<number, WaitEntries>();
  if (!trace.cuda) return found;
  const {waits, entries, addresses} = trace.cuda;
  const byAddress = new Map<bigint, WaitEntries[]>();
  for (let i = 0; i < waits.count; i++) {
    const [requested, completed] = [waits.requested[i]!, waits.completed[i]!];
    if (completed === NONE || entries.device[requested] !== device) continue;
    const address = addresses[entries.address[requested]!]!;
    const own = byAddress.get(address);
    if (own) own.push({requested, completed});
    else byAddress.set(address, [{requested, completed}]);
  }
  const {address, freeEvent} = trace.blocks;
  const inOrder = [...waiting].sort((a, b) => freeEvent[a]! - freeEvent[b]!);
  for (const block of inOrder) {
    const entry = byAddress.get(address[block]!)?.shift();
    if (entry) found.set(block, entry);
  }
  return found;
}

/** The waits that had not completed when the recording ended. */
export function openWaits({trace, memory, blocks}: DeviceTimeline, device: number, hasClock: boolean) {
  const {waits, entries, addresses} = trace.cuda!;
  const open = [...waits.requested].filter(
    (requested, i) => waits.completed[i] === NONE && entries.device[requested] === device,
  );
  if (open.length === 0) return [];
  const liveAt = new Map<bigint, number>();
  for (const block of blocks) {
    if (trace.blocks.freeEvent[block] === NONE) liveAt.set(trace.blocks.address[block]!, block);
  }
  const moments = momentsOf(trace.cuda!.entries, device, open, memory.count);
  return open.map((requested, i) => {
    const block = liveAt.get(addresses[entries.address[requested]!]!) ?? null;
    return {
      block,
      bytes: block === null ? entries.bytes[requested]! : trace.blocks.bytes[block]!,
      from: moments[i]!,
      to: memory.count + 1,
      isOpen: true,
      microseconds: hasClock ? entries.time.at(-1)! - entries.time[requested]! : null,
      requestedBy: entries.stack[requested]!,
      completedBy: 0,
    };
  });
}

/** Memory events of the device before each of these entries, which ascend. */
function momentsOf(
  {action, device: devices, bytes}: {action: Uint8Array; device: Uint32Array; bytes: Float64Array},
  device: number,
  wanted: readonly number[],
  most: number,
): number[] {
  let [entry, moment] = [0, 0];
  return wanted.map(end => {
    for (; entry < end; entry++) {
      const isMemory = action[entry] === ALLOC || action[entry] === FREE_COMPLETED;
      if (devices[entry] === device && bytes[entry]! > 0 && isMemory) moment++;
    }
    return Math.min(moment, most);
  });
}
