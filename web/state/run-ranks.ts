/** Which rank of a run a file is, and which comes next. */
import type {RunModel} from './run.ts';
import type {Source} from './source.ts';

/** By its index; −1 where it is none. A file that was dropped is found by its name. */
export function rankOf(run: RunModel, {rank, name}: Source): number {
  const {ranks} = run.info;
  if (rank) return rank.run === run ? ranks.findIndex(({file}) => file === rank.file) : -1;
  return ranks.findIndex(({file}) => file === name || file.endsWith(`/${name}`));
}

/** @param isToOpen leaves out those that could not be read. @returns undefined where there is none. */
export function nextRank(
  {info: {ranks}}: RunModel,
  from: number | undefined,
  by: 1 | -1,
  isToOpen: boolean,
): number | undefined {
  let next = (from ?? (by > 0 ? -1 : ranks.length)) + by;
  while (isToOpen && ranks[next] && ranks[next]!.failure !== '') next += by;
  return ranks[next] ? next : undefined;
}
