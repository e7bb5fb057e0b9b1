/** The two simplest allocators, to compare with: one that never uses memory again, and a bump allocator. */
import type {Allocator} from './allocator.ts';

/** Both models round to this, bytes, as the CUDA allocators do. */
const UNIT = 512;

const rounded = (bytes: number): number => Math.max(1, Math.ceil(bytes / UNIT)) * UNIT;

/** Bytes. */
interface AddressRange {
  readonly address: number;
  readonly size: number;
}

/** Every request gets new memory; nothing is ever used again or given back. */
export class NoReuseAllocator implements Allocator {
  allocated = 0;
  reserved = 0;
  readonly segments = 1;
  readonly #capacity: number;
  readonly #live = new Map<number, AddressRange>();

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  malloc(block: number, bytes: number): boolean {
    const size = rounded(bytes);
    if (this.reserved + size > this.#capacity) return false;
    this.#live.set(block, {address: this.reserved, size});
    this.allocated += size;
    this.reserved += size;
    return true;
  }

  free(block: number): void {
    this.allocated -= this.#live.get(block)?.size ?? 0;
    this.#live.delete(block);
  }

  addressOf(block: number): number | undefined {
    return this.#live.get(block)?.address;
  }
}

/** A pointer that rises with every request, and starts at the bottom again whenever nothing is live. */
export class BumpAllocator implements Allocator {
  allocated = 0;
  /** The highest that the pointer ever was: memory is kept. */
  reserved = 0;
  readonly segments = 1;
  readonly #capacity: number;
  #top = 0;
  readonly #live = new Map<number, AddressRange>();

  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  malloc(block: number, bytes: number): boolean {
    const size = rounded(bytes);
    if (this.#top + size > this.#capacity) return false;
    this.#live.set(block, {address: this.#top, size});
    this.allocated += size;
    this.#top += size;
    this.reserved = Math.max(this.reserved, this.#top);
    return true;
  }

  free(block: number): void {
    this.allocated -= this.#live.get(block)?.size ?? 0;
    this.#live.delete(block);
    if (this.#live.size === 0) this.#top = 0;
  }

  addressOf(block: number): number | undefined {
    return this.#live.get(block)?.address;
  }
}
