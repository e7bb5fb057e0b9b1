/** The state of a CUDA allocator when the recording ended: what its segments hold, and what is free in them. */
import {ImportError} from '../model/errors.ts';
import {formatBytes, plural} from '../model/quantities.ts';
import type {CudaRecording, CudaSegment} from './cuda.ts';
import type {Trace} from './trace.ts';

/** What a recording without events needs. */
export const HOW_TO_RECORD =
  "call torch.cuda.memory._record_memory_history(context='all') before the program runs";

export interface BlockSum {
  readonly count: number;
  readonly bytes: number;
}

/** Bytes of a stream and pool, which share no memory with others. */
export interface EndPart {
  /** `default stream`, or its address; `default pool`, or its two numbers. */
  readonly stream: string;
  readonly pool: string;
  readonly segments: number;
  readonly reserved: number;
  readonly blocks: BlockSum;
  readonly fragmented: number;
  readonly largestFree: number;
}

/** Bytes as the allocator rounds them, unless said otherwise. */
export interface EndState {
  readonly segments: number;
  readonly reserved: number;
  /** In use, those whose free waits among them. */
  readonly blocks: BlockSum;
  /** Bytes that were asked for, of these blocks. */
  readonly requested: number;
  /** Of the blocks, those whose free waits for another stream. */
  readonly pendingFree: BlockSum;
  /** Reserved and in no block; negative where the file contradicts itself. */
  readonly fragmented: number;
  /** The largest free block: a larger request needs more memory of the device. */
  readonly largestFree: number;
  /** Segments without a block in use: the allocator can give them back. */
  readonly empty: BlockSum;
  /** By stream and pool, the largest first. */
  readonly parts: readonly EndPart[];
}

/** Undefined where the recording holds no segments of the device. */
export function endState(trace: Trace, device: number): EndState | undefined {
  const {cuda} = trace;
  const own = cuda?.segments.filter(segment => segment.device === device) ?? [];
  if (!cuda || own.length === 0) return undefined;
  const parts = new Map<string, CudaSegment[]>();
  for (const segment of own) {
    const key = `${segment.stream} ${segment.pool}`;
    parts.set(key, [...(parts.get(key) ?? []), segment]);
  }
  const isEmpty = ({blocks}: CudaSegment): boolean => blocks.every(({state}) => state === 'inactive');
  const used = usedBlocks(own);
  return {
    segments: own.length,
    ...sumsOf(own),
    requested: used.reduce((sum, {requested}) => sum + requested, 0),
    pendingFree: sumOf(used.filter(({state}) => state === 'pending-free')),
    empty: sumOf(own.filter(isEmpty)),
    parts: [...parts.values()]
      .map(list => ({
        stream: streamName(cuda, list[0]!.stream),
        pool: poolName(cuda, list[0]!.pool),
        segments: list.length,
        ...sumsOf(list),
      }))
      .sort((a, b) => b.reserved - a.reserved),
  };
}

const usedBlocks = (segments: readonly CudaSegment[]) =>
  segments.flatMap(({blocks}) => blocks.filter(({state}) => state !== 'inactive'));

function sumsOf(segments: readonly CudaSegment[]) {
  const {bytes: reserved} = sumOf(segments);
  const blocks = sumOf(usedBlocks(segments));
  let largestFree = 0;
  for (const {blocks: all} of segments)
    for (const {state, bytes} of all) if (state === 'inactive' && bytes > largestFree) largestFree = bytes;
  return {reserved, blocks, fragmented: reserved - blocks.bytes, largestFree};
}

function sumOf(list: readonly {readonly bytes: number}[]): BlockSum {
  return {count: list.length, bytes: list.reduce((sum, {bytes}) => sum + bytes, 0)};
}

export function streamName({streams}: CudaRecording, stream: number): string {
  const word = streams[stream] ?? 0n;
  return word === 0n ? 'default stream' : `stream 0x${word.toString(16)}`;
}

export function poolName({pools}: CudaRecording, pool: number): string {
  const [first, second] = pools[pool] ?? [0, 0];
  return first === 0 && second === 0 ? 'default pool' : `pool (${first}, ${second})`;
}

/** As lines: sums, then free memory, then streams and pools where there are several. All holds at the end alone. */
export function describeEndState(state: EndState): string[] {
  const {reserved, segments, blocks, requested, pendingFree, fragmented, largestFree, empty, parts} = state;
  const waiting =
    pendingFree.count > 0
      ? `; ${plural(pendingFree.count, 'block')} with ${formatBytes(pendingFree.bytes)} wait to be freed`
      : '';
  const free =
    fragmented < 0
      ? `contradiction: the blocks take ${formatBytes(-fragmented)} more than is reserved, so the file lacks segments or is damaged`
      : `fragmented ${formatBytes(fragmented)}, reserved and in no block; largest free block ${formatBytes(largestFree)}${parts.length > 1 ? ', of use in its own stream and pool alone' : ''}`;
  return [
    `reserved ${formatBytes(reserved)} in ${plural(segments, 'segment')}; ${plural(blocks.count, 'block')} in use take ${formatBytes(blocks.bytes)}, for ${formatBytes(requested)} requested${waiting}`,
    free,
    ...(empty.count > 0
      ? [
          `${plural(empty.count, 'segment')} with ${formatBytes(empty.bytes)} ${empty.count === 1 ? 'holds' : 'hold'} no block: torch.cuda.empty_cache() gives such memory back`,
        ]
      : []),
    ...(parts.length > 1
      ? parts.map(
          part =>
            `${part.stream}, ${part.pool}: reserved ${formatBytes(part.reserved)}, in blocks ${formatBytes(part.blocks.bytes)}, largest free block ${formatBytes(part.largestFree)}`,
        )
      : []),
  ];
}

/** Whether no event of the device was recorded, only its state at the end. */
export function hasStateOnly({cuda}: Trace, device: number): boolean {
  return cuda?.devices[device]?.hasEvents === false;
}

/** @throws {ImportError} where only the state at the end was recorded. @param what needs events, e.g. `a plan`. */
export function requireEvents(trace: Trace, device: number, what: string): void {
  if (!hasStateOnly(trace, device)) return;
  throw new ImportError(
    `${what} needs the events of ${trace.devices[device]!.name}, and only its state at the end was recorded: ${HOW_TO_RECORD}, and record again; the commands inspect, top and report show this state`,
    {format: 'cuda-snapshot'},
  );
}

/** @throws {ImportError} where no device has events. @param what needs some, e.g. `an event log`. */
export function requireAnyEvents(trace: Trace, what: string): void {
  if (trace.devices.every((_, device) => hasStateOnly(trace, device)) && trace.devices.length > 0)
    requireEvents(trace, 0, what);
}
