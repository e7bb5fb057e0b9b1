/**
 * Runs operators in states of a walk: what a step costs and frees, and what is run at once because it can only help. A backward walk begins
 * when all have run and takes the last one back, again and again: what is live is a function of the set alone, so it is the same there.
 */
import type {Lists} from '../lists.ts';
import type {Network} from './network.ts';
import type {States} from './states.ts';

/** Operators of a chain that are looked ahead. */
const LONGEST_LOOK = 64;

export class Runner {
  readonly #network: Network;
  readonly #states: States;
  /** Bytes that no step may exceed. */
  limit = 0;
  /** The least that a step above the limit would need, of those refused; bytes. */
  refused = Number.POSITIVE_INFINITY;
  /** After `weigh`: bytes that are live while the operator runs, less those before it; and after it, less those before it. */
  during = 0;
  after = 0;
  /** Operators weighed, over all states. */
  work = 0;
  /** Per operator: the one that waits for it alone and that it alone waits for… in the graph without added edges; −1 where there is none. */
  readonly #following: Int32Array;
  readonly #chain: Int32Array;
  readonly #isBackward: boolean;
  /** Per operator: those that must be run (or taken back) before it, and those that wait for it. */
  readonly #before: Lists;
  readonly #next: Lists;

  constructor(network: Network, states: States, following: Int32Array, isBackward: boolean) {
    this.#network = network;
    this.#states = states;
    this.#following = following;
    this.#isBackward = isBackward;
    this.#before = isBackward ? network.next : network.before;
    this.#next = isBackward ? network.before : network.next;
    this.#chain = new Int32Array(LONGEST_LOOK);
  }

  /** The state in which nothing has run. */
  start(): number {
    const {count, inputs, outputs} = this.#network;
    const before = this.#before;
    const states = this.#states;
    const slot = states.take();
    states.live[slot] = this.#isBackward ? outputs : inputs;
    for (let v = 0; v < count; v++) {
      if (before.index[v] === before.index[v + 1])
        states.rows[slot * 2 * states.words + states.words + (v >>> 5)]! |= 1 << (v & 31);
    }
    return slot;
  }

  /** What running `v` would do; into `during` and `after`. */
  weigh(slot: number, v: number): void {
    const {made, dying, shared, size, over, surelyOver, mayOver} = this.#network;
    const {index, list} = shared;
    let freed = dying[v]!;
    this.work++;
    for (let k = index[v]!, end = index[v + 1]!; k < end; k++) {
      const t = list[k]!;
      if (this.#diesAt(slot, t, v)) freed += size[t]!;
    }
    this.after = this.#isBackward ? freed - made[v]! : made[v]! - freed;
    this.during = this.#isBackward ? freed : made[v]!;
    if (over[v] === 0) return;
    let isOver = surelyOver[v] === 1;
    for (let k = mayOver.index[v]!; !isOver && k < mayOver.index[v + 1]!; k++)
      isOver = this.#diesAt(slot, mayOver.list[k]!, v);
    if (isOver) this.during -= over[v]!;
  }

  /** Whether all readers of tensor `t` but `v` run before `v`. */
  #diesAt(slot: number, t: number, v: number): boolean {
    const {index, list} = this.#network.readers;
    const {rows, words} = this.#states;
    const base = slot * 2 * words;
    const late = this.#isBackward ? 1 : 0;
    for (let k = index[t]!, end = index[t + 1]!; k < end; k++) {
      const u = list[k]!;
      if (u !== v && ((rows[base + (u >>> 5)]! >>> (u & 31)) & 1) === late) return false;
    }
    return true;
  }

  /** Runs `v`, which is weighed and within the limit. */
  run(slot: number, v: number): void {
    const states = this.#states;
    const {rows, words} = states;
    const before = this.#before;
    const next = this.#next;
    states.live[slot]! += this.after;
    states.ran(slot, v);
    const base = slot * 2 * words;
    for (let k = next.index[v]!, end = next.index[v + 1]!; k < end; k++) {
      const u = next.list[k]!;
      let isReady = true;
      for (let m = before.index[u]!, last = before.index[u + 1]!; isReady && m < last; m++) {
        const w = before.list[m]!;
        isReady = ((rows[base + (w >>> 5)]! >>> (w & 31)) & 1) === 1;
      }
      if (isReady) rows[base + words + (u >>> 5)]! |= 1 << (u & 31);
    }
  }

  /** Whether the weighed step keeps to the limit; if not, it is remembered. */
  fits(slot: number): boolean {
    const needed = this.#states.live[slot]! + this.during;
    if (needed <= this.limit) return true;
    if (needed < this.refused) this.refused = needed;
    return false;
  }

  /**
   * Runs what can only help: an operator after which no more is live than before, else a chain of operators up to the first point at
   * which that holds. The load is submodular in the set that has run, so running it early raises no later step; and since nothing between
   * the beginning and the end of the chain has less live than its end, that holds for all of it. @returns through `onRun`, in order
   */
  close(slot: number, onRun?: (v: number) => void): void {
    while (this.#closeOne(slot, onRun) || this.#closeChain(slot, onRun));
  }

  #closeOne(slot: number, onRun?: (v: number) => void): boolean {
    const {words} = this.#states;
    let any = false;
    for (let w = 0; w < words; w++) {
      const at = slot * 2 * words + words + w;
      for (let bits = this.#states.rows[at]!; bits !== 0; bits &= bits - 1) {
        const v = (w << 5) + 31 - Math.clz32(bits & -bits);
        this.weigh(slot, v);
        if (this.after > 0 || !this.fits(slot)) continue;
        this.run(slot, v);
        onRun?.(v);
        any = true;
      }
    }
    return any;
  }

  #closeChain(slot: number, onRun?: (v: number) => void): boolean {
    const states = this.#states;
    const {words} = states;
    const chain = this.#chain;
    for (let w = 0; w < words; w++) {
      const at = slot * 2 * words + words + w;
      for (let bits = states.rows[at]!; bits !== 0; bits &= bits - 1) {
        const v = (w << 5) + 31 - Math.clz32(bits & -bits);
        if (this.#following[v]! < 0) continue;
        const length = this.#lookAhead(slot, v);
        if (length === 0) continue;
        for (let k = 0; k < length; k++) {
          this.weigh(slot, chain[k]!);
          this.run(slot, chain[k]!);
          onRun?.(chain[k]!);
        }
        return true;
      }
    }
    return false;
  }

  /** Length of the chain from `v` to its first point at which no more is live than now; 0 where the limit or its end comes first. */
  #lookAhead(slot: number, v: number): number {
    const states = this.#states;
    const trial = states.take(slot);
    const {rows, words} = states;
    const had = states.live[slot]!;
    let length = 0;
    let found = 0;
    for (let at = v; length < LONGEST_LOOK; ) {
      this.weigh(trial, at);
      if (!this.fits(trial)) break;
      this.run(trial, at);
      this.#chain[length++] = at;
      if (states.live[trial]! <= had) {
        found = length;
        break;
      }
      at = this.#following[at]!;
      if (at < 0) break;
      if (((rows[trial * 2 * words + words + (at >>> 5)]! >>> (at & 31)) & 1) === 0) break;
    }
    states.release(trial);
    return found;
  }
}
