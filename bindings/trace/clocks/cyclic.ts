/**
 * Clocks of blocks of an iteration that repeats. Its rows are walked four times, as four iterations of which nobody knows
 * anything before the first: births and deaths are those of the second, their next ones those of the third, and what uses of
 * carried blocks take from them comes with the iteration after each. Nothing older than the first matters.
 */
import type {CarriedPairs} from '../step/carried-pairs.ts';
import type {StepWindow} from '../step/window.ts';
import {FREE, MALLOC, NONE, RECORD, SYNC, WAIT} from '../trace.ts';
import {BlockClocks} from './block-clocks.ts';
import {Knowledge} from './knowledge.ts';
import type {AddedWait, WalkedClocks} from './linear.ts';
import {type RepeatedSyncs, repeatedSyncs} from './repeated-syncs.ts';
import {type RowVisitor, rowCount, useAt, visitRows} from './rows.ts';
import {streamsOf, type TraceStreams} from './streams.ts';

export interface CyclicClocks extends WalkedClocks {
  /** Rows of the iteration: positions of the next one are greater by it. */
  readonly period: number;
  /** Sync points of the iteration that an alike one does not have: not relied on. */
  readonly notRepeated: number;
}

export function cyclicClocks(window: StepWindow, pairs: CarriedPairs, added?: AddedWait): CyclicClocks {
  const syncs = repeatedSyncs(window);
  const period = rowCount(syncs.rows);
  const walk = new CyclicWalk(window, pairs, syncs, added);
  for (const copy of [0, 1, 2, 3]) {
    walk.begin(copy, copy * period);
    visitRows(window.timeline.trace, syncs.rows, copy * period, walk);
  }
  walk.endCarried(2 * period);
  return {
    clocks: walk.clocks,
    untrusted: walk.untrusted.size,
    period,
    notRepeated: syncs.isKept.reduce((sum, isKept) => sum + (isKept ? 0 : 1), 0),
  };
}

class CyclicWalk implements RowVisitor {
  readonly clocks: BlockClocks;
  readonly untrusted = new Set<number>();
  readonly #window: StepWindow;
  readonly #pairs: CarriedPairs;
  readonly #syncs: RepeatedSyncs;
  readonly #added: AddedWait | undefined;
  readonly #streams: TraceStreams;
  readonly #knowledge: Knowledge;
  /** Per block: position of its latest malloc; 0 before it. */
  readonly #born: Float64Array;
  #copy = 0;

  constructor(window: StepWindow, pairs: CarriedPairs, syncs: RepeatedSyncs, added?: AddedWait) {
    const {trace} = window.timeline;
    this.#window = window;
    this.#pairs = pairs;
    this.#syncs = syncs;
    this.#added = added;
    this.clocks = new BlockClocks(trace, window.blocks);
    this.#streams = streamsOf(trace);
    this.#knowledge = new Knowledge(this.#streams.count);
    this.#born = new Float64Array(trace.blocks.count);
  }

