/**
 * A schedule made in one pass over the first runs: what an operator reads is brought back before it, and where bytes are lacking, values leave
 * that cost little to have back for the bytes they free, and are not read soon. Weights of the gaps change what leaves.
 */
import type {Bytes} from '../../model/numbers.ts';
import {type FitGraph, type GraphStep, NEVER} from './graph.ts';
import type {ValueSets} from './useful.ts';

/** How values are chosen that leave. */
export interface WalkPolicy {
  /** Whether one that is read later is preferred. */
  readonly byDistance: boolean;
  /** Whether bytes beyond those that are lacking count, too. */
  readonly byAllBytes: boolean;
  /** Per gap (`gapOf`): how dear it is to be away in it; 1 as it is, `NEVER` not at all. */
  readonly weights: Float64Array;
}

/** The steps, what they cost, and the gaps in which values were away. */
export interface Walked {
  readonly steps: GraphStep[];
  readonly cost: number;
  readonly gaps: number[];
}

/** What all walks over a graph share. */
export interface WalkInput {
  readonly graph: FitGraph;
  readonly capacity: Bytes;
  /** Absent of large graphs: what is read, or made into what is read, is useful then. */
  readonly useful: ValueSets | undefined;
  /** Per value: its first gap; its gaps end at its readers, and one more at the end. */
  readonly firstGap: Uint32Array;
}

export function walkInput(graph: FitGraph, capacity: Bytes, useful: ValueSets | undefined): WalkInput {
  const firstGap = new Uint32Array(graph.values + 1);
  graph.readers.forEach((readers, value) => {
    firstGap[value + 1] = firstGap[value]! + readers.length + 1;
  });
  return {graph, capacity, useful, firstGap};
}

/**
 * @returns the nodes that were passed, and the schedule; none where the walk came to an operator that it could not run. It stops where it
 * costs `most` or more, and where it is told `true` in a pause.
 */
export function* walk(
  input: WalkInput,
  policy: WalkPolicy,
  most = NEVER,
): Generator<undefined, {readonly nodes: number; readonly walked?: Walked}, boolean | undefined> {
  const walker = new Walker(input, policy);
  let isWhole = !walker.isOver;
  let pause = NODES_AT_A_STRETCH;
  for (let v = 0; isWhole && v < input.graph.operators; v++) {
    isWhole = walker.first(v) && walker.cost < most;
    if (walker.nodes < pause) continue;
    pause = walker.nodes + NODES_AT_A_STRETCH;
    if ((yield) === true) isWhole = false;
  }
  isWhole = isWhole && walker.end() && walker.cost < most;
  const {nodes, steps, cost, gaps} = walker;
  return {nodes, ...(isWhole ? {walked: {steps, cost, gaps}} : {})};
}

/** Between two pauses; a few milliseconds. */
const NODES_AT_A_STRETCH = 20_000;

/** A value that may leave. */
interface Candidate {
  readonly value: number;
  readonly loss: number;
  readonly score: number;
}

/** So many values are not looked at each time. */
const MANY = 800;
const MOST_POOLED = 256;

/** Candidates that are looked for one by one. */
const FEW = 8;

/** Swaps the first of the candidates from `at` on to that place. */
function bringForward(
  candidates: Candidate[],
  at: number,
  isBefore: (a: Candidate, b: Candidate) => number,
): void {
  let first = at;
  for (let k = at + 1; k < candidates.length; k++) {
    if (isBefore(candidates[k]!, candidates[first]!) < 0) first = k;
  }
  [candidates[at], candidates[first]] = [candidates[first]!, candidates[at]!];
}

function sortFrom(
  candidates: Candidate[],
  at: number,
  isBefore: (a: Candidate, b: Candidate) => number,
): void {
  const sorted = candidates.slice(at).sort(isBefore);
  for (let k = 0; k < sorted.length; k++) candidates[at + k] = sorted[k]!;
}

