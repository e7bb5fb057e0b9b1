/** A window of a device's memory events, and where each block of the device stands to it. */
import type {Iteration} from '../iterations/iterations.ts';
import type {MemoryEvents} from '../iterations/memory-events.ts';
import {FREE, type Trace} from '../trace.ts';

/** `StepWindow.malloc` of a block allocated before the recording. */
export const BEFORE = -1;
/** `StepWindow.free` of a block not freed in the recording. */
export const NEVER = 0xffffffff;

/** Positions are indices of the device's memory events, not relative to the window. */
export interface StepWindow {
  readonly trace: Trace;
  readonly memory: MemoryEvents;
  /** The window is `[first, end)`. */
  readonly first: number;
  readonly end: number;
  readonly ticks: number;
  /** The iterations of the device, and which of them this is; none for the whole recording. */
  readonly iterations: readonly Iteration[];
  readonly index: number;
  /** The device's blocks, ascending. */
  readonly blocks: Uint32Array;
  /** Per block of the trace: position of its malloc, or `BEFORE`. */
  readonly malloc: Float64Array;
  /** Per block of the trace: position of its free, or `NEVER`. */
  readonly free: Float64Array;
}

export function stepWindow(
  trace: Trace,
  memory: MemoryEvents,
  iterations: readonly Iteration[],
  index: number,
): StepWindow {
  const {firstEvent, endEvent} = iterations[index]!;
  return makeWindow(trace, memory, firstEvent, endEvent, iterations, index);
}

/** The whole recording as one window. */
export function wholeWindow(trace: Trace, memory: MemoryEvents): StepWindow {
  return makeWindow(trace, memory, 0, memory.count, [], -1);
}

function makeWindow(
  trace: Trace,
  memory: MemoryEvents,
  first: number,
  end: number,
  iterations: readonly Iteration[],
  index: number,
): StepWindow {
  const {events, blocks} = trace;
  const malloc = new Float64Array(blocks.count).fill(BEFORE);
  const free = new Float64Array(blocks.count).fill(NEVER);
  for (let position = 0; position < memory.count; position++) {
    const event = memory.event[position]!;
    (events.kind[event] === FREE ? free : malloc)[events.block[event]!] = position;
  }
  const own: number[] = [];
  for (let block = 0; block < blocks.count; block++)
    if (blocks.device[block] === memory.device) own.push(block);
  return {
    trace,
    memory,
    first,
    end,
    ticks: end - first,
    iterations,
    index,
    blocks: Uint32Array.from(own),
    malloc,
    free,
  };
}
