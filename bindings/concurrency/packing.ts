/** Buffers to pack by their conflicts alone. */
import type {Bytes} from '../model/numbers.ts';
import {alignmentOf, NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import type {BitRows} from './bit-rows.ts';

export interface Packing {
  readonly count: number;
  /** Per buffer, bytes. */
  readonly size: Float64Array;
  readonly alignment: Float64Array;
  /** Per buffer, bytes; `NO_OFFSET` where it may be anywhere. */
  readonly fixed: Float64Array;
  /** First ticks, for orders. */
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly conflicts: BitRows;
}

export function packingOf(columns: ProblemColumns, conflicts: BitRows): Packing {
  const {count, size, offset, start, end} = columns;
  const own = Float64Array.from(size, (_, i) => alignmentOf(columns, i));
  return {count, size, alignment: own, fixed: offset, start, end, conflicts};
}

/** The first multiple of an alignment from `bytes` on. */
export function alignUp(bytes: Bytes, alignment: Bytes): Bytes {
  return alignment === 1 ? bytes : Math.ceil(bytes / alignment) * alignment;
}

/** Peak of offsets, bytes. */
export function peakOf({count, size}: Packing, offsets: Float64Array): Bytes {
  let peak = 0;
  for (let i = 0; i < count; i++) peak = Math.max(peak, offsets[i]! + size[i]!);
  return peak;
}

/** Two buffers with fixed offsets that conflict and overlap. */
export function clashOf({size, fixed, conflicts}: Packing): readonly [number, number] | undefined {
  return fixedClash({size, offset: fixed}, (i, j) => conflicts.has(i, j));
}

/** The same by a rule of conflict. */
export function fixedClash(
  {size, offset}: Pick<ProblemColumns, 'size' | 'offset'>,
  conflict: (i: number, j: number) => boolean,
): readonly [number, number] | undefined {
  const placed: number[] = [];
  for (const [i, fixed] of offset.entries()) {
    if (fixed === NO_OFFSET) continue;
    for (const j of placed) {
      const overlap = fixed < offset[j]! + size[j]! && offset[j]! < fixed + size[i]!;
      if (overlap && conflict(i, j)) return [j, i];
    }
    placed.push(i);
  }
  return undefined;
}
