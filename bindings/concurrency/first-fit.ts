/** First fit by conflicts: each buffer at the lowest offset at which it meets no conflicting one, in some order. */
import {NO_OFFSET} from '../model/problem.ts';
import {alignUp, type Packing} from './packing.ts';

/** Placed buffers by offset. */
export class Placed {
  readonly offsets: Float64Array;
  readonly #packing: Packing;
  readonly #byOffset: Int32Array;
  #count = 0;

  /** Buffers with fixed offsets are placed already. */
  constructor(packing: Packing) {
    this.#packing = packing;
    this.offsets = new Float64Array(packing.count).fill(NO_OFFSET);
    this.#byOffset = new Int32Array(packing.count);
    packing.fixed.forEach((offset, i) => {
      if (offset !== NO_OFFSET) this.put(i, offset);
    });
  }

  put(i: number, offset: number): void {
    this.offsets[i] = offset;
    const list = this.#byOffset;
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.offsets[list[middle]!]! > offset) high = middle;
      else low = middle + 1;
    }
    list.copyWithin(low + 1, low, this.#count++);
    list[low] = i;
  }

  /** The lowest offset of buffer `i`, bytes. */
  lowest(i: number): number {
    const {size, alignment, conflicts} = this.#packing;
    const {bits, words} = conflicts;
    const base = i * words;
    const [own, unit] = [size[i]!, alignment[i]!];
    let offset = 0;
    for (let k = 0; k < this.#count; k++) {
      const j = this.#byOffset[k]!;
      if ((bits[base + (j >>> 5)]! & (1 << (j & 31))) === 0) continue;
      if (this.offsets[j]! >= offset + own) break;
      const top = this.offsets[j]! + size[j]!;
      if (top > offset) offset = alignUp(top, unit);
    }
    return offset;
  }
}

/** Offsets of all buffers, bytes; pauses every so many buffers. */
export function* firstFit(packing: Packing, order: ArrayLike<number>): Generator<number, Float64Array> {
  const placed = new Placed(packing);
  let nodes = 0;
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!;
    if (placed.offsets[i] === NO_OFFSET) placed.put(i, placed.lowest(i));
    if (++nodes < 64) continue;
    yield nodes;
    nodes = 0;
  }
  yield nodes;
  return placed.offsets;
}

export type Rank =
  | 'greedy-by-size'
  | 'greedy-by-area'
  | 'greedy-by-conflicts'
  | 'greedy-by-longest'
  | 'first-fit-online';

/** Ranks, the one that is best most often first. */
export const RANKS: readonly Rank[] = [
  'greedy-by-size',
  'greedy-by-area',
  'greedy-by-conflicts',
  'greedy-by-longest',
  'first-fit-online',
];

/** Buffers of which all ranks are tried. */
export const FEW = 5000;

export function isRank(algorithm: string): algorithm is Rank {
  return (RANKS as readonly string[]).includes(algorithm);
}

/** Buffers in the order of a rank. */
export function orderBy(rank: Rank, {count, size, start, end, conflicts}: Packing): Uint32Array {
  const keyOf: Record<Rank, (i: number) => number> = {
    'greedy-by-size': i => size[i]!,
    'greedy-by-area': i => size[i]! * (end[i]! - start[i]!),
    'greedy-by-conflicts': i => size[i]! * (conflicts.size(i) + 1),
    'greedy-by-longest': i => conflicts.size(i),
    'first-fit-online': i => -start[i]!,
  };
  const keys = Float64Array.from({length: count}, (_, i) => keyOf[rank](i));
  return Uint32Array.from(keys, (_, i) => i).sort(
    (a, b) => keys[b]! - keys[a]! || size[b]! - size[a]! || start[a]! - start[b]! || a - b,
  );
}

/** Buffers by offset: first fit in this order lowers what it can. */
export function orderOfOffsets(offsets: Float64Array): Uint32Array {
  return Uint32Array.from(offsets, (_, i) => i).sort((a, b) => offsets[a]! - offsets[b]! || a - b);
}