class Walker {
  readonly #graph: FitGraph;
  readonly #capacity: Bytes;
  readonly #useful: ValueSets | undefined;
  readonly #firstGap: Uint32Array;
  readonly #policy: WalkPolicy;
  readonly steps: GraphStep[] = [];
  readonly gaps: number[] = [];
  cost = 0;
  /** Operators run and values considered. */
  nodes = 0;
  #done = 0;
  #load: Bytes = 0;
  readonly #isPresent: Uint8Array;
  readonly #isSaved: Uint8Array;
  /** Values that are there, and the place of each in the list. */
  readonly #present: number[] = [];
  readonly #placeOf: Int32Array;
  /** Values that were promising when all were looked at, and those that came since. */
  #pool: number[] = [];
  /** Per value: how many of its readers have had their first run. */
  readonly #read: Uint32Array;
  /** Per value: values that are away and will be made again from it. */
  readonly #held: Uint32Array;
  /** Per value: whether it is away, will come back, and must be made again for that. */
  readonly #isWanted: Uint8Array;
  /** Per value that is away: what it costs to make it again, and until when that is possible; −1 where it is not. */
  readonly #again: Float64Array;
  readonly #until: Float64Array;
  /** Per value: when what is made from it will be read first and last. */
  readonly #heldFrom: Float64Array;
  readonly #heldTo: Float64Array;
  /** Per value: runs that are being prepared and read it. */
  readonly #needed: Uint32Array;

