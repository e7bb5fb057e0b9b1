/** A device's malloc and free events: the clock that iterations and lifetimes are measured on. */
import {FREE, MALLOC, NONE, type Trace} from '../trace.ts';

/** Ticks of a device: its malloc and free events, in order. Reads and writes do not tick. */
export interface MemoryEvents {
  /** Index into `Trace.devices`. */
  readonly device: number;
  readonly count: number;
  /** Each one's index into `Trace.events`, ascending. */
  readonly event: Uint32Array;
}

/** @param device index into `Trace.devices`. */
export function memoryEvents(trace: Trace, device: number): MemoryEvents {
  return memoryEventsByDevice(trace)[device] ?? {device, count: 0, event: new Uint32Array(0)};
}

/** One for each of `Trace.devices`, in one pass over the events. */
export function memoryEventsByDevice({devices, events, blocks}: Trace): MemoryEvents[] {
  const counts = new Uint32Array(devices.length);
  for (let i = 0; i < events.count; i++) {
    if (isMemory(events.kind[i]!)) counts[blocks.device[events.block[i]!]!]!++;
  }
  const found = Array.from(counts, count => new Uint32Array(count));
  counts.fill(0);
  for (let i = 0; i < events.count; i++) {
    if (!isMemory(events.kind[i]!)) continue;
    const device = blocks.device[events.block[i]!]!;
    found[device]![counts[device]!++] = i;
  }
  return found.map((event, device) => ({device, count: event.length, event}));
}

const isMemory = (kind: number): boolean => kind === MALLOC || kind === FREE;

/** Bytes live before each of the device's memory events, and after the last one: `count + 1` entries. */
export function liveBytes(trace: Trace, memory: MemoryEvents): Float64Array {
  const live = new Float64Array(memory.count + 1);
  live[0] = carriedInBytes(trace, memory.device);
  for (let i = 0; i < memory.count; i++) {
    const event = memory.event[i]!;
    const bytes = trace.blocks.bytes[trace.events.block[event]!]!;
    live[i + 1] = live[i]! + (trace.events.kind[event] === MALLOC ? bytes : -bytes);
  }
  return live;
}

function carriedInBytes(trace: Trace, device: number): number {
  const {blocks} = trace;
  let bytes = 0;
  for (let block = 0; block < blocks.count; block++) {
    if (blocks.device[block] === device && blocks.mallocEvent[block] === NONE) bytes += blocks.bytes[block]!;
  }
  return bytes;
}
