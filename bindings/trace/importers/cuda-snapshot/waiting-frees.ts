/**
 * Frees that waited for the work of other streams (`Tensor.record_stream`).
 *
 * PyTorch writes `free_requested` when the program frees, and `free_completed` when a later allocation finds that the work is
 * done (c10/cuda/CUDACachingAllocator.cpp, `process_events`). Where nothing waits, both are written at once, with the same
 * stack. A free that waited completes with the stack of that later allocation, even where its entry is the next one. Without
 * stacks only the distance of the two shows it, so a free that completed at the very next entry counts as one that did not wait.
 */
import {uint32Column} from '../../columns/columns.ts';
import type {CudaDevice, CudaEntries, CudaWaits} from '../../cuda.ts';
import {NONE} from '../../trace.ts';

/** Entries of the request and of the completion, or the number of entries; bytes. */
interface Wait {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export class WaitingFrees {
  readonly #entries: CudaEntries;
  /** By address of a device: the entry of the request that has not completed, + 1; 0 where none is open. */
  readonly #requested = uint32Column();
  /** By the same: events of the trace before the request. */
  readonly #event = uint32Column();
  /** Per device: its entry before. */
  readonly #last: number[] = [];
  /** Per device. */
  readonly #waits: Wait[][] = [];

  constructor(entries: CudaEntries) {
    this.#entries = entries;
  }

  /**
   * @param address a number that no address of another device has.
   * @param event how many events of the trace are before this entry.
   */
  request(entry: number, address: number, event: number): void {
    if (address >= this.#requested.array.length) {
      this.#requested.grow(address * 2);
      this.#event.grow(address * 2);
    }
    this.#requested.array[address] = entry + 1;
    this.#event.array[address] = event;
  }

  /** Events before the request, where the free that completes here waited. */
  complete(entry: number, address: number): number | undefined {
    const {device, stack} = this.#entries;
    const requested = (this.#requested.array[address] ?? 0) - 1;
    if (requested < 0) return undefined;
    this.#requested.array[address] = 0;
    const isNext = this.#last[device[entry]!] === requested;
    const isSameCall = stack[entry] === stack[requested];
    if (isNext && isSameCall) return undefined;
    this.#addWait(requested, entry);
    return this.#event.array[address]!;
  }

  /** All entries have been seen: requests that have not completed wait to the end. */
  end(): void {
    const {array} = this.#requested;
    for (const entry of array) if (entry > 0) this.#addWait(entry - 1, this.#entries.count);
    array.fill(0);
  }

  /** The frees of a device that waited, and the most bytes that they held. */
  held(of: number): CudaDevice['waitingFrees'] {
    const waits = this.#waits[of] ?? [];
    const changes = waits.flatMap(({from, to, bytes}) => [[from, bytes] as const, [to, -bytes] as const]);
    changes.sort((a, b) => a[0] - b[0]);
    let [now, most] = [0, 0];
    for (const [, bytes] of changes) {
      now += bytes;
      most = Math.max(most, now);
    }
    return {count: waits.length, bytes: most};
  }

  /** All of them, in order of the requests. */
  all(): CudaWaits {
    const sorted = this.#waits.flat().sort((a, b) => a.from - b.from);
    return {
      count: sorted.length,
      requested: Uint32Array.from(sorted, ({from}) => from),
      completed: Uint32Array.from(sorted, ({to}) => (to === this.#entries.count ? NONE : to)),
    };
  }

  #addWait(from: number, to: number): void {
    const {device, bytes} = this.#entries;
    this.#waits[device[from]!] ??= [];
    this.#waits[device[from]!]!.push({from, to, bytes: bytes[from]!});
  }

  /** Entries of other devices are between two of one, and say nothing about them. */
  pass(entry: number): void {
    this.#last[this.#entries.device[entry]!] = entry;
  }
}
