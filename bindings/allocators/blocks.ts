/** Blocks that tile a segment, and those of them that are free, in order. */

/** A part of a segment; neighbours in the segment are linked. */
export class Block {
  address: number;
  size: number;
  readonly stream: number;
  isAllocated = false;
  /** False for address space without memory behind it. */
  isMapped = true;
  previous: Block | undefined;
  next: Block | undefined;
  /** The pool's count of searches when the block became free; for the age of cached blocks. */
  since = 0;

  constructor(address: number, size: number, stream: number) {
    this.address = address;
    this.size = size;
    this.stream = stream;
  }

  /** Whether it is only a part of its segment. */
  get isSplit(): boolean {
    return this.previous !== undefined || this.next !== undefined;
  }

  /** Cuts the block after its first `size` bytes; the rest becomes a block. */
  split(size: number): Block {
    const rest = new Block(this.address + size, this.size - size, this.stream);
    rest.isMapped = this.isMapped;
    rest.previous = this;
    rest.next = this.next;
    if (this.next) this.next.previous = rest;
    this.next = rest;
    this.size = size;
    return rest;
  }

  /** Takes in the neighbour behind it. */
  absorbNext(): void {
    const {next} = this;
    if (!next) return;
    this.size += next.size;
    this.next = next.next;
    if (this.next) this.next.previous = this;
  }
}

export type BlockOrder = (a: Block, b: Block) => number;

/** Best fit: the smallest first, at the lowest address among equals. */
export const bySize: BlockOrder = (a, b) => a.size - b.size || a.address - b.address;
export const byAddress: BlockOrder = (a, b) => a.address - b.address;

/** Blocks in a total order. A block must leave before its size or address changes. */
export class OrderedBlocks {
  readonly list: Block[] = [];
  readonly #order: BlockOrder;

  constructor(order: BlockOrder) {
    this.#order = order;
  }

  add(block: Block): void {
    this.list.splice(this.#positionOf(block), 0, block);
  }

  remove(block: Block): void {
    const at = this.#positionOf(block);
    if (this.list[at] === block) this.list.splice(at, 1);
  }

  /** Index of the first block of at least that size; for blocks by size. */
  atLeast(size: number): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.list[middle]!.size < size) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #positionOf(block: Block): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order(this.list[middle]!, block) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The blocks of a pool by stream: memory goes from one stream to another only through the device. */
export class StreamBlocks {
  readonly #order: BlockOrder;
  readonly #streams = new Map<number, OrderedBlocks>();
  /** Asked for last: most programs have one stream. */
  #last: {readonly stream: number; readonly blocks: OrderedBlocks} | undefined;

  constructor(order: BlockOrder) {
    this.#order = order;
  }

  of(stream: number): OrderedBlocks {
    if (this.#last?.stream === stream) return this.#last.blocks;
    let blocks = this.#streams.get(stream);
    if (!blocks) {
      blocks = new OrderedBlocks(this.#order);
      this.#streams.set(stream, blocks);
    }
    this.#last = {stream, blocks};
    return blocks;
  }

  /** All of them, a copy: the caller may change the list. */
  all(): Block[] {
    return [...this.#streams.values()].flatMap(({list}) => list);
  }
}

/** Hands out addresses of the device, each range once. */
export class DeviceAddresses {
  #next = 0;

  take(bytes: number): number {
    const address = this.#next;
    // the driver's granularity
    this.#next += Math.ceil(bytes / (2 << 20)) * (2 << 20);
    return address;
  }
}
