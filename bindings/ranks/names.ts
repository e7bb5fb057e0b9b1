/**
 * Rank and coordinates from the name of a file. A number counts as a rank only where the name says so, or where it is the
 * last word of the file's name and nothing marks it as something else: a step, a date, a version.
 */
import type {BatchFile} from './result.ts';

export interface RankName {
  readonly rank: number | null;
  readonly coordinates: Readonly<Record<string, number>>;
}

/** Larger numbers are dates, times and process ids. */
const MOST_DIGITS = 6;

/** `rank3`, `rank_0003`, `ranks/12`; not `local_rank3`, which is a place within a node, nor `frank3`. */
const RANK = /(?<![a-z])(local[-_.]?)?ranks?[-_.=/]?(\d+)(?!\d)/gi;

/** `dp0`, `tp-1`, `node_2`, `dp0tp1`; the names that launchers and frameworks use. */
const COORDINATE =
  /(?<![a-z])(dp|tp|pp|ep|cp|sp|mp|vp|vpp|etp|edp|fsdp|hsdp|stage|node|host|gpu|cuda|device|local[-_.]?rank)[-_.=]?(\d+)(?!\d)/gi;

/** Words before a number that is no rank: `step_100`, `epoch-3`, `Nov_29`, `v2`. */
const COUNTED =
  /^(.*(step|iter|iteration|epoch|batch|ckpt|checkpoint|seed|run|attempt|retry|restart|trial|try|job|task|part|pid|line|version|v|date|time|at|day|hour|min|sec|ms|us|ns)s?|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)$/i;

/** The manifest's rank, else that of the name. */
export function rankNameOf({name, rank}: Pick<BatchFile, 'name' | 'rank'>): RankName {
  const coordinates = coordinatesOf(name);
  return {rank: rank ?? statedRank(name) ?? lastNumber(name, coordinates), coordinates};
}

/** The nearest statement to the end: that of the file before those of its folders. */
function statedRank(name: string): number | undefined {
  let rank: number | undefined;
  for (const [, local, digits] of name.matchAll(RANK)) {
    if (local === undefined && digits!.length <= MOST_DIGITS) rank = Number(digits);
  }
  return rank;
}

function coordinatesOf(name: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [, word, digits] of name.matchAll(COORDINATE)) {
    const key = word!.toLowerCase().replace(/^local.?rank$/, 'local_rank');
    if (digits!.length <= MOST_DIGITS) found[key] = Number(digits);
  }
  return found;
}

/** `3` of `snapshot_3.pickle` and of `3.pickle.gz`. */
function lastNumber(name: string, coordinates: Readonly<Record<string, number>>): number | null {
  if (Object.keys(coordinates).length > 0) return null;
  const words = stemOf(name).split(/[-_.\s]+/);
  const last = words.at(-1)!;
  const before = words.at(-2);
  if (!/^\d+$/.test(last) || last.length > MOST_DIGITS) return null;
  // two numbers in a row are a date, a time, or a version
  if (before !== undefined && (/^\d+$/.test(before) || COUNTED.test(before))) return null;
  return Number(last);
}

/** The file's name without folders, query and ending. */
function stemOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return base.replace(/\.(gz|zst)$/i, '').replace(/\.[a-z][a-z0-9]*$/i, '');
}

/** Numbers within names by value: `dp2` before `dp10`. Code units decide the rest, so that no locale does. */
export function compareNames(a: string, b: string): number {
  const [x, y] = [a, b].map(name => name.split(/(\d+)/));
  for (let i = 0; i < Math.min(x!.length, y!.length); i++) {
    const [p, q] = [x![i]!, y![i]!];
    // every second part is a number
    const byValue = i % 2 === 1 ? compareDigits(p, q) : 0;
    if (byValue !== 0) return byValue;
    if (p !== q && i % 2 === 0) return p < q ? -1 : 1;
  }
  return x!.length - y!.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Of any length, so not as numbers. */
function compareDigits(a: string, b: string): number {
  const [p, q] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return p.length - q.length || (p < q ? -1 : p > q ? 1 : 0);
}
