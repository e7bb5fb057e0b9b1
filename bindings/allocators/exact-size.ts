/**
 * The memory pool of Chainer 1 and CuPy 1: a model of `SingleDeviceMemoryPool` in `cupy/cuda/memory.pyx` before it split
 * chunks (2017).
 *
 * A freed block serves only requests of exactly its size, the last freed one first. Where there is none, the device is
 * asked; where that has no more, all free blocks go back to it, once. The first versions did not round; the model
 * rounds to 512 bytes, as later ones do and as the device does. Streams are not told apart, nor in the original.
 */
import type {Allocator} from './allocator.ts';

const UNIT = 512;

export class ExactSizeAllocator implements Allocator {
  allocated = 0;
  reserved = 0;
  segments = 0;
  readonly #capacity: number;
  /** Free blocks by their size. */
  readonly #free = new Map<number, number>();
  /** The size of each live block. */
  readonly #live = new Map<number, number>();

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  malloc(block: number, bytes: number): boolean {
    const size = Math.ceil(bytes / UNIT) * UNIT;
    if (size === 0) return true;
    const free = this.#free.get(size) ?? 0;
    if (free > 0) this.#free.set(size, free - 1);
    else if (!this.#take(size)) return false;
    this.allocated += size;
    this.#live.set(block, size);
    return true;
  }

  free(block: number): void {
    const size = this.#live.get(block);
    if (size === undefined) return;
    this.#live.delete(block);
    this.allocated -= size;
    this.#free.set(size, (this.#free.get(size) ?? 0) + 1);
  }

  #take(size: number): boolean {
    if (this.reserved + size > this.#capacity) this.#releaseAll();
    if (this.reserved + size > this.#capacity) return false;
    this.reserved += size;
    this.segments++;
    return true;
  }

  #releaseAll(): void {
    for (const [size, count] of this.#free) {
      this.reserved -= size * count;
      this.segments -= count;
    }
    this.#free.clear();
  }
}
