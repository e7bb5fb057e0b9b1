/** A problem with ticks in place of clocks: a plain one. */
import type {ProblemColumns} from '../model/problem.ts';
import type {SurrogateTicks} from './interval-order.ts';
import type {Pieces} from './pieces.ts';

/** Each buffer is live while one of its pieces is. */
export function withTicks(
  {constraints: _, ...columns}: ProblemColumns,
  pieces: Pieces,
  ticks: SurrogateTicks,
): ProblemColumns {
  const {count} = columns;
  const start = new Uint32Array(count);
  const end = new Uint32Array(count);
  const gapIndex = new Uint32Array(count + 1);
  const gaps: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const own = Array.from({length: pieces.first[i + 1]! - pieces.first[i]!}, (_, k) => pieces.first[i]! + k);
    own.sort((a, b) => ticks.start[a]! - ticks.start[b]!);
    let to = 0;
    own.forEach((p, k) => {
      if (k === 0) start[i] = ticks.start[p]!;
      else if (ticks.start[p]! > to) gaps.push([to, ticks.start[p]!]);
      to = Math.max(to, ticks.end[p]!);
    });
    end[i] = to;
    gapIndex[i + 1] = gaps.length;
  }
  return {
    ...columns,
    start,
    end,
    gapIndex,
    gapStart: Uint32Array.from(gaps, ([from]) => from),
    gapEnd: Uint32Array.from(gaps, ([, to]) => to),
  };
}
