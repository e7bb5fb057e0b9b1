/** Which buffers of a problem conflict, by the definition of clocks, pair by pair: for comparison with other ways to know it. */
import type {ProblemColumns} from '../../../bindings/model/problem.ts';

/** Pairs of buffers `[i, j]` with i < j. */
export function conflictsOf(problem: ProblemColumns): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < problem.count; i++)
    for (let j = i + 1; j < problem.count; j++) if (conflict(problem, i, j)) pairs.push([i, j]);
  return pairs;
}

function conflict(problem: ProblemColumns, i: number, j: number): boolean {
  const {parts, clocks} = problem.constraints ?? {};
  if (parts && parts.of[i] !== parts.of[j]) return true;
  return piecesOf(problem, i).some(x =>
    piecesOf(problem, j).some(y => !isBefore(clocks, x, y) && !isBefore(clocks, y, x)),
  );
}

interface Piece {
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

function piecesOf({start, end, gapIndex, gapStart, gapEnd}: ProblemColumns, i: number): Piece[] {
  const [from, to] = [gapIndex[i]!, gapIndex[i + 1]!];
  return Array.from({length: to - from + 1}, (_, p) => ({
    row: i + from + p,
    start: p === 0 ? start[i]! : gapEnd[from + p - 1]!,
    end: p === to - from ? end[i]! : gapStart[from + p]!,
  }));
}

type Clocks = NonNullable<NonNullable<ProblemColumns['constraints']>['clocks']>;

function isBefore(clocks: Clocks | undefined, x: Piece, y: Piece): boolean {
  if (x.end > y.start) return false;
  if (!clocks) return true;
  const {streams, birth, death, next} = clocks;
  const k = streams.length;
  return streams.every((_, u) => {
    if (death[x.row * k + u]! > birth[y.row * k + u]!) return false;
    return !next || death[y.row * k + u]! <= next[x.row * k + u]!;
  });
}
