/**
 * One device of a trace over time: its memory events, live bytes, iterations and lifetimes of blocks. Every reader of a
 * trace needs them, so they are computed once per trace and device, each when it is first asked for.
 *
 * Timelines are kept in a `WeakMap` by their trace. A trace never changes, so its timelines stay true; they are
 * collected with it, and callers who hold only the trace (`stepProblem(trace)` for each iteration) share them, too.
 */
import {UsageError} from '../../model/errors.ts';
import {cut, listNames} from '../../model/shown.ts';
import {FREE, MALLOC, NONE, type Trace} from '../trace.ts';
import {type BlockParts, blockParts, type PartKind} from './block-parts.ts';
import {type Iterations, iterationsOf} from './iterations.ts';
import {liveBytes, type MemoryEvents, memoryEventsByDevice} from './memory-events.ts';

/** `BlockPositions.malloc` of a block allocated before the recording. */
export const BEFORE = -1;
/** `BlockPositions.free` of a block not freed in the recording. */
export const NEVER = 0xffffffff;

/** Per block of the trace, whatever its device: where its own device's memory events allocate and free it. */
export interface BlockPositions {
  /** Index into the device's memory events, or `BEFORE`. */
  readonly malloc: Float64Array;
  /** Index into the device's memory events, or `NEVER`. */
  readonly free: Float64Array;
}

/** All callers share the columns: they are read, never written. */
export class DeviceTimeline {
  readonly trace: Trace;
  /** Index into `Trace.devices`. */
  readonly device: number;
  readonly memory: MemoryEvents;
  readonly #positions: () => BlockPositions;
  #live: Float64Array | undefined;
  #maxLoad: number | undefined;
  #iterations: Iterations | undefined;
  #blocks: Uint32Array | undefined;
  #mallocsBefore: Uint32Array | undefined;
  #likeness: Uint32Array | undefined;
  #waiting: Uint32Array | undefined;
  readonly #parts: Partial<Record<PartKind, BlockParts>> = {};

  constructor(trace: Trace, memory: MemoryEvents, positions: () => BlockPositions) {
    this.trace = trace;
    this.device = memory.device;
    this.memory = memory;
    this.#positions = positions;
  }

  /** Bytes live before each memory event, and after the last one: `memory.count + 1` entries. */
  get live(): Float64Array {
    this.#live ??= liveBytes(this.trace, this.memory);
    return this.#live;
  }

  /** The most bytes live at once, as the recording shows them. */
  get maxLoad(): number {
    this.#maxLoad ??= this.live.reduce((most, bytes) => Math.max(most, bytes), 0);
    return this.#maxLoad;
  }

  get iterations(): Iterations {
    this.#iterations ??= iterationsOf(this.trace, this.memory, this.live);
    return this.#iterations;
  }

  /** The device's blocks, ascending. */
  get blocks(): Uint32Array {
    this.#blocks ??= blocksOf(this.trace, this.device);
    return this.#blocks;
  }

  /** The device's blocks whose free waited for other streams, ascending. */
  get waiting(): Uint32Array {
    this.#waiting ??= this.blocks.filter(block => this.trace.blocks.waitedFrom[block] !== NONE);
    return this.#waiting;
  }

  /** The streams and private pools of the blocks, or the private pools alone. */
  parts(kind: PartKind): BlockParts {
    this.#parts[kind] ??= blockParts(this.trace, this.blocks, kind);
    return this.#parts[kind];
  }

  /** Per block of the trace: index of its malloc among its device's memory events, or `BEFORE`. */
  get malloc(): Float64Array {
    return this.#positions().malloc;
  }

  /** Per block of the trace: index of its free among its device's memory events, or `NEVER`. */
  get free(): Float64Array {
    return this.#positions().free;
  }

  /** How many mallocs are before each memory event, and in all: `memory.count + 1` entries. */
  get mallocsBefore(): Uint32Array {
    this.#mallocsBefore ??= countMallocs(this.trace, this.memory);
    return this.#mallocsBefore;
  }

