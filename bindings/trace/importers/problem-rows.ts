/** Rows of a problem as an importer of models finds them: buffers by name, uses one after the other. */
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../../model/problem.ts';
import {cut} from '../../model/shown.ts';

/** One buffer. */
export interface ProblemRow {
  /** As the file calls it; `problemOf` makes it fit for CSV and distinct from others of that name. */
  readonly name: string;
  /** Ticks, `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Bytes. */
  readonly size: number;
  /** Bytes; absent where the problem's default holds. */
  readonly alignment?: number;
}

export function problemOf(rows: readonly ProblemRow[], defaultAlignment?: number): ProblemColumns {
  const count = rows.length;
  return {
    count,
    start: Uint32Array.from(rows, row => row.start),
    end: Uint32Array.from(rows, row => row.end),
    size: Float64Array.from(rows, row => row.size),
    alignment: Float64Array.from(rows, row => row.alignment ?? NO_ALIGNMENT),
    offset: new Float64Array(count).fill(NO_OFFSET),
    gapIndex: new Uint32Array(count + 1),
    gapStart: new Uint32Array(0),
    gapEnd: new Uint32Array(0),
    ids: uniqueNames(rows.map(row => row.name)),
    ...(defaultAlignment === undefined ? {} : {defaultAlignment}),
  };
}

/** Characters of a name; what is longer is cut. */
const MOST_NAME = 256;

/**
 * Names without commas, quotes and line breaks, each once: the second `x` is `x#1`. None begins as a formula does, which
 * a spreadsheet that opens the CSV would run.
 */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  /** Per name: the number that may be free next. */
  const next = new Map<string, number>();
  return names.map((name, index) => {
    const plain = cut(name, MOST_NAME).replace(/[",\s\p{Cc}]|^[=+\-@]/gu, '_') || `b${index}`;
    let unique = plain;
    let again = next.get(plain) ?? 1;
    for (; taken.has(unique); again++) unique = `${plain}#${again}`;
    next.set(plain, again);
    taken.add(unique);
    return unique;
  });
}
