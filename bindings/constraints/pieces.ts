/** When something is live: half-open stretches of ticks, ascending and apart, as start, end, start, end, … */
import type {Tick} from '../model/numbers.ts';
import type {ProblemColumns} from '../model/problem.ts';

export type Pieces = readonly Tick[];

/** The pieces of buffer `i`; none where it never holds anything. */
export function piecesOf({start, end, size, gapIndex, gapStart, gapEnd}: ProblemColumns, i: number): Pieces {
  if (size[i]! === 0 || start[i]! === end[i]!) return [];
  const pieces: Tick[] = [start[i]!];
  for (let gap = gapIndex[i]!; gap < gapIndex[i + 1]!; gap++) pieces.push(gapStart[gap]!, gapEnd[gap]!);
  pieces.push(end[i]!);
  return pieces;
}

/** What is covered by one of them. */
export function unionOf(all: readonly Pieces[]): Pieces {
  if (all.length === 1) return all[0]!;
  const stretches = all.flatMap(pieces =>
    Array.from({length: pieces.length / 2}, (_, k): [Tick, Tick] => [pieces[2 * k]!, pieces[2 * k + 1]!]),
  );
  stretches.sort((a, b) => a[0] - b[0]);
  const union: Tick[] = [];
  for (const [from, to] of stretches) {
    const last = union.length - 1;
    if (last > 0 && from <= union[last]!) union[last] = Math.max(union[last]!, to);
    else union.push(from, to);
  }
  return union;
}

/** Whether both are live at some tick, or in some common stretch that `counts`. */
export function meet(a: Pieces, b: Pieces, counts?: (from: Tick, to: Tick) => boolean): boolean {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const from = Math.max(a[i]!, b[j]!);
    const to = Math.min(a[i + 1]!, b[j + 1]!);
    if (from < to && (counts === undefined || counts(from, to))) return true;
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return false;
}

/** Without these ticks, which ascend. */
export function withoutTicks(pieces: Pieces, ticks: readonly Tick[]): Pieces {
  const left: Tick[] = [];
  let next = 0;
  for (let k = 0; k < pieces.length; k += 2) {
    let from = pieces[k]!;
    const to = pieces[k + 1]!;
    while (next < ticks.length && ticks[next]! < from) next++;
    for (; next < ticks.length && ticks[next]! < to; next++) {
      if (from < ticks[next]!) left.push(from, ticks[next]!);
      from = ticks[next]! + 1;
    }
    if (from < to) left.push(from, to);
  }
  return left;
}

export function sameAs(a: Pieces, b: Pieces): boolean {
  return a.length === b.length && a.every((tick, k) => tick === b[k]);
}

/** Number of ticks covered. */
export function lengthOf(pieces: Pieces): number {
  let ticks = 0;
  for (let k = 0; k < pieces.length; k += 2) ticks += pieces[k + 1]! - pieces[k]!;
  return ticks;
}
