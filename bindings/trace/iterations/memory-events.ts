/** One device's malloc and free events: the sequence that iterations and lifetimes are measured in. */
import {UsageError} from '../../model/errors.ts';
import {FREE, MALLOC, NONE, type Trace} from '../trace.ts';

/** Ticks of a device: its malloc and free events, in order. Reads and writes do not tick. */
export interface MemoryEvents {
  /** Index into `Trace.devices`. */
  readonly device: number;
  readonly count: number;
  /** Each one's index into `Trace.events`, ascending. */
  readonly event: Uint32Array;
}

export function memoryEvents(trace: Trace, device: number): MemoryEvents {
  const {events, blocks} = trace;
  const event = new Uint32Array(events.count);
  let count = 0;
  for (let i = 0; i < events.count; i++) {
    const isMemory = events.kind[i] === MALLOC || events.kind[i] === FREE;
    if (isMemory && blocks.device[events.block[i]!] === device) event[count++] = i;
  }
  return {device, count, event: event.slice(0, count)};
}

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

/** The most bytes live on a device at once, as far as the recording shows. */
export function maxLoad(trace: Trace, device: number): number {
  return liveBytes(trace, memoryEvents(trace, device)).reduce((most, bytes) => Math.max(most, bytes), 0);
}

/**
 * The index of the device of that name; without a name, of the one with the largest load, the first on ties.
 * @throws {UsageError} where the trace has no such device, or none at all.
 */
export function chooseDevice(trace: Trace, name?: string): number {
  const names = trace.devices.map(device => device.name);
  if (name !== undefined) {
    const index = names.indexOf(name);
    if (index < 0) throw new UsageError(`device: expected one of ${names.join(', ')}, got ${name}`);
    return index;
  }
  if (names.length === 0) throw new UsageError('device: the recording has no memory events on any device');
  const loads = names.map((_, device) => maxLoad(trace, device));
  return loads.indexOf(Math.max(...loads));
}

function carriedInBytes(trace: Trace, device: number): number {
  const {blocks} = trace;
  let bytes = 0;
  for (let block = 0; block < blocks.count; block++) {
    if (blocks.device[block] === device && blocks.mallocEvent[block] === NONE) bytes += blocks.bytes[block]!;
  }
  return bytes;
}
