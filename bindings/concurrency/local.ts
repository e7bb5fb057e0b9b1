/**
 * Local search by conflicts, for a given height: buffers above it are taken out and put back one by one where the least must make
 * room; that is taken out in turn. The scheme is PartialCol of Blöchliger and Zufferey ("A graph coloring heuristic using partial
 * solutions and a reactive tabu scheme", 2008), with offsets in place of colours. What was taken out often counts for more.
 */
import {NO_OFFSET} from '../model/problem.ts';
import {alignUp, type Packing} from './packing.ts';
import type {Draws} from './random.ts';

export class LocalSearch {
  readonly #packing: Packing;
  readonly #draws: Draws;
  readonly #height: number;
  readonly offsets: Float64Array;
  /** Buffers without a place. */
  readonly #out: number[] = [];
  /** How often a buffer had to make room. */
  readonly #evictions: Float64Array;
  /** Move until which a buffer stays. */
  readonly #staysUntil: Float64Array;
  #moves = 0;
  /** Work so far, in steps of some ten nanoseconds. */
  steps = 0;

  /** `offsets`: a plan; `height` in bytes, below its peak and not below a fixed buffer. */
  constructor(packing: Packing, offsets: Float64Array, height: number, draws: Draws) {
    this.#packing = packing;
    this.#height = height;
    this.#draws = draws;
    this.offsets = offsets.slice();
    this.#evictions = new Float64Array(packing.count);
    this.#staysUntil = new Float64Array(packing.count);
    for (let i = 0; i < packing.count; i++) if (offsets[i]! + packing.size[i]! > height) this.#takeOut(i);
  }

  get isDone(): boolean {
    return this.#out.length === 0;
  }

  #takeOut(i: number): void {
    this.offsets[i] = NO_OFFSET;
    this.#out.push(i);
  }

  /** Puts one buffer back. @returns the buffers moved; 0 where one has no place at all */
  move(): number {
    const k = this.#draws.below(this.#out.length);
    const i = this.#out[k]!;
    const around = this.#around(i);
    this.steps += 100 + this.#packing.conflicts.words + 40 * around.length;
    const offset = this.#bestOffset(i, around);
    if (offset === undefined) return 0;
    this.#out[k] = this.#out.at(-1)!;
    this.#out.pop();
    this.#moves++;
    const top = offset + this.#packing.size[i]!;
    let moved = 1;
    for (const j of around) {
      if (this.offsets[j]! >= top || this.offsets[j]! + this.#packing.size[j]! <= offset) continue;
      this.#evictions[j]!++;
      this.#takeOut(j);
      moved++;
    }
    this.offsets[i] = offset;
    this.#staysUntil[i] = this.#moves + this.#out.length + this.#draws.below(8);
    return moved;
  }

  /** Placed buffers that conflict with buffer `i`. */
  #around(i: number): number[] {
    return this.#packing.conflicts.list(i).filter(j => this.offsets[j] !== NO_OFFSET);
  }

  /** The offset at which the least must make room; undefined where only fixed buffers could. */
  #bestOffset(i: number, around: readonly number[]): number | undefined {
    const {size, alignment} = this.#packing;
    const [own, unit] = [size[i]!, alignment[i]!];
    const down = (bytes: number) => bytes - (bytes % unit);
    const places = new Set([0, down(this.#height - own)]);
    for (const j of around) {
      places.add(alignUp(this.offsets[j]! + size[j]!, unit));
      if (this.offsets[j]! >= own) places.add(down(this.offsets[j]! - own));
    }
    const possible = [...places]
      .filter(place => place >= 0 && place + own <= this.#height)
      .sort((a, b) => a - b);
    const byStart = [...around].sort((a, b) => this.offsets[a]! - this.offsets[b]!);
    const topOf = (j: number) => this.offsets[j]! + size[j]!;
    const byTop = [...around].sort((a, b) => topOf(a) - topOf(b));
    let [begun, ended, begunCost, endedCost] = [0, 0, 0, 0];
    let [begunStay, endedStay] = [0, 0];
    let best: number | undefined;
    let [least, leastStay, ties] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
    for (const place of possible) {
      for (; begun < byStart.length && this.offsets[byStart[begun]!]! < place + own; begun++) {
        begunCost += this.#costOf(byStart[begun]!);
        begunStay += this.#stays(byStart[begun]!);
      }
      for (; ended < byTop.length && topOf(byTop[ended]!) <= place; ended++) {
        endedCost += this.#costOf(byTop[ended]!);
        endedStay += this.#stays(byTop[ended]!);
      }
      const cost = begunCost - endedCost;
      const stay = begunStay - endedStay;
      if (stay >= FIXED) continue;
      if (stay > leastStay || (stay === leastStay && cost > least)) continue;
      ties = stay < leastStay || cost < least ? 1 : ties + 1;
      [least, leastStay] = [cost, stay];
      if (ties === 1 || this.#draws.below(ties) === 0) best = place;
    }
    return best;
  }

  #costOf(i: number): number {
    return this.#packing.size[i]! * (1 + this.#evictions[i]!);
  }

  #stays(i: number): number {
    if (this.#packing.fixed[i] !== NO_OFFSET) return FIXED;
    return this.#staysUntil[i]! > this.#moves ? 1 : 0;
  }
}

/** More than all buffers that stay for a while. */
const FIXED = 2 ** 32;
