/** Addresses as places on a line with its large holes closed, and how many blocks overlap. One rule for page and report. */

import type {MemoryEvents} from '../trace/timeline/memory-events.ts';
import {MALLOC, NONE, type Trace} from '../trace/trace.ts';

/** A hole between two addresses is closed if it is larger than this part of all bytes ever used. */
const LARGE_HOLE = 0.02;

/** Addresses as places on a line without its large holes. */
export interface AddressLine {
  /** Per block: where it begins, bytes. */
  readonly place: Float64Array;
  readonly extent: number;
  /** Bytes of the holes that were closed, and places at which they were. */
  readonly closed: number;
  readonly breaks: readonly number[];
}

/** @param from the addresses, counted from the lowest. @param size bytes of each. */
export function addressLine(from: Float64Array, size: Float64Array): AddressLine {
  const order = Uint32Array.from(from, (_, rank) => rank).sort((a, b) => from[a]! - from[b]! || a - b);
  const largest = usedBytes(order, from, size) * LARGE_HOLE;
  const place = new Float64Array(from.length);
  const breaks: number[] = [];
  let [closed, end, extent] = [0, 0, 0];
  for (const rank of order) {
    const hole = from[rank]! - end;
    if (hole > largest) {
      if (end > 0) breaks.push(end - closed);
      closed += hole;
    }
    place[rank] = from[rank]! - closed;
    end = Math.max(end, from[rank]! + size[rank]!);
    extent = end - closed;
  }
  return {place, extent, closed, breaks};
}

/** The line of blocks at their recorded addresses. @param own indices into the blocks. */
export function recordedLine(
  blocks: Pick<Trace['blocks'], 'address' | 'bytes'>,
  own: Uint32Array,
): AddressLine {
  const {address, bytes} = blocks;
  let lowest = own.length > 0 ? address[own[0]!]! : 0n;
  for (const block of own) if (address[block]! < lowest) lowest = address[block]!;
  // addresses of 64 bits are too large for numbers; the distances between them are not
  const from = Float64Array.from(own, block => Number(address[block]! - lowest));
  return addressLine(
    from,
    Float64Array.from(own, block => bytes[block]!),
  );
}

function usedBytes(order: Uint32Array, from: Float64Array, size: Float64Array): number {
  let [used, end] = [0, 0];
  for (const rank of order) {
    const high = from[rank]! + size[rank]!;
    used += Math.max(0, high - Math.max(end, from[rank]!));
    end = Math.max(end, high);
  }
  return used;
}

/** How many blocks were allocated over a live one: the addresses are not those of the memory, or frees are missing. */
export function countOverlaps(
  trace: Trace,
  memory: MemoryEvents,
  blocks: Uint32Array,
  place: Float64Array,
): number {
  const rankOf = new Uint32Array(trace.blocks.count);
  blocks.forEach((block, rank) => {
    rankOf[block] = rank;
  });
  // live blocks by place, with their ends
  const starts: number[] = [];
  const ends: number[] = [];
  let overlaps = 0;
  const add = (block: number) => {
    const start = place[rankOf[block]!]!;
    const end = start + trace.blocks.bytes[block]!;
    const at = countBelow(starts, start);
    if ((at > 0 && ends[at - 1]! > start) || (at < starts.length && starts[at]! < end)) overlaps++;
    starts.splice(at, 0, start);
    ends.splice(at, 0, end);
  };
  for (const block of blocks) if (trace.blocks.mallocEvent[block] === NONE) add(block);
  for (const event of memory.event) {
    const block = trace.events.block[event]!;
    if (trace.events.kind[event] === MALLOC) add(block);
    else {
      const at = countBelow(starts, place[rankOf[block]!]!);
      starts.splice(at, 1);
      ends.splice(at, 1);
    }
  }
  return overlaps;
}

/** How many of the ascending values are below `value`. */
function countBelow(values: readonly number[], value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
