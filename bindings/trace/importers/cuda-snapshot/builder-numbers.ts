/** The builder's numbers for the addresses and streams of a snapshot: each is looked up by its words once, and by its number after. */
import type {WordTable} from '../../columns/word-table.ts';
import type {TraceBuilder} from '../../trace-builder.ts';

/** Devices whose numbers are kept: a table holds all addresses, so that of many devices it would be larger than the file. */
const MOST_KEPT = 16;

export class BuilderNumbers {
  readonly #builder: TraceBuilder;
  readonly #addresses: WordTable;
  readonly #streams: WordTable;
  /** Per device, per address: the number + 1, or 0 before it is asked for. */
  readonly #ofAddress: Uint32Array[] = [];
  readonly #ofStream: Uint32Array;

  constructor(builder: TraceBuilder, addresses: WordTable, streams: WordTable) {
    this.#builder = builder;
    this.#addresses = addresses;
    this.#streams = streams;
    this.#ofStream = new Uint32Array(streams.count);
  }

  address(device: number, address: number): number {
    if (device >= MOST_KEPT) return this.#builder.address(this.#addresses.wordOf(address), device);
    this.#ofAddress[device] ??= new Uint32Array(this.#addresses.count);
    const known = this.#ofAddress[device]!;
    if (known[address] === 0) known[address] = this.#numberOf(device, address) + 1;
    return known[address]! - 1;
  }

  stream(stream: number): number {
    const known = this.#ofStream;
    if (known[stream] === 0) known[stream] = this.#builder.stream(this.#streams.wordOf(stream)) + 1;
    return known[stream]! - 1;
  }

  #numberOf(device: number, address: number): number {
    return this.#builder.address(this.#addresses.wordOf(address), device);
  }
}
