/** Clocks of blocks by the whole recording, from its beginning: all that was waited for before a window counts in it. */
import type {StepWindow} from '../step/window.ts';
import {FREE, MALLOC, NONE, RECORD, SYNC, WAIT} from '../trace.ts';
import {BlockClocks} from './block-clocks.ts';
import {Knowledge} from './knowledge.ts';
import {allRows, fenceSources, type RowVisitor, visitRows} from './rows.ts';
import {streamsOf, type TraceStreams} from './streams.ts';

export interface WalkedClocks {
  readonly clocks: BlockClocks;
  /** Blocks of the window that a stream uses which did not wait for their allocation. */
  readonly untrusted: number;
}

/** An added wait: before an event, a stream waits for all that another has been given so far. */
export interface AddedWait {
  /** A `MALLOC` of the trace. */
  readonly event: number;
  /** Numbers of `streamsOf`. */
  readonly stream: number;
  readonly waitsFor: number;
}

export function linearClocks(window: StepWindow, added?: AddedWait): WalkedClocks {
  const walk = new LinearWalk(window, added);
  const {trace} = window.timeline;
  visitRows(trace, allRows(trace), 0, walk);
  return {clocks: walk.clocks, untrusted: walk.untrusted.size};
}

class LinearWalk implements RowVisitor {
  readonly clocks: BlockClocks;
  readonly untrusted = new Set<number>();
  readonly #window: StepWindow;
  readonly #added: AddedWait | undefined;
  readonly #streams: TraceStreams;
  readonly #knowledge: Knowledge;
  readonly #sources: Uint32Array;
  /** Per `RECORD`: the last `WAIT` for it; fences that nobody waits for are not kept. */
  readonly #lastWait = new Map<number, number>();
  /** Per block: position of its malloc; 0 before it. */
  readonly #born: Float64Array;
  /** Memory events at which blocks end whose free waited. */
  readonly #lateEnds = new Map<number, number[]>();
  readonly #borders: ReadonlySet<number>;
  #use = 0;

  constructor(window: StepWindow, added?: AddedWait) {
    const {timeline, blocks, free, rules} = window;
    const {trace} = timeline;
    this.#window = window;
    this.#added = added;
    this.clocks = new BlockClocks(trace, blocks);
    this.#streams = streamsOf(trace);
    this.#knowledge = new Knowledge(this.#streams.count);
    this.#sources = trace.syncs ? fenceSources(trace.syncs) : new Uint32Array(0);
    this.#sources.forEach((source, point) => {
      if (source !== NONE) this.#lastWait.set(source, point);
    });
    this.#born = new Float64Array(trace.blocks.count);
    for (const block of blocks) {
      if (free[block] === timeline.free[block]) continue;
      this.#lateEnds.set(free[block]!, [...(this.#lateEnds.get(free[block]!) ?? []), block]);
    }
    const {iterations} = timeline.iterations;
    this.#borders = new Set(
      rules.idle ? iterations.flatMap(({firstEvent, endEvent}) => [firstEvent, endEvent]) : [],
    );
  }

  event(event: number, position: number): void {
    const {trace, device} = this.#window.timeline;
    const block = trace.events.block[event]!;
    const kind = trace.events.kind[event]!;
    if (kind === MALLOC || kind === FREE) {
      if (trace.blocks.device[block] === device) this.#memory(event, block, kind, position);
    } else {
      const uses = trace.foreignUses;
      if (uses?.event[this.#use] === event)
        this.#foreignUse(block, this.#streams.ofUse[this.#use++]!, position);
    }
  }

  sync(point: number, position: number): void {
    const {kind, device} = this.#window.timeline.trace.syncs!;
    const stream = this.#streams.ofSync[point]!;
    if (kind[point] === SYNC) {
      if (stream !== NONE) this.#knowledge.sync(stream, position);
      else this.#syncDevice(device[point]!, position);
    } else if (kind[point] === RECORD) {
      if (this.#lastWait.has(point)) this.#knowledge.record(point, stream, position);
    } else if (kind[point] === WAIT) this.#wait(point, stream);
  }

  #wait(point: number, stream: number): void {
    const source = this.#sources[point]!;
    if (source === NONE) return;
    if (stream === NONE) this.#knowledge.hostWaits(source);
    else this.#knowledge.streamWaits(stream, source);
    if (this.#lastWait.get(source) === point) this.#knowledge.forget(source);
  }

  #syncDevice(device: number, position: number): void {
    this.#streams.device.forEach((own, stream) => {
      if (own === device) this.#knowledge.sync(stream, position);
    });
  }

  #memory(event: number, block: number, kind: number, position: number): void {
    const {timeline, free} = this.#window;
    const at = timeline[kind === MALLOC ? 'malloc' : 'free'][block]!;
    // what is idle at the border is over before the first event after it
    if (this.#borders.has(at)) this.#syncDevice(timeline.device, position - 1);
    for (const late of this.#lateEnds.get(at) ?? []) this.clocks.end(late, position - 1);
    if (this.#added?.event === event) {
      this.#knowledge.record(-1, this.#added.waitsFor, position - 1);
      this.#knowledge.streamWaits(this.#added.stream, -1);
    }
    if (!this.clocks.has(block)) return;
    if (kind === FREE) {
      if (free[block] === at) this.clocks.end(block, position);
      return;
    }
    this.#born[block] = position;
    this.clocks.set(
      this.clocks.birth,
      block,
      this.#knowledge.before(this.#streams.ofBlock[block]!, position),
    );
  }

  #foreignUse(block: number, stream: number, position: number): void {
    if (!this.clocks.has(block)) return;
    const known = this.#knowledge.before(stream, position);
    this.clocks.lower(this.clocks.birth, block, known);
    this.clocks.use(block, stream, position);
    if (known[this.#streams.ofBlock[block]!]! < this.#born[block]!) this.untrusted.add(block);
  }
}
