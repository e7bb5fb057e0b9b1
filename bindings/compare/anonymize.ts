/**
 * Removes the names from a recording or a problem; sizes, order and lifetimes stay.
 *
 * Names become HMAC-SHA-256 of them under a key, so that equal names stay equal and nobody without the key can find a
 * name by trying. Iterations stay, as marks. Annotations, warnings, stacks and segments are left out: of their
 * content, only the iterations are needed to plan.
 */
import type {ProblemColumns} from '../model/problem.ts';
import {chooseDevice, timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Iteration} from '../trace/timeline/iterations.ts';
import type {Device, IterationMark, SyncPoints, Trace, TraceBlocks} from '../trace/trace.ts';

export interface AnonymizeOptions {
  /** Secret of any length, also to be kept where the names of two files are to be compared. */
  readonly key: Uint8Array;
  /** `relative`: microseconds from the first event, the default. `none`: the order alone. */
  readonly times?: 'relative' | 'none';
  /** `relative`: from the lowest address of the device, the default. `none`: which are equal, and no more. */
  readonly addresses?: 'relative' | 'none';
}

/** Names of devices that identify nobody. */
const COMMON_DEVICE = /^(cpu|cuda|gpu|hip|xpu|mps|device|webgpu|wasm)(:\d{1,3})?$/;
/** Addresses are moved by multiples of it, so that their alignment stays. */
const PAGE = 1n << 21n;
/** Hexadecimal digits of a name: two among a million are equal once in 37 million files. */
const DIGITS = 16;
/** Names that are hashed at a time. */
const BATCH = 4096;

