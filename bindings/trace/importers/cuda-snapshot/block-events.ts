/** Blocks out of entries: one begins at its allocation and ends where its free completes. */
import {ALLOC, type CudaEntries, FREE_COMPLETED, FREE_REQUESTED} from '../../cuda.ts';
import {FREE, MALLOC} from '../../trace.ts';
import type {NumberedEvent, TraceBuilder} from '../../trace-builder.ts';
import {BuilderNumbers} from './builder-numbers.ts';
import type {SnapshotColumns} from './columns.ts';
import {LiveBlocks} from './live.ts';
import {WaitingFrees} from './waiting-frees.ts';

const NO_OPERATION = {operation: 0, path: 0};
const NO_EVENT: NumberedEvent = {
  ...NO_OPERATION,
  kind: FREE,
  device: 0,
  address: 0,
  bytes: 0,
  time: 0,
  stream: 0,
  pool: 0,
  waitedFrom: undefined,
};

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
  const event: NumberedEvent = {...NO_EVENT};
  const numbers = new BuilderNumbers(builder, addresses, streams);
  const live = new LiveBlocks(addresses.count);
  const waiting = new WaitingFrees(entries);
  // some recorders leave one of the two frees out
  const freeAction = entries.action.includes(FREE_COMPLETED) ? FREE_COMPLETED : FREE_REQUESTED;
  for (let i = 0; i < entries.count; i++) {
    const action = entries.action[i]!;
    const device = entries.device[i]!;
    const address = entries.address[i]!;
    if (action > FREE_COMPLETED) {
      waiting.pass(i);
      continue;
    }
    const number = numbers.address(device, address);
    if (action === FREE_REQUESTED) waiting.request(i, number, builder.count);
    event.waitedFrom = action === FREE_COMPLETED ? waiting.complete(i, number) : undefined;
    waiting.pass(i);
    if (action !== ALLOC && action !== freeAction) continue;
    if (action === ALLOC) live.add(device, address);
    else live.free(device, address);
    const {operation, path} = action === ALLOC ? operationOf(entries.stack[i]!) : NO_OPERATION;
    event.kind = action === ALLOC ? MALLOC : FREE;
    event.device = device;
    event.address = number;
    event.bytes = entries.bytes[i]!;
    event.time = entries.time[i]!;
    event.stream = numbers.stream(entries.stream[i]!);
    event.pool = entries.pool[i]!;
    event.operation = operation;
    event.path = path;
    builder.addNumbered(event);
  }
  waiting.end();
  return {live, waiting: freeAction === FREE_COMPLETED ? waiting : new WaitingFrees(entries)};
}
