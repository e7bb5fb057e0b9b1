/**
 * Executes a swap schedule against a clock: the device's bytes at each moment, and the program's waits.
 * Shares nothing with the scheduler, whose schedules it checks.
 *
 * The program runs as recorded. There is one channel out and one back, which carry one block at a time, in order. A
 * block that leaves is held until its last byte is out, one that returns is held from its first byte on. Where an event
 * needs more than the limit leaves, the program waits for transfers out; where it accesses a block on its way back, for
 * that transfer. Memory is counted in bytes: that the free bytes are in one piece is not promised.
 */
import {FREE, MALLOC, NONE, type Trace} from '../trace/trace.ts';
import type {Bandwidths, Swap} from './swap.ts';

export interface SwapSimulation {
  /** Whether every event could be carried out within the limit; if not, the figures are of the events before. */
  readonly isFeasible: boolean;
  /** The most bytes held at a moment: never more than the limit. */
  readonly peak: number;
  /** Microseconds that the program waited in all, and how long it ran with that. */
  readonly stall: number;
  readonly duration: number;
  /** Bytes moved out, and as many back. */
  readonly moved: number;
}

/** A block on its way out. */
interface Leaving {
  readonly bytes: number;
  readonly done: number;
}

/** @throws {RangeError} for a swap that breaks the rules: of a block that is accessed or freed while it is away. */
export function simulateSwaps(
  trace: Trace,
  device: number,
  swaps: readonly Swap[],
  limit: number,
  bandwidths: Bandwidths,
): SwapSimulation {
  return new Simulator(trace, limit, bandwidths).run(device, swaps);
}

class Simulator {
  readonly #trace: Trace;
  readonly #limit: number;
  readonly #bandwidths: Bandwidths;
  readonly #leaving: Leaving[] = [];
  /** Per block that is away: when its transfer out is done. */
  readonly #away = new Map<number, number>();
  /** Per block that comes back: when its transfer is done. */
  readonly #returning = new Map<number, number>();
  #clock = 0;
  #outFree = 0;
  #inFree = 0;
  #held = 0;
  #peak = 0;
  #stall = 0;
  #moved = 0;

  constructor(trace: Trace, limit: number, bandwidths: Bandwidths) {
    this.#trace = trace;
    this.#limit = limit;
    this.#bandwidths = bandwidths;
  }

  run(device: number, swaps: readonly Swap[]): SwapSimulation {
    const {events, blocks} = this.#trace;
    const outs = groupBy(swaps, swap => swap.out);
    const ins = groupBy(swaps, swap => swap.in);
    let carriedIn = 0;
    for (let block = 0; block < blocks.count; block++)
      if (blocks.device[block] === device && blocks.mallocEvent[block] === NONE)
        carriedIn += blocks.bytes[block]!;
    if (!this.#take(carriedIn)) return this.#result(false);
    for (let event = 0; event < events.count; event++) {
      if (event > 0) this.#clock += events.time[event]! - events.time[event - 1]!;
      this.#retire();
      for (const {block} of ins.get(event) ?? []) if (!this.#bringBack(block)) return this.#result(false);
      const block = events.block[event]!;
      if (blocks.device[block] === device && !this.#execute(event, block)) return this.#result(false);
      for (const swap of outs.get(event) ?? []) this.#sendOut(swap, event);
    }
    return this.#result(true);
  }

  #result(isFeasible: boolean): SwapSimulation {
    return {
      isFeasible,
      peak: this.#peak,
      stall: this.#stall,
      duration: this.#clock,
      moved: this.#moved,
    };
  }

  #execute(event: number, block: number): boolean {
    const {events, blocks} = this.#trace;
    if (this.#away.has(block)) throw new RangeError(`event ${event}: block ${block} is away`);
    const back = this.#returning.get(block);
    if (back !== undefined) this.#waitUntil(back);
    this.#returning.delete(block);
    if (events.kind[event] === FREE) this.#held -= blocks.bytes[block]!;
    return events.kind[event] !== MALLOC || this.#take(blocks.bytes[block]!);
  }

  #sendOut({block, out}: Swap, event: number): void {
    const {events, blocks} = this.#trace;
    if (events.block[out] !== block || events.kind[out] === FREE || this.#away.has(block))
      throw new RangeError(`event ${event}: block ${block} cannot leave`);
    const bytes = blocks.bytes[block]!;
    const done = Math.max(this.#clock, this.#outFree) + (bytes / this.#bandwidths.out) * 1e6;
    this.#outFree = done;
    this.#leaving.push({bytes, done});
    this.#away.set(block, done);
    this.#moved += bytes;
  }

  #bringBack(block: number): boolean {
    const left = this.#away.get(block);
    if (left === undefined) throw new RangeError(`block ${block} returns, and is not away`);
    // blocks on their way out return their memory first
    this.#waitUntil(left);
    const bytes = this.#trace.blocks.bytes[block]!;
    if (!this.#take(bytes)) return false;
    this.#away.delete(block);
    this.#inFree = Math.max(this.#clock, this.#inFree) + (bytes / this.#bandwidths.in) * 1e6;
    this.#returning.set(block, this.#inFree);
    return true;
  }

  /** Takes memory, waiting for transfers out where there is not enough; false where even these do not help. */
  #take(bytes: number): boolean {
    while (this.#held + bytes > this.#limit) {
      const next = this.#leaving[0];
      if (!next) return false;
      this.#waitUntil(next.done);
    }
    this.#held += bytes;
    this.#peak = Math.max(this.#peak, this.#held);
    return true;
  }

  #waitUntil(moment: number): void {
    if (moment > this.#clock) {
      this.#stall += moment - this.#clock;
      this.#clock = moment;
    }
    this.#retire();
  }

  /** Returns the memory of blocks that have left by now; the channel keeps the order. */
  #retire(): void {
    while (this.#leaving.length > 0 && this.#leaving[0]!.done <= this.#clock) {
      this.#held -= this.#leaving.shift()!.bytes;
    }
  }
}

function groupBy(swaps: readonly Swap[], key: (swap: Swap) => number): Map<number, Swap[]> {
  const groups = new Map<number, Swap[]>();
  for (const swap of swaps) {
    const group = groups.get(key(swap));
    if (group) group.push(swap);
    else groups.set(key(swap), [swap]);
  }
  return groups;
}
