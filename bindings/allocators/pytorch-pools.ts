/** The pools of PyTorch's caching allocator: cached blocks by stream and size, and address space without memory. */
import {type Block, byAddress, bySize, StreamBlocks} from './blocks.ts';

/** Where small or large blocks of the default pool, or of a private one, are cached. */
export class BlockPool {
  readonly isSmall: boolean;
  readonly free = new StreamBlocks(bySize);
  /** Unmapped blocks of expandable segments, by address. */
  readonly unmapped = new StreamBlocks(byAddress);
  /** How often a cached block was looked for: the clock by which blocks age. */
  searches = 0;

  constructor(isSmall: boolean) {
    this.isSmall = isSmall;
  }

  cache(block: Block): void {
    block.since = this.searches;
    this.free.of(block.stream).add(block);
  }

  uncache(block: Block): void {
    this.#listOf(block).remove(block);
  }

  /** Takes a free neighbour into the block, which is in no list; memory does not merge with address space. */
  mergeWithNeighbours(block: Block): Block {
    let merged = block;
    for (const isNext of [false, true]) {
      const other = isNext ? merged.next : merged.previous;
      if (!other || other.isAllocated || other.isMapped !== merged.isMapped) continue;
      this.#listOf(other).remove(other);
      const first = isNext ? merged : other;
      first.absorbNext();
      merged = first;
    }
    return merged;
  }

  #listOf(block: Block): {remove(block: Block): void} {
    return (block.isMapped ? this.free : this.unmapped).of(block.stream);
  }
}

/** A free block as large as it could grow: with the address space behind it. */
export function expandableSize({size, next}: Block): number {
  return size + (next && !next.isMapped ? next.size : 0);
}
