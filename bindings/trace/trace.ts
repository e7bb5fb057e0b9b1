/**
 * The recording, as columns: events on blocks. Every importer of recordings makes one, through `TraceBuilder`.
 *
 * A block is one allocation. Addresses are reused, so a block is known by its address and how many blocks that
 * address held before. A block whose malloc or free was not recorded has `NONE` there: it was carried in, or is
 * carried out; it is never dropped or closed silently.
 */

import type {CudaRecording} from './cuda.ts';

/** `TraceEvents.kind`. */
export const MALLOC = 0;
export const FREE = 1;
export const READ = 2;
export const WRITE = 3;
/** `SyncPoints.kind`: a fence is the work enqueued on a stream so far. */
export const RECORD = 0;
/** `SyncPoints.kind`: later work of a stream, or the host, comes after a fence. */
export const WAIT = 1;
/** `SyncPoints.kind`: the host waits for a stream, or for the device. */
export const SYNC = 2;
/** `TraceBlocks.mallocEvent` or `.freeEvent` where the recording has no such event. */
export const NONE = 0xffffffff;

/** In order of time; an event's number is its index. */
export interface TraceEvents {
  readonly count: number;
  /** `MALLOC`, `FREE`, `READ` or `WRITE`. */
  readonly kind: Uint8Array;
  /** Index into `Trace.blocks`. */
  readonly block: Uint32Array;
  /** Microseconds from an origin of the recorder's choice, not decreasing; 0 throughout where none were recorded. */
  readonly time: Float64Array;
}

/** In order of their first event. */
export interface TraceBlocks {
  readonly count: number;
  /** Size as recorded, bytes, never 0. */
  readonly bytes: Float64Array;
  /** Opaque; made up where `Trace.inferred`. */
  readonly address: BigUint64Array;
  /** How many blocks the address held before this one. */
  readonly allocation: Uint32Array;
  /** Index into `Trace.devices`. */
  readonly device: Uint32Array;
  /** The stream allocated for, opaque; 0 is the default stream. */
  readonly stream: BigUint64Array;
  /** The private pool of the allocator that it is in, by number; 0 is the default pool. */
  readonly pool: Uint32Array;
  /** Index into `Trace.operations`. */
  readonly operation: Uint32Array;
  /** Index into `Trace.paths`; absent where the trace has none. */
  readonly path?: Uint32Array;
  /** Event index or `NONE`. */
  readonly mallocEvent: Uint32Array;
  /** Event index or `NONE`. */
  readonly freeEvent: Uint32Array;
  /**
   * Where the free waited for the work of other streams: the first event after the program requested it; `NONE` for a free
   * that did not wait. Such a free completes at a time of polling, which another run does not repeat.
   */
  readonly waitedFrom: Uint32Array;
}

export interface Device {
  /** `cpu`, `cuda:0`, … */
  readonly name: string;
  /** The alignment of every block by the recorded allocator, bytes, a power of two. */
  readonly alignment: number;
}

/** Where an allocation comes from, from the outside in; each part `''` where unknown. */
export interface AllocationPath {
  /** The innermost module, e.g. `Conv2d_3`; of a backward operation that of its forward one. */
  readonly module: string;
  /** Of a backward operation: its forward one, e.g. `aten::conv2d`. */
  readonly forward: string;
  /** As the program called it: the block's entry of `Trace.operations`. */
  readonly operation: string;
  /** The innermost operation, which allocated, e.g. `aten::empty`. */
  readonly leaf: string;
}

/** A named span of the recorded program, e.g. `ProfilerStep#3`. */
export interface Annotation {
  readonly name: string;
  /** Microseconds, on the clock of the events. */
  readonly start: number;
  readonly end: number;
  readonly thread: string;
}

/** Where the recorded program said that an iteration begins, or that the last one ends. */
export interface IterationMark {
  /** The iteration's own number; null where none begins here. */
  readonly number: number | null;
  /** The first event after the mark; the number of events where none is. */
  readonly event: number;
  /** How many sync points are before it; absent where the recording has none. */
  readonly syncs?: number;
}

/**
 * Where the program orders the work of streams, in order of time. A fence of a number is what was last recorded under it; one that
 * was never recorded orders nothing.
 */
export interface SyncPoints {
  readonly count: number;
  /** `RECORD`, `WAIT` or `SYNC`. */
  readonly kind: Uint8Array;
  /** The first event after it; the number of events where none is. */
  readonly event: Uint32Array;
  /** Index into `Trace.devices`. Streams belong to devices, fences do not. */
  readonly device: Uint32Array;
  /** 1 where it names a stream; a `WAIT` without one is of the host, a `SYNC` without one is for the whole device. */
  readonly hasStream: Uint8Array;
  /** 0 where it names none. */
  readonly stream: BigUint64Array;
  /** 0 for a `SYNC`. */
  readonly fence: BigUint64Array;
}

/** Reads and writes of blocks on other streams than those that they were allocated for, in order of time. */
export interface ForeignUses {
  readonly count: number;
  /** A `READ` or `WRITE` of `Trace.events`. */
  readonly event: Uint32Array;
  /** A stream of the block's device. */
  readonly stream: BigUint64Array;
}

export interface Trace {
  readonly events: TraceEvents;
  readonly blocks: TraceBlocks;
  readonly devices: readonly Device[];
  /** Source operations of allocations; entry 0 is `''`, unknown. */
  readonly operations: readonly string[];
  /** Call paths of allocations; entry 0 is unknown. Absent where the recording has none. */
  readonly paths?: readonly AllocationPath[];
  readonly annotations: readonly Annotation[];
  readonly marks: readonly IterationMark[];
  /** Absent where none was recorded. */
  readonly syncs?: SyncPoints;
  /** Absent where every use is on the stream that its block was allocated for. */
  readonly foreignUses?: ForeignUses;
  /** Oddities of the recording, for people, with counts. */
  readonly warnings: readonly string[];
  /** Whether the pairing of mallocs with frees is a guess. */
  readonly inferred: boolean;
  /** Whether the file ends before the recording did. */
  readonly isCut?: boolean;
  /** Present only for a CUDA memory snapshot. */
  readonly cuda?: CudaRecording;
}
