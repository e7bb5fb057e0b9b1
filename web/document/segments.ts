/**
 * The segments of an allocator at a moment: those of a CUDA snapshot, computed backwards from its end, or those of a
 * model after the requests up to then.
 */
import {
  PytorchAllocator,
  parseSettings,
  type Requests,
  replay,
  requestsBeforeEvents,
} from '../../bindings/allocators/index.ts';
import {
  ALLOC,
  type CudaRecording,
  SEGMENT_ALLOC,
  SEGMENT_FREE,
  SEGMENT_MAP,
  SEGMENT_UNMAP,
} from '../../bindings/trace/cuda.ts';
import {stackFrame, type Trace, timelineOf} from '../../bindings/trace.ts';
import type {Subject} from './subject.ts';

/** A block within a segment: an item, or one that was there before the recording. */
export interface PlacedBlock {
  readonly item: number | undefined;
  /** Where a block that is no item came from: operation and source frame, as far as recorded. */
  readonly source?: string;
  /** Bytes from the beginning of the segment. */
  readonly offset: number;
  readonly bytes: number;
}

interface PositionedBlock extends PlacedBlock {
  readonly address: number;
}

export interface SegmentState {
  /** Its place among all addresses, for its order. */
  readonly address: number;
  readonly bytes: number;
  readonly blocks: readonly PlacedBlock[];
}

export interface AllocatorState {
  readonly segments: readonly SegmentState[];
  readonly isModel: boolean;
  /** Whether it is the state when the recording ended. */
  readonly isEnd: boolean;
  readonly reserved: number;
  readonly allocated: number;
}

/** Undefined where the recording has no segments. */
export function recordedState(
  trace: Trace,
  device: number,
  subject: Subject,
  moment: number,
): AllocatorState | undefined {
  const {cuda} = trace;
  if (!cuda?.segments.some(segment => segment.device === device)) return undefined;
  const ranges = new Ranges();
  for (const segment of cuda.segments) {
    if (segment.device === device && segment.bytes > 0)
      ranges.add(placeOf(cuda, segment.address), segment.bytes);
  }
  undo(cuda, device, entryAt(trace, device, moment), ranges);
  const blocks: PositionedBlock[] = [...persistentBlocks(trace, device)];
  for (const item of subject.own) {
    if (subject.start[item]! > moment || subject.end[item]! <= moment) continue;
    const address = Number(trace.blocks.address[item]! - base(cuda));
    blocks.push({item, address, offset: 0, bytes: Math.ceil(subject.bytes[item]! / 512) * 512});
  }
  return stateOf(ranges.list(), blocks, {isModel: false, isEnd: moment >= subject.moments - 1});
}

const bases = new WeakMap<CudaRecording, bigint>();

/** The lowest address: from it, all of them are safe integers. */
function base(cuda: CudaRecording): bigint {
  let found = bases.get(cuda);
  if (found === undefined) {
    found = cuda.addresses.reduce((a, b) => (b !== 0n && b < a ? b : a), 0xffff_ffff_ffff_ffffn);
    bases.set(cuda, found);
  }
  return found;
}

export const placeOf = (cuda: CudaRecording, address: number) =>
  Number(cuda.addresses[address]! - base(cuda));

/** The first entry after the moment. */
function entryAt(trace: Trace, device: number, moment: number): number {
  const {entries} = trace.cuda!;
  const {memory, mallocsBefore} = timelineOf(trace, device);
  let mallocs = mallocsBefore[Math.max(0, Math.min(moment, memory.count))]!;
  if (moment >= memory.count) return entries.count;
  for (let i = 0; i < entries.count; i++) {
    if (entries.device[i] !== device || entries.action[i] !== ALLOC || entries.bytes[i] === 0) continue;
    if (mallocs-- === 0) return i;
  }
  return entries.count;
}

