/** The requests of a recording, and the allocator that served them. */
import {
  type AllocatorChoice,
  namedSettings,
  type Requests,
  recordedSettings,
  requestsOf,
} from '../../bindings/allocators/index.ts';
import {type Imported, MALLOC, NONE, timelineOf} from '../../bindings/trace.ts';

/** The settings that were recorded, else the defaults. */
export function recordedChoice(imported: Imported): AllocatorChoice {
  const cuda = imported.kind === 'trace' ? imported.trace.cuda : undefined;
  return {name: 'pytorch-cuda', settings: cuda ? namedSettings(recordedSettings(cuda.settings)) : {}};
}

/** The program's requests, and the item of each block. */
export interface OwnRequests {
  readonly requests: Requests;
  /** −1 for a block that is no item. */
  readonly itemOf: Int32Array;
}

export function ownRequests(imported: Imported, device: number): OwnRequests | undefined {
  if (imported.kind === 'problem') return undefined;
  const {trace} = imported;
  const requests = requestsOf(trace, device);
  const itemOf = new Int32Array(requests.blocks.count).fill(-1);
  const {memory} = timelineOf(trace, device);
  // both are in order of time: the k-th malloc of the one is that of the other
  let next = requests.before;
  // those that failed in the recording are no blocks of the trace
  const failed = new Set(requests.failures);
  for (const event of memory.event) {
    if (trace.events.kind[event] === MALLOC) {
      while (next < requests.count && (requests.kind[next] !== MALLOC || failed.has(next))) next++;
      if (next < requests.count) itemOf[requests.block[next++]!] = trace.events.block[event]!;
    }
  }
  return {requests, itemOf: withBlocksFromBefore(trace, device, requests, itemOf)};
}

/** Adds blocks from before the recording that are freed later; the order of the frees identifies them. */
function withBlocksFromBefore(
  trace: Extract<Imported, {kind: 'trace'}>['trace'],
  device: number,
  requests: Requests,
  itemOf: Int32Array,
): Int32Array {
  const {memory} = timelineOf(trace, device);
  const frees = Array.from(memory.event).filter(event => trace.events.kind[event] !== MALLOC);
  const failed = new Set(requests.failures);
  let next = 0;
  for (let i = requests.before; i < requests.count; i++) {
    if (requests.kind[i] === MALLOC || failed.has(i - 1)) continue;
    const event = frees[next++];
    if (event === undefined) break;
    const block = trace.events.block[event]!;
    if (trace.blocks.mallocEvent[block] === NONE) itemOf[requests.block[i]!] = block;
  }
  return itemOf;
}
