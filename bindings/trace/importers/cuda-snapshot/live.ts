/** Live blocks during a pass over the entries of a snapshot, and what they show about its beginning. */

/** The addresses of live blocks whose allocation was recorded. */
export class LiveBlocks {
  readonly #addresses: number;
  /** Per device, per address: 1 where live. */
  readonly #isLive: Uint8Array[] = [];
  readonly #unknown: number[] = [];

  constructor(addresses: number) {
    this.#addresses = addresses;
  }

  add(device: number, address: number): void {
    this.#of(device)[address] = 1;
  }

  free(device: number, address: number): void {
    const isLive = this.#of(device);
    if (isLive[address] === 0) this.#unknown[device] = this.unknownFrees(device) + 1;
    isLive[address] = 0;
  }

  has(device: number, address: number): boolean {
    return this.#isLive[device]?.[address] === 1;
  }

  unknownFrees(device: number): number {
    return this.#unknown[device] ?? 0;
  }

  #of(device: number): Uint8Array {
    this.#isLive[device] ??= new Uint8Array(this.#addresses);
    return this.#isLive[device]!;
  }
}

/** A number that people give as a limit: a multiple of a thousand, or a power of two from a thousand on. */
export function isRound(count: number): boolean {
  return count >= 1000 && (count % 1000 === 0 || Number.isInteger(Math.log2(count)));
}
