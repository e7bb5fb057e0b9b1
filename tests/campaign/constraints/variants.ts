/** Problems told differently. */
import type {Problem} from '../../../bindings/index.ts';

/** The problem with other words; its figures are `scale` times as large. */
export interface Variant {
  readonly name: string;
  readonly problem: Problem;
  readonly alignment?: number | undefined;
  readonly scale: number;
}

/** The same problem told differently. */
export function* variants(problem: Problem, alignment: number | undefined): Iterable<Variant> {
  yield {name: 'permuted', problem: permuted(problem), alignment, scale: 1};
  const buffers = problem.buffers.map(one => ({
    ...one,
    start: 3 * one.start + 7,
    end: 3 * one.end + 7,
    ...(one.gaps ? {gaps: one.gaps.map(([from, to]): [number, number] => [3 * from + 7, 3 * to + 7])} : {}),
  }));
  if (!problem.inPlace) yield {name: 'later and longer', problem: {...problem, buffers}, alignment, scale: 1};
  yield {name: 'scaled', ...scaled(problem, alignment, 1024), scale: 1024};
}

export function permuted(problem: Problem): Problem {
  const last = problem.buffers.length - 1;
  const at = (i: number | string) => last - Number(i);
  const {buffers, share, views, inPlace, adjacent, separate, scopes, ...rest} = problem;
  return {
    ...rest,
    buffers: [...buffers].reverse(),
    ...(share ? {share: share.map(group => group.map(at))} : {}),
    ...(adjacent ? {adjacent: adjacent.map(group => group.map(at))} : {}),
    ...(views
      ? {views: views.map(({buffer, of, offset}) => ({buffer: at(buffer), of: at(of), offset}))}
      : {}),
    ...(inPlace ? {inPlace: inPlace.map(({input, output}) => ({input: at(input), output: at(output)}))} : {}),
    ...(separate ? {separate: separate.map(([a, b]): [number, number] => [at(a), at(b)])} : {}),
    ...(scopes
      ? {scopes: scopes.map(({reads, writes}) => ({reads: reads.map(at), writes: writes.map(at)}))}
      : {}),
  };
}

/** All bytes times a power of two. */
function scaled(
  problem: Problem,
  alignment: number | undefined,
  by: number,
): Pick<Variant, 'problem' | 'alignment'> {
  const times = <T extends object, K extends keyof T>(one: T, ...fields: K[]): T => {
    const stated = fields.filter(field => one[field] !== undefined);
    return {...one, ...Object.fromEntries(stated.map(field => [field, (one[field] as number) * by]))};
  };
  const isFollower = new Set([
    ...(problem.share ?? []).flatMap(group => group.slice(1)),
    ...(problem.views ?? []).map(({buffer}) => buffer),
  ]);
  const buffers = problem.buffers.map((one, i) => {
    const own = one.alignment ?? (isFollower.has(i) ? 1 : undefined);
    return times(
      {...one, ...(own === undefined ? {} : {alignment: own})},
      'size',
      'alignment',
      'offset',
      'hint',
    );
  });
  return {
    problem: {
      ...times({alignment: 1, ...problem}, 'capacity', 'alignment'),
      buffers,
      ...(problem.views ? {views: problem.views.map(view => times(view, 'offset'))} : {}),
      ...(problem.pools
        ? {pools: problem.pools.map(pool => times(pool, 'capacity', 'alignment', 'largest'))}
        : {}),
    },
    ...(alignment === undefined ? {} : {alignment: alignment * by}),
  };
}
