/**
 * Swapping blocks to the host while they are not accessed. What fits into an access time interval, after *Pinpointing the
 * Memory Behaviors of DNN Training* (arXiv 2104.00258): a block may leave and return inside one if
 * `bytes ≤ interval / (1 / out + 1 / in)`. The schedule is the simulator's to check (`swap-simulator.ts`).
 */
import {NONE, type Trace} from '../trace/trace.ts';
import {type AccessIntervals, accessIntervals} from './intervals.ts';

/** Bytes per second, from the device to the host and back. */
export interface Bandwidths {
  readonly out: number;
  readonly in: number;
}

/** Pinned memory over PCIe 3.0, as the paper's authors measured it. */
export const PAPER_BANDWIDTHS: Bandwidths = {out: 6.4e9, in: 6.3e9};

/** The most bytes that can leave and return within so many microseconds. */
export function swapBound(microseconds: number, bandwidths: Bandwidths = PAPER_BANDWIDTHS): number {
  return microseconds / 1e6 / (1 / bandwidths.out + 1 / bandwidths.in);
}

/** Indices of the intervals in which their block can leave and return without a stall; the largest blocks first. */
export function swappableIntervals(
  trace: Trace,
  intervals: AccessIntervals,
  bandwidths: Bandwidths = PAPER_BANDWIDTHS,
): number[] {
  const bytesOf = (interval: number) => trace.blocks.bytes[intervals.block[interval]!]!;
  const found: number[] = [];
  for (let i = 0; i < intervals.count; i++) {
    if (bytesOf(i) <= swapBound(intervals.time[i]!, bandwidths)) found.push(i);
  }
  return found.sort((a, b) => bytesOf(b) - bytesOf(a) || a - b);
}

/** One absence of a block. Events are indices into `Trace.events`. */
export interface Swap {
  /** Index into `Trace.blocks`. */
  readonly block: number;
  /** The access after which it leaves. */
  readonly out: number;
  /** The event before which its memory is taken again and the transfer back begins; after `out`, at most `needed`. */
  readonly in: number;
  /** The access that needs it back. */
  readonly needed: number;
}

export interface SwapSchedule {
  /** In order of `out`, then of the block. */
  readonly swaps: readonly Swap[];
  /**
   * Null where the limit is met. Else the first event at which no schedule meets it, since all that is still held is not
   * between two accesses, and how many bytes are above it there.
   */
  readonly excess: {readonly event: number; readonly bytes: number} | null;
}

/** A block that is not accessed just now. */
interface Idle {
  readonly block: number;
  readonly bytes: number;
  readonly out: number;
  readonly needed: number;
  /** The event at which it comes back; `NOT_AWAY` while it stays. */
  back: number;
}

const NOT_AWAY = -1;

/**
 * Which blocks leave and when they return, so that the device never holds more than `limit` bytes of them. One pass
 * over the events: where more would be held, the idle block leaves that can do so without a stall and, of those, the one
 * with the largest bytes × events until it is needed; then those that stall. Blocks that are due back wait if need be.
 * Greedy: neither the fewest bytes moved nor the least stall is promised. Blocks leave and return between two accesses
 * only, and a recording without reads and writes has no swaps. Bytes that the recording does not show do not count.
 */
export function scheduleSwaps(
  trace: Trace,
  device: number,
  limit: number,
  bandwidths: Bandwidths = PAPER_BANDWIDTHS,
): SwapSchedule {
  return new Scheduler(trace, device, limit, bandwidths).run();
}

class Scheduler {
  readonly #trace: Trace;
  readonly #device: number;
  readonly #limit: number;
  readonly #bandwidths: Bandwidths;
  /** Per event: its interval + 1 that begins there, or 0. */
  readonly #begins: Uint32Array;
  readonly #intervals: AccessIntervals;
  /** The idle block of each block, where it is idle. */
  readonly #idle = new Map<number, Idle>();
  /** Those that come back before an event. */
  readonly #due = new Map<number, Set<Idle>>();
  readonly #swaps: Swap[] = [];
  #held = 0;