function undo(cuda: CudaRecording, device: number, from: number, ranges: Ranges): void {
  const {entries} = cuda;
  for (let i = entries.count - 1; i >= from; i--) {
    if (entries.device[i] !== device) continue;
    const action = entries.action[i];
    const [address, bytes] = [placeOf(cuda, entries.address[i]!), entries.bytes[i]!];
    if (action === SEGMENT_ALLOC || action === SEGMENT_MAP) ranges.remove(address, bytes);
    else if (action === SEGMENT_FREE || action === SEGMENT_UNMAP) ranges.add(address, bytes);
  }
}

/** Live at the end, and no item of the trace. */
function* persistentBlocks(trace: Trace, device: number): Generator<PositionedBlock> {
  const cuda = trace.cuda!;
  const known = new Set<bigint>();
  for (let block = 0; block < trace.blocks.count; block++) {
    if (trace.blocks.device[block] === device && trace.blocks.freeEvent[block] === 0xffffffff)
      known.add(trace.blocks.address[block]!);
  }
  for (const segment of cuda.segments) {
    if (segment.device !== device) continue;
    for (const {address, bytes, state, operation, stack} of segment.blocks) {
      if (state === 'inactive' || known.has(cuda.addresses[address]!)) continue;
      const source = [operation, stackFrame(cuda, stack)].filter(part => part !== '').join(', ');
      yield {item: undefined, source, address: placeOf(cuda, address), offset: 0, bytes};
    }
  }
}

/** The state of a model of PyTorch's allocator after the requests before a moment. */
export function modelledState(
  requests: Requests,
  settings: Readonly<Record<string, string>>,
  moment: number,
  itemOf: (block: number) => number,
): AllocatorState {
  const ranges = new Ranges();
  const allocator = new PytorchAllocator({
    settings: parseSettings(settings),
    onChange: ({isTaken, address, bytes}) =>
      isTaken ? ranges.add(address, bytes) : ranges.remove(address, bytes),
  });
  const {blocks, count} = requests;
  replay(requests, allocator, requestsBeforeEvents(requests)[moment] ?? count);
  const placed: PositionedBlock[] = [];
  for (let one = 0; one < blocks.count; one++) {
    const address = allocator.addressOf(one);
    if (address === undefined) continue;
    const bytes = Math.ceil(blocks.bytes[one]! / 512) * 512;
    placed.push({item: itemOf(one), address, offset: 0, bytes});
  }
  return stateOf(ranges.list(), placed, {isModel: true, isEnd: false});
}

function stateOf(
  ranges: readonly {readonly address: number; readonly bytes: number}[],
  blocks: PositionedBlock[],
  what: Pick<AllocatorState, 'isModel' | 'isEnd'>,
): AllocatorState {
  blocks.sort((a, b) => a.address - b.address);
  let next = 0;
  let allocated = 0;
  const segments = ranges.map(({address, bytes}) => {
    const own: PlacedBlock[] = [];
    while (next < blocks.length && blocks[next]!.address < address) next++;
    for (; next < blocks.length && blocks[next]!.address < address + bytes; next++) {
      const {address: at, bytes: size, ...whose} = blocks[next]!;
      const within = Math.min(size, address + bytes - at);
      own.push({...whose, offset: at - address, bytes: within});
      allocated += within;
    }
    return {address, bytes, blocks: own};
  });
  return {segments, ...what, reserved: ranges.reduce((sum, {bytes}) => sum + bytes, 0), allocated};
}

/** Ranges of addresses that can be added to and taken from, as expandable segments are. */
class Ranges {
  readonly #ends = new Map<number, number>();

  add(address: number, bytes: number): void {
    this.#ends.set(address, address + bytes);
  }

  remove(address: number, bytes: number): void {
    const end = address + bytes;
    if (this.#ends.get(address) === end) {
      this.#ends.delete(address);
      return;
    }
    for (const [from, to] of this.#ends) {
      if (to <= address || from >= end) continue;
      this.#ends.delete(from);
      if (from < address) this.#ends.set(from, address);
      if (to > end) this.#ends.set(end, to);
    }
  }

  /** In order of address. Where the model grows a segment, its parts are one. */
  list(): {address: number; bytes: number}[] {
    const sorted = [...this.#ends].sort(([a], [b]) => a - b);
    return sorted.map(([address, end]) => ({address, bytes: end - address}));
  }
}
