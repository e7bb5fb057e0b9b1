/** What is there in the course of a walk, what was saved, and what is held because something that is away is made from it. */
import type {Bytes} from '../../model/numbers.ts';
import {type FitGraph, NEVER} from './graph.ts';
import type {ValueSets} from './useful.ts';

interface StateInput {
  readonly graph: FitGraph;
  readonly useful: ValueSets | undefined;
  readonly firstGap: Uint32Array;
}

export class WalkState {
  readonly #graph: FitGraph;
  readonly #useful: ValueSets | undefined;
  readonly #firstGap: Uint32Array;
  done = 0;
  load: Bytes = 0;
  readonly isPresent: Uint8Array;
  readonly isSaved: Uint8Array;
  /** Values that are there, and the place of each in the list. */
  readonly present: number[] = [];
  readonly #placeOf: Int32Array;
  /** Values that were promising when all were looked at, and those that came since. */
  pool: number[] = [];
  /** Per value: how many of its readers have had their first run. */
  readonly read: Uint32Array;
  /** Per value: values that are away and will be made again from it. */
  readonly held: Uint32Array;
  /** Per value: whether it is away, will come back, and must be made again for that. */
  readonly #isWanted: Uint8Array;
  /** Per value that is away: what it costs to make it again, and until when that is possible; −1 where it is not. */
  readonly #again: Float64Array;
  readonly #until: Float64Array;
  /** Per value: when what is made from it will be read first and last. */
  readonly #heldFrom: Float64Array;
  readonly #heldTo: Float64Array;
  /** Per value: runs that are being prepared and read it. */
  readonly needed: Uint32Array;

  constructor({graph, useful, firstGap}: StateInput) {
    const {values} = graph;
    this.#graph = graph;
    this.#useful = useful;
    this.#firstGap = firstGap;
    this.isPresent = new Uint8Array(values);
    this.isSaved = new Uint8Array(values);
    this.#placeOf = new Int32Array(values).fill(-1);
    this.read = new Uint32Array(values);
    this.held = new Uint32Array(values);
    this.#isWanted = new Uint8Array(values);
    this.#again = new Float64Array(values);
    this.#until = new Float64Array(values).fill(-1);
    this.#heldFrom = new Float64Array(values).fill(NEVER);
    this.#heldTo = new Float64Array(values).fill(-1);
    this.needed = new Uint32Array(values);
    for (let value = 0; value < values; value++) {
      if (graph.producer[value]! < 0 && this.isUseful(value)) this.arrive(value);
    }
  }

  /** What it costs to let a value leave and have it back; 0 where nobody needs it, `NEVER` where it cannot leave. */
  loss(value: number): number {
    if (!this.isPending(value) && this.held[value] === 0) return 0;
    return Math.min(this.madeLoss(value), this.movedLoss(value));
  }

  movedLoss(value: number): number {
    const move = this.#graph.move[value]!;
    return this.isSaved[value] ? move : 2 * move;
  }

  /** What it costs to make a value again for its next reader, from what is there and what may be made again; `NEVER` where not. */
  madeLoss(value: number): number {
    const last = Math.max(this.#nextUse(value), this.held[value]! > 0 ? this.#heldTo[value]! : -1);
    const {again, until} = this.#remade(value);
    return until < last ? NEVER : again;
  }

  #remade(value: number): {again: number; until: number} {
    const {producer, inputs, cost, repeatable, move} = this.#graph;
    const v = producer[value]!;
    if (v < 0 || cost[v] === NEVER) return {again: NEVER, until: -1};
    let again = cost[v]!;
    let until = repeatable[v]!;
    for (const input of inputs[v]!) {
      if (this.isPresent[input]) continue;
      if (this.isSaved[input]) {
        again += move[input]!;
      } else {
        again += this.#again[input]!;
        until = Math.min(until, this.#until[input]!);
      }
    }
    return {again, until};
  }

  arrive(value: number): void {
    if (this.#isWanted[value]) this.#release(value);
    this.isPresent[value] = 1;
    this.pool.push(value);
    this.#placeOf[value] = this.present.push(value) - 1;
    this.load += this.#graph.size[value]!;
    this.#again[value] = 0;
  }

  leave(value: number): void {
    const {again, until} = this.#remade(value);
    this.#again[value] = again;
    this.#until[value] = until;
    this.isPresent[value] = 0;
    const last = this.present.pop()!;
    if (last !== value) {
      this.present[this.#placeOf[value]!] = last;
      this.#placeOf[last] = this.#placeOf[value]!;
    }
    this.load -= this.#graph.size[value]!;
    if (!this.isSaved[value] && (this.isPending(value) || this.held[value]! > 0)) this.#want(value);
  }

  /** Holds what `first`, which is away, is made from, and what that is made from. */
  #want(first: number): void {
    const {producer, inputs} = this.#graph;
    const waiting = [first];
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      if (this.#isWanted[value]) continue;
      this.#isWanted[value] = 1;
      const due = this.due(value);
      const last = Math.max(this.#nextUse(value), this.#heldTo[value]!);
      const v = producer[value]!;
      for (const input of v < 0 ? [] : inputs[v]!) {
        this.held[input]!++;
        this.#heldFrom[input] = Math.min(this.#heldFrom[input]!, due);
        this.#heldTo[input] = Math.max(this.#heldTo[input]!, last);
        if (!this.isPresent[input] && !this.isSaved[input]) waiting.push(input);
      }
    }
  }

  /** The contrary of `want`: `first` comes back. */
  #release(first: number): void {
    const {producer, inputs} = this.#graph;
    const waiting = [first];
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      this.#isWanted[value] = 0;
      const v = producer[value]!;
      for (const input of v < 0 ? [] : inputs[v]!) {
        if (--this.held[input]! > 0) continue;
        this.#heldFrom[input] = NEVER;
        this.#heldTo[input] = -1;
        if (this.#isWanted[input] && !this.isPending(input)) waiting.push(input);
      }
    }
  }

  /** Whether an operator that has not run reads it, or the end does. */
  isPending(value: number): boolean {
    return this.#graph.isOutput[value]! || this.read[value]! < this.#graph.readers[value]!.length;
  }

  /** The next operator that reads it for the first time; the number of operators at the end, −1 for nobody. */
  #nextUse(value: number): number {
    const reader = this.#graph.readers[value]![this.read[value]!];
    return reader ?? (this.#graph.isOutput[value] ? this.#graph.operators : -1);
  }

  /** When it is read first, by itself or by what is made from it again. */
  due(value: number): number {
    const next = this.#nextUse(value);
    const own = next < 0 ? this.#graph.operators : next;
    return this.held[value]! > 0 ? Math.min(own, this.#heldFrom[value]!) : own;
  }

  gapOf(value: number): number {
    return this.#firstGap[value]! + this.read[value]!;
  }

  isUseful(value: number): boolean {
    if (!this.#useful) return this.isPending(value) || this.held[value]! > 0;
    const {words, bits} = this.#useful;
    return ((bits[this.done * words + (value >> 5)]! >> (value & 31)) & 1) === 1;
  }
}
