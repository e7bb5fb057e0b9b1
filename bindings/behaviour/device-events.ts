/** One device's events of all four kinds: the logical time that accesses are measured in. */
import {READ, type Trace, WRITE} from '../trace/trace.ts';

/** Positions count the device's mallocs, frees, reads and writes, in order. */
export interface DeviceEvents {
  /** Index into `Trace.devices`. */
  readonly device: number;
  readonly count: number;
  /** Each one's index into `Trace.events`, ascending. */
  readonly event: Uint32Array;
  /** How many of them are reads or writes; 0 where the recorder saw none. */
  readonly accesses: number;
}

/** @param device index into `Trace.devices`. */
export function deviceEvents(trace: Trace, device: number): DeviceEvents {
  const {events, blocks} = trace;
  const event = new Uint32Array(events.count);
  let count = 0;
  let accesses = 0;
  for (let i = 0; i < events.count; i++) {
    if (blocks.device[events.block[i]!] !== device) continue;
    event[count++] = i;
    if (isAccess(events.kind[i]!)) accesses++;
  }
  return {device, count, event: event.slice(0, count), accesses};
}

export function isAccess(kind: number): boolean {
  return kind === READ || kind === WRITE;
}
