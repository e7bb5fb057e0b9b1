/** Canaries behind blocks and poison in them, in the backend's heap, to find wrong writes and reads. */
import type {Bytes} from '../model/problem.ts';

/** Bytes of a canary. */
export const CANARY_BYTES = 16;
/** What a new block is filled with, NaN as a float, and a dead one. */
const RAW = 0xff;
const DEAD = 0xdf;
const CANARY = 0x5c;

export class Guard {
  /** Live blocks: address to bytes asked for. */
  readonly #live = new Map<number, Bytes>();
  readonly #canaries: boolean;
  readonly #poison: boolean;
  /** Blocks whose canary was overwritten. */
  broken = 0;

  constructor(canaries: boolean, poison: boolean) {
    this.#canaries = canaries;
    this.#poison = poison;
  }

  /** Bytes that a block must be larger than asked for. */
  get padding(): Bytes {
    return this.#canaries ? CANARY_BYTES : 0;
  }

  get isOn(): boolean {
    return this.#canaries || this.#poison;
  }

  /** A block was handed out. */
  enter(heap: Uint8Array, address: number, bytes: Bytes): void {
    this.#live.set(address, bytes);
    if (this.#poison) heap.fill(RAW, address, address + bytes);
    if (this.#canaries) heap.fill(CANARY, address + bytes, address + bytes + CANARY_BYTES);
  }

  /** A block is about to be given back; one that is not known here belongs to another client. */
  leave(heap: Uint8Array, address: number): void {
    const bytes = this.#live.get(address);
    if (bytes === undefined) return;
    this.#live.delete(address);
    const end = address + bytes;
    if (this.#canaries && heap.subarray(end, end + CANARY_BYTES).some(byte => byte !== CANARY)) this.broken++;
    if (this.#poison) heap.fill(DEAD, address, end);
  }
}
