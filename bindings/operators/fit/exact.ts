/**
 * The least extra cost with the first runs in their order: A* over states (operators that have run, values that are there, values saved
 * outside). Values are dropped as late as possible, in sets of which no part would do: whoever has more can still drop it later. Each
 * step is a run, the first of an operator or another one, or a move in; moves out come right before a drop.
 */
import type {Bytes} from '../../model/numbers.ts';
import {remainingBounds} from './bound.ts';
import {type FitGraph, type GraphStep, NEVER} from './graph.ts';
import {Heap} from './heap.ts';
import {pendingSets, usefulSets, type ValueSets} from './useful.ts';

/** `steps` of least cost; none where `isInfeasible`, or where the states ran out: then nothing costs less than `bound`. */
export interface ExactResult {
  readonly steps?: readonly GraphStep[];
  readonly isInfeasible: boolean;
  readonly bound: number;
  readonly states: number;
}

export interface ExactLimits {
  /** States to look at at most, those that are known or too dear included. */
  readonly states: number;
  /** A schedule of this cost is known: states that cannot lead to a cheaper one are not visited. */
  readonly below: number;
}

/** States looked at between two pauses. */
const STATES_AT_A_STRETCH = 1000;
/** Sets to drop that one step tries at most; the search gives up where there are more. */
const MOST_SETS = 1000;
/** Values dropped in one step, each of which may be saved before. */
const MOST_CHOICES = 8;

/** @returns the result; yields in pauses, and ends early where it is told `true`. */
export function* exactSteps(
  graph: FitGraph,
  capacity: Bytes,
  limits: ExactLimits,
): Generator<undefined, ExactResult, boolean | undefined> {
  const search = new Search(graph, capacity, limits);
  let pause = STATES_AT_A_STRETCH;
  while (search.open.size > 0) {
    const goal = search.expand();
    if (goal) return {...goal, isInfeasible: false, states: search.expanded};
    const isOver = search.isOver;
    let isStopped = false;
    if (search.reached >= pause) {
      pause = search.reached + STATES_AT_A_STRETCH;
      isStopped = (yield) === true;
    }
    if (isOver || isStopped) return {isInfeasible: false, bound: search.bound, states: search.expanded};
  }
  // nothing below the known cost: it is the least, or there is no schedule at all
  return {isInfeasible: limits.below === NEVER, bound: limits.below, states: search.expanded};
}

/** A step tried in a state: what it makes, what it reads, and what it saves by writing over an input. */
interface Move {
  readonly step: GraphStep;
  readonly cost: number;
  readonly makes: readonly number[];
  readonly reads: readonly number[];
  readonly over?: number;
}

class Search {
  readonly #graph: FitGraph;
  readonly #capacity: Bytes;
  readonly #below: number;
  readonly #most: number;
  readonly #words: number;
  readonly #useful: ValueSets;
  readonly #pending: ValueSets;
  readonly #future: Float64Array;
  readonly #moves: boolean;
  // columns of states
  readonly #done: number[] = [];
  readonly #present: Int32Array[] = [];
  readonly #saved: Int32Array[] = [];
  readonly #cost: number[] = [];
  readonly #parent: number[] = [];
  readonly #via: (readonly GraphStep[])[] = [];
  readonly #isClosed: boolean[] = [];
  readonly #known = new Map<string, number>();
  readonly open = new Heap();
  expanded = 0;
  /** States looked at. */
  reached = 0;
  /** No schedule costs less. */
  bound = 0;
  /** Whether it must give up: there are too many states, or too many ways to go on. */
  isOver = false;

