/** The devices of a snapshot: their numbers in the program and in the trace, and the state of each. */

import type {CudaDevice, CudaEntries, CudaSegment} from '../../cuda.ts';
import {HOW_TO_RECORD} from '../../cuda-end-state.ts';
import {reservedOver} from '../../cuda-reserved.ts';
import type {TraceBuilder} from '../../trace-builder.ts';
import {isRound, type LiveBlocks} from './live.ts';
import type {WaitingFrees} from './waiting-frees.ts';

/** Bytes: the allocator rounds every block up to a multiple (c10/cuda/CUDACachingAllocator.cpp, `kMinBlockSize`). */
const ALIGNMENT = 512;

export class SnapshotDevices {
  readonly #builder: TraceBuilder;
  /** By number in the program: index into `Trace.devices`. */
  readonly #index = new Map<number, number>();
  /** By index into `Trace.devices`: number in the program. */
  readonly ordinals: number[] = [];

  /** @param ordinals numbers in the program of devices that get their index in this order: ascending, each once. */
  constructor(builder: TraceBuilder, ordinals: Iterable<number>) {
    this.#builder = builder;
    for (const ordinal of [...new Set(ordinals)].sort((a, b) => a - b)) this.indexOf(ordinal);
  }

  indexOf(ordinal: number): number {
    const known = this.#index.get(ordinal);
    if (known !== undefined) return known;
    const index = this.#builder.device(`cuda:${ordinal}`, {alignment: ALIGNMENT});
    this.#index.set(ordinal, index);
    this.ordinals[index] = ordinal;
    return index;
  }

  nameOf(device: number): string {
    return `cuda:${this.ordinals[device]!}`;
  }

  /** The state of each device at the end; oddities become warnings. */
  describe(
    entries: CudaEntries,
    segments: readonly CudaSegment[],
    live: LiveBlocks,
    withEvents: ReadonlySet<number>,
    waiting: WaitingFrees,
  ): CudaDevice[] {
    return this.ordinals.map((ordinal, device) => {
      const own = segments.filter(segment => segment.device === device);
      const persistent = persistentOf(own, device, live);
      const count = entries.device.reduce((sum, one) => sum + (one === device ? 1 : 0), 0);
      // a recording from the beginning has no block from before it; the recorder's limit is a round number
      const isTruncated = isRound(count) && live.unknownFrees(device) + persistent.count > 0;
      const hasEvents = withEvents.has(device);
      if (hasEvents) this.#warn(this.nameOf(device), persistent, isTruncated ? count : undefined);
      else
        this.#builder.warn(
          `only the state of ${this.nameOf(device)} at the end was recorded, and no events: ${HOW_TO_RECORD}`,
        );
      const end = own.reduce((sum, {bytes}) => sum + bytes, 0);
      return {
        ordinal,
        hasEvents,
        persistent,
        waitingFrees: waiting.held(device),
        isTruncated,
        reserved: {...reservedOver(entries, end, i => entries.device[i] === device), end},
      };
    });
  }

  #warn(name: string, {count, bytes}: CudaDevice['persistent'], truncatedAt: number | undefined): void {
    if (count > 0) {
      this.#builder.warn(
        `${count} × blocks of ${name} were allocated before the recording began and are live at its end: kept apart as persistent, ${bytes} bytes`,
      );
    }
    if (truncatedAt !== undefined) {
      this.#builder.warn(
        `${name} has exactly ${truncatedAt} entries: the ring buffer of the recorder was probably full, so that the beginning is lost; record with a larger max_entries`,
      );
    }
  }
}

/** Blocks live at the end whose allocation was not recorded. */
function persistentOf(
  segments: readonly CudaSegment[],
  device: number,
  live: LiveBlocks,
): CudaDevice['persistent'] {
  const persistent = {count: 0, bytes: 0};
  for (const {state, address, bytes} of segments.flatMap(({blocks}) => blocks)) {
    if (state === 'inactive' || live.has(device, address)) continue;
    persistent.count++;
    persistent.bytes += bytes;
  }
  return persistent;
}
