/** Clocks of a window's blocks while a walk fills them. */
import type {Trace} from '../trace.ts';
import {checkEntries} from './knowledge.ts';
import {streamsOf} from './streams.ts';

/** A position after all others: of a birth before the window, which everything is before. */
export const ALWAYS = 0xffffffff;

export class BlockClocks {
  /** Streams that have a column, by their number in `streamsOf`, ascending. */
  readonly streams: Uint32Array;
  /** Per block and column. */
  readonly birth: Uint32Array;
  readonly death: Uint32Array;
  /** `birth` of the next iteration; zeros where the walk is linear. */
  readonly next: Uint32Array;
  /** Per block of the trace: its place in `blocks`, or −1. */
  readonly #rank: Int32Array;
  /** Per stream: its column, or −1. */
  readonly #column: Int32Array;
  readonly #own: Uint32Array;

  /** @param blocks of the trace, ascending. */
  constructor(trace: Trace, blocks: Uint32Array) {
    const streams = streamsOf(trace);
    this.#own = streams.ofBlock;
    this.#rank = new Int32Array(trace.blocks.count).fill(-1);
    blocks.forEach((block, rank) => {
      this.#rank[block] = rank;
    });
    const used = new Set(Array.from(blocks, block => streams.ofBlock[block]!));
    const {foreignUses: uses, events} = trace;
    for (let i = 0; i < (uses?.count ?? 0); i++)
      if (this.#rank[events.block[uses!.event[i]!]!]! >= 0) used.add(streams.ofUse[i]!);
    this.streams = Uint32Array.from(used).sort();
    this.#column = new Int32Array(streams.count).fill(-1);
    this.streams.forEach((stream, column) => {
      this.#column[stream] = column;
    });
    const entries = blocks.length * this.streams.length;
    checkEntries(entries, this.streams.length);
    this.birth = new Uint32Array(entries).fill(ALWAYS);
    this.death = new Uint32Array(entries);
    this.next = new Uint32Array(entries);
  }

  has(block: number): boolean {
    return this.#rank[block]! >= 0;
  }

  /** Of one of the columns `birth`, `death`, `next`: the entries of a block. */
  entries(of: Uint32Array, block: number): Uint32Array {
    const from = this.#rank[block]! * this.streams.length;
    return of.subarray(from, from + this.streams.length);
  }

  /** @param known per stream of the trace. */
  set(of: Uint32Array, block: number, known: Uint32Array): void {
    const entries = this.entries(of, block);
    for (let c = 0; c < entries.length; c++) entries[c] = known[this.streams[c]!]!;
  }

  /** A use that did not wait for what the allocation waited for is not trusted to come after it. */
  lower(of: Uint32Array, block: number, known: Uint32Array): void {
    const entries = this.entries(of, block);
    for (let c = 0; c < entries.length; c++) entries[c] = Math.min(entries[c]!, known[this.streams[c]!]!);
  }

  /** The block is used on a stream at a position, or before that already at a later one. */
  use(block: number, stream: number, position: number): void {
    const entries = this.entries(this.death, block);
    const column = this.#column[stream]!;
    entries[column] = Math.max(entries[column]!, position);
  }

  /** The block's own stream uses it up to a position, and no longer. */
  end(block: number, position: number): void {
    this.entries(this.death, block)[this.#column[this.#own[block]!]!] = position;
  }
}
