/** The interface of allocator models, and the replay of recorded requests on one of them. */
import {FREE, MALLOC} from '../trace/trace.ts';
import type {Requests} from './requests.ts';

/** A model of an allocator: it serves requests and reports the bytes reserved from the device. */
export interface Allocator {
  /** Bytes of the live blocks, as the allocator rounds them. */
  readonly allocated: number;
  /** Bytes that it holds of the device. */
  readonly reserved: number;
  /** Pieces in which it holds them. */
  readonly segments: number;
  /** @returns whether there was memory; a block that got none is not live. */
  malloc(block: number, bytes: number, stream: number, pool: number): boolean;
  /** Nothing happens to a block that got no memory. */
  free(block: number): void;
  /** Bytes into the device's memory at which a live block begins; undefined for a block that is not live. */
  addressOf(block: number): number | undefined;
}

/** Before each request and after the last one: `count + 1` entries each, bytes. */
export interface Usage {
  /** As the program asked for them. */
  readonly requested: Float64Array;
  readonly allocated: Float64Array;
  readonly reserved: Float64Array;
  readonly segments: Uint32Array;
}

export interface Replayed {
  readonly usage: Usage;
  /** Per block: the address at which it was served; NaN where it got no memory. */
  readonly addresses: Float64Array;
  /** The most of each over time, bytes; `stranded` is reserved and in no live block. */
  readonly most: {
    readonly requested: number;
    readonly allocated: number;
    readonly reserved: number;
    readonly stranded: number;
    readonly segments: number;
  };
  /** The first maximum of reserved bytes: entry of `usage`, and the stranded bytes there. */
  readonly atMost: {readonly position: number; readonly stranded: number};
  /** Requests, by their index, for which there was no memory. */
  readonly failed: readonly number[];
}

/**
 * Serves the requests one by one. A request that fails is left out, with its free; all others go on.
 * @param count how many of them; all where absent.
 */
export function replay(requests: Requests, allocator: Allocator, count = requests.count): Replayed {
  const {kind, block, blocks} = requests;
  const usage = {
    requested: new Float64Array(count + 1),
    allocated: new Float64Array(count + 1),
    reserved: new Float64Array(count + 1),
    segments: new Uint32Array(count + 1),
  };
  const addresses = new Float64Array(blocks.count).fill(Number.NaN);
  const live = new Uint8Array(blocks.count);
  const failed: number[] = [];
  let requested = 0;
  for (let i = 0; i < count; i++) {
    const one = block[i]!;
    const bytes = blocks.bytes[one]!;
    if (kind[i] === MALLOC) {
      if (allocator.malloc(one, bytes, blocks.stream[one]!, blocks.pool[one]!)) {
        live[one] = 1;
        addresses[one] = allocator.addressOf(one) ?? Number.NaN;
        requested += bytes;
      } else failed.push(i);
    } else if (kind[i] === FREE && live[one] === 1) {
      live[one] = 0;
      requested -= bytes;
      allocator.free(one);
    }
    usage.requested[i + 1] = requested;
    usage.allocated[i + 1] = allocator.allocated;
    usage.reserved[i + 1] = allocator.reserved;
    usage.segments[i + 1] = allocator.segments;
  }
  return {usage, addresses, ...mostOf(usage), failed};
}

function mostOf({requested, allocated, reserved, segments}: Usage): Pick<Replayed, 'most' | 'atMost'> {
  const most = {requested: 0, allocated: 0, reserved: 0, stranded: 0, segments: 0};
  let position = 0;
  for (let i = 0; i < reserved.length; i++) {
    if (reserved[i]! > most.reserved) position = i;
    most.requested = Math.max(most.requested, requested[i]!);
    most.allocated = Math.max(most.allocated, allocated[i]!);
    most.reserved = Math.max(most.reserved, reserved[i]!);
    most.stranded = Math.max(most.stranded, reserved[i]! - allocated[i]!);
    most.segments = Math.max(most.segments, segments[i]!);
  }
  return {most, atMost: {position, stranded: reserved[position]! - allocated[position]!}};
}
