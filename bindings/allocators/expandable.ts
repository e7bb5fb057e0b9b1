/**
 * Expandable segments: address space that has memory behind only a part of it, in pages of 2 MiB for small blocks and
 * 20 MiB for large ones. A segment grows at the lowest address where a request fits.
 */
import {Block} from './blocks.ts';
import type {BlockPool} from './pytorch-pools.ts';
import {LARGE_SEGMENT, SMALL_SEGMENT} from './pytorch-settings.ts';

/** The device memory of a segment. */
export interface DeviceMemory {
  /** @returns whether the device had so many bytes more. */
  map(address: number, bytes: number): boolean;
  unmap(address: number, bytes: number): void;
  /** The address of as much address space. */
  reserveSpace(bytes: number): number;
  releaseSpace(): void;
}

/** Address space of a segment where the device's size is unknown, bytes. */
const SPACE = 2 ** 40;

export class ExpandableSegments {
  readonly #device: DeviceMemory;
  readonly #capacity: number;
  /** Where segments begin: pages are counted from there. */
  readonly #bases = new Set<number>();

  /** Capacity in bytes; a segment has an eighth more of address space. */
  constructor(device: DeviceMemory, capacity: number) {
    this.#device = device;
    this.#capacity = capacity;
  }

  /** A block of at least `size` bytes, in no list; undefined where the device has no more. */
  allocate(pool: BlockPool, stream: number, size: number): Block | undefined {
    if (size > this.#capacity) return undefined;
    let block = this.#find(pool, stream, size);
    if (!block.isMapped) {
      const mapped = this.#map(pool, block, Math.min(block.size, size));
      if (!mapped) return undefined;
      block = mapped;
    }
    while (block.size < size) {
      const {next} = block;
      const mapped = next && this.#map(pool, next, Math.min(size - block.size, next.size));
      if (!mapped) return undefined;
      block = mapped;
    }
    pool.uncache(block);
    return block;
  }

  /** Gives back the whole pages of every cached block of the pool. */
  release(pool: BlockPool): void {
    for (const block of pool.free.all()) this.#unmap(pool, block);
  }

  /** The lowest address with room: address space, or the free block before it. */
  #find(pool: BlockPool, stream: number, size: number): Block {
    for (const block of pool.unmapped.of(stream).list) {
      const {previous} = block;
      const first = previous && !previous.isAllocated ? previous : block;
      let bytes = 0;
      for (let one: Block | undefined = first; one && !one.isAllocated && bytes < size; one = one.next)
        bytes += one.size;
      if (bytes >= size) return first;
    }
    const bytes = this.#spaceOf(pool);
    const base = this.#device.reserveSpace(bytes);
    const space = new Block(base, bytes, stream);
    space.isMapped = false;
    this.#bases.add(base);
    pool.unmapped.of(stream).add(space);
    return space;
  }

  #spaceOf(pool: BlockPool): number {
    if (this.#capacity === Number.POSITIVE_INFINITY) return SPACE;
    const page = pageOf(pool);
    return Math.ceil((this.#capacity + Math.floor(this.#capacity / 8)) / page) * page;
  }

  /** Puts whole pages of memory behind the first bytes of a block; it comes back merged, and cached. */
  #map(pool: BlockPool, block: Block, bytes: number): Block | undefined {
    const page = pageOf(pool);
    const base = this.#baseOf(block.address);
    const end = base + Math.ceil((block.address + bytes - base) / page) * page;
    const size = Math.min(end - block.address, block.size);
    if (!this.#device.map(block.address, size)) return undefined;
    pool.unmapped.of(block.stream).remove(block);
    block.isMapped = true;
    if (size < block.size) {
      const rest = block.split(size);
      rest.isMapped = false;
      pool.unmapped.of(block.stream).add(rest);
    }
    const merged = pool.mergeWithNeighbours(block);
    pool.cache(merged);
    return merged;
  }

  #unmap(pool: BlockPool, block: Block): void {
    const page = pageOf(pool);
    const base = this.#baseOf(block.address);
    const begin = base + Math.ceil((block.address - base) / page) * page;
    const end = base + Math.floor((block.address + block.size - base) / page) * page;
    if (begin >= end) return;
    pool.uncache(block);
    this.#device.unmap(begin, end - begin);
    let middle = block;
    if (begin > block.address) {
      middle = block.split(begin - block.address);
      pool.cache(block);
    }
    if (end < middle.address + middle.size) pool.cache(middle.split(end - middle.address));
    middle.isMapped = false;
    const space = pool.mergeWithNeighbours(middle);
    if (space.isSplit) {
      pool.unmapped.of(space.stream).add(space);
      return;
    }
    this.#bases.delete(space.address);
    this.#device.releaseSpace();
  }

  /** The nearest below: where a recording says the addresses, spaces may be closer together than they are long. */
  #baseOf(address: number): number {
    let nearest = Number.NEGATIVE_INFINITY;
    for (const base of this.#bases) if (base <= address && base > nearest) nearest = base;
    return nearest;
  }
}

function pageOf({isSmall}: BlockPool): number {
  return isSmall ? SMALL_SEGMENT : LARGE_SEGMENT;
}
