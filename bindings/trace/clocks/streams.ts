/** The streams of a trace, by number, and where each is used. */
import {NONE, type Trace} from '../trace.ts';

export interface TraceStreams {
  readonly count: number;
  /** Per block of the trace: its own stream. */
  readonly ofBlock: Uint32Array;
  /** Per foreign use. */
  readonly ofUse: Uint32Array;
  /** Per sync point; `NONE` where it names none. */
  readonly ofSync: Uint32Array;
  /** Per stream: index into `Trace.devices`. */
  readonly device: Uint32Array;
  /** Per stream: its handle as recorded. */
  readonly handle: BigUint64Array;
}

const numbered = new WeakMap<Trace, TraceStreams>();

/** Equal handles on two devices are two streams. */
export function streamsOf(trace: Trace): TraceStreams {
  const known = numbered.get(trace);
  if (known) return known;
  const made = number(trace);
  numbered.set(trace, made);
  return made;
}

function number({blocks, events, syncs, foreignUses: uses}: Trace): TraceStreams {
  const numbers = new Map<bigint, number>();
  const device: number[] = [];
  const handles: bigint[] = [];
  const numberOf = (handle: bigint, on: number): number => {
    // devices are below 2^32
    const key = (handle << 32n) | BigInt(on);
    const found = numbers.get(key) ?? device.length;
    if (found === device.length) {
      numbers.set(key, found);
      device.push(on);
      handles.push(handle);
    }
    return found;
  };
  const ofBlock = new Uint32Array(blocks.count);
  for (let i = 0; i < blocks.count; i++) ofBlock[i] = numberOf(blocks.stream[i]!, blocks.device[i]!);
  const ofUse = new Uint32Array(uses?.count ?? 0);
  for (let i = 0; i < ofUse.length; i++)
    ofUse[i] = numberOf(uses!.stream[i]!, blocks.device[events.block[uses!.event[i]!]!]!);
  const ofSync = new Uint32Array(syncs?.count ?? 0).fill(NONE);
  for (let i = 0; i < ofSync.length; i++)
    if (syncs!.hasStream[i]) ofSync[i] = numberOf(syncs!.stream[i]!, syncs!.device[i]!);
  return {
    count: device.length,
    ofBlock,
    ofUse,
    ofSync,
    device: Uint32Array.from(device),
    handle: BigUint64Array.from(handles),
  };
}

/** Streams of a device that blocks were allocated for or are used on. */
export function countStreams(trace: Trace, device: number): number {
  const {ofBlock, ofUse, device: ofDevice} = streamsOf(trace);
  const used = new Set<number>();
  for (const of of [ofBlock, ofUse])
    for (const stream of of) if (ofDevice[stream] === device) used.add(stream);
  return used.size;
}

/** Names of streams of a device, numbered as their blocks and uses appear, as those of `blockParts` are. */
export function streamNames(trace: Trace, device: number, streams: Uint32Array): string[] {
  const {ofBlock, ofUse, handle, device: ofDevice} = streamsOf(trace);
  const numbers = new Map<bigint, number>([[0n, 0]]);
  const add = (stream: number): void => {
    if (!numbers.has(handle[stream]!)) numbers.set(handle[stream]!, numbers.size);
  };
  for (const of of [ofBlock, ofUse]) for (const stream of of) if (ofDevice[stream] === device) add(stream);
  return Array.from(streams, stream => `stream ${numbers.get(handle[stream]!)}`);
}
