/** Bundles as an arena takes them: at multiples of an alignment, after as many unused bytes as that needs. */
import type {Bytes} from '../model/numbers.ts';
import {NO_OFFSET} from '../model/problem.ts';
import type {Bundle} from './bundles.ts';
import type {Grid} from './places.ts';
import type {Slice} from './slices.ts';

export interface AlignedBundle {
  readonly slices: readonly Slice[];
  readonly loose?: readonly Slice[];
  /** Bytes from the offset to the end of the last slice. */
  readonly extent: Bytes;
  readonly alignment: Bytes;
  /** Bytes, or `NO_OFFSET`. */
  readonly fixed: Bytes;
  readonly hint: Bytes;
  /** Unused bytes before those of the bundle. */
  readonly rest: Bytes;
}

export function gridIn({places}: Pick<Bundle, 'places'>, pool: number): Grid {
  return places.pools[pool] ?? places.grid;
}

/** `pool`: the index of the arena's pool; any number for a problem without pools. */
export function alignedIn({slices, loose, extent, hint, places}: Bundle, pool: number): AlignedBundle {
  const {unit, rest} = gridIn({places}, pool);
  return {
    slices: moved(slices, rest),
    ...(loose ? {loose: moved(loose, rest)} : {}),
    extent: extent + rest,
    alignment: unit,
    fixed: places.fixed === undefined ? NO_OFFSET : places.fixed - rest,
    hint: hint >= rest ? hint - rest : NO_OFFSET,
    rest,
  };
}

function moved(slices: readonly Slice[], bytes: Bytes): readonly Slice[] {
  if (bytes === 0) return slices;
  return slices.map(({from, to, pieces}) => ({from: from + bytes, to: to + bytes, pieces}));
}