  begin(copy: number, position: number): void {
    this.#copy = copy;
    const {timeline, rules, blocks} = this.#window;
    if (rules.idle && copy > 0) this.#syncDevice(timeline.device, position);
    if (copy === 1) this.#useBefore(position);
    if (copy !== 2) return;
    // blocks without their instance of another iteration are taken as allocated at the border
    for (const block of blocks)
      if (this.#isAlone(block) && this.#isIn(block)) this.#bear(this.clocks.next, block, position);
  }

  /** @param position the end of the iteration, where blocks end whose free is not in it. */
  endCarried(position: number): void {
    const {blocks, free, end} = this.#window;
    for (const block of blocks)
      if (this.#isAlone(block) && (free[block]! >= end || this.#window.isHeld(block)))
        this.clocks.end(block, position);
  }

  event(event: number, position: number): void {
    const {trace, device} = this.#window.timeline;
    const block = trace.events.block[event]!;
    if (trace.blocks.device[block] !== device) return;
    const kind = trace.events.kind[event]!;
    if (kind === MALLOC) this.#malloc(event, block, position);
    else if (kind === FREE) {
      if (this.#copy === 1 && this.clocks.has(block)) this.clocks.end(block, position);
    } else {
      const use = useAt(trace, event);
      if (use !== undefined && this.clocks.has(block))
        this.#foreignUse(block, this.#streams.ofUse[use]!, position);
    }
  }

  sync(point: number, position: number): void {
    const {kind, device} = this.#window.timeline.trace.syncs!;
    const place = point - this.#syncs.rows.sync;
    if (!this.#syncs.isKept[place]) return;
    const stream = this.#streams.ofSync[point]!;
    if (kind[point] === SYNC) {
      if (stream !== NONE) this.#knowledge.sync(stream, position);
      else this.#syncDevice(device[point]!, position);
    } else if (kind[point] === RECORD) {
      this.#knowledge.record(this.#fence(place, this.#copy), stream, position);
    } else if (kind[point] === WAIT) this.#wait(place, stream);
  }

  #wait(place: number, stream: number): void {
    const source = this.#syncs.sources[place];
    if (!source || source.distance > this.#copy) return;
    const fence = this.#fence(source.place, this.#copy - source.distance);
    if (stream === NONE) this.#knowledge.hostWaits(fence);
    else this.#knowledge.streamWaits(stream, fence);
  }

  #fence(place: number, copy: number): number {
    return copy * this.#syncs.isKept.length + place;
  }

  #syncDevice(device: number, position: number): void {
    this.#streams.device.forEach((own, stream) => {
      if (own === device) this.#knowledge.sync(stream, position);
    });
  }

  #malloc(event: number, block: number, position: number): void {
    if (this.#added?.event === event) {
      this.#knowledge.record(-1, this.#added.waitsFor, position - 1);
      this.#knowledge.streamWaits(this.#added.stream, -1);
    }
    if (!this.clocks.has(block)) return;
    this.#born[block] = position;
    if (this.#copy === 1) this.#bear(this.clocks.birth, block, position);
    else if (this.#copy === 2) this.#bear(this.clocks.next, block, position);
  }

  #bear(of: Uint32Array, block: number, position: number): void {
    this.clocks.set(of, block, this.#knowledge.before(this.#streams.ofBlock[block]!, position));
  }

  /** A carried block is used in the iteration of its malloc and in the one after that. */
  #foreignUse(block: number, stream: number, position: number): void {
    const {clocks} = this;
    const known = this.#knowledge.before(stream, position);
    const {ofOut, ofIn} = this.#pairs;
    const isIn = this.#isIn(block);
    const out = isIn ? ofIn.get(block)?.out : block;
    const begun = isIn ? this.#copy - 1 : this.#copy;
    const ended = ofOut.has(block) ? this.#copy + 1 : this.#copy;
    if (ended === 1) clocks.use(ofOut.get(block)?.in ?? block, stream, position);
    if (out === undefined) {
      if (this.#copy === 2) clocks.lower(clocks.next, block, known);
      return;
    }
    if (begun === 1) clocks.lower(clocks.birth, out, known);
    else if (begun === 2) clocks.lower(clocks.next, out, known);
    if (begun === this.#copy && known[this.#streams.ofBlock[out]!]! < this.#born[out]!)
      this.untrusted.add(out);
  }

  /** Uses before the window, of blocks that no carried pair has: somewhere in the iterations before. */
  #useBefore(position: number): void {
    const {foreignUses: uses, events} = this.#window.timeline.trace;
    for (let i = 0; i < (uses?.count ?? 0) && uses!.event[i]! < this.#syncs.rows.event; i++) {
      const block = events.block[uses!.event[i]!]!;
      if (this.clocks.has(block) && this.#isAlone(block))
        this.clocks.use(block, this.#streams.ofUse[i]!, position);
    }
  }

  #isIn(block: number): boolean {
    return this.#window.timeline.malloc[block]! < this.#window.first;
  }

  #isAlone(block: number): boolean {
    return !this.#pairs.ofIn.has(block) && !this.#pairs.ofOut.has(block);
  }
}
