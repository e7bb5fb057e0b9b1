/**
 * PyTorch's CUDA caching allocator: a model of `c10/cuda/CUDACachingAllocator.cpp` of PyTorch at commit 001074d25084.
 *
 * A request is rounded up to 512 bytes, or to a step between two powers of two. Requests up to 1 MiB go to the small
 * pool, all others to the large one; blocks are cached by stream and never change it. The smallest cached block that
 * is large enough serves, at the lowest address among equals; it is split where the rest is worth it (512 bytes in the
 * small pool, more than 1 MiB in the large one). Where none is large enough, a new segment is taken of the device. Where
 * the device has no more, cached blocks that are whole segments go back to it, and the request is tried again.
 *
 * Not modelled: other memory of the device, callbacks that free memory, and private pools that are given back. The
 * threshold of the collection counts from the capacity, as where `set_per_process_memory_fraction` set it.
 */
import type {Allocator} from './allocator.ts';
import {Block, DeviceAddresses} from './blocks.ts';
import {ExpandableSegments} from './expandable.ts';
import {BlockPool, expandableSize} from './pytorch-pools.ts';
import {
  DEFAULT_SETTINGS,
  LARGE_SEGMENT,
  type PytorchSettings,
  roundedSize,
  SMALL,
  segmentSize,
} from './pytorch-settings.ts';
import {type HeldSegment, segmentsOf} from './state.ts';

/** Memory taken of the device (an expandable segment grown) or given back to it. */
export interface SegmentChange {
  readonly isTaken: boolean;
  readonly isExpandable: boolean;
  readonly address: number;
  readonly bytes: number;
}

export interface PytorchOptions {
  readonly settings?: PytorchSettings;
  /** Bytes that the device has for this allocator; no limit where absent. */
  readonly capacity?: number;
  /** Says where new segments are; one after the other from 0 where absent. */
  readonly addresses?: {take(bytes: number): number};
  /** Called after every change of the segments. */
  readonly onChange?: (change: SegmentChange) => void;
}

export class PytorchAllocator implements Allocator {
  allocated = 0;
  reserved = 0;
  segments = 0;
  readonly #settings: PytorchSettings;
  readonly #capacity: number;
  readonly #addresses: {take(bytes: number): number};
  readonly #onChange: ((change: SegmentChange) => void) | undefined;
  readonly #pools = new Map<number, {readonly small: BlockPool; readonly large: BlockPool}>();
  readonly #live = new Map<number, {readonly block: Block; readonly pool: BlockPool}>();
  readonly #expandable: ExpandableSegments;

