/** The buffers of a step, one row each, and the blocks left out. */

import type {Clocks} from '../../model/clocks.ts';
import type {Constraints} from '../../model/constraints.ts';
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../../model/problem.ts';
import type {AddedWait} from '../clocks/linear.ts';
import {type ClockedRow, hasOrder, type StepClocks, stepClocks} from '../clocks/step-clocks.ts';
import type {CarriedPair, CarriedPairs} from './carried-pairs.ts';
import type {StepWindow} from './window.ts';

/** A carried pair as buffers of the problem. */
export interface CarriedBuffer {
  /** The first of its buffers. */
  readonly buffer: number;
  /** How many buffers it takes, one after the other: instance k is in slot k mod `slots`. */
  readonly slots: number;
  /** Tick of its malloc. */
  readonly start: number;
  /** Tick of its free, `periods` iterations later. */
  readonly end: number;
  readonly periods: number;
}

export class BufferRows {
  readonly carried = {in: 0, out: 0, matched: 0};
  readonly persistent = {count: 0, bytes: 0, aligned: 0};
  readonly pairs: CarriedBuffer[] = [];
  dropped = 0;
  readonly #window: StepWindow;
  readonly #isCyclic: boolean;
  readonly #block: number[] = [];
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  readonly #ids: string[] = [];
  /** Rows of blocks that hold their bytes through the whole window, in a slot or for a free that waited. */
  readonly #whole = new Set<number>();
  /** Per row of a carried pair: the block carried in. */
  readonly #carriedIn = new Map<number, number>();
  readonly #carriedPairs: CarriedPairs;
  /** Row, from, to. */
  readonly #gaps: [number, number, number][] = [];

  constructor(window: StepWindow, pairs: CarriedPairs, isCyclic: boolean) {
    this.#window = window;
    this.#carriedPairs = pairs;
    this.#isCyclic = isCyclic;
    const {timeline, first, end, free} = window;
    const {malloc} = timeline;
    for (const block of window.blocks) {
      const isIn = malloc[block]! < first;
      const isOut = free[block]! >= end;
      if (isIn && isOut) this.#addPersistent(block, pairs);
      else if (window.isHeld(block)) this.#addHeld(block, isIn, isOut, pairs);
      else if (isIn) this.#addCarriedIn(block, pairs);
      else if (isOut) this.#addCarriedOut(block, pairs.ofOut.get(block));
      else this.#add(block, malloc[block]! - first, free[block]! - first);
    }
  }

