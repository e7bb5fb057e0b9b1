/** Writes problems and plans as CSV, in pieces, so that a million rows never are one string. */
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../../../model/problem.ts';
import {writeGaps} from './windows.ts';

const ROWS_PER_PIECE = 1000;

/** A plan to write: its offsets, and its arenas where it has several. */
export interface WrittenPlan {
  readonly offsets: ArrayLike<number>;
  readonly arenas?: readonly {readonly name: string}[];
  readonly arenaOf?: ArrayLike<number>;
}

/**
 * The problem, or, with `plan`, its plan: `id,lower,upper,size,alignment,offset`, and `gaps` where any lifetime has
 * them or a size changes. Without `plan`, the columns `alignment`, `offset` and `hint` are there only where any buffer has such. `pool`
 * is there where pools are: those a buffer may be in, or, in a plan, the one it is in, with its `arena` by number.
 *
 * The alignment written is the one in force: the buffer's own, else the problem's, else 1. `readCsv` returns the same
 * problem, with those alignments as the buffers' own, except the parts that the format lacks: the capacity, the
 * pools' capacities, aliases, separation (see `isWholeInCsv`).
 * @example
 * ```js
 * import {toColumns} from 'stowage';
 * import {writeCsv} from 'stowage/trace';
 *
 * const problem = toColumns({buffers: [{id: 'a', size: 8, start: 0, end: 2}]});
 * console.log([...writeCsv(problem, {offsets: [16]})].join('').trim());
 * // prints id,lower,upper,size,alignment,offset
 * // prints a,0,2,8,1,16
 * ```
 */
export function* writeCsv(
  problem: ProblemColumns,
  plan?: WrittenPlan | ArrayLike<number>,
): Generator<string, void, undefined> {
  const written = plan === undefined ? undefined : 'offsets' in plan ? plan : {offsets: plan};
  const columns = columnsOf(problem, written);
  let piece = `id,lower,upper,size${columns.map(({name}) => `,${name}`).join('')}\n`;
  for (let i = 0; i < problem.count; i++) {
    const id = problem.ids?.[i];
    piece += `${id === undefined ? i : quoted(id)},${problem.start[i]},${problem.end[i]},${problem.size[i]}`;
    for (const {textOf} of columns) piece += `,${textOf(i)}`;
    piece += '\n';
    if (i % ROWS_PER_PIECE === ROWS_PER_PIECE - 1) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

/** Whether a CSV holds all that the problem says, except its capacity. */
export function isWholeInCsv({constraints = {}}: ProblemColumns): boolean {
  const {pools = [], allowed: _, sizes: __, ...others} = constraints;
  return Object.keys(others).length === 0 && pools.every(pool => Object.keys(pool).length === 1);
}

/** A column that not every file has. */
interface Column {
  readonly name: string;
  textOf(i: number): string | number;
}

function columnsOf(problem: ProblemColumns, plan: WrittenPlan | undefined): Column[] {
  const {alignment, offset, hint, defaultAlignment = 1, constraints} = problem;
  const columns: Column[] = [];
  if (plan || defaultAlignment > 1 || alignment.some(own => own !== NO_ALIGNMENT))
    columns.push({name: 'alignment', textOf: i => alignment[i]! || defaultAlignment});
  const offsets = plan?.offsets ?? (offset.some(own => own !== NO_OFFSET) ? offset : undefined);
  if (offsets) columns.push({name: 'offset', textOf: i => offsets[i]!});
  if (hint && !plan) columns.push({name: 'hint', textOf: i => hint[i]!});
  if (problem.gapStart.length > 0 || constraints?.sizes)
    columns.push({name: 'gaps', textOf: i => writeGaps(problem, i)});
  if (plan?.arenas && plan.arenaOf) {
    const {arenas, arenaOf} = plan;
    columns.push({name: 'pool', textOf: i => quoted(arenas[arenaOf[i]!]?.name ?? '')});
    columns.push({name: 'arena', textOf: i => arenaOf[i]!});
  } else if (constraints?.pools && !plan) {
    const {pools, allowed} = constraints;
    const all = pools.map((_, pool) => pool);
    columns.push({
      name: 'pool',
      textOf: i => quoted((allowed?.[i] ?? all).map(pool => pools[pool]!.name).join(' ')),
    });
  }
  return columns;
}

/** A name as a field: in quotes where it would not be read back as it is (RFC 4180). */
function quoted(name: string): string {
  return /[",\r\n]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