  constructor(trace: Trace, device: number, limit: number, bandwidths: Bandwidths) {
    this.#trace = trace;
    this.#device = device;
    this.#limit = limit;
    this.#bandwidths = bandwidths;
    this.#intervals = accessIntervals(trace, device);
    this.#begins = new Uint32Array(trace.events.count);
    for (let i = 0; i < this.#intervals.count; i++) this.#begins[this.#intervals.from[i]!] = i + 1;
    const {blocks} = trace;
    for (let block = 0; block < blocks.count; block++) {
      if (blocks.device[block] === device && blocks.mallocEvent[block] === NONE)
        this.#held += blocks.bytes[block]!;
    }
  }

  run(): SwapSchedule {
    const {events, blocks} = this.#trace;
    for (let event = 0; event < events.count; event++) {
      const block = events.block[event]!;
      if (blocks.device[block] !== this.#device) continue;
      this.#comeBack(event);
      this.#idle.delete(block);
      if (blocks.mallocEvent[block] === event) this.#held += blocks.bytes[block]!;
      if (!this.#makeRoom(event)) {
        return {swaps: this.#sorted(), excess: {event, bytes: this.#held - this.#limit}};
      }
      if (blocks.freeEvent[block] === event) this.#held -= blocks.bytes[block]!;
      this.#goIdle(event);
    }
    return {swaps: this.#sorted(), excess: null};
  }

  #sorted(): Swap[] {
    return this.#swaps.sort((a, b) => a.out - b.out || a.block - b.block);
  }

  #comeBack(event: number): void {
    for (const one of this.#due.get(event) ?? []) {
      this.#held += one.bytes;
      this.#swaps.push({block: one.block, out: one.out, in: event, needed: one.needed});
      // it may be sent away once more before it is needed: the same absence, only longer
    }
  }

  #goIdle(event: number): void {
    const interval = this.#begins[event]! - 1;
    if (interval < 0) return;
    const block = this.#intervals.block[interval]!;
    const needed = this.#intervals.to[interval]!;
    this.#idle.set(block, {
      block,
      bytes: this.#trace.blocks.bytes[block]!,
      out: event,
      needed,
      back: NOT_AWAY,
    });
  }

  /** Sends blocks away until no more than the limit is held; false where none is left that could go. */
  #makeRoom(event: number): boolean {
    while (this.#held > this.#limit) {
      const one = this.#choose(event);
      if (!one) return false;
      this.#held -= one.bytes;
      this.#sendAway(one, event);
    }
    return true;
  }

  #choose(event: number): Idle | undefined {
    let best: Idle | undefined;
    let bestStalls = false;
    let bestArea = 0;
    for (const one of this.#idle.values()) {
      if (one.back > event) continue;
      const stalls = one.back !== NOT_AWAY || !this.#fits(one);
      const area = one.bytes * (one.needed - event);
      const isBetter =
        stalls === bestStalls
          ? area > bestArea || (area === bestArea && one.block < (best?.block ?? 0))
          : bestStalls;
      if (best && !isBetter) continue;
      best = one;
      bestStalls = stalls;
      bestArea = area;
    }
    return best;
  }

  #fits({bytes, out, needed}: Idle): boolean {
    const {time} = this.#trace.events;
    return bytes <= swapBound(time[needed]! - time[out]!, this.#bandwidths);
  }

  /** Away from its last access on, until just early enough before the next one, but beyond `event`. */
  #sendAway(one: Idle, event: number): void {
    if (one.back !== NOT_AWAY) this.#withdraw(one);
    const {time} = this.#trace.events;
    const latest = time[one.needed]! - (one.bytes / this.#bandwidths.in) * 1e6;
    // the last event that is not too late; one that is too late already is put off event by event
    let back = event + 1;
    let late = one.needed;
    while (back < late) {
      const middle = (back + late + 1) >>> 1;
      if (time[middle]! <= latest) back = middle;
      else late = middle - 1;
    }
    one.back = this.#nextOwn(back, one.needed);
    const due = this.#due.get(one.back);
    if (due) due.add(one);
    else this.#due.set(one.back, new Set([one]));
  }

  /** Takes back the return that was recorded, since the block stays away longer. */
  #withdraw(one: Idle): void {
    const at = this.#swaps.findLastIndex(swap => swap.block === one.block && swap.out === one.out);
    this.#swaps.splice(at, 1);
  }

  /** The first event of the device from `event` on; `needed` is one. */
  #nextOwn(event: number, needed: number): number {
    const {events, blocks} = this.#trace;
    let next = event;
    while (next < needed && blocks.device[events.block[next]!] !== this.#device) next++;
    return next;
  }
}
