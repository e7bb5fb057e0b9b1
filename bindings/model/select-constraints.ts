/** The constraints of a part of a problem. */
import {selectClocks} from './check-clocks.ts';
import type {Constraints} from './constraints.ts';
import {selectSizes} from './sizes.ts';

/**
 * The constraints that hold among the buffers of `index`, by their place in it; undefined where there are none. Pairs and
 * groups lose the buffers left out; of adjacent buffers, the stretches without a gap remain.
 */
export function selectConstraints(
  constraints: Constraints,
  index: Uint32Array,
  gapIndex: Uint32Array,
): Constraints | undefined {
  const places = new Map(Array.from(index, (i, k) => [i, k]));
  const has = (...buffers: readonly number[]) => buffers.every(i => places.has(i));
  const at = (i: number) => places.get(i)!;
  const {pools, share, views, inPlace, adjacent, separate, allowed, accesses, parts, clocks, sizes, hold} =
    constraints;
  const lists = {
    share: share?.map(group => group.filter(i => has(i)).map(at)).filter(group => group.length > 1),
    views: views
      ?.filter(({buffer, of}) => has(buffer, of))
      .map(({buffer, of, offset}) => ({buffer: at(buffer), of: at(of), offset})),
    inPlace: inPlace
      ?.filter(({input, output}) => has(input, output))
      .map(({input, output}) => ({input: at(input), output: at(output)})),
    adjacent: adjacent?.flatMap(group => stretchesOf(group, has)).map(group => group.map(at)),
    separate: separate?.filter(pair => has(...pair)).map(([a, b]): [number, number] => [at(a), at(b)]),
  };
  const stated = Object.entries(lists).filter(([, list]) => list !== undefined && list.length > 0);
  const selected: Constraints = {
    ...Object.fromEntries(stated),
    ...(pools ? {pools} : {}),
    ...(allowed ? {allowed: Array.from(index, i => allowed[i])} : {}),
    ...(accesses ? {accesses: Float64Array.from(index, i => accesses[i]!)} : {}),
    ...(parts ? selectParts(parts, index) : {}),
    ...(clocks ? {clocks: selectClocks(clocks, index, gapIndex)} : {}),
    ...(sizes ? selectSizes(sizes, index) : {}),
    ...(hold ? {hold} : {}),
  };
  return Object.keys(selected).length > 0 ? selected : undefined;
}

/** The parts that are left; none where that is one. */
function selectParts(
  {names, of}: NonNullable<Constraints['parts']>,
  index: Uint32Array,
): Pick<Constraints, 'parts'> {
  const used = [...new Set(Array.from(index, i => of[i]!))].sort((a, b) => a - b);
  if (used.length < 2) return {};
  const place = new Map(used.map((part, k) => [part, k]));
  return {
    parts: {names: used.map(part => names[part]!), of: Uint32Array.from(index, i => place.get(of[i]!)!)},
  };
}

/** Runs of two or more buffers of a group that are all selected. */
function stretchesOf(group: readonly number[], has: (i: number) => boolean): number[][] {
  const stretches: number[][] = [[]];
  for (const i of group) {
    if (has(i)) stretches.at(-1)!.push(i);
    else stretches.push([]);
  }
  return stretches.filter(stretch => stretch.length > 1);
}
