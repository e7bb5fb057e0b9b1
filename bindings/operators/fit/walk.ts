/**
 * A schedule made in one pass over the first runs: what an operator reads is brought back before it, and where bytes are lacking, values leave
 * that cost little to have back for the bytes they free, and are not read soon. Weights of the gaps change what leaves.
 */
import type {Bytes} from '../../model/numbers.ts';
import {type FitGraph, type GraphStep, NEVER} from './graph.ts';
import {type Candidate, enoughOf} from './leaving.ts';
import type {ValueSets} from './useful.ts';
import {WalkState} from './walk-state.ts';

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

/** So many values are not looked at each time. */
const MANY = 800;
const MOST_POOLED = 256;

class Walker {
  readonly #graph: FitGraph;
  readonly #capacity: Bytes;
  readonly #at: WalkState;
  readonly #policy: WalkPolicy;
  readonly steps: GraphStep[] = [];
  readonly gaps: number[] = [];
  cost = 0;
  /** Operators run and values considered. */
  nodes = 0;
  constructor({capacity, ...input}: WalkInput, policy: WalkPolicy) {
    this.#graph = input.graph;
    this.#capacity = capacity;
    this.#policy = policy;
    this.#at = new WalkState(input);
  }

  /** Whether the inputs alone are too much. */
  get isOver(): boolean {
    return this.#at.load > this.#capacity;
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
    const away = values.filter(value => !this.#at.isPresent[value]);
    for (const value of values) this.#at.needed[value]!++;
    const runs = this.#runsFor(away);
    if (runs === undefined) return false;
    for (const run of runs) for (const value of this.#graph.inputs[run]!) this.#at.needed[value]!++;
    for (const run of runs) {
      if (!this.#moveIn(this.#graph.inputs[run]!) || !this.#run(run, 'again')) return false;
    }
    if (!this.#moveIn(values)) return false;
    // of an operator, `run` lets go
    if (v < 0) for (const value of values) this.#at.needed[value]!--;
    return true;
  }

  /** Operators to repeat, ascending, so that `away` are there; copies outside need none. Undefined where one cannot be repeated. */
  #runsFor(away: readonly number[]): number[] | undefined {
    const {producer, inputs, cost, repeatable} = this.#graph;
    const runs = new Set<number>();
    const waiting = [...away];
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      const v = producer[value]!;
      if (this.#at.isPresent[value] || (this.#at.isSaved[value] && !this.#isMadeForLess(value))) continue;
      if (v < 0 || cost[v] === NEVER || repeatable[v]! < this.#at.done) return undefined;
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
    if (v < 0 || repeatable[v]! < this.#at.done || cost[v]! >= move[value]!) return false;
    return inputs[v]!.every(input => this.#at.isPresent[input] === 1);
  }

  /** Moves in those of `values` that are away. */
  #moveIn(values: readonly number[]): boolean {
    for (const value of values) {
      if (this.#at.isPresent[value]) continue;
      if (!this.#at.isSaved[value] || !this.#makeRoom(this.#graph.size[value]!, values)) return false;
      this.steps.push({kind: 'in', index: value});
      this.cost += this.#graph.move[value]!;
      this.#at.arrive(value);
    }
    return true;
  }

  #run(v: number, kind: 'run' | 'again'): boolean {
    const {inputs, outputs, size, cost} = this.#graph;
    let bytes = 0;
    for (const value of outputs[v]!) {
      if (this.#at.isPresent[value]) this.#at.leave(value);
      bytes += size[value]!;
    }
    if (kind === 'run') {
      for (const value of inputs[v]!) this.#at.read[value]!++;
    }
    for (const value of inputs[v]!) this.#at.needed[value]!--;
    const over = this.#at.load + bytes > this.#capacity ? this.#overwritten(v) : undefined;
    if (over !== undefined) bytes -= size[outputs[v]![0]!]!;
    if (!this.#makeRoom(bytes, inputs[v]!)) return false;
    this.nodes++;
    this.steps.push({kind, index: v});
    if (kind === 'again') this.cost += cost[v]!;
    else this.#at.done++;
    if (over !== undefined) this.#at.leave(over);
    for (const value of outputs[v]!) this.#at.arrive(value);
    for (const value of [...inputs[v]!, ...outputs[v]!]) {
      if (this.#at.isPresent[value] && !this.#at.isUseful(value)) this.#at.leave(value);
    }
    return true;
  }

  /** An input that the first output may overwrite and nobody needs any more. */
  #overwritten(v: number): number | undefined {
    return this.#graph.over[v]!.find(
      value => this.#at.needed[value] === 0 && this.#at.held[value] === 0 && !this.#at.isPending(value),
    );
  }

  /** Lets values leave until `bytes` more fit; those of `kept` stay. */
  #makeRoom(bytes: Bytes, kept: readonly number[]): boolean {
    const {size} = this.#graph;
    for (const value of kept) this.#at.needed[value]! += PINNED;
    let isSoft = false;
    while (this.#at.load + bytes > this.#capacity) {
      const before = this.#at.load;
      const excess = before + bytes - this.#capacity;
      for (const {value} of enoughOf(this.#candidates(excess, isSoft), excess, size)) {
        if (this.#at.load + bytes > this.#capacity && size[value]! > 0) this.#evict(value);
      }
      if (this.#at.load < before) continue;
      if (isSoft) break;
      isSoft = true;
    }
    for (const value of kept) this.#at.needed[value]! -= PINNED;
    return this.#at.load + bytes <= this.#capacity;
  }

  /**
   * Values that may leave. Soft: only those that a run to come reads, with a copy outside. Of many, the most promising of an earlier look and
   * those that came since, as long as these are enough.
   */
  #candidates(excess: Bytes, isSoft: boolean): Candidate[] {
    if (isSoft || this.#at.present.length < MANY) return this.#judged(this.#at.present, excess, isSoft);
    if (this.#at.pool.length < MOST_POOLED) {
      const pooled = this.#judged(
        // one that left and came back is in it twice
        [...new Set(this.#at.pool)].filter(value => this.#at.isPresent[value]),
        excess,
        false,
      );
      if (pooled.reduce((bytes, {value}) => bytes + this.#graph.size[value]!, 0) >= 2 * excess) return pooled;
    }
    const all = this.#judged(this.#at.present, excess, false);
    const best = [...all].sort((a, b) => a.score - b.score || a.value - b.value);
    this.#at.pool = best.slice(0, MOST_POOLED / 2).map(({value}) => value);
    return all;
  }

  #judged(values: readonly number[], excess: Bytes, isSoft: boolean): Candidate[] {
    const {size} = this.#graph;
    const {byDistance, byAllBytes, weights} = this.#policy;
    const candidates: Candidate[] = [];
    this.nodes += values.length;
    for (const value of values) {
      const needed = this.#at.needed[value]!;
      if (size[value] === 0 || needed >= PINNED || needed > 0 !== isSoft) continue;
      const loss = isSoft ? this.#at.movedLoss(value) : this.#at.loss(value);
      if (loss === NEVER) continue;
      const weight = loss === 0 ? 1 : weights[this.#at.gapOf(value)]!;
      if (weight === NEVER && !isSoft) continue;
      const bytes = byAllBytes ? size[value]! : Math.min(size[value]!, excess);
      const distance = byDistance ? Math.max(1, this.#at.due(value) - this.#at.done + 1) : 1;
      candidates.push({value, loss, score: (loss * Math.min(weight, 1e6)) / (bytes * distance)});
    }
    return candidates;
  }

  #evict(value: number): void {
    const {move} = this.#graph;
    const isLost = !this.#at.isPending(value) && this.#at.held[value] === 0 && this.#at.needed[value] === 0;
    if (isLost) {
      this.#at.leave(value);
      return;
    }
    const made = this.#at.needed[value]! > 0 ? NEVER : this.#at.madeLoss(value);
    const moved = this.#at.movedLoss(value);
    if (made === NEVER && moved === NEVER) return;
    this.gaps.push(this.#at.gapOf(value));
    if (moved < made && !this.#at.isSaved[value]) {
      this.steps.push({kind: 'out', index: value});
      this.cost += move[value]!;
      this.#at.isSaved[value] = 1;
    }
    this.#at.leave(value);
  }
}

/** Above every count of runs. */
const PINNED = 2 ** 24;
