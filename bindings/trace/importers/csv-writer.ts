/** Writes problems and plans as CSV, in pieces, so that a million rows never are one string. */
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../../problem.ts';

const ROWS_PER_PIECE = 1000;

/**
 * The problem, or, with `offsets`, its plan: `id,lower,upper,size,alignment,offset`, and `gaps` where any lifetime
 * has them. Without `offsets`, the columns `alignment` and `offset` are there only where any buffer has such.
 *
 * The alignment written is the one in force: the buffer's own, else the problem's, else 1. `readCsv` gives the same
 * problem back, with those alignments as the buffers' own, but for the capacity, which the format has no place for.
 * @example
 * ```js
 * import {toColumns} from 'stowage';
 * import {writeCsv} from 'stowage/trace';
 *
 * const problem = toColumns({buffers: [{id: 'a', size: 8, start: 0, end: 2}]});
 * console.log([...writeCsv(problem, [16])].join('').trim());
 * // prints id,lower,upper,size,alignment,offset
 * // prints a,0,2,8,1,16
 * ```
 */
export function* writeCsv(
  problem: ProblemColumns,
  offsets?: ArrayLike<number>,
): Generator<string, void, undefined> {
  const hasAlignment =
    offsets !== undefined ||
    (problem.defaultAlignment ?? 1) > 1 ||
    problem.alignment.some(own => own !== NO_ALIGNMENT);
  const written = offsets ?? (problem.offset.some(own => own !== NO_OFFSET) ? problem.offset : undefined);
  const hasGaps = problem.gapStart.length > 0;
  let piece = `id,lower,upper,size${hasAlignment ? ',alignment' : ''}${written ? ',offset' : ''}${hasGaps ? ',gaps' : ''}\n`;
  for (let i = 0; i < problem.count; i++) {
    piece += `${problem.ids?.[i] ?? i},${problem.start[i]},${problem.end[i]},${problem.size[i]}`;
    if (hasAlignment) piece += `,${problem.alignment[i] || (problem.defaultAlignment ?? 1)}`;
    if (written) piece += `,${written[i]}`;
    if (hasGaps) piece += `,${gapsOf(problem, i)}`;
    piece += '\n';
    if (i % ROWS_PER_PIECE === ROWS_PER_PIECE - 1) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

function gapsOf(problem: ProblemColumns, buffer: number): string {
  const gaps: string[] = [];
  for (let gap = problem.gapIndex[buffer]!; gap < problem.gapIndex[buffer + 1]!; gap++) {
    gaps.push(`${problem.gapStart[gap]}-${problem.gapEnd[gap]}`);
  }
  return gaps.join(' ');
}
