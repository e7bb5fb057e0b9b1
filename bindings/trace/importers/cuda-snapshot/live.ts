/** Live blocks during a pass over the entries of a snapshot, and what they show about its beginning. */
import {
  type CudaEntries,
  FREE_COMPLETED,
  SEGMENT_ALLOC,
  SEGMENT_FREE,
  SEGMENT_MAP,
  SEGMENT_UNMAP,
} from '../../cuda.ts';

/** The addresses of live blocks whose allocation was recorded. */
export class LiveBlocks {
  readonly #addresses: number;
  /** Per device, per address: 1 where live, 2 where its free is requested. */
  readonly #state: Uint8Array[] = [];
  readonly #requested: Uint32Array[] = [];
  readonly #unknown: number[] = [];
  /** Frees that did not complete at once. */
  pending = 0;

  constructor(addresses: number) {
    this.#addresses = addresses;
  }

  add(device: number, address: number): void {
    this.#stateOf(device)[address] = 1;
  }

  request(device: number, address: number, entry: number): void {
    this.#stateOf(device);
    this.#requested[device]![address] = entry + 1;
  }

  free(device: number, address: number, entry: number, {action}: CudaEntries): void {
    const state = this.#stateOf(device);
    if (state[address] === 0) this.#unknown[device] = (this.#unknown[device] ?? 0) + 1;
    state[address] = 0;
    const requested = this.#requested[device]![address]!;
    this.#requested[device]![address] = 0;
    if (action[entry] === FREE_COMPLETED && requested > 0 && requested < entry) this.pending++;
  }

  has(device: number, address: number): boolean {
    return this.#state[device]?.[address] === 1;
  }

  unknownFrees(device: number): number {
    return this.#unknown[device] ?? 0;
  }

  #stateOf(device: number): Uint8Array {
    let state = this.#state[device];
    if (!state) {
      state = new Uint8Array(this.#addresses);
      this.#state[device] = state;
      this.#requested[device] = new Uint32Array(this.#addresses);
    }
    return state;
  }
}

/** Reserved bytes are only known at the end; the entries before it are taken back one by one. */
export function reservedOver(
  {count, action, device: devices, bytes}: CudaEntries,
  device: number,
  end: number,
): {start: number; most: number} {
  let reserved = end;
  let most = end;
  for (let i = count - 1; i >= 0; i--) {
    if (devices[i] !== device) continue;
    if (action[i] === SEGMENT_ALLOC || action[i] === SEGMENT_MAP) reserved -= bytes[i]!;
    else if (action[i] === SEGMENT_FREE || action[i] === SEGMENT_UNMAP) reserved += bytes[i]!;
    if (reserved > most) most = reserved;
  }
  return {start: Math.max(0, reserved), most};
}

/** A number that people give as a limit: a multiple of a thousand, or a power of two from a thousand on. */
export function isRound(count: number): boolean {
  return count >= 1000 && (count % 1000 === 0 || Number.isInteger(Math.log2(count)));
}
