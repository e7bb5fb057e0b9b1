/**
 * The parts of a CUDA memory snapshot beyond blocks and events: every entry of PyTorch's caching allocator, and its
 * segments at the end. A simulation of the allocator starts from them.
 */

/** `CudaEntries.action`. */
export const ALLOC = 0;
export const FREE_REQUESTED = 1;
export const FREE_COMPLETED = 2;
export const SEGMENT_ALLOC = 3;
export const SEGMENT_FREE = 4;
export const SEGMENT_MAP = 5;
export const SEGMENT_UNMAP = 6;
export const OOM = 7;
export const SNAPSHOT = 8;

/** The names of the actions in the file, by their numbers. */
export const CUDA_ACTIONS: readonly string[] = [
  'alloc',
  'free_requested',
  'free_completed',
  'segment_alloc',
  'segment_free',
  'segment_map',
  'segment_unmap',
  'oom',
  'snapshot',
];

/** In order of time; those of unknown actions are not among them. */
export interface CudaEntries {
  readonly count: number;
  readonly action: Uint8Array;
  /** Index into `Trace.devices`. */
  readonly device: Uint32Array;
  /** Index into `CudaRecording.addresses`, or `NONE`. */
  readonly address: Uint32Array;
  /** Bytes: requested, not rounded, for a block and for `OOM`; the size for a segment. */
  readonly bytes: Float64Array;
  /** Index into `CudaRecording.streams`. */
  readonly stream: Uint32Array;
  /** Index into `CudaRecording.pools`; 0 where neither the recorder nor a segment says. */
  readonly pool: Uint32Array;
  /** Microseconds, not decreasing; 0 throughout where none were recorded. */
  readonly time: Float64Array;
  /** Index into `CudaRecording.stacks`. */
  readonly stack: Uint32Array;
}

export interface CudaBlock {
  /** Index into `CudaRecording.addresses`. */
  readonly address: number;
  /** Bytes it takes. */
  readonly bytes: number;
  /** Bytes that were asked for; `bytes` where the recorder did not say. */
  readonly requested: number;
  readonly state: 'active' | 'pending-free' | 'inactive';
  /** Index into `CudaRecording.stacks`. */
  readonly stack: number;
  /** The operation behind its stack; `''` where the recorder did not say, and for an inactive block. */
  readonly operation: string;
}

/** Memory that the allocator holds of the device, at the end of the recording. */
export interface CudaSegment {
  /** Index into `Trace.devices`. */
  readonly device: number;
  /** Index into `CudaRecording.addresses`. */
  readonly address: number;
  /** Bytes; of an expandable segment those that are mapped. */
  readonly bytes: number;
  readonly stream: number;
  readonly pool: number;
  readonly isSmall: boolean;
  readonly isExpandable: boolean;
  /** Of the request that it was taken for: index into `CudaRecording.stacks`. */
  readonly stack: number;
  /** In order of address, one after the other. */
  readonly blocks: readonly CudaBlock[];
}

export interface CudaFrame {
  /** `''` where unknown. */
  readonly file: string;
  readonly name: string;
  readonly line: number;
  /** Of code that torch.compile wrote: the graph's node, its operation, and the program's lines it was made of. */
  readonly graph?: {readonly node: string; readonly target: string; readonly origin: string};
}

/** Frees that waited for other streams, in order of their requests. */
export interface CudaWaits {
  readonly count: number;
  /** Indices into `CudaRecording.entries`. */
  readonly requested: Uint32Array;
  /** As well; `NONE` where the free still waits at the end. */
  readonly completed: Uint32Array;
}

export interface CudaOutOfMemory {
  /** Index into `CudaRecording.entries`. */
  readonly entry: number;
  /** Bytes that were asked for, and bytes that the device had free. */
  readonly bytes: number;
  readonly deviceFree: number;
}

/** One device of the recording. */
export interface CudaDevice {
  /** Its number in the program. */
  readonly ordinal: number;
  /** False where only its state at the end was recorded: then no statement about the course of events holds. */
  readonly hasEvents: boolean;
  /** Bytes in its segments at the end, at the beginning, and the most in between. */
  readonly reserved: {readonly start: number; readonly most: number; readonly end: number};
  /** Blocks live at the end without a recorded allocation: usually weights. They are no blocks of the trace. */
  readonly persistent: {readonly count: number; readonly bytes: number};
  /** Frees that waited for other streams, those that still wait at the end among them, and the most bytes they held at once. */
  readonly waitingFrees: {readonly count: number; readonly bytes: number};
  /** Whether the ring buffer of the recorder was probably full, so that the beginning is lost. */
  readonly isTruncated: boolean;
}

export interface CudaRecording {
  readonly entries: CudaEntries;
  readonly segments: readonly CudaSegment[];
  /** One for each of `Trace.devices`. */
  readonly devices: readonly CudaDevice[];
  readonly outOfMemory: readonly CudaOutOfMemory[];
  readonly waits: CudaWaits;
  /** Opaque; each once. */
  readonly addresses: BigUint64Array;
  /** Opaque; entry 0 is the default stream. */
  readonly streams: BigUint64Array;
  /** Numbers of the private pools; entry 0 is (0, 0), the default pool. */
  readonly pools: readonly (readonly [number, number])[];
  /** Whether the entries name no pools, so that they got those of the segments at the end that their addresses are in. */
  readonly arePoolsInferred: boolean;
  /** Frames of stack i: `frames[stackFrames[stackStarts[i] … stackStarts[i + 1] − 1]]`, innermost first; 0 is empty. */
  readonly stackStarts: Uint32Array;
  readonly stackFrames: Uint32Array;
  readonly frames: readonly CudaFrame[];
  /** `allocator_settings` as recorded; empty where they were not. */
  readonly settings: Readonly<Record<string, unknown>>;
}
