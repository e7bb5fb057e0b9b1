/** The requests of a program to its allocator, in order: the input of the allocator models. */
import {float64Column, uint8Column, uint32Column} from '../trace/columns/columns.ts';
import {ALLOC, type CudaRecording, FREE_COMPLETED, FREE_REQUESTED, OOM} from '../trace/cuda.ts';
import {timelineOf} from '../trace/timeline/device-timeline.ts';
import {FREE, MALLOC, NONE, type Trace} from '../trace/trace.ts';

export interface Requests {
  readonly count: number;
  /** `MALLOC` or `FREE`. */
  readonly kind: Uint8Array;
  /** Index into `blocks`. */
  readonly block: Uint32Array;
  readonly blocks: {
    readonly count: number;
    /** Bytes, as requested where that is known. */
    readonly bytes: Float64Array;
    /** Streams and pools by number; 0 is the default one. */
    readonly stream: Uint32Array;
    readonly pool: Uint32Array;
  };
  /** So many of the requests are not in the recording: those of blocks that were there before. They come first. */
  readonly before: number;
  /** Those that failed in the recording, by their index: mallocs, each followed by its free. */
  readonly failures: readonly number[];
}

/**
 * The requests of one device. Blocks that were there before the recording are requested first: those that live to its
 * end in order of address, then those that are freed in it in the order in which they are. In which order the program
 * really asked for them is not known.
 *
 * A request that failed is asked for where it did, and freed at once: the program had no such block afterwards, and
 * nothing shows what it would have done with it.
 */
export function requestsOf(trace: Trace, device: number): Requests {
  const builder = trace.cuda ? fromEntries(trace.cuda, device) : fromEvents(trace, device);
  return builder.build();
}

/**
 * Per memory event of the recording, and after the last one: the number of requests before it. Those of older blocks
 * and those that failed are no events.
 */
export function requestsBeforeEvents({count, before, failures}: Requests): Uint32Array {
  const positions = new Uint32Array(count - before - 2 * failures.length + 1);
  let [event, failure] = [0, 0];
  for (let i = before; i < count; i++) {
    if (i === failures[failure]) {
      failure++;
      i++;
    } else positions[event++] = i;
  }
  positions[event] = count;
  return positions;
}

class RequestBuilder {
  readonly #kind = uint8Column();
  readonly #block = uint32Column();
  readonly #bytes = float64Column();
  readonly #stream = uint32Column();
  readonly #pool = uint32Column();
  readonly #before: number[] = [];
  /** Positions in `#kind`. */
  readonly #failures: number[] = [];

  addBlock(bytes: number, stream: number, pool: number): number {
    this.#bytes.push(bytes);
    this.#stream.push(stream);
    this.#pool.push(pool);
    return this.#bytes.length - 1;
  }

  addBefore(bytes: number, stream: number, pool: number): number {
    const block = this.addBlock(bytes, stream, pool);
    this.#before.push(block);
    return block;
  }

  add(kind: number, block: number): void {
    this.#kind.push(kind);
    this.#block.push(block);
  }

  addFailure(bytes: number, stream: number, pool: number): void {
    this.#failures.push(this.#kind.length);
    const block = this.addBlock(bytes, stream, pool);
    this.add(MALLOC, block);
    this.add(FREE, block);
  }

  build(): Requests {
    const before = this.#before.length;
    const count = before + this.#kind.length;
    const kind = new Uint8Array(count).fill(MALLOC, 0, before);
    const block = new Uint32Array(count);
    block.set(this.#before);
    kind.set(this.#kind.view(), before);
    block.set(this.#block.view(), before);
    return {
      count,
      kind,
      block,
      blocks: {
        count: this.#bytes.length,
        bytes: this.#bytes.toArray(),
        stream: this.#stream.toArray(),
        pool: this.#pool.toArray(),
      },
      before,
      failures: this.#failures.map(position => before + position),
    };
  }
}

/** Requests of a recording of any kind. */
function fromEvents(trace: Trace, device: number): RequestBuilder {
  const {events, blocks} = trace;
  const builder = new RequestBuilder();
  const {memory} = timelineOf(trace, device);
  const streams = new Map<bigint, number>([[0n, 0]]);
  const number = new Uint32Array(blocks.count);
  for (let block = 0; block < blocks.count; block++) {
    if (blocks.device[block] !== device) continue;
    const stream = numberOf(streams, blocks.stream[block]!);
    const isBefore = blocks.mallocEvent[block] === NONE;
    number[block] = builder[isBefore ? 'addBefore' : 'addBlock'](blocks.bytes[block]!, stream, 0);
  }
  for (const event of memory.event) builder.add(events.kind[event]!, number[events.block[event]!]!);
  return builder;
}

function numberOf(numbers: Map<bigint, number>, key: bigint): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size);
  return numbers.size - 1;
}

/** Requests of a CUDA snapshot: with pools, and with the blocks that only its segments have. */
function fromEntries({entries, segments, addresses}: CudaRecording, device: number): RequestBuilder {
  const builder = new RequestBuilder();
  for (const {bytes, stream, pool} of persistentBlocks({entries, segments, addresses}, device))
    builder.addBefore(bytes, stream, pool);
  const end = endingAction({entries});
  const live = new Map<number, number>();
  const {action, address, bytes, stream, pool} = entries;
  for (let i = 0; i < entries.count; i++) {
    if (entries.device[i] !== device) continue;
    const at = address[i]!;
    if (action[i] === OOM && bytes[i]! > 0) builder.addFailure(bytes[i]!, stream[i]!, pool[i]!);
    else if (action[i] === ALLOC && bytes[i]! > 0) {
      const block = builder.addBlock(bytes[i]!, stream[i]!, pool[i]!);
      live.set(at, block);
      builder.add(MALLOC, block);
    } else if (action[i] === end && (live.has(at) || bytes[i]! > 0)) {
      const block = live.get(at) ?? builder.addBefore(bytes[i]!, stream[i]!, pool[i]!);
      live.delete(at);
      builder.add(FREE, block);
    }
  }
  return builder;
}

/** The action at which a block ends: where no free of the file completed, the requested ones count. */
export function endingAction({entries}: Pick<CudaRecording, 'entries'>): number {
  return entries.action.includes(FREE_COMPLETED) ? FREE_COMPLETED : FREE_REQUESTED;
}

export interface PersistentBlock {
  readonly address: bigint;
  readonly bytes: number;
  readonly stream: number;
  readonly pool: number;
}

/** Live at the end, and no entry allocated them; in order of address. */
export function persistentBlocks(
  {entries, segments, addresses}: Pick<CudaRecording, 'entries' | 'segments' | 'addresses'>,
  device: number,
): PersistentBlock[] {
  const end = endingAction({entries});
  const recorded = new Set<number>();
  for (let i = 0; i < entries.count; i++) {
    if (entries.device[i] !== device) continue;
    if (entries.action[i] === ALLOC) recorded.add(entries.address[i]!);
    else if (entries.action[i] === end) recorded.delete(entries.address[i]!);
  }
  return segments
    .filter(segment => segment.device === device)
    .flatMap(({blocks, stream, pool}) =>
      blocks
        .filter(({state, address}) => state !== 'inactive' && !recorded.has(address))
        .map(({address, requested}) => ({address: addresses[address]!, bytes: requested, stream, pool})),
    )
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}