  constructor({settings, capacity, addresses, onChange}: PytorchOptions = {}) {
    this.#settings = settings ?? DEFAULT_SETTINGS;
    this.#capacity = capacity ?? Number.POSITIVE_INFINITY;
    this.#addresses = addresses ?? new DeviceAddresses();
    this.#onChange = onChange;
    this.#expandable = new ExpandableSegments(
      {
        map: (address, bytes) => this.#change(true, address, bytes),
        unmap: (address, bytes) => this.#change(false, address, bytes),
        reserveSpace: bytes => {
          this.segments++;
          return this.#addresses.take(bytes);
        },
        releaseSpace: () => {
          this.segments--;
        },
      },
      this.#capacity,
    );
  }

  malloc(block: number, bytes: number, stream: number, poolNumber: number): boolean {
    // a request of 0 bytes never gets here in the original, and takes nothing
    if (bytes === 0) return true;
    const size = roundedSize(bytes, this.#settings);
    const pool = this.#poolOf(poolNumber, size);
    let found = this.#reuse(pool, stream, size);
    if (!found) {
      this.#collect();
      found = this.#take(pool, stream, size);
      if (!found && this.#releaseOversize(pool, stream, size)) found = this.#take(pool, stream, size);
      if (!found) {
        this.releaseCached();
        found = this.#take(pool, stream, size);
      }
    }
    if (!found) return false;
    if (this.#splits(pool, found.size - size, size)) pool.cache(found.split(size));
    found.isAllocated = true;
    this.allocated += found.size;
    this.#live.set(block, {block: found, pool});
    return true;
  }

  free(block: number): void {
    const live = this.#live.get(block);
    if (!live) return;
    this.#live.delete(block);
    this.allocated -= live.block.size;
    live.block.isAllocated = false;
    live.pool.cache(live.pool.mergeWithNeighbours(live.block));
  }

  addressOf(block: number): number | undefined {
    return this.#live.get(block)?.block.address;
  }

  /** Its segments, with their blocks. */
  state(): HeldSegment[] {
    const live = [...this.#live.values()].map(({block}) => block);
    const cached = [...this.#pools.values()].flatMap(({small, large}) => [
      ...small.free.all(),
      ...large.free.all(),
    ]);
    return segmentsOf([...live, ...cached]);
  }

  /** Gives every cached block that is a whole segment, and every whole free page, back; those of private pools stay. */
  releaseCached(): void {
    const {small, large} = this.#poolsOf(0);
    for (const pool of [large, small]) {
      if (this.#settings.expandableSegments) this.#expandable.release(pool);
      else for (const block of pool.free.all()) if (!block.isSplit) this.#release(pool, block);
    }
  }

  /** Gives back the segment at an address, where it is cached as a whole. */
  releaseAt(address: number): boolean {
    for (const {small, large} of this.#pools.values()) {
      for (const pool of [small, large]) {
        const block = pool.free.all().find(one => one.address === address && !one.isSplit);
        if (!block) continue;
        this.#release(pool, block);
        return true;
      }
    }
    return false;
  }

  #poolsOf(number: number): {readonly small: BlockPool; readonly large: BlockPool} {
    let pools = this.#pools.get(number);
    if (!pools) {
      pools = {small: new BlockPool(true), large: new BlockPool(false)};
      this.#pools.set(number, pools);
    }
    return pools;
  }

  #poolOf(number: number, size: number): BlockPool {
    const {small, large} = this.#poolsOf(number);
    return size <= SMALL ? small : large;
  }

  #splits(pool: BlockPool, rest: number, size: number): boolean {
    if (pool.isSmall || this.#settings.expandableSegments) return rest >= 512;
    return size < this.#settings.maxSplitSize && rest > SMALL;
  }

  /** Best fit among the cached blocks of the stream. */
  #reuse(pool: BlockPool, stream: number, size: number): Block | undefined {
    if (this.#collects) pool.searches++;
    const {list} = pool.free.of(stream);
    const {expandableSegments, maxSplitSize} = this.#settings;
    let at = pool.free.of(stream).atLeast(size);
    // the best block leaves the least, counted with the address space that it can grow into
    while (
      expandableSegments &&
      at + 1 < list.length &&
      expandableSize(list[at + 1]!) < expandableSize(list[at]!)
    ) {
      at++;
    }
    const block = list[at];
    if (!block) return undefined;
    // a block too large to split serves only requests that are too, and wastes less than a large segment
    if (size < maxSplitSize && block.size >= maxSplitSize) return undefined;
    if (size >= maxSplitSize && block.size >= size + LARGE_SEGMENT) return undefined;
    pool.uncache(block);
    return block;
  }

  #take(pool: BlockPool, stream: number, size: number): Block | undefined {
    if (this.#settings.expandableSegments) return this.#expandable.allocate(pool, stream, size);
    const bytes = segmentSize(size);
    if (this.reserved + bytes > this.#capacity) return undefined;
    const address = this.#addresses.take(bytes);
    this.#change(true, address, bytes);
    this.segments++;
    return new Block(address, bytes, stream);
  }

  #change(isTaken: boolean, address: number, bytes: number): boolean {
    if (isTaken && this.reserved + bytes > this.#capacity) return false;
    this.reserved += isTaken ? bytes : -bytes;
    this.#onChange?.({isTaken, isExpandable: this.#settings.expandableSegments, address, bytes});
    return true;
  }

  #release(pool: BlockPool, block: Block): void {
    pool.uncache(block);
    this.segments--;
    this.#change(false, block.address, block.size);
  }

  /** Frees one block that is too large to split and large enough, or several of them, the largest first. */
  #releaseOversize(pool: BlockPool, stream: number, size: number): boolean {
    const {maxSplitSize, expandableSegments} = this.#settings;
    if (maxSplitSize === Number.POSITIVE_INFINITY || expandableSegments) return false;
    const wanted = Math.max(size, maxSplitSize);
    const free = pool.free.of(stream);
    const fitting = free.list[free.atLeast(wanted)];
    if (fitting) {
      this.#release(pool, fitting);
      return true;
    }
    let released = 0;
    for (let last = free.list.at(-1); last && released < wanted; last = free.list.at(-1)) {
      if (last.size < maxSplitSize) break;
      released += last.size;
      this.#release(pool, last);
    }
    return released >= wanted;
  }

  get #collects(): boolean {
    return this.#settings.collectionThreshold > 0 && this.#capacity < Number.POSITIVE_INFINITY;
  }

  /** Frees whole large segments that are older than the average, until enough is free or none is left. */
  #collect(): void {
    if (!this.#collects || this.#settings.expandableSegments) return;
    const excess = this.reserved - Math.floor(this.#settings.collectionThreshold * this.#capacity);
    if (excess <= 0) return;
    const {large} = this.#poolsOf(0);
    const ageOf = (block: Block): number => large.searches - block.since;
    let cached = large.free.all().filter(block => !block.isSplit);
    let reclaimed = 0;
    while (reclaimed < excess && cached.length > 0) {
      const mean = cached.reduce((sum, block) => sum + ageOf(block), 0) / cached.length;
      for (const block of cached.filter(one => ageOf(one) >= mean)) {
        reclaimed += block.size;
        this.#release(large, block);
      }
      cached = cached.filter(block => ageOf(block) < mean);
    }
  }
}