  constructor(graph: FitGraph, capacity: Bytes, {states, below}: ExactLimits) {
    this.#graph = graph;
    this.#capacity = capacity;
    this.#below = below;
    this.#most = states;
    this.#pending = pendingSets(graph);
    this.#useful = usefulSets(graph, this.#pending);
    this.#words = this.#useful.words;
    this.#future = remainingBounds(graph, capacity);
    this.#moves = graph.move.some(cost => cost < NEVER);
    const present = new Int32Array(this.#words);
    for (let value = 0; value < graph.values; value++) {
      if (graph.producer[value]! < 0) add(present, value);
    }
    keep(present, this.#useful, 0);
    if (this.#bytesOf(present) <= capacity) this.#reach(0, present, new Int32Array(this.#words), 0, -1, []);
  }

  /** Expands the most promising state. @returns the steps where it is the end. */
  expand(): {steps: GraphStep[]; bound: number} | undefined {
    const {key, item} = this.open.pop();
    if (this.#isClosed[item]) return undefined;
    this.#isClosed[item] = true;
    this.bound = Math.max(this.bound, key);
    const done = this.#done[item]!;
    if (done === this.#graph.operators && this.#isEnd(item)) return {steps: this.#stepsTo(item), bound: key};
    this.expanded++;
    if (done < this.#graph.operators) this.#tryRun(item, done, 'run');
    for (let v = 0; v < done; v++) {
      if (this.#graph.cost[v]! < NEVER && this.#graph.repeatable[v]! >= done && this.#isWanted(item, v))
        this.#tryRun(item, v, 'again');
    }
    if (this.#moves) this.#tryMovesIn(item);
    return undefined;
  }

  /** All that must be there at the end is. */
  #isEnd(item: number): boolean {
    const present = this.#present[item]!;
    const row = this.#graph.operators * this.#words;
    return present.every((word, w) => (this.#pending.bits[row + w]! & ~word) === 0);
  }

  /** Whether another run of `v` makes something of use that is not there. */
  #isWanted(item: number, v: number): boolean {
    const present = this.#present[item]!;
    const row = this.#done[item]! * this.#words;
    return this.#graph.outputs[v]!.some(
      value => !has(present, value) && ((this.#useful.bits[row + (value >> 5)]! >> (value & 31)) & 1) === 1,
    );
  }

  #tryRun(item: number, v: number, kind: 'run' | 'again'): void {
    const {inputs, outputs, over, cost} = this.#graph;
    const present = this.#present[item]!;
    const reads = inputs[v]!;
    if (!reads.every(value => has(present, value))) return;
    const move = {step: {kind, index: v}, cost: kind === 'run' ? 0 : cost[v]!, makes: outputs[v]!, reads};
    this.#make(item, move);
    for (const value of over[v]!) this.#make(item, {...move, over: value});
  }

  #tryMovesIn(item: number): void {
    const {values, move} = this.#graph;
    const row = this.#done[item]! * this.#words;
    for (let value = 0; value < values; value++) {
      if (!has(this.#saved[item]!, value) || has(this.#present[item]!, value)) continue;
      if (((this.#useful.bits[row + (value >> 5)]! >> (value & 31)) & 1) === 0) continue;
      this.#make(item, {step: {kind: 'in', index: value}, cost: move[value]!, makes: [value], reads: []});
    }
  }

  /** Reaches the states after a step: for each least set of values that must be dropped for it, saved before or not. */
  #make(item: number, move: Move): void {
    const {size} = this.#graph;
    const rest = this.#present[item]!.slice();
    for (const value of move.makes) remove(rest, value);
    let bytes = this.#bytesOf(rest);
    for (const value of move.makes) bytes += size[value]!;
    if (move.over !== undefined) bytes -= size[move.makes[0]!]!;
    const excess = bytes - this.#capacity;
    const droppable: number[] = [];
    for (let value = 0; value < this.#graph.values; value++) {
      if (size[value]! > 0 && has(rest, value) && !move.reads.includes(value)) droppable.push(value);
    }
    droppable.sort((a, b) => size[b]! - size[a]! || a - b);
    const sets = leastSets(droppable, size, excess, MOST_SETS);
    if (sets === undefined) this.isOver = true;
    for (const dropped of sets ?? []) {
      if (this.isOver) return;
      const gone = move.over === undefined ? dropped : [...dropped, move.over];
      this.#drop(item, move, rest, gone);
    }
  }

  #drop(item: number, move: Move, rest: Int32Array, gone: readonly number[]): void {
    const {move: moveCost} = this.#graph;
    const saved = this.#saved[item]!;
    const done = this.#done[item]! + (move.step.kind === 'run' ? 1 : 0);
    const row = done * this.#words;
    const present = rest.slice();
    for (const value of gone) remove(present, value);
    for (const value of move.makes) add(present, value);
    keep(present, this.#useful, row);
    const isUseful = (value: number) => (this.#useful.bits[row + (value >> 5)]! >> (value & 31)) & 1;
    // a copy is there already, or is of no use, or cannot be made
    const choices = gone.filter(value => isUseful(value) && !has(saved, value) && moveCost[value]! < NEVER);
    if (choices.length > MOST_CHOICES) {
      this.isOver = true;
      return;
    }
    for (let bits = 0; bits < 2 ** choices.length; bits++) {
      const outs = choices.filter((_, k) => (bits >> k) & 1);
      const copies = saved.slice();
      let cost = this.#cost[item]! + move.cost;
      for (const value of outs) {
        add(copies, value);
        cost += moveCost[value]!;
      }
      keep(copies, this.#useful, row);
      const via = [...outs.map(index => ({kind: 'out' as const, index})), move.step];
      this.#reach(done, present, copies, cost, item, via);
    }
  }

  #reach(
    done: number,
    present: Int32Array,
    saved: Int32Array,
    cost: number,
    parent: number,
    via: readonly GraphStep[],
  ): void {
    if (++this.reached > this.#most) {
      this.isOver = true;
      return;
    }
    const key = `${done}|${present.join()}|${saved.join()}`;
    const known = this.#known.get(key);
    if (known !== undefined && this.#cost[known]! <= cost) return;
    const estimate = cost + this.#estimate(done, present, saved);
    if (estimate >= this.#below) return;
    const state = this.#done.push(done) - 1;
    this.#present.push(present);
    this.#saved.push(saved);
    this.#cost.push(cost);
    this.#parent.push(parent);
    this.#via.push(via);
    this.#isClosed.push(false);
    if (known !== undefined) this.#isClosed[known] = true;
    this.#known.set(key, state);
    this.open.push(estimate, done, state);
  }

  /** What is still to be paid at least: what is gone and will be read comes back, and what later operators drive out does, too. */
  #estimate(done: number, present: Int32Array, saved: Int32Array): number {
    const {operators, producer, inputs, cost, repeatable, move} = this.#graph;
    const row = done * this.#words;
    const again = new Set<number>();
    const moved = new Map<number, number>();
    const waiting: number[] = [];
    for (let w = 0; w < this.#words; w++) {
      let word = this.#pending.bits[row + w]! & ~present[w]!;
      for (; word !== 0; word &= word - 1) waiting.push(w * 32 + 31 - Math.clz32(word & -word));
    }
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      const v = producer[value]!;
      if (v >= done) continue;
      const canRepeat = v >= 0 && cost[v]! < NEVER && repeatable[v]! >= done;
      if (has(saved, value)) {
        moved.set(value, canRepeat ? v : -1);
        continue;
      }
      if (!canRepeat) return NEVER;
      if (again.has(v)) continue;
      again.add(v);
      for (const input of inputs[v]!) if (!has(present, input)) waiting.push(input);
    }
    const alternatives = new Map<number, number>();
    let sum = done < operators ? this.#future[done]! : 0;
    for (const v of again) sum += cost[v]!;
    for (const [value, v] of moved) {
      if (v < 0) sum += move[value]!;
      else if (!again.has(v)) alternatives.set(v, (alternatives.get(v) ?? 0) + move[value]!);
    }
    for (const [v, moves] of alternatives) sum += Math.min(moves, cost[v]!);
    return sum;
  }

  #bytesOf(set: Int32Array): Bytes {
    let bytes = 0;
    for (let w = 0; w < set.length; w++) {
      for (let word = set[w]!; word !== 0; word &= word - 1)
        bytes += this.#graph.size[w * 32 + 31 - Math.clz32(word & -word)]!;
    }
    return bytes;
  }

  #stepsTo(item: number): GraphStep[] {
    const parts: (readonly GraphStep[])[] = [];
    for (let at = item; at >= 0; at = this.#parent[at]!) parts.push(this.#via[at]!);
    return parts.reverse().flat();
  }
}

/** Sets of at least `excess` bytes of which no part has as many; undefined where there are more than `most`. */
function leastSets(
  candidates: readonly number[],
  size: Float64Array,
  excess: Bytes,
  most: number,
): number[][] | undefined {
  if (excess <= 0) return [[]];
  // bytes of the candidates from k on
  const rest = new Float64Array(candidates.length + 1);
  for (let k = candidates.length - 1; k >= 0; k--) rest[k] = rest[k + 1]! + size[candidates[k]!]!;
  const sets: number[][] = [];
  const chosen: number[] = [];
  // the largest come first: as soon as a set is large enough, its last and least member is needed, and so is every other
  const choose = (k: number, left: Bytes): boolean => {
    if (left <= 0) return sets.push([...chosen]) <= most;
    if (rest[k]! < left) return true;
    chosen.push(candidates[k]!);
    const isDone = choose(k + 1, left - size[candidates[k]!]!);
    chosen.pop();
    return isDone && choose(k + 1, left);
  };
  return choose(0, excess) ? sets : undefined;
}

function has(set: Int32Array, value: number): boolean {
  return ((set[value >> 5]! >> (value & 31)) & 1) === 1;
}

function add(set: Int32Array, value: number): void {
  set[value >> 5]! |= 1 << (value & 31);
}

function remove(set: Int32Array, value: number): void {
  set[value >> 5]! &= ~(1 << (value & 31));
}

function keep(set: Int32Array, {bits}: ValueSets, row: number): void {
  for (let w = 0; w < set.length; w++) set[w]! &= bits[row + w]!;
}