/** Equal names have equal hashes, under one key; `''` and the number of an occurrence, as in `step#12`, stay. */
export async function hashedNames(names: readonly string[], key: Uint8Array): Promise<Map<string, string>> {
  const {subtle} = globalThis.crypto;
  const algorithm = {name: 'HMAC', hash: 'SHA-256'};
  const secret = await subtle.importKey('raw', Uint8Array.from(key), algorithm, false, ['sign']);
  const encoder = new TextEncoder();
  const hash = async (name: string): Promise<string> => {
    const [, base = name, number = ''] = /^(.+?)(#\d{1,9})$/s.exec(name) ?? [];
    const bytes = new Uint8Array(await subtle.sign('HMAC', secret, encoder.encode(base)));
    const digits = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
    return `n${digits.slice(0, DIGITS)}${number}`;
  };
  const hashed = new Map<string, string>([['', '']]);
  const distinct = [...new Set(names)].filter(name => name !== '');
  for (let from = 0; from < distinct.length; from += BATCH) {
    const batch = distinct.slice(from, from + BATCH);
    for (const [i, text] of (await Promise.all(batch.map(hash))).entries()) hashed.set(batch[i]!, text);
  }
  return hashed;
}

export interface Anonymized {
  readonly trace: Trace;
  /** Distinct names that were hashed. */
  readonly names: number;
  /** The parts of the trace that were left out; without names. */
  readonly leftOut: readonly string[];
}

/** The trace without its names; its iterations are those of the device with the largest load. */
export async function anonymizeTrace(trace: Trace, options: AnonymizeOptions): Promise<Anonymized> {
  const {times = 'relative', addresses = 'relative', key} = options;
  const rare = trace.devices.map(({name}) => name).filter(name => !COMMON_DEVICE.test(name));
  const paths = trace.paths?.flatMap(({module, forward, leaf}) => [module, forward, leaf]) ?? [];
  const names = await hashedNames([...trace.operations, ...paths, ...rare], key);
  const {events, blocks} = trace;
  const first = events.time[0] ?? 0;
  const leftOut = [
    ...whatIsLeftOut(trace),
    ...(times === 'none' ? ['times'] : []),
    ...(addresses === 'none' ? ['addresses'] : []),
  ];
  const numberOf = streamNumbers();
  const anonymous: Trace = {
    events: {
      ...events,
      time: times === 'none' ? new Float64Array(events.count) : events.time.map(time => time - first),
    },
    blocks: {
      ...blocks,
      address: addresses === 'none' ? numberedAddresses(blocks) : lowAddresses(trace),
      stream: blocks.stream.map(numberOf),
    },
    ...(trace.foreignUses
      ? {foreignUses: {...trace.foreignUses, stream: trace.foreignUses.stream.map(numberOf)}}
      : {}),
    ...(trace.syncs ? {syncs: numberedSyncs(trace.syncs, numberOf)} : {}),
    devices: trace.devices.map(({name, alignment}): Device => ({name: names.get(name) ?? name, alignment})),
    operations: trace.operations.map(operation => names.get(operation)!),
    ...(trace.paths
      ? {
          paths: trace.paths.map(({module, forward, operation, leaf}) => ({
            module: names.get(module)!,
            forward: names.get(forward)!,
            operation: names.get(operation)!,
            leaf: names.get(leaf)!,
          })),
        }
      : {}),
    annotations: [],
    marks: marksOf(trace),
    warnings: [`anonymized: names are hashed; left out: ${leftOut.join(', ') || 'nothing'}`],
    inferred: trace.inferred,
  };
  return {trace: anonymous, names: names.size - 1, leftOut};
}

/** The problem with other names of the same buffers. */
export async function anonymizeProblem(
  problem: ProblemColumns,
  {key}: Pick<AnonymizeOptions, 'key'>,
): Promise<ProblemColumns> {
  if (!problem.ids) return problem;
  const names = await hashedNames(problem.ids, key);
  return {...problem, ids: problem.ids.map(id => names.get(id)!)};
}

function whatIsLeftOut({annotations, warnings, cuda}: Trace): string[] {
  const persistent = cuda?.devices.reduce((sum, device) => sum + device.persistent.bytes, 0) ?? 0;
  return [
    ...(annotations.length > 0 ? [`${annotations.length} × annotation`] : []),
    ...(warnings.length > 0 ? [`${warnings.length} × warning, since it may hold names`] : []),
    ...(cuda ? ['segments', 'stacks', 'pools'] : []),
    ...(persistent > 0 ? [`${persistent} B of persistent blocks from before the recording`] : []),
  ];
}

/** Each device's addresses from its lowest one on. */
function lowAddresses({devices, blocks}: Trace): BigUint64Array {
  const lowest = new Array<bigint>(devices.length).fill(1n << 64n);
  blocks.address.forEach((address, block) => {
    const device = blocks.device[block]!;
    if (address < lowest[device]!) lowest[device] = address;
  });
  return blocks.address.map((address, block) => address - (lowest[blocks.device[block]!]! / PAGE) * PAGE);
}

/** Each device's addresses by the order of their first block, from 1. */
function numberedAddresses({count, device, address}: TraceBlocks): BigUint64Array {
  const numbers = new Map<string, bigint>();
  return BigUint64Array.from({length: count}, (_, block) => {
    const key = `${device[block]} ${address[block]}`;
    const number = numbers.get(key) ?? BigInt(numbers.size + 1);
    numbers.set(key, number);
    return number;
  });
}

/** Streams by the order in which they are asked for; stream 0 stays. */
function streamNumbers(): (stream: bigint) => bigint {
  const numbers = new Map<bigint, bigint>([[0n, 0n]]);
  return stream => {
    if (!numbers.has(stream)) numbers.set(stream, BigInt(numbers.size));
    return numbers.get(stream)!;
  };
}

function numberedSyncs(syncs: SyncPoints, numberOf: (stream: bigint) => bigint): SyncPoints {
  return {...syncs, stream: syncs.stream.map(numberOf), fence: syncs.fence.map(streamNumbers())};
}

/** Marks of the recording as they are; else made of its iterations, wherever these came from. */
function marksOf(trace: Trace): readonly IterationMark[] {
  if (trace.devices.length === 0) return [];
  const {memory, iterations: found} = timelineOf(trace, chooseDevice(trace));
  const {source, iterations} = found;
  if (source === 'none' || source === 'mark') return trace.marks;
  const eventAt = (position: number): number => memory.event[position] ?? trace.events.count;
  const marks: IterationMark[] = [];
  const mark = (number: number | null, position: number): void => {
    const event = eventAt(position);
    // what is at the border belongs to the iteration before it, as where a plan is made
    const before = trace.syncs && {syncs: trace.syncs.event.filter(at => at <= event).length};
    marks.push({number, event, ...before});
  };
  iterations.forEach(({number, firstEvent, endEvent}: Iteration, index) => {
    mark(number, firstEvent);
    const next = iterations[index + 1];
    if (next?.firstEvent !== endEvent) mark(null, endEvent);
  });
  return marks;
}
