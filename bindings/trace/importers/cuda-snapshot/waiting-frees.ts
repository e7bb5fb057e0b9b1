/**
 * Frees that waited for the work of other streams (`Tensor.record_stream`).
 *
 * PyTorch writes `free_requested` when the program frees, and `free_completed` when a later allocation finds that the work is
 * done (c10/cuda/CUDACachingAllocator.cpp, `process_events`). Where nothing waits, both are written at once, with the same
 * stack. A free that waited completes with the stack of that later allocation, even where its entry is the next one. Without
 * stacks only the distance of the two shows it, so a free that completed at the very next entry counts as one that did not wait.
 */
import type {CudaDevice, CudaEntries, CudaWaits} from '../../cuda.ts';
import {NONE} from '../../trace.ts';

interface RequestedFree {
  readonly entry: number;
  /** Events of the trace before it. */
  readonly event: number;
}

/** Entries of the request and of the completion, or the number of entries; bytes. */
interface Wait {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export class WaitingFrees {
  readonly #entries: CudaEntries;
  /** Per device, by address. */
  readonly #requested: Map<number, RequestedFree>[] = [];
  /** Per device: its entry before. */
  readonly #last: number[] = [];
  /** Per device. */
  readonly #waits: Wait[][] = [];

  constructor(entries: CudaEntries) {
    this.#entries = entries;
  }

  /** @param event how many events of the trace are before this entry. */
  request(entry: number, event: number): void {
    const {device, address} = this.#entries;
    this.#requested[device[entry]!] ??= new Map();
    this.#requested[device[entry]!]!.set(address[entry]!, {entry, event});
  }

  /** Events before the request, where the free that completes here waited. */
  complete(entry: number): number | undefined {
    const {device, address, stack} = this.#entries;
    const own = this.#requested[device[entry]!];
    const requested = own?.get(address[entry]!);
    if (!own || !requested) return undefined;
    own.delete(address[entry]!);
    const isNext = this.#last[device[entry]!] === requested.entry;
    const isSameCall = stack[entry] === stack[requested.entry];
    if (isNext && isSameCall) return undefined;
    this.#addWait(requested.entry, entry);
    return requested.event;
  }

  /** The frees of a device that waited, those that still wait at the end among them, and the most bytes that they held. */
  held(of: number): CudaDevice['waitingFrees'] {
    for (const {entry} of this.#requested[of]?.values() ?? []) this.#addWait(entry, this.#entries.count);
    this.#requested[of]?.clear();
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

  /** All of them, in order of the requests; called after `held` of each device. */
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
