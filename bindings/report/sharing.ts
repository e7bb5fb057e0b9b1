/** The sharing that a file's own plan states, in words and in JSON. */
import {idOf, type ProblemColumns} from '../model/problem.ts';
import {plural} from '../model/quantities.ts';
import {show} from '../model/shown.ts';
import type {Sharing} from '../trace/importers/importer.ts';

/** Buffers by name. */
export interface SharingJson {
  /** Whose plan states it. */
  readonly source: string;
  readonly buffers: readonly string[];
  readonly groups: number;
  readonly unexplained: readonly (readonly [string, string])[];
}

const MOST_NAMES = 4;
/** As many pairs as a message needs. */
const MOST_PAIRS = 100;

export function sharingJson(
  problem: ProblemColumns,
  {name, buffers, groups, unexplained}: Sharing,
): SharingJson {
  return {
    source: name,
    buffers: buffers.map(i => idOf(problem, i)),
    groups,
    unexplained: unexplained.slice(0, MOST_PAIRS).map(([a, b]) => [idOf(problem, a), idOf(problem, b)]),
  };
}

/** One sentence on each: the buffers that keep sharing, and those whose overlap is unexplained. */
export function sharingSentences(problem: ProblemColumns, sharing: Sharing): string[] {
  const {name, buffers, groups, unexplained} = sharing;
  const sentences: string[] = [];
  if (buffers.length > 0)
    sentences.push(
      `${plural(buffers.length, 'buffer')} in ${plural(groups, 'group')} share memory, as in the file's own plan (${name}): ${namesOf(problem, buffers)}`,
    );
  if (unexplained.length > 0)
    sentences.push(
      `${plural(unexplained.length, 'pair')} of buffers overlap in part in the file's own plan (${name}), e.g. ${pairOf(problem, unexplained[0]!)}. No view and no operator in place explains that; here they are apart`,
    );
  return sentences;
}

function namesOf(problem: ProblemColumns, buffers: readonly number[]): string {
  const shown = buffers.slice(0, MOST_NAMES).map(i => show(idOf(problem, i)));
  return shown.join(', ') + (buffers.length > MOST_NAMES ? ', …' : '');
}

function pairOf(problem: ProblemColumns, [a, b]: readonly [number, number]): string {
  return `${show(idOf(problem, a))} and ${show(idOf(problem, b))}`;
}
