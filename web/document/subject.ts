/**
 * An opened file as items over moments: the blocks of one device over its events, or the buffers of a problem over
 * its ticks. Tables, search, details and the picture of live memory use items, for every kind of file.
 */

import {LoadOverTime, piecesOf} from '../../bindings/model/load.ts';
import {idOf, type ProblemColumns} from '../../bindings/model/problem.ts';
import {ALLOC, SEGMENT_ALLOC, SEGMENT_FREE, SEGMENT_MAP, SEGMENT_UNMAP} from '../../bindings/trace/cuda.ts';
import {FREE, MALLOC} from '../../bindings/trace/trace.ts';
import {
  chooseDevice,
  type Imported,
  type Iterations,
  type MemoryEvents,
  type Trace,
  timelineOf,
} from '../../bindings/trace.ts';
import {Stacks} from './stacks.ts';

export interface Subject {
  /** Items are numbered 0 … count − 1; those that are not of the device have no bytes. */
  readonly count: number;
  /** Live in the moments `[start, end)`; from 0 where it was there before, to `moments` where it stays. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Bytes. */
  readonly bytes: Float64Array;
  readonly moments: number;
  /** Bytes live at moment `at[i]` and until the next. */
  readonly at: Float64Array;
  readonly live: Float64Array;
  /** Bytes at all moments from before the recording, which are no items. */
  readonly persistent: number;
  /** Bytes reserved by the allocator at each moment, where recorded. */
  readonly reserved?: Float64Array;
  readonly iterations: Iterations;
  nameOf(item: number): string;
  operationOf(item: number): string;
  /** The source line that allocated it; `''` where unknown. */
  frameOf(item: number): string;
  /** Innermost first. */
  stackOf(item: number): string[];
  /** Stretches `[from, to)` in which it holds something: more than one where it has gaps. */
  piecesOf(item: number): readonly (readonly [from: number, to: number])[];
  /** Items of the device. */
  readonly own: Uint32Array;
}

const NO_ITERATIONS: Iterations = {source: 'none', warmUpEvents: 0, tailEvents: 0, iterations: []};

export function subjectOf(imported: Imported, device: number): Subject {
  return imported.kind === 'trace'
    ? blocksOf(imported.trace, device)
    : buffersOf(imported.problem, imported.operations);
}

/** The device that a trace is shown for at first. */
export function firstDevice(imported: Imported): number {
  return imported.kind === 'trace' ? chooseDevice(imported.trace) : 0;
}

function blocksOf(trace: Trace, device: number): Subject {
  const {memory, live, iterations, blocks: own} = timelineOf(trace, device);
  const {blocks} = trace;
  const moments = memory.count + 1;
  const start = new Float64Array(blocks.count);
  const end = new Float64Array(blocks.count).fill(moments);
  for (let position = 0; position < memory.count; position++) {
    const event = memory.event[position]!;
    const block = trace.events.block[event]!;
    if (trace.events.kind[event] === FREE) end[block] = position + 1;
    else start[block] = position + 1;
  }
  const bytes = new Float64Array(blocks.count);
  for (const block of own) bytes[block] = blocks.bytes[block]!;
  const stacks = new Stacks(trace);
  const reserved = reservedOver(trace, device, memory);
  return {
    count: blocks.count,
    start,
    end,
    bytes,
    moments,
    at: new Float64Array(moments).map((_, i) => i),
    live,
    persistent: trace.cuda?.devices[device]?.persistent.bytes ?? 0,
    ...(reserved ? {reserved} : {}),
    iterations,
    own,
    piecesOf: block => [[start[block]!, end[block]!]],
    nameOf: block => `b${block}`,
    operationOf: block => trace.operations[blocks.operation[block]!]!,
    frameOf: block => stacks.frameOf(block),
    stackOf: block => stacks.stackOf(block),
  };
}

/** Segments that come and go, noted at the allocations between which they do. */
function reservedOver({cuda, events}: Trace, device: number, memory: MemoryEvents): Float64Array | undefined {
  const most = cuda?.devices[device]?.reserved.most ?? 0;
  if (!cuda || most === 0) return undefined;
  const {entries} = cuda;
  const reserved = new Float64Array(memory.count + 1);
  let now = cuda.devices[device]!.reserved.start;
  let position = 0;
  let isKnown = false;
  for (let i = 0; i < entries.count; i++) {
    if (entries.device[i] !== device) continue;
    const action = entries.action[i];
    if (action === SEGMENT_ALLOC || action === SEGMENT_MAP) now += entries.bytes[i]!;
    else if (action === SEGMENT_FREE || action === SEGMENT_UNMAP) now -= entries.bytes[i]!;
    else if (action === ALLOC && entries.bytes[i]! > 0) {
      while (position < memory.count && events.kind[memory.event[position]!] !== MALLOC)
        reserved[++position] = reserved[position - 1]!;
      if (position < memory.count) reserved[++position] = now;
    }
    isKnown ||= action === SEGMENT_ALLOC || action === SEGMENT_MAP;
  }
  while (position < memory.count) reserved[++position] = now;
  reserved[0] = cuda.devices[device]!.reserved.start;
  return isKnown ? reserved : undefined;
}

function buffersOf(problem: ProblemColumns, operations: readonly string[] | undefined): Subject {
  const {ticks, bytes: load} = new LoadOverTime(problem);
  const moments = Math.max(
    1,
    problem.end.reduce((a, b) => Math.max(a, b), 0),
  );
  return {
    count: problem.count,
    start: Float64Array.from(problem.start),
    end: Float64Array.from(problem.end),
    bytes: problem.size,
    moments,
    at: ticks.length === 0 ? Float64Array.of(0) : Float64Array.from(ticks),
    live: ticks.length === 0 ? Float64Array.of(0) : load,
    persistent: 0,
    iterations: NO_ITERATIONS,
    own: Uint32Array.from({length: problem.count}, (_, i) => i),
    piecesOf: buffer => piecesOf(problem, buffer).map(({start, end}) => [start, end] as const),
    nameOf: buffer => idOf(problem, buffer),
    operationOf: buffer => operations?.[buffer] ?? '',
    frameOf: () => '',
    stackOf: () => [],
  };
}

/** Index into `at` of the last one not after a moment. */
export function placeIn(at: Float64Array, moment: number): number {
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at[middle]! <= moment) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
