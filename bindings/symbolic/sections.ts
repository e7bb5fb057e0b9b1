/** The sections of a problem, and which of them each buffer covers. They depend on lifetimes alone. */
import {piecesOf} from '../model/load.ts';
import type {ProblemColumns} from '../model/problem.ts';

/** Maximal sets of pieces that are live together, in order of time. */
export interface Sections {
  readonly count: number;
  /** Buffers that are ever live and have bytes at some value, ascending. */
  readonly live: Uint32Array;
  /** Pieces of buffer i: entries `pieceIndex[i] … pieceIndex[i + 1] − 1` of the next two, as ranges `[from, to)` of sections. */
  readonly pieceIndex: Uint32Array;
  readonly pieceFrom: Uint32Array;
  readonly pieceTo: Uint32Array;
}

/** @param problem the problem at the maximum of each dimension */
export function sectionsOf(problem: ProblemColumns): Sections {
  const {count, size, start, end} = problem;
  const live = Uint32Array.from({length: count}, (_, i) => i).filter(
    i => size[i]! > 0 && end[i]! > start[i]!,
  );
  const pieces = Array.from(live, i => piecesOf(problem, i));
  const numbers = numbered(pieces.flat());
  const pieceIndex = new Uint32Array(count + 1);
  live.forEach((i, k) => {
    pieceIndex[i + 1] = pieces[k]!.length;
  });
  for (let i = 0; i < count; i++) pieceIndex[i + 1]! += pieceIndex[i]!;
  const all = pieces.flat();
  return {
    count: numbers.count,
    live,
    pieceIndex,
    pieceFrom: Uint32Array.from(all, piece => numbers.first.get(piece.start)!),
    pieceTo: Uint32Array.from(all, piece => numbers.first.get(piece.end)!),
  };
}

interface Times {
  readonly start: number;
  readonly end: number;
}

/** A section ends where, after a start, the first piece ends. Per tick: the number of the first section that is not over then. */
function numbered(pieces: readonly Times[]): {count: number; first: Map<number, number>} {
  const starts = new Set(pieces.map(({start}) => start));
  const ends = new Set(pieces.map(({end}) => end));
  const first = new Map<number, number>();
  let count = 0;
  let hasStarted = false;
  for (const tick of [...new Set([...starts, ...ends])].sort((a, b) => a - b)) {
    if (hasStarted && ends.has(tick)) {
      count++;
      hasStarted = false;
    }
    if (starts.has(tick)) hasStarted = true;
    first.set(tick, count);
  }
  return {count, first};
}
