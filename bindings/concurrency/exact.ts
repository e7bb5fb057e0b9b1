/**
 * Exact search by conflicts. It places buffers in the order of their offsets, each on 0 or on what it conflicts with: as active
 * schedules of Giffler and Thompson (1960) do, with addresses as time. So every plan that cannot be pushed down is met once.
 * Cut off: what cannot end below the best peak, by itself or as a set of buffers that all conflict (Jackson's rule).
 */
import {NO_OFFSET} from '../model/problem.ts';
import {alignUp, type Packing} from './packing.ts';

/** What a level of the search may place, and how to take it back. */
interface Level {
  readonly candidates: readonly number[];
  next: number;
  /** The buffer placed; −1 for none. */
  placed: number;
  /** Length of the trail before it was placed. */
  trail: number;
  readonly lastOffset: number;
  readonly lastBuffer: number;
}

/** Sets of conflicting buffers that are looked at in every node. */
const MOST_CLIQUES = 48;

export class ExactSearch {
  readonly #packing: Packing;
  /** Per buffer: those that conflict with it and are not fixed. */
  readonly #around: readonly Int32Array[];
  readonly #cliques: readonly Clique[];
  /** Lowest offset above all placed buffers that conflict, bytes. */
  readonly #lowest: Float64Array;
  readonly #offsets: Float64Array;
  readonly #isPlaced: Uint8Array;
  readonly #twinBefore: Int32Array;
  readonly #obstacles: readonly (readonly number[])[];
  readonly #order: readonly number[];
  readonly #trail: number[] = [];
  readonly #trailOffsets: number[] = [];
  readonly #levels: Level[] = [];
  readonly #fixedPeak: number;
  /** Bytes: only plans below this are of interest. */
  peak: number;
  /** The best plan found; undefined where none is below the peak that was given. */
  found: Float64Array | undefined;
  isDone = false;

  /** `peak` in bytes: only lower ones are wanted. `cliques`: sets of buffers that all conflict. */
  constructor(packing: Packing, peak: number, cliques: readonly (readonly number[])[]) {
    const {count, fixed, size, conflicts} = packing;
    this.#packing = packing;
    this.peak = peak;
    this.#order = Array.from({length: count}, (_, i) => i).filter(i => fixed[i] === NO_OFFSET);
    const all = Array.from({length: count}, (_, i) => conflicts.list(i));
    this.#around = all.map(list => Int32Array.from(list.filter(j => fixed[j] === NO_OFFSET)));
    this.#obstacles = all.map(list =>
      list.filter(j => fixed[j] !== NO_OFFSET).sort((a, b) => fixed[a]! - fixed[b]! || a - b),
    );
    const isFree = (i: number) => fixed[i] === NO_OFFSET;
    this.#cliques = [...cliques, ...greedyCliques(packing)]
      .slice(0, MOST_CLIQUES)
      .map(clique => cliqueOf(packing, clique.filter(isFree)));
    this.#offsets = fixed.slice();
    this.#isPlaced = Uint8Array.from(fixed, offset => Number(offset !== NO_OFFSET));
    this.#lowest = new Float64Array(count);
    for (const i of this.#order) this.#lowest[i] = this.#above(i, 0);
    this.#twinBefore = twinsOf(packing, this.#order);
    this.#fixedPeak = fixed.reduce(
      (most, offset, i) => (offset === NO_OFFSET ? most : Math.max(most, offset + size[i]!)),
      0,
    );
    if (this.#fixedPeak >= peak || this.#isHopeless(0)) this.isDone = true;
    else if (this.#order.length === 0) this.#takePlan();
    else this.#open(0, -1);
  }

  /** The lowest offset of buffer `i` from `bytes` on, past the fixed buffers that conflict with it. */
  #above(i: number, bytes: number): number {
    const {size, alignment, fixed} = this.#packing;
    let offset = alignUp(bytes, alignment[i]!);
    for (const j of this.#obstacles[i]!) {
      if (fixed[j]! >= offset + size[i]!) break;
      const top = fixed[j]! + size[j]!;
      if (top > offset) offset = alignUp(top, alignment[i]!);
    }
    return offset;
  }

