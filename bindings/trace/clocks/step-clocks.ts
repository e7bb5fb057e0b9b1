/** Clocks of the buffers of a step, piece by piece, and what is to be said of them. */
import type {Clocks} from '../../model/clocks.ts';
import type {CarriedPairs} from '../step/carried-pairs.ts';
import type {StepWindow} from '../step/window.ts';
import {RECORD, SYNC, type Trace, WAIT} from '../trace.ts';
import {ALWAYS, type BlockClocks} from './block-clocks.ts';
import {type CyclicClocks, cyclicClocks} from './cyclic.ts';
import {type AddedWait, linearClocks, type WalkedClocks} from './linear.ts';
import {rowsOfIteration} from './rows.ts';
import {streamNames} from './streams.ts';

/** A buffer of a step, as its clocks need it. */
export interface ClockedRow {
  readonly block: number;
  /** The block that is its instance of an iteration before, where it is a carried pair. */
  readonly carriedIn?: number;
  /** The pieces of its lifetime. */
  readonly pieces: number;
  /** Whether it is held through the whole window, so that it comes before and after nothing. */
  readonly isWhole: boolean;
}

/** How far the streams of a step are ordered. */
export interface StepConcurrency {
  /** Streams that the step's blocks were allocated for or are used on. */
  readonly streams: number;
  /** Sync points of the step's rows, by kind. */
  readonly records: number;
  readonly waits: number;
  readonly syncs: number;
  /** Of these: those that another iteration does not make, so that a plan that repeats does not rely on them. */
  readonly notRepeated: number;
  /** Blocks that a stream uses which did not wait for their allocation: the use is not trusted to come after it. */
  readonly untrusted: number;
  /** Buffers whose instance of the next iteration may begin while a stream still uses theirs; 0 where the plan does not repeat. */
  readonly racing: number;
  /** Buffers that a missing wait alone keeps apart from another: the host frees one before it allocates the other. */
  readonly unordered: number;
}

export interface StepClocks {
  readonly clocks: Clocks;
  readonly concurrency: Omit<StepConcurrency, 'unordered'>;
}

/** Whether the recording says more of the order of a device's streams than that they are apart. */
export function hasOrder(
  {syncs, foreignUses, events, blocks}: Trace,
  device: number,
  streams: number,
): boolean {
  if (syncs && streams > 1) return true;
  return foreignUses?.event.some(event => blocks.device[events.block[event]!] === device) ?? false;
}

export function stepClocks(
  window: StepWindow,
  pairs: CarriedPairs,
  isCyclic: boolean,
  rows: readonly ClockedRow[],
  added?: AddedWait,
): StepClocks {
  const {trace} = window.timeline;
  const walked = isCyclic ? cyclicClocks(window, pairs, added) : linearClocks(window, added);
  const pieces = new Pieces(walked);
  for (const row of rows) pieces.add(row);
  const clocks = pieces.clocks(streamNames(trace, window.timeline.device, walked.clocks.streams));
  return {
    clocks,
    concurrency: {
      streams: clocks.streams.length,
      ...countSyncs(window),
      notRepeated: isOfCycle(walked) ? walked.notRepeated : 0,
      untrusted: walked.untrusted,
      racing: pieces.racing,
    },
  };
}

const isOfCycle = (walked: WalkedClocks | CyclicClocks): walked is CyclicClocks => 'period' in walked;

class Pieces {
  racing = 0;
  readonly #of: BlockClocks;
  /** Rows of an iteration that repeats. */
  readonly #period: number | undefined;
  readonly #birth: Uint32Array[] = [];
  readonly #death: Uint32Array[] = [];
  readonly #next: Uint32Array[] = [];
  readonly #always: Uint32Array;
  readonly #never: Uint32Array;

  constructor(walked: WalkedClocks | CyclicClocks) {
    this.#of = walked.clocks;
    this.#period = isOfCycle(walked) ? walked.period : undefined;
    this.#always = new Uint32Array(this.#of.streams.length).fill(ALWAYS);
    this.#never = new Uint32Array(this.#of.streams.length);
  }

  add({block, carriedIn, pieces, isWhole}: ClockedRow): void {
    if (isWhole) {
      this.#push(this.#always, this.#never, this.#always);
      return;
    }
    const [birth, next] = [this.#at(this.#of.birth, block), this.#at(this.#of.next, block)];
    const death = this.#at(this.#of.death, carriedIn ?? block);
    if (carriedIn === undefined) {
      this.#push(birth, death, next);
      this.#race(death, next);
    } else if (pieces === 2) {
      // over the border it is one: only what is between its two pieces needs an order
      this.#push(this.#always, death, this.#always);
      this.#push(birth, this.#never, next);
      this.#race(death, birth);
    } else {
      // it ends in the next iteration, before anything else of that
      const late = death.map(position => (position === 0 ? 0 : position + this.#period!));
      this.#push(birth, late, next);
      this.#race(late, next);
    }
  }

  clocks(streams: readonly string[]): Clocks {
    const birth = joined(this.#birth);
    const death = joined(this.#death);
    return {streams, birth, death, ...(this.#period === undefined ? {} : {next: joined(this.#next)})};
  }

  #at(of: Uint32Array, block: number): Uint32Array {
    return this.#of.entries(of, block);
  }

  #push(birth: Uint32Array, death: Uint32Array, next: Uint32Array): void {
    this.#birth.push(birth);
    this.#death.push(death);
    this.#next.push(next);
  }

  #race(death: Uint32Array, birth: Uint32Array): void {
    if (this.#period !== undefined && death.some((position, stream) => position > birth[stream]!))
      this.racing++;
  }
}

function joined(rows: readonly Uint32Array[]): Uint32Array {
  const width = rows[0]?.length ?? 0;
  const all = new Uint32Array(rows.length * width);
  rows.forEach((row, i) => {
    all.set(row, i * width);
  });
  return all;
}

function countSyncs({timeline, index}: StepWindow): Pick<StepConcurrency, 'records' | 'waits' | 'syncs'> {
  const {syncs} = timeline.trace;
  if (!syncs) return {records: 0, waits: 0, syncs: 0};
  const {sync, endSync} = index < 0 ? {sync: 0, endSync: syncs.count} : rowsOfIteration(timeline, index);
  const counts = [0, 0, 0];
  for (let point = sync; point < endSync; point++) counts[syncs.kind[point]!]!++;
  return {records: counts[RECORD]!, waits: counts[WAIT]!, syncs: counts[SYNC]!};
}