  /** Per iteration: a number that those share which allocate the same sizes in the same order. */
  get likeness(): Uint32Array {
    this.#likeness ??= this.#compareIterations();
    return this.#likeness;
  }

  #compareIterations(): Uint32Array {
    const {trace, memory, mallocsBefore} = this;
    const {iterations} = this.iterations;
    const sizes = new Float64Array(mallocsBefore[memory.count]!);
    for (let i = 0; i < memory.count; i++) {
      const event = memory.event[i]!;
      if (trace.events.kind[event] === MALLOC)
        sizes[mallocsBefore[i]!] = trace.blocks.bytes[trace.events.block[event]!]!;
    }
    const models: Float64Array[] = [];
    return Uint32Array.from(iterations, ({firstEvent, endEvent}) => {
      const own = sizes.subarray(mallocsBefore[firstEvent]!, mallocsBefore[endEvent]!);
      const known = models.findIndex(model => isEqual(model, own));
      return known >= 0 ? known : models.push(own) - 1;
    });
  }
}

function blocksOf({blocks: {count, device}}: Trace, of: number): Uint32Array {
  const own = new Uint32Array(count);
  let length = 0;
  for (let block = 0; block < count; block++) if (device[block] === of) own[length++] = block;
  return length === count ? own : own.slice(0, length);
}

function countMallocs({events}: Trace, {count, event}: MemoryEvents): Uint32Array {
  const before = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) before[i + 1] = before[i]! + (events.kind[event[i]!] === MALLOC ? 1 : 0);
  return before;
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

const timelines = new WeakMap<Trace, readonly DeviceTimeline[]>();

/** One for each of `Trace.devices`. */
export function timelinesOf(trace: Trace): readonly DeviceTimeline[] {
  const known = timelines.get(trace);
  if (known) return known;
  const memory = memoryEventsByDevice(trace);
  const positions = once(() => findPositions(trace, memory));
  const made = memory.map(one => new DeviceTimeline(trace, one, positions));
  timelines.set(trace, made);
  return made;
}

/** @param device index into `Trace.devices`; the timeline of any other is empty. */
export function timelineOf(trace: Trace, device: number): DeviceTimeline {
  const empty = {device, count: 0, event: new Uint32Array(0)};
  return timelinesOf(trace)[device] ?? new DeviceTimeline(trace, empty, () => findPositions(trace, []));
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function findPositions({events, blocks}: Trace, memory: readonly MemoryEvents[]): BlockPositions {
  const malloc = new Float64Array(blocks.count).fill(BEFORE);
  const free = new Float64Array(blocks.count).fill(NEVER);
  for (const {count, event} of memory) {
    for (let position = 0; position < count; position++) {
      const at = event[position]!;
      (events.kind[at] === FREE ? free : malloc)[events.block[at]!] = position;
    }
  }
  return {malloc, free};
}

/**
 * The iterations of a recording on one device.
 * @param device index into `Trace.devices`.
 */
export function findIterations(trace: Trace, device: number): Iterations {
  return timelineOf(trace, device).iterations;
}

/** The most bytes live on a device at once, as the recording shows them. */
export function maxLoad(trace: Trace, device: number): number {
  return timelineOf(trace, device).maxLoad;
}

/**
 * The index of the device of that name; without a name, of the one with the largest load, the first on ties.
 * @throws {UsageError} where the trace has no such device, or none at all.
 */
export function chooseDevice(trace: Trace, name?: string): number {
  const names = trace.devices.map(device => device.name);
  if (name !== undefined) {
    const index = names.indexOf(name);
    if (index < 0) throw new UsageError(`device: expected one of ${listNames(names)}, got ${cut(name)}`);
    return index;
  }
  if (names.length === 0) throw new UsageError('device: the recording has no memory events on any device');
  if (names.length === 1) return 0;
  const timed = timelinesOf(trace).map(timeline => timeline.maxLoad);
  // of devices without events, the one with the largest blocks at the end
  const loads = timed.some(load => load > 0)
    ? timed
    : timed.map((_, device) => trace.cuda?.devices[device]?.persistent.bytes ?? 0);
  return loads.indexOf(Math.max(...loads));
}