  blocks(): Uint32Array {
    return Uint32Array.from(this.#block);
  }

  operations(): string[] {
    const {operations, blocks} = this.#window.timeline.trace;
    return this.#block.map(block => operations[blocks.operation[block]!]!);
  }

  /**
   * @param defaultAlignment bytes.
   * @param clocks the order of streams, in place of parts by stream.
   */
  problem(defaultAlignment: number, clocks?: Clocks): ProblemColumns {
    const count = this.#block.length;
    const gapIndex = new Uint32Array(count + 1);
    for (const [row] of this.#gaps) gapIndex[row + 1] = gapIndex[row + 1]! + 1;
    for (let row = 0; row < count; row++) gapIndex[row + 1] = gapIndex[row + 1]! + gapIndex[row]!;
    const constraints = this.#constraints(clocks);
    return {
      count,
      start: Uint32Array.from(this.#start),
      end: Uint32Array.from(this.#end),
      size: Float64Array.from(this.#block, block => this.#window.timeline.trace.blocks.bytes[block]!),
      alignment: new Float64Array(count).fill(NO_ALIGNMENT),
      offset: new Float64Array(count).fill(NO_OFFSET),
      gapIndex,
      gapStart: Uint32Array.from(this.#gaps, gap => gap[1]),
      gapEnd: Uint32Array.from(this.#gaps, gap => gap[2]),
      ids: this.#ids,
      defaultAlignment,
      ...(constraints ? {constraints} : {}),
    };
  }

  /** Undefined where the recording has no order of streams, or where the plan's server is to make one. */
  clocks(added?: AddedWait): StepClocks | undefined {
    const {timeline, rules} = this.#window;
    const {streams} = timeline.parts('apart');
    if (rules.streams === 'together' || !hasOrder(timeline.trace, timeline.device, streams)) return undefined;
    const gaps = new Set(this.#gaps.map(([row]) => row));
    const rows = this.#block.map((block, row): ClockedRow => {
      const carriedIn = this.#carriedIn.get(row);
      return {
        block,
        ...(carriedIn === undefined ? {} : {carriedIn}),
        pieces: gaps.has(row) ? 2 : 1,
        isWhole: this.#whole.has(row),
      };
    });
    return stepClocks(this.#window, this.#carriedPairs, this.#isCyclic, rows, added);
  }

  #constraints(clocks: Clocks | undefined): Constraints | undefined {
    const parts = this.#parts(clocks ? 'pools' : (this.#window.rules.streams ?? 'apart'));
    if (!parts && !clocks) return undefined;
    return {...(parts ? {parts} : {}), ...(clocks ? {clocks} : {})};
  }

  /** The streams and pools of the buffers, numbered as they appear; undefined where there is one. */
  #parts(kind: 'apart' | 'together' | 'pools'): Constraints['parts'] {
    const all = this.#window.timeline.parts(kind);
    const used = new Map<number, number>();
    for (const block of this.#block) {
      const part = all.of[block]!;
      if (!used.has(part)) used.set(part, used.size);
    }
    if (used.size < 2) return undefined;
    return {
      names: Array.from(used.keys(), part => all.names[part]!),
      of: Uint32Array.from(this.#block, block => used.get(all.of[block]!)!),
    };
  }

  #add(block: number, start: number, end: number, id = `b${block}`): void {
    this.#block.push(block);
    this.#start.push(start);
    this.#end.push(end);
    this.#ids.push(id);
  }

  #addWhole(block: number, ticks: number, id = `b${block}`): void {
    this.#whole.add(this.#block.length);
    this.#add(block, 0, ticks, id);
  }

  #addPersistent(block: number, pairs: CarriedPairs): void {
    if (pairs.passing.has(block)) return;
    this.persistent.count++;
    const {blocks, devices} = this.#window.timeline.trace;
    const bytes = blocks.bytes[block]!;
    const {alignment} = devices[blocks.device[block]!]!;
    this.persistent.bytes += bytes;
    this.persistent.aligned += Math.ceil(bytes / alignment) * alignment;
  }

  #addCarriedIn(block: number, pairs: CarriedPairs): void {
    this.carried.in++;
    if (pairs.ofIn.has(block)) return; // the row of the pair covers both
    const end = this.#window.free[block]! - this.#window.first;
    if (end === 0) this.dropped++;
    else this.#add(block, 0, end);
  }

  /**
   * A block whose free waited keeps its bytes to the end of the iteration. Where the device is not known to be idle there, the
   * instance of the iteration before may still hold them from the beginning.
   */
  #addHeld(block: number, isIn: boolean, isOut: boolean, pairs: CarriedPairs): void {
    const {rules, ticks, timeline, first} = this.#window;
    if (isIn) this.carried.in++;
    if (isOut) this.carried.out++;
    if (pairs.ofIn.has(block)) return; // the rows of the pair cover both
    const pair = pairs.ofOut.get(block);
    if (pair) {
      this.carried.matched++;
      for (let slot = 0; slot <= pair.periods; slot++) this.#addWhole(block, ticks, `b${block}.${slot}`);
    } else {
      const isFresh = rules.idle !== undefined || !this.#isCyclic;
      if (isFresh && !isIn) this.#add(block, timeline.malloc[block]! - first, ticks);
      else this.#addWhole(block, ticks);
    }
  }

  #addCarriedOut(block: number, pair: CarriedPair | undefined): void {
    this.carried.out++;
    const {ticks, timeline, first} = this.#window;
    const {malloc} = timeline;
    if (!pair) {
      this.#add(block, malloc[block]! - first, ticks);
      return;
    }
    this.carried.matched++;
    const {start, end, periods} = pair;
    const slots = end <= start ? periods : periods + 1;
    this.pairs.push({buffer: this.#block.length, slots, start, end, periods});
    if (slots > 1) {
      for (let slot = 0; slot < slots; slot++) this.#addWhole(block, ticks, `b${block}.${slot}`);
      return;
    }
    if (end >= start) {
      this.#addWhole(block, ticks);
      return;
    }
    this.#carriedIn.set(this.#block.length, pair.in);
    if (end === 0) {
      this.#add(block, start, ticks); // freed before anything else happens: a gap would begin the lifetime
    } else {
      this.#gaps.push([this.#block.length, end, start]);
      this.#add(block, 0, ticks);
    }
  }
}
