/** The buffers of a schedule: each run of an operator makes its outputs anew, each move back does, and each lives to its last use. */
import type {Bytes} from '../../model/numbers.ts';
import type {FitGraph, GraphStep} from './graph.ts';

/** Column per buffer; ticks are steps of the schedule. */
export interface ScheduleBuffers {
  readonly value: number[];
  readonly start: number[];
  readonly end: number[];
  /** Pairs in place: the buffer that is overwritten, and the one written over it. */
  readonly inPlace: readonly (readonly [input: number, output: number])[];
  /** Live bytes per step. */
  readonly load: Float64Array;
}

/** @returns the buffers of the steps, which must be ones that can run. */
export function buffersOf(graph: FitGraph, steps: readonly GraphStep[]): ScheduleBuffers {
  const made = new Made(graph, steps.length);
  steps.forEach(({kind, index}, tick) => {
    if (kind === 'in') made.make(index, tick);
    else if (kind === 'out') made.use(index, tick);
    else made.run(index, tick);
  });
  return made.finish();
}

class Made {
  readonly #graph: FitGraph;
  readonly #ticks: number;
  readonly #value: number[] = [];
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  /** Per value: its buffer now. */
  readonly #current: Int32Array;
  /** Runs that may write over an input: the tick, the buffers of the inputs, the buffer of the output. */
  readonly #chances: {readonly tick: number; readonly inputs: number[]; readonly output: number}[] = [];

  constructor(graph: FitGraph, ticks: number) {
    this.#graph = graph;
    this.#ticks = ticks;
    this.#current = new Int32Array(graph.values).fill(-1);
    for (let value = 0; value < graph.values; value++) {
      if (graph.producer[value]! < 0) this.#add(value, 0, 0);
    }
  }

  #add(value: number, start: number, end: number): number {
    this.#current[value] = this.#value.push(value) - 1;
    this.#start.push(start);
    this.#end.push(end);
    return this.#current[value]!;
  }

  make(value: number, tick: number): number {
    return this.#add(value, tick, tick + 1);
  }

  use(value: number, tick: number): void {
    this.#end[this.#current[value]!] = tick + 1;
  }

  run(v: number, tick: number): void {
    const {inputs, outputs, over} = this.#graph;
    for (const value of inputs[v]!) this.use(value, tick);
    const overwritten = over[v]!.map(value => this.#current[value]!);
    const made = outputs[v]!.map(value => this.make(value, tick));
    if (overwritten.length > 0) this.#chances.push({tick, inputs: overwritten, output: made[0]!});
  }

  finish(): ScheduleBuffers {
    const {size, isOutput} = this.#graph;
    this.#current.forEach((buffer, value) => {
      if (isOutput[value] && buffer >= 0) this.#end[buffer] = this.#ticks;
    });
    const change = new Float64Array(this.#ticks + 1);
    this.#value.forEach((value, i) => {
      if (this.#start[i] === this.#end[i]) return;
      change[this.#start[i]!]! += size[value]!;
      change[this.#end[i]!]! -= size[value]!;
    });
    const load = new Float64Array(this.#ticks);
    let live: Bytes = 0;
    for (let tick = 0; tick < this.#ticks; tick++) load[tick] = live += change[tick]!;
    const inPlace: [number, number][] = [];
    for (const {tick, inputs, output} of this.#chances) {
      const dying = inputs.filter(buffer => this.#end[buffer] === tick + 1);
      if (dying.length === 0) continue;
      for (const input of dying) inPlace.push([input, output]);
      load[tick]! -= size[this.#value[output]!]!;
    }
    return {value: this.#value, start: this.#start, end: this.#end, inPlace, load};
  }
}
