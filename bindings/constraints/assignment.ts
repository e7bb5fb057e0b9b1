/** Which block lies in which arena, what that costs, and whether it fits. */
import type {Bytes} from '../bytes.ts';
import type {Block} from './blocks.ts';
import type {Memories, Memory} from './memories.ts';
import {NOTHING, type Packed, pack} from './pack.ts';
import type {Asking, Work} from './work.ts';

/** Blocks that are to lie in one arena. */
export interface Group {
  readonly memory: Memory;
  readonly blocks: readonly number[];
}

export interface PackedGroup extends Group {
  readonly packed: Packed;
}

/** Every block in an arena. */
export interface Assignment {
  readonly groups: readonly PackedGroup[];
  /** Bytes above the capacities, over all arenas, of buffers larger than their pool takes, and of blocks not apart. */
  readonly excess: Bytes;
  readonly cost: number;
  /** Σ peaks, bytes. */
  readonly total: Bytes;
}

/** Whether `a` is better than `b`: it fits, then it costs less, then it takes fewer bytes, then fewer arenas. */
export function isBetter(a: Assignment, b: Assignment | undefined): boolean {
  if (b === undefined) return true;
  if (a.excess !== b.excess) return a.excess < b.excess;
  if (a.cost !== b.cost) return a.cost < b.cost;
  if (a.total !== b.total) return a.total < b.total;
  return a.groups.length < b.groups.length;
}

/** Packs groups and remembers how, since most come again. */
export class Packer {
  readonly work: Work;
  readonly blocks: readonly Block[];
  readonly memories: Memories;
  readonly #known = new Map<string, Packed>();

  constructor(work: Work, blocks: readonly Block[], memories: Memories) {
    this.work = work;
    this.blocks = blocks;
    this.memories = memories;
  }

  /** How many different groups have been packed. */
  get packs(): number {
    return this.#known.size;
  }

  /** The group packed with a short search; `blocks` ascending. */
  *packed({memory, blocks}: Group): Asking<Packed> {
    if (blocks.length === 0) return NOTHING;
    const key = keyOf(memory, blocks);
    let packed = this.#known.get(key);
    if (packed === undefined) {
      const {alignment} = memory;
      packed = yield* pack(this.work, this.#of(blocks), {alignment, isLong: false});
      this.#known.set(key, packed);
    }
    return packed;
  }

  /** Remembers a group without some of its blocks at the offsets that the others have. */
  leave(group: Group, packed: Packed, leaving: ReadonlySet<number>): void {
    const stay = group.blocks.flatMap((k, m) => (leaving.has(k) ? [] : [{k, offset: packed.offsets[m]!}]));
    const offsets = stay.map(({offset}) => offset);
    const peak = stay.reduce((most, {k, offset}) => Math.max(most, offset + this.blocks[k]!.extent), 0);
    const key = keyOf(
      group.memory,
      stay.map(({k}) => k),
    );
    // what they need at least is not known, but for the largest of them
    const lowerBound = stay.reduce((most, {k}) => Math.max(most, this.blocks[k]!.extent), 0);
    if (!this.#known.has(key)) this.#known.set(key, {offsets, peak, lowerBound, algorithm: packed.algorithm});
  }

  /** All groups packed; those without blocks are left out. */
  *assess(groups: readonly Group[]): Asking<Assignment> {
    const packed: PackedGroup[] = [];
    for (const group of groups) {
      if (group.blocks.length > 0) packed.push({...group, packed: yield* this.packed(group)});
    }
    return this.total(packed);
  }

  /** As an assignment with a long search for each group, where that is better. */
  *polished({groups}: Assignment): Asking<Assignment> {
    const polished: PackedGroup[] = [];
    for (const group of groups) {
      const {memory, blocks, packed} = group;
      const isBest = packed.peak <= packed.lowerBound || this.work.isOver;
      const {alignment} = memory;
      const again = isBest ? packed : yield* pack(this.work, this.#of(blocks), {alignment, isLong: true});
      const lowerBound = Math.max(packed.lowerBound, again.lowerBound);
      polished.push({...group, packed: {...(again.peak < packed.peak ? again : packed), lowerBound}});
    }
    return this.total(polished);
  }

  total(groups: readonly PackedGroup[]): Assignment {
    let excess = 0;
    let cost = 0;
    let total = 0;
    for (const {memory, blocks, packed} of groups) {
      excess += Math.max(0, packed.peak - memory.capacity);
      total += packed.peak;
      for (const k of blocks) {
        excess += Math.max(0, this.blocks[k]!.largest - memory.largest);
        for (const other of this.memories.apart[k]!)
          if (other < k && blocks.includes(other)) excess += this.blocks[k]!.extent;
        cost += this.memories.costOf(k, memory);
      }
    }
    return {groups, excess, cost, total};
  }

  #of(blocks: readonly number[]): Block[] {
    return blocks.map(k => this.blocks[k]!);
  }
}

function keyOf({alignment}: Memory, blocks: readonly number[]): string {
  return `${alignment}:${blocks.join()}`;
}
