/**
 * The memory pool of Chainer 1 and CuPy 1: a model of `SingleDeviceMemoryPool` in `cupy/cuda/memory.pyx` before it split
 * chunks (2017).
 *
 * A freed block serves only requests of exactly its size, the last freed one first. Where there is none, the device is
 * asked; where that has no more, all free blocks go back to it, once. The first versions did not round; the model
 * rounds to 512 bytes, as later ones do and as the device does. Streams share the blocks, as in the original.
 */
import type {Allocator} from './allocator.ts';
import {DeviceAddresses} from './blocks.ts';

const UNIT = 512;

export class ExactSizeAllocator implements Allocator {
  allocated = 0;
  reserved = 0;
  segments = 0;
  readonly #capacity: number;
  readonly #addresses = new DeviceAddresses();
  /** Addresses of free blocks by their size, the last freed one last. */
  readonly #free = new Map<number, number[]>();
  readonly #live = new Map<number, {readonly address: number; readonly size: number}>();

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  malloc(block: number, bytes: number): boolean {
    const size = Math.ceil(bytes / UNIT) * UNIT;
    if (size === 0) return true;
    const address = this.#free.get(size)?.pop() ?? this.#take(size);
    if (address === undefined) return false;
    this.allocated += size;
    this.#live.set(block, {address, size});
    return true;
  }

  free(block: number): void {
    const live = this.#live.get(block);
    if (!live) return;
    const {address, size} = live;
    this.#live.delete(block);
    this.allocated -= size;
    const free = this.#free.get(size);
    if (free) free.push(address);
    else this.#free.set(size, [address]);
  }

  addressOf(block: number): number | undefined {
    return this.#live.get(block)?.address;
  }

  #take(size: number): number | undefined {
    if (this.reserved + size > this.#capacity) this.#releaseAll();
    if (this.reserved + size > this.#capacity) return undefined;
    this.reserved += size;
    this.segments++;
    return this.#addresses.take(size);
  }

  #releaseAll(): void {
    for (const [size, addresses] of this.#free) {
      this.reserved -= size * addresses.length;
      this.segments -= addresses.length;
    }
    this.#free.clear();
  }
}
