/**
 * The memory pool of CuPy, which Chainer uses: a model of `SingleDeviceMemoryPool` in `cupy/cuda/memory.pyx` of CuPy.
 *
 * Requests are rounded up to 512 bytes. Each stream has an arena: free chunks in bins, one per multiple of 512 bytes.
 * The smallest bin that is large enough serves; the rest of the chunk goes back as one of its own, however small. Where
 * no chunk is large enough, the device supplies exactly these bytes. A freed chunk merges with its free neighbours.
 * Where the device has no more, every chunk that is a whole piece of the device's memory goes back to it, once.
 *
 * The original takes an arbitrary chunk of a bin; the model takes the one at the lowest address.
 */
import type {Allocator} from './allocator.ts';
import {Block, bySize, DeviceAddresses, StreamBlocks} from './blocks.ts';

const UNIT = 512;

export class CupyAllocator implements Allocator {
  allocated = 0;
  reserved = 0;
  segments = 0;
  readonly #capacity: number;
  readonly #addresses = new DeviceAddresses();
  readonly #free = new StreamBlocks(bySize);
  readonly #live = new Map<number, Block>();

  /** Capacity in bytes is the device's; CuPy's own limit, which frees nothing, is not modelled. */
  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  malloc(block: number, bytes: number, stream: number): boolean {
    // a request of 0 bytes gets no memory, and none is missing
    const size = Math.ceil(bytes / UNIT) * UNIT;
    if (size === 0) return true;
    const chunk = this.#reuse(size, stream) ?? this.#take(size, stream);
    if (!chunk) return false;
    chunk.isAllocated = true;
    this.allocated += chunk.size;
    this.#live.set(block, chunk);
    return true;
  }

  free(block: number): void {
    const found = this.#live.get(block);
    if (!found) return;
    this.#live.delete(block);
    this.allocated -= found.size;
    found.isAllocated = false;
    const free = this.#free.of(found.stream);
    let chunk = found;
    if (chunk.next && !chunk.next.isAllocated) {
      free.remove(chunk.next);
      chunk.absorbNext();
    }
    if (chunk.previous && !chunk.previous.isAllocated) {
      chunk = chunk.previous;
      free.remove(chunk);
      chunk.absorbNext();
    }
    free.add(chunk);
  }

  addressOf(block: number): number | undefined {
    return this.#live.get(block)?.address;
  }

  #reuse(size: number, stream: number): Block | undefined {
    const free = this.#free.of(stream);
    const chunk = free.list[free.atLeast(size)];
    if (!chunk) return undefined;
    free.remove(chunk);
    if (chunk.size > size) free.add(chunk.split(size));
    return chunk;
  }

  #take(size: number, stream: number): Block | undefined {
    if (this.reserved + size > this.#capacity) this.#releaseWhole();
    if (this.reserved + size > this.#capacity) return undefined;
    this.reserved += size;
    this.segments++;
    return new Block(this.#addresses.take(size), size, stream);
  }

  #releaseWhole(): void {
    for (const chunk of this.#free.all()) {
      if (chunk.isSplit) continue;
      this.#free.of(chunk.stream).remove(chunk);
      this.reserved -= chunk.size;
      this.segments--;
    }
  }
}