  /** Visits so many nodes at most. @returns the nodes visited */
  run(most: number): number {
    let nodes = 0;
    while (!this.isDone && nodes < most) {
      const level = this.#levels.at(-1)!;
      this.#takeBack(level);
      if (level.next === level.candidates.length) {
        this.#levels.pop();
        if (this.#levels.length === 0) this.isDone = true;
        continue;
      }
      const i = level.candidates[level.next++]!;
      // a better plan may have been found since
      const offset = this.#lowest[i]!;
      if (offset + this.#packing.size[i]! >= this.peak) continue;
      nodes++;
      this.#place(level, i, offset);
      if (this.#levels.length === this.#order.length) this.#takePlan();
      else if (!this.#isHopeless(offset)) this.#open(offset, i);
    }
    return nodes;
  }

  #place(level: Level, i: number, offset: number): void {
    level.placed = i;
    level.trail = this.#trail.length;
    this.#isPlaced[i] = 1;
    this.#offsets[i] = offset;
    const top = offset + this.#packing.size[i]!;
    for (const j of this.#around[i]!) {
      if (this.#isPlaced[j] || this.#lowest[j]! >= top) continue;
      this.#trail.push(j);
      this.#trailOffsets.push(this.#lowest[j]!);
      this.#lowest[j] = this.#above(j, top);
    }
  }

  #takeBack(level: Level): void {
    if (level.placed < 0) return;
    this.#isPlaced[level.placed] = 0;
    this.#offsets[level.placed] = NO_OFFSET;
    level.placed = -1;
    while (this.#trail.length > level.trail) this.#lowest[this.#trail.pop()!] = this.#trailOffsets.pop()!;
  }

  #takePlan(): void {
    const {size} = this.#packing;
    let peak = this.#fixedPeak;
    for (const i of this.#order) peak = Math.max(peak, this.#offsets[i]! + size[i]!);
    if (peak >= this.peak) return;
    this.peak = peak;
    this.found = this.#offsets.slice();
    if (this.#order.length === 0) this.isDone = true;
  }

  /** Begins a level: what may be the next buffer by offset, and by index among equals. */
  #open(lastOffset: number, lastBuffer: number): void {
    const {size} = this.#packing;
    let ceiling = Number.POSITIVE_INFINITY;
    for (const i of this.#order) {
      if (!this.#isPlaced[i]) ceiling = Math.min(ceiling, this.#lowest[i]! + size[i]!);
    }
    const candidates = this.#order.filter(i => {
      const offset = this.#lowest[i]!;
      if (this.#isPlaced[i] || offset >= ceiling || offset < lastOffset) return false;
      if (offset === lastOffset && i < lastBuffer) return false;
      const twin = this.#twinBefore[i]!;
      return twin < 0 || this.#isPlaced[twin] === 1;
    });
    candidates.sort((a, b) => this.#lowest[a]! - this.#lowest[b]! || size[b]! - size[a]! || a - b);
    this.#levels.push({candidates, next: 0, placed: -1, trail: 0, lastOffset, lastBuffer});
  }

  /** Whether no plan below the peak continues the placed buffers. */
  #isHopeless(lastOffset: number): boolean {
    const {size} = this.#packing;
    for (const i of this.#order) {
      if (this.#isPlaced[i]) continue;
      if (this.#lowest[i]! + size[i]! >= this.peak) return true;
      // nothing is left that it could be placed upon
      if (this.#lowest[i]! < lastOffset && !this.#canRise(i)) return true;
    }
    return this.#cliques.some(clique => this.#isTooHigh(clique, lastOffset));
  }

  #canRise(i: number): boolean {
    for (const j of this.#around[i]!) if (!this.#isPlaced[j]) return true;
    return false;
  }

  /** Whether the members that are left, one upon the other, end above the peak. */
  #isTooHigh({members, padded, padding}: Clique, lastOffset: number): boolean {
    let sum = 0;
    let least = Number.POSITIVE_INFINITY;
    let most = lastOffset;
    const left: number[] = [];
    members.forEach((i, k) => {
      if (this.#isPlaced[i]) return;
      left.push(k);
      sum += padded[k]!;
      least = Math.min(least, Math.max(lastOffset, this.#lowest[i]!));
      most = Math.max(most, this.#lowest[i]!);
    });
    if (left.length === 0) return false;
    if (least + sum - padding >= this.peak) return true;
    if (most + sum - padding < this.peak) return false;
    left.sort((a, b) => this.#lowest[members[a]!]! - this.#lowest[members[b]!]!);
    let top = 0;
    for (const k of left) top = Math.max(top, this.#lowest[members[k]!]!, lastOffset) + padded[k]!;
    return top - padding >= this.peak;
  }
}

/** Buffers that all conflict, with their sizes up to the next offset that another of them can have. */
interface Clique {
  readonly members: readonly number[];
  readonly padded: readonly number[];
  /** The largest padding: the topmost one needs none. */
  readonly padding: number;
}

function cliqueOf({size, alignment}: Packing, members: readonly number[]): Clique {
  const unit = members.reduce((least, i) => Math.min(least, alignment[i]!), Number.POSITIVE_INFINITY);
  const padded = members.map(i => alignUp(size[i]!, unit));
  const padding = padded.reduce((most, bytes, k) => Math.max(most, bytes - size[members[k]!]!), 0);
  return {members, padded, padding};
}

/** For each buffer a set with it that all conflict, the largest buffers first; each set once, the heaviest first. */
function greedyCliques({count, size, conflicts}: Packing): number[][] {
  const bySize = Uint32Array.from({length: count}, (_, i) => i).sort((a, b) => size[b]! - size[a]! || a - b);
  const found = new Map<string, {clique: number[]; bytes: number}>();
  for (const i of bySize.subarray(0, MOST_CLIQUES * 4)) {
    const clique = [i];
    for (const j of bySize) if (clique.every(k => conflicts.has(k, j))) clique.push(j);
    clique.sort((a, b) => a - b);
    const bytes = clique.reduce((sum, k) => sum + size[k]!, 0);
    found.set(clique.join(), {clique, bytes});
  }
  return [...found.values()].sort((a, b) => b.bytes - a.bytes).map(({clique}) => clique);
}

/** Per buffer: the one before it that is the same in all but its index; −1 where there is none. */
function twinsOf({size, alignment, count, conflicts, fixed}: Packing, order: readonly number[]): Int32Array {
  const before = new Int32Array(count).fill(-1);
  const last = new Map<string, number>();
  const isFixed = (i: number) => fixed[i] !== NO_OFFSET;
  for (const i of order) {
    if (isFixed(i)) continue;
    // two that conflict with each other are in each other's rows
    const own = conflicts.list(i);
    for (const [kind, list] of [
      ['apart', own],
      ['together', [...own, i].sort((a, b) => a - b)],
    ] as const) {
      const key = `${kind} ${size[i]} ${alignment[i]} ${list.join()}`;
      const twin = last.get(key);
      if (twin !== undefined && twin > before[i]!) before[i] = twin;
      last.set(key, i);
    }
  }
  return before;
}
