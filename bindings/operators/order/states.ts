/** Sets of operators that have run, each once, with what is live after them: the states of a walk. */
import type {Network} from './network.ts';

const FIRST_STATES = 1024;

/** Slots of typed arrays; a freed slot is used again. Sets are compared by all their bits, so that no two are ever mistaken for one. */
export class States {
  /** Entries of a row: `words` for the operators that have run, then `words` for those that could run next. */
  readonly words: number;
  rows: Uint32Array;
  /** Bytes that are live. */
  live: Float64Array;
  /** The step that led to it, in `Steps`. */
  step: Int32Array;
  /** Operators that have run. */
  size: Uint32Array;
  #hash: Uint32Array;
  #following: Int32Array;
  #heads: Int32Array;
  readonly #free: number[] = [];
  #used = 0;
  readonly #keys: Uint32Array;

  constructor({count}: Network) {
    this.words = Math.max(1, Math.ceil(count / 32));
    this.rows = new Uint32Array(FIRST_STATES * 2 * this.words);
    this.live = new Float64Array(FIRST_STATES);
    this.step = new Int32Array(FIRST_STATES);
    this.size = new Uint32Array(FIRST_STATES);
    this.#hash = new Uint32Array(FIRST_STATES);
    this.#following = new Int32Array(FIRST_STATES);
    this.#heads = new Int32Array(2 * FIRST_STATES).fill(-1);
    this.#keys = Uint32Array.from({length: count}, (_, v) => mixed(v + 1));
  }

  get held(): number {
    return this.#used - this.#free.length;
  }

  /** A new slot, with the content of another where one is given. */
  take(from = -1): number {
    if (this.#free.length === 0 && this.#used === this.live.length) this.#grow();
    const slot = this.#free.pop() ?? this.#used++;
    const width = 2 * this.words;
    if (from < 0) {
      this.rows.fill(0, slot * width, slot * width + width);
      this.live[slot] = 0;
      this.step[slot] = -1;
      this.size[slot] = 0;
      this.#hash[slot] = 0;
      return slot;
    }
    const rows = this.rows;
    for (let k = 0, a = slot * width, b = from * width; k < width; k++) rows[a + k] = rows[b + k]!;
    this.live[slot] = this.live[from]!;
    this.step[slot] = this.step[from]!;
    this.size[slot] = this.size[from]!;
    this.#hash[slot] = this.#hash[from]!;
    return slot;
  }

  release(slot: number): void {
    this.#free.push(slot);
  }

  /** That operator `v`, which could run, has run. */
  ran(slot: number, v: number): void {
    const at = slot * 2 * this.words + (v >>> 5);
    const bit = 1 << (v & 31);
    this.rows[at]! |= bit;
    this.rows[at + this.words]! &= ~bit;
    this.#hash[slot]! ^= this.#keys[v]!;
    this.size[slot]!++;
  }

  /** Enters a state among those that are known. @returns whether its set is new */
  enter(slot: number): boolean {
    const mask = this.#heads.length - 1;
    const head = this.#hash[slot]! & mask;
    for (let other = this.#heads[head]!; other >= 0; other = this.#following[other]!) {
      if (this.#hash[other] === this.#hash[slot] && this.#isSame(slot, other)) return false;
    }
    this.#following[slot] = this.#heads[head]!;
    this.#heads[head] = slot;
    return true;
  }

  /** Takes a state out of those that are known. */
  leave(slot: number): void {
    const head = this.#hash[slot]! & (this.#heads.length - 1);
    let at = this.#heads[head]!;
    if (at === slot) {
      this.#heads[head] = this.#following[slot]!;
      return;
    }
    while (this.#following[at] !== slot) at = this.#following[at]!;
    this.#following[at] = this.#following[slot]!;
  }

  /** Forgets all states. */
  clear(): void {
    this.#heads.fill(-1);
    this.#free.length = 0;
    this.#used = 0;
  }

  #isSame(a: number, b: number): boolean {
    const {rows, words} = this;
    for (let k = 0, i = a * 2 * words, j = b * 2 * words; k < words; k++) {
      if (rows[i + k] !== rows[j + k]) return false;
    }
    return true;
  }

  /** Twice the slots; the chains of the table are made anew, in the order of the slots. */
  #grow(): void {
    const slots = 2 * this.live.length;
    const known = this.#known();
    this.rows = copied(this.rows, new Uint32Array(slots * 2 * this.words));
    this.live = copied(this.live, new Float64Array(slots));
    this.step = copied(this.step, new Int32Array(slots));
    this.size = copied(this.size, new Uint32Array(slots));
    this.#hash = copied(this.#hash, new Uint32Array(slots));
    this.#following = new Int32Array(slots);
    this.#heads = new Int32Array(2 * slots).fill(-1);
    const mask = this.#heads.length - 1;
    for (const slot of known) {
      const head = this.#hash[slot]! & mask;
      this.#following[slot] = this.#heads[head]!;
      this.#heads[head] = slot;
    }
  }

  #known(): number[] {
    const known: number[] = [];
    for (const head of this.#heads) {
      for (let slot = head; slot >= 0; slot = this.#following[slot]!) known.push(slot);
    }
    return known;
  }
}

function copied<T extends Uint32Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** 32 bits that look drawn at random; the same everywhere. */
function mixed(value: number): number {
  let x = Math.imul(value, 0x9e3779b1) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0;
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
  return (x ^ (x >>> 16)) >>> 0;
}

/** Steps that led to states: the operator that was chosen, and the step before. */
export class Steps {
  #before = new Int32Array(FIRST_STATES);
  #operator = new Int32Array(FIRST_STATES);
  #count = 0;

  add(before: number, operator: number): number {
    if (this.#count === this.#before.length) {
      this.#before = copied(this.#before, new Int32Array(2 * this.#count));
      this.#operator = copied(this.#operator, new Int32Array(2 * this.#count));
    }
    this.#before[this.#count] = before;
    this.#operator[this.#count] = operator;
    return this.#count++;
  }

  /** The operators that were chosen up to a step, the first one first. */
  chosen(step: number): number[] {
    const list: number[] = [];
    for (let at = step; at >= 0; at = this.#before[at]!) list.push(this.#operator[at]!);
    return list.reverse();
  }

  clear(): void {
    this.#count = 0;
  }
}