  constructor({graph, capacity, useful, firstGap}: WalkInput, policy: WalkPolicy) {
    const {values} = graph;
    this.#graph = graph;
    this.#capacity = capacity;
    this.#useful = useful;
    this.#firstGap = firstGap;
    this.#policy = policy;
    this.#isPresent = new Uint8Array(values);
    this.#isSaved = new Uint8Array(values);
    this.#placeOf = new Int32Array(values).fill(-1);
    this.#read = new Uint32Array(values);
    this.#held = new Uint32Array(values);
    this.#isWanted = new Uint8Array(values);
    this.#again = new Float64Array(values);
    this.#until = new Float64Array(values).fill(-1);
    this.#heldFrom = new Float64Array(values).fill(NEVER);
    this.#heldTo = new Float64Array(values).fill(-1);
    this.#needed = new Uint32Array(values);
    for (let value = 0; value < values; value++) {
      if (graph.producer[value]! < 0 && this.#isUseful(value)) this.#arrive(value);
    }
  }

  /** Whether the inputs alone are too much. */
  get isOver(): boolean {
    return this.#load > this.#capacity;
  }

  /** Runs operator `v` for the first time, after all that brings back what it reads. @returns whether it could. */
  first(v: number): boolean {
    return this.#bringBack(this.#graph.inputs[v]!, v) && this.#run(v, 'run');
  }

  /** Brings back what must be there at the end. */
  end(): boolean {
    const outputs: number[] = [];
    this.#graph.isOutput.forEach((isOutput, value) => {
      if (isOutput) outputs.push(value);
    });
    return this.#bringBack(outputs, -1);
  }

  /** Brings back all of `values`; each stays until all are there. `v`: the operator that reads them, or −1. */
  #bringBack(values: readonly number[], v: number): boolean {
    const away = values.filter(value => !this.#isPresent[value]);
    for (const value of values) this.#needed[value]!++;
    const runs = this.#runsFor(away);
    if (runs === undefined) return false;
    for (const run of runs) for (const value of this.#graph.inputs[run]!) this.#needed[value]!++;
    for (const run of runs) {
      if (!this.#moveIn(this.#graph.inputs[run]!) || !this.#run(run, 'again')) return false;
    }
    if (!this.#moveIn(values)) return false;
    // of an operator, `run` lets go
    if (v < 0) for (const value of values) this.#needed[value]!--;
    return true;
  }

  /** Operators to repeat, ascending, so that `away` are there; copies outside need none. Undefined where one cannot be repeated. */
  #runsFor(away: readonly number[]): number[] | undefined {
    const {producer, inputs, cost, repeatable} = this.#graph;
    const runs = new Set<number>();
    const waiting = [...away];
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      const v = producer[value]!;
      if (this.#isPresent[value] || (this.#isSaved[value] && !this.#isMadeForLess(value))) continue;
      if (v < 0 || cost[v] === NEVER || repeatable[v]! < this.#done) return undefined;
      if (runs.has(v)) continue;
      runs.add(v);
      waiting.push(...inputs[v]!);
    }
    return [...runs].sort((a, b) => a - b);
  }

  /** Whether a value with a copy outside costs less when it is made again, from what is there. */
  #isMadeForLess(value: number): boolean {
    const {producer, inputs, cost, repeatable, move} = this.#graph;
    const v = producer[value]!;
    if (v < 0 || repeatable[v]! < this.#done || cost[v]! >= move[value]!) return false;
    return inputs[v]!.every(input => this.#isPresent[input] === 1);
  }

  /** Moves in those of `values` that are away. */
  #moveIn(values: readonly number[]): boolean {
    for (const value of values) {
      if (this.#isPresent[value]) continue;
      if (!this.#isSaved[value] || !this.#makeRoom(this.#graph.size[value]!, values)) return false;
      this.steps.push({kind: 'in', index: value});
      this.cost += this.#graph.move[value]!;
      this.#arrive(value);
    }
    return true;
  }

  #run(v: number, kind: 'run' | 'again'): boolean {
    const {inputs, outputs, size, cost} = this.#graph;
    let bytes = 0;
    for (const value of outputs[v]!) {
      if (this.#isPresent[value]) this.#leave(value);
      bytes += size[value]!;
    }
    if (kind === 'run') {
      for (const value of inputs[v]!) this.#read[value]!++;
    }
    for (const value of inputs[v]!) this.#needed[value]!--;
    const over = this.#load + bytes > this.#capacity ? this.#overwritten(v) : undefined;
    if (over !== undefined) bytes -= size[outputs[v]![0]!]!;
    if (!this.#makeRoom(bytes, inputs[v]!)) return false;
    this.nodes++;
    this.steps.push({kind, index: v});
    if (kind === 'again') this.cost += cost[v]!;
    else this.#done++;
    if (over !== undefined) this.#leave(over);
    for (const value of outputs[v]!) this.#arrive(value);
    for (const value of [...inputs[v]!, ...outputs[v]!]) {
      if (this.#isPresent[value] && !this.#isUseful(value)) this.#leave(value);
    }
    return true;
  }

  /** An input that the first output may overwrite and nobody needs any more. */
  #overwritten(v: number): number | undefined {
    return this.#graph.over[v]!.find(
      value => this.#needed[value] === 0 && this.#held[value] === 0 && !this.#isPending(value),
    );
  }

  /** Lets values leave until `bytes` more fit; those of `kept` stay. */
  #makeRoom(bytes: Bytes, kept: readonly number[]): boolean {
    const {size} = this.#graph;
    for (const value of kept) this.#needed[value]! += PINNED;
    let isSoft = false;
    while (this.#load + bytes > this.#capacity) {
      const before = this.#load;
      const excess = before + bytes - this.#capacity;
      for (const {value} of this.#chosen(this.#candidates(excess, isSoft), excess)) {
        if (this.#load + bytes > this.#capacity && size[value]! > 0) this.#evict(value);
      }
      if (this.#load < before) continue;
      if (isSoft) break;
      isSoft = true;
    }
    for (const value of kept) this.#needed[value]! -= PINNED;
    return this.#load + bytes <= this.#capacity;
  }

  /**
   * Values that may leave. Soft: only those that a run to come reads, with a copy outside. Of many, the most promising of an earlier look and
   * those that came since, as long as these are enough.
   */
  #candidates(excess: Bytes, isSoft: boolean): Candidate[] {
    if (isSoft || this.#present.length < MANY) return this.#judged(this.#present, excess, isSoft);
    if (this.#pool.length < MOST_POOLED) {
      const pooled = this.#judged(
        // one that left and came back is in it twice
        [...new Set(this.#pool)].filter(value => this.#isPresent[value]),
        excess,
        false,
      );
      if (pooled.reduce((bytes, {value}) => bytes + this.#graph.size[value]!, 0) >= 2 * excess) return pooled;
    }
    const all = this.#judged(this.#present, excess, false);
    const best = [...all].sort((a, b) => a.score - b.score || a.value - b.value);
    this.#pool = best.slice(0, MOST_POOLED / 2).map(({value}) => value);
    return all;
  }

  #judged(values: readonly number[], excess: Bytes, isSoft: boolean): Candidate[] {
    const {size} = this.#graph;
    const {byDistance, byAllBytes, weights} = this.#policy;
    const candidates: Candidate[] = [];
    this.nodes += values.length;
    for (const value of values) {
      const needed = this.#needed[value]!;
      if (size[value] === 0 || needed >= PINNED || needed > 0 !== isSoft) continue;
      const loss = isSoft ? this.#movedLoss(value) : this.#loss(value);
      if (loss === NEVER) continue;
      const weight = loss === 0 ? 1 : weights[this.#gapOf(value)]!;
      if (weight === NEVER && !isSoft) continue;
      const bytes = byAllBytes ? size[value]! : Math.min(size[value]!, excess);
      const distance = byDistance ? Math.max(1, this.#due(value) - this.#done + 1) : 1;
      candidates.push({value, loss, score: (loss * Math.min(weight, 1e6)) / (bytes * distance)});
    }
    return candidates;
  }

  /** The first candidates, by what they cost for the bytes they free, that are enough; without those that the others make needless. */
  #chosen(candidates: Candidate[], excess: Bytes): Candidate[] {
    const {size} = this.#graph;
    const isBefore = (a: Candidate, b: Candidate) =>
      a.score - b.score || size[b.value]! - size[a.value]! || a.value - b.value;
    const chosen: Candidate[] = [];
    let surplus = -excess;
    while (surplus < 0 && chosen.length < candidates.length) {
      // a few are enough, mostly: it costs less to look for the next than to sort all
      if (chosen.length === FEW) sortFrom(candidates, FEW, isBefore);
      if (chosen.length < FEW) bringForward(candidates, chosen.length, isBefore);
      const next = candidates[chosen.length]!;
      chosen.push(next);
      surplus += size[next.value]!;
    }
    const dearest = [...chosen].sort((a, b) => b.loss - a.loss || b.value - a.value);
    const needless = new Set<Candidate>();
    for (const candidate of dearest) {
      if (candidate.loss === 0 || size[candidate.value]! > surplus) continue;
      surplus -= size[candidate.value]!;
      needless.add(candidate);
    }
    return chosen.filter(candidate => !needless.has(candidate));
  }

  /** What it costs to let a value leave and have it back; 0 where nobody needs it, `NEVER` where it cannot leave. */
  #loss(value: number): number {
    if (!this.#isPending(value) && this.#held[value] === 0) return 0;
    return Math.min(this.#madeLoss(value), this.#movedLoss(value));
  }

  #movedLoss(value: number): number {
    const move = this.#graph.move[value]!;
    return this.#isSaved[value] ? move : 2 * move;
  }

  /** What it costs to make a value again for its next reader, from what is there and what may be made again; `NEVER` where not. */
  #madeLoss(value: number): number {
    const last = Math.max(this.#nextUse(value), this.#held[value]! > 0 ? this.#heldTo[value]! : -1);
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
      if (this.#isPresent[input]) continue;
      if (this.#isSaved[input]) {
        again += move[input]!;
      } else {
        again += this.#again[input]!;
        until = Math.min(until, this.#until[input]!);
      }
    }
    return {again, until};
  }

  #evict(value: number): void {
    const {move} = this.#graph;
    const isLost = !this.#isPending(value) && this.#held[value] === 0 && this.#needed[value] === 0;
    if (isLost) {
      this.#leave(value);
      return;
    }
    const made = this.#needed[value]! > 0 ? NEVER : this.#madeLoss(value);
    const moved = this.#movedLoss(value);
    if (made === NEVER && moved === NEVER) return;
    this.gaps.push(this.#gapOf(value));
    if (moved < made && !this.#isSaved[value]) {
      this.steps.push({kind: 'out', index: value});
      this.cost += move[value]!;
      this.#isSaved[value] = 1;
    }
    this.#leave(value);
  }

  #arrive(value: number): void {
    if (this.#isWanted[value]) this.#release(value);
    this.#isPresent[value] = 1;
    this.#pool.push(value);
    this.#placeOf[value] = this.#present.push(value) - 1;
    this.#load += this.#graph.size[value]!;
    this.#again[value] = 0;
  }

  #leave(value: number): void {
    const {again, until} = this.#remade(value);
    this.#again[value] = again;
    this.#until[value] = until;
    this.#isPresent[value] = 0;
    const last = this.#present.pop()!;
    if (last !== value) {
      this.#present[this.#placeOf[value]!] = last;
      this.#placeOf[last] = this.#placeOf[value]!;
    }
    this.#load -= this.#graph.size[value]!;
    if (!this.#isSaved[value] && (this.#isPending(value) || this.#held[value]! > 0)) this.#want(value);
  }

  /** Holds what `first`, which is away, is made from, and what that is made from. */
  #want(first: number): void {
    const {producer, inputs} = this.#graph;
    const waiting = [first];
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      if (this.#isWanted[value]) continue;
      this.#isWanted[value] = 1;
      const due = this.#due(value);
      const last = Math.max(this.#nextUse(value), this.#heldTo[value]!);
      const v = producer[value]!;
      for (const input of v < 0 ? [] : inputs[v]!) {
        this.#held[input]!++;
        this.#heldFrom[input] = Math.min(this.#heldFrom[input]!, due);
        this.#heldTo[input] = Math.max(this.#heldTo[input]!, last);
        if (!this.#isPresent[input] && !this.#isSaved[input]) waiting.push(input);
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
        if (--this.#held[input]! > 0) continue;
        this.#heldFrom[input] = NEVER;
        this.#heldTo[input] = -1;
        if (this.#isWanted[input] && !this.#isPending(input)) waiting.push(input);
      }
    }
  }

  /** Whether an operator that has not run reads it, or the end does. */
  #isPending(value: number): boolean {
    return this.#graph.isOutput[value]! || this.#read[value]! < this.#graph.readers[value]!.length;
  }

  /** The next operator that reads it for the first time; the number of operators at the end, −1 for nobody. */
  #nextUse(value: number): number {
    const reader = this.#graph.readers[value]![this.#read[value]!];
    return reader ?? (this.#graph.isOutput[value] ? this.#graph.operators : -1);
  }

  /** When it is read first, by itself or by what is made from it again. */
  #due(value: number): number {
    const next = this.#nextUse(value);
    const own = next < 0 ? this.#graph.operators : next;
    return this.#held[value]! > 0 ? Math.min(own, this.#heldFrom[value]!) : own;
  }

  #gapOf(value: number): number {
    return this.#firstGap[value]! + this.#read[value]!;
  }

  #isUseful(value: number): boolean {
    if (!this.#useful) return this.#isPending(value) || this.#held[value]! > 0;
    const {words, bits} = this.#useful;
    return ((bits[this.#done * words + (value >> 5)]! >> (value & 31)) & 1) === 1;
  }
}

/** Above every count of runs. */
const PINNED = 2 ** 24;
