/**
 * The offsets that a set of tied buffers may have, as far as alignments, fixed offsets and pools say. An offset is that of
 * the set's origin; members are at fixed distances from it, so each alignment demands a rest modulo a power of two.
 */
import type {Bytes} from '../model/numbers.ts';

/** Offsets that are `rest` modulo `unit`, a power of two. */
export interface Grid {
  readonly unit: Bytes;
  readonly rest: Bytes;
}

export interface Places {
  readonly grid: Grid;
  /** The only offset, which may be below 0 for an origin that is no byte; undefined for any. */
  readonly fixed: Bytes | undefined;
  /** Per pool: the offsets that it allows; undefined where the set may not be in it. None for a problem without pools. */
  readonly pools: readonly (Grid | undefined)[];
}

export const ANYWHERE: Grid = {unit: 1, rest: 0};

/** Offsets of an origin that is `distance` bytes before a multiple of `unit`. */
export function gridOf(unit: Bytes, distance: Bytes): Grid {
  return {unit, rest: modulo(-distance, unit)};
}

/** The offsets in both; undefined for none. */
export function bothGrids(a: Grid | undefined, b: Grid | undefined): Grid | undefined {
  if (a === undefined || b === undefined) return undefined;
  const [fine, coarse] = a.unit <= b.unit ? [a, b] : [b, a];
  return coarse.rest % fine.unit === fine.rest ? coarse : undefined;
}

export function contains({unit, rest}: Grid, offset: Bytes): boolean {
  return modulo(offset, unit) === rest;
}

/** The same set of places for an origin `distance` bytes before. */
export function movedBack({grid, fixed, pools}: Places, distance: Bytes): Places {
  const back = ({unit, rest}: Grid): Grid => ({unit, rest: modulo(rest - modulo(distance, unit), unit)});
  return {
    grid: back(grid),
    fixed: fixed === undefined ? undefined : fixed - distance,
    pools: pools.map(pool => pool && back(pool)),
  };
}

/** The places of two sets that have one origin; undefined for none. */
export function bothPlaces(a: Places, b: Places): Places | undefined {
  const grid = bothGrids(a.grid, b.grid);
  if (grid === undefined) return undefined;
  const fixed = a.fixed ?? b.fixed;
  if (fixed !== undefined && (fixed !== (b.fixed ?? fixed) || !contains(grid, fixed))) return undefined;
  return withPools(
    grid,
    fixed,
    a.pools.map((pool, k) => bothGrids(pool, b.pools[k])),
  );
}

/** Undefined where no pool is left. */
export function withPools(
  grid: Grid,
  fixed: Bytes | undefined,
  pools: readonly (Grid | undefined)[],
): Places | undefined {
  const possible = pools.map(pool => {
    const both = bothGrids(pool, grid);
    return both && (fixed === undefined || contains(both, fixed)) ? both : undefined;
  });
  if (pools.length > 0 && possible.every(pool => pool === undefined)) return undefined;
  return {grid, fixed, pools: possible};
}

function modulo(bytes: Bytes, unit: Bytes): Bytes {
  const rest = bytes % unit;
  return rest < 0 ? rest + unit : rest + 0;
}
