/**
 * Whether there is an order within a limit: a walk over the sets of operators that may have run (downsets), by their size. Ahn et al.,
 * "Ordering Chaos" (MLSys 2020) walk the same sets; what keeps them few here are two dominances, see `Runner.close` and `#valley`.
 */
import type {Bytes} from '../../model/numbers.ts';
import {degree} from '../lists.ts';
import type {Network} from './network.ts';
import {Runner} from './runner.ts';
import {States, Steps} from './states.ts';

/** `unknown`: states were left out, or the walk was stopped. */
export type Outcome =
  | {readonly kind: 'found'; readonly order: Uint32Array}
  /** No order keeps to the limit; one that keeps to a higher one needs at least `next` bytes. */
  | {readonly kind: 'none'; readonly next: Bytes}
  | {readonly kind: 'unknown'};

export interface Limits {
  /** Bytes. */
  readonly load: Bytes;
  /** States of one size that are kept at most, those with the fewest bytes live. */
  readonly width: number;
}

/** What walks may still spend. */
export interface Allowance {
  /** Operators that may still be weighed. */
  left: number;
}

/** Operators weighed between two pauses: some milliseconds. */
const STRETCH = 50_000;
/** Entries of rows of states at most: 512 MiB. */
const MOST_ENTRIES = 2 ** 27;

export class Walk {
  readonly #network: Network;
  readonly #states: States;
  readonly #steps = new Steps();
  readonly #runner: Runner;
  /** Per size: its states, by slot. */
  readonly #levels: number[][];

  readonly #isBackward: boolean;

  /** @param network with branches in order; a backward walk is sound where no operator may be written over an input that others read */
  constructor(network: Network, isBackward: boolean) {
    this.#network = network;
    this.#isBackward = isBackward;
    this.#states = new States(network);
    this.#runner = new Runner(network, this.#states, followingIn(network, isBackward), isBackward);
    this.#levels = Array.from({length: network.count + 1}, () => []);
  }

  /** Yields pauses. */
  *run({load, width}: Limits, allowance: Allowance): Generator<undefined, Outcome> {
    const {inputs, outputs, count} = this.#network;
    if (Math.max(inputs, outputs) > load) return {kind: 'none', next: Math.max(inputs, outputs)};
    const runner = this.#begin(load);
    const states = this.#states;
    const start = runner.start();
    runner.close(start);
    let base = states.live[start]!;
    this.#put(start);
    let isCut = false;
    let spent = runner.work;
    let pausedAt = spent;
    for (let size = 0; size < count; size++) {
      let level = this.#levels[size]!;
      if (level.length === 0) continue;
      level = this.#valley(level, size, base);
      if (states.held === 1) base = states.live[level[0]!]!;
      if (level.length > width) {
        isCut = true;
        level = this.#narrowed(level, width);
      }
      this.#levels[size] = [];
      for (const slot of level) {
        allowance.left -= runner.work - spent;
        spent = runner.work;
        if (allowance.left <= 0 || states.held * 2 * states.words > MOST_ENTRIES) return {kind: 'unknown'};
        if (spent - pausedAt > STRETCH) {
          pausedAt = spent;
          yield;
        }
        this.#extend(slot);
      }
    }
    const last = this.#levels[count]![0];
    if (last !== undefined) return {kind: 'found', order: this.#orderTo(states.step[last]!)};
    return isCut ? {kind: 'unknown'} : {kind: 'none', next: runner.refused};
  }

  #begin(load: Bytes): Runner {
    this.#states.clear();
    this.#steps.clear();
    for (const level of this.#levels) level.length = 0;
    this.#runner.limit = load;
    this.#runner.refused = Number.POSITIVE_INFINITY;
    return this.#runner;
  }

  /** Enters a state at the level of its size, unless its set is there. */
  #put(slot: number): void {
    const states = this.#states;
    if (states.enter(slot)) this.#levels[states.size[slot]!]!.push(slot);
    else states.release(slot);
  }

  /** All states that one more operator makes of a state, which is given up. */
  #extend(slot: number): void {
    const states = this.#states;
    const runner = this.#runner;
    const {words} = states;
    for (let w = 0; w < words; w++) {
      for (let bits = states.rows[slot * 2 * words + words + w]!; bits !== 0; bits &= bits - 1) {
        const v = (w << 5) + 31 - Math.clz32(bits & -bits);
        runner.weigh(slot, v);
        if (!runner.fits(slot)) continue;
        const {after} = runner;
        const child = states.take(slot);
        runner.after = after;
        runner.run(child, v);
        states.step[child] = this.#steps.add(states.step[slot]!, v);
        runner.close(child);
        this.#put(child);
      }
    }
    states.leave(slot);
    states.release(slot);
  }

  /**
   * Where a state of the least size that is left has no more bytes live than the base, that all states come from, any order goes on from it
   * as well as from each other state: the others are dropped. So a graph falls apart where it is narrow, without a look for such places.
   */
  #valley(level: number[], size: number, base: Bytes): number[] {
    const states = this.#states;
    let best = -1;
    for (const slot of level) {
      if (states.live[slot]! <= base && (best < 0 || states.live[slot]! < states.live[best]!)) best = slot;
    }
    if (best < 0 || states.held === 1) return level;
    for (let other = size; other < this.#levels.length; other++) {
      for (const slot of this.#levels[other]!) if (slot !== best) this.#drop(slot);
      this.#levels[other] = [];
    }
    return [best];
  }

  #narrowed(level: number[], width: number): number[] {
    const {live} = this.#states;
    const places = level.map((_, k) => k);
    // among equals the one that was found first: slots are used again, so they say nothing
    places.sort((a, b) => live[level[a]!]! - live[level[b]!]! || a - b);
    for (const k of places.slice(width)) this.#drop(level[k]!);
    return places.slice(0, width).map(k => level[k]!);
  }

  #drop(slot: number): void {
    this.#states.leave(slot);
    this.#states.release(slot);
  }

  /** The whole order: what was run at once between the choices is found again by running it again. */
  #orderTo(step: number): Uint32Array {
    const runner = this.#runner;
    const order: number[] = [];
    const note = (v: number) => order.push(v);
    const slot = runner.start();
    runner.close(slot, note);
    for (const v of this.#steps.chosen(step)) {
      runner.weigh(slot, v);
      runner.run(slot, v);
      order.push(v);
      runner.close(slot, note);
    }
    this.#states.release(slot);
    return Uint32Array.from(this.#isBackward ? order.reverse() : order);
  }
}

/** Per operator: the only one that waits for it (or, backward, that it waits for); −1 where there are none or several. */
function followingIn({count, before, next}: Network, isBackward: boolean): Int32Array {
  const after = isBackward ? before : next;
  return Int32Array.from({length: count}, (_, v) =>
    degree(after, v) === 1 ? after.list[after.index[v]!]! : -1,
  );
}
