/**
 * The best order of few buffers, by looking at all that can differ: buffers are placed one after the other, and a branch ends where the
 * peaks, with the load that is still to come in each section, cannot be better than the best order. Two buffers in a row that are never
 * live together are placed in ascending order only.
 */
import {alignmentOf} from '../model/problem.ts';
import type {SymbolicColumns} from '../model/symbolic.ts';
import type {OrderPeaks} from './order-peaks.ts';
import {isBetter, type Score, scoreOf} from './search-orders.ts';
import type {Sections} from './sections.ts';

/** Buffers up to which the search is worth its start. */
export const MOST_BUFFERS = 14;

/** Nodes between two looks at the clock. */
const NODES_A_LOOK = 1024;

interface Limits {
  readonly mostNodes: number;
  readonly isLate: () => boolean;
}

export interface BestOrder {
  readonly order: Uint32Array<ArrayBuffer>;
  readonly score: Score;
  /** Whether the search ended: no order has a better score. */
  readonly isProven: boolean;
  /** Buffers placed. */
  readonly nodes: number;
}

export class BestOrderSearch {
  readonly #live: Uint32Array;
  readonly #bounds: Float64Array;
  readonly #peaks: OrderPeaks;
  readonly #alignment: number[];
  /** Per buffer: the sections that it covers, by number. */
  readonly #covered: number[][];
  readonly #conflicts: boolean[][];
  readonly #numSections: number;
  #nodes = 0;
  readonly #limits: Limits;
  #order: Uint32Array<ArrayBuffer>;
  #score: Score;

  /** Begins with an order that is known, given as buffers. */
  constructor(
    columns: SymbolicColumns,
    sections: Sections,
    peaks: OrderPeaks,
    bounds: Float64Array,
    order: Uint32Array<ArrayBuffer>,
    limits: Limits,
  ) {
    this.#live = order;
    this.#bounds = bounds;
    this.#peaks = peaks;
    this.#numSections = sections.count;
    this.#limits = limits;
    this.#order = order;
    this.#score = scoreOf(peaks.place(order), bounds);
    this.#alignment = Array.from(order, i => alignmentOf(columns.largest, i));
    this.#covered = Array.from(order, i => coveredBy(sections, i));
    this.#conflicts = this.#covered.map(one =>
      this.#covered.map(other => one.some(section => other.includes(section))),
    );
  }

  run(): BestOrder {
    const {numValues} = this.#peaks;
    const remaining = new Float64Array(this.#numSections * numValues);
    this.#live.forEach((buffer, k) => {
      for (const section of this.#covered[k]!)
        for (let v = 0; v < numValues; v++)
          remaining[section * numValues + v]! += this.#peaks.sizeAt(buffer, v);
    });
    const heights = new Float64Array(remaining.length);
    const isWhole = this.#place([], -1, heights, remaining, new Float64Array(numValues));
    return {order: this.#order, score: this.#score, isProven: isWhole, nodes: this.#nodes};
  }

  /** @returns false where nodes ran out */
  #place(
    placed: number[],
    last: number,
    heights: Float64Array,
    remaining: Float64Array,
    peaks: Float64Array,
  ): boolean {
    if (placed.length === this.#live.length) {
      const score = scoreOf(peaks, this.#bounds);
      if (isBetter(score, this.#score)) {
        this.#score = score;
        this.#order = Uint32Array.from(placed, k => this.#live[k]!);
      }
      return true;
    }
    for (let k = 0; k < this.#live.length; k++) {
      if (placed.includes(k) || (last > k && !this.#conflicts[k]![last]!)) continue;
      if (this.#isOver()) return false;
      const next = this.#withBuffer(k, heights, remaining, peaks);
      if (!isBetter(this.#least(next), this.#score)) continue;
      if (!this.#place([...placed, k], k, next.heights, next.remaining, next.peaks)) return false;
    }
    return true;
  }

  #isOver(): boolean {
    const {mostNodes, isLate} = this.#limits;
    return ++this.#nodes > mostNodes || (this.#nodes % NODES_A_LOOK === 0 && isLate());
  }

  #withBuffer(k: number, heights: Float64Array, remaining: Float64Array, peaks: Float64Array) {
    const {numValues} = this.#peaks;
    const next = {heights: heights.slice(), remaining: remaining.slice(), peaks: peaks.slice()};
    const sections = this.#covered[k]!;
    const alignment = this.#alignment[k]!;
    for (let v = 0; v < numValues; v++) {
      let offset = 0;
      for (const section of sections) offset = Math.max(offset, heights[section * numValues + v]!);
      const size = this.#peaks.sizeAt(this.#live[k]!, v);
      const end = Math.ceil(offset / alignment) * alignment + size;
      next.peaks[v] = Math.max(next.peaks[v]!, end);
      for (const section of sections) {
        next.heights[section * numValues + v] = end;
        next.remaining[section * numValues + v]! -= size;
      }
    }
    return next;
  }

  /** What the peaks cannot get below: in each section all that is still to come there lies above what is there. */
  #least({
    heights,
    remaining,
    peaks,
  }: {
    heights: Float64Array;
    remaining: Float64Array;
    peaks: Float64Array;
  }): Score {
    const {numValues} = this.#peaks;
    const least = peaks.slice();
    for (let at = 0; at < heights.length; at++) {
      const v = at % numValues;
      least[v] = Math.max(least[v]!, heights[at]! + remaining[at]!);
    }
    return scoreOf(least, this.#bounds);
  }
}

function coveredBy({pieceIndex, pieceFrom, pieceTo}: Sections, i: number): number[] {
  const covered: number[] = [];
  for (let p = pieceIndex[i]!; p < pieceIndex[i + 1]!; p++)
    for (let section = pieceFrom[p]!; section < pieceTo[p]!; section++) covered.push(section);
  return covered;
}
