/** State of the model of PyTorch's allocator: its segments and the blocks that tile them. */
import type {Block} from './blocks.ts';

export interface HeldBlock {
  readonly bytes: number;
  readonly isLive: boolean;
}

/** Memory of the device, in order of address. */
export interface HeldSegment {
  /** Address of the model, bytes. */
  readonly address: number;
  /** Bytes with memory behind them. */
  readonly bytes: number;
  readonly blocks: readonly HeldBlock[];
}

/** The segments that the blocks are parts of; address space without memory is left out. */
export function segmentsOf(blocks: Iterable<Block>): HeldSegment[] {
  const seen = new Set<Block>();
  const segments: HeldSegment[] = [];
  for (const block of blocks) {
    if (seen.has(block)) continue;
    let first = block;
    while (first.previous) first = first.previous;
    const held: HeldBlock[] = [];
    for (let one: Block | undefined = first; one; one = one.next) {
      seen.add(one);
      if (one.isMapped) held.push({bytes: one.size, isLive: one.isAllocated});
    }
    const bytes = held.reduce((sum, one) => sum + one.bytes, 0);
    if (bytes > 0) segments.push({address: first.address, bytes, blocks: held});
  }
  return segments.sort((a, b) => a.address - b.address);
}
