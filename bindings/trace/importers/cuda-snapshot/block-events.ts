/** Blocks out of entries: one begins at its allocation and ends where its free completes. */
import {ALLOC, type CudaEntries, FREE_COMPLETED, FREE_REQUESTED} from '../../cuda.ts';
import {FREE, MALLOC} from '../../trace.ts';
import type {TraceBuilder} from '../../trace-builder.ts';
import type {SnapshotColumns} from './columns.ts';
import {LiveBlocks} from './live.ts';
import {WaitingFrees} from './waiting-frees.ts';

/**
 * @param operationOf the builder's operation and path for a stack.
 * @returns the blocks live at the end, and the frees that waited.
 */
export function addBlockEvents(
  builder: TraceBuilder,
  entries: CudaEntries,
  {addresses, streams}: SnapshotColumns,
  operationOf: (stack: number) => {operation: number; path: number},
): {readonly live: LiveBlocks; readonly waiting: WaitingFrees} {
  const live = new LiveBlocks(addresses.count);
  const waiting = new WaitingFrees(entries);
  // some recorders leave one of the two frees out
  const freeAction = entries.action.includes(FREE_COMPLETED) ? FREE_COMPLETED : FREE_REQUESTED;
  for (let i = 0; i < entries.count; i++) {
    const action = entries.action[i]!;
    const device = entries.device[i]!;
    const address = entries.address[i]!;
    if (action === FREE_REQUESTED) waiting.request(i, builder.count);
    const waitedFrom = action === FREE_COMPLETED ? waiting.complete(i) : undefined;
    waiting.pass(i);
    if (action !== ALLOC && action !== freeAction) continue;
    if (action === ALLOC) live.add(device, address);
    else live.free(device, address);
    builder.add({
      kind: action === ALLOC ? MALLOC : FREE,
      device,
      address: addresses.wordOf(address),
      bytes: entries.bytes[i]!,
      time: entries.time[i]!,
      stream: streams.wordOf(entries.stream[i]!),
      pool: entries.pool[i]!,
      ...(action === ALLOC ? operationOf(entries.stack[i]!) : {}),
      ...(waitedFrom === undefined ? {} : {waitedFrom}),
    });
  }
  return {live, waiting: freeAction === FREE_COMPLETED ? waiting : new WaitingFrees(entries)};
}
