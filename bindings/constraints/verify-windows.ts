/** The bytes that a buffer uses over time, for the verifier: shares no code with the planner. */
import type {Bytes, Tick} from '../model/numbers.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {Stretch} from './verify-overlaps.ts';

/** The ticks and bytes of live buffer `i` at this offset, until others may use the bytes. */
export function stretchesOfBuffer(columns: ProblemColumns, i: number, offset: Bytes): Stretch[] {
  const {start, end, size, gapIndex, gapStart, gapEnd, constraints} = columns;
  const changes: Tick[] = [start[i]!];
  for (let g = gapIndex[i]!; g < gapIndex[i + 1]!; g++) changes.push(gapStart[g]!, gapEnd[g]!);
  const {sizes, hold} = constraints ?? {};
  const [first, last] = sizes ? [sizes.index[i]!, sizes.index[i + 1]!] : [0, 0];
  for (let k = first; k < last; k++) changes.push(sizes!.tick[k]!);
  changes.sort((a, b) => a - b);
  changes.push(end[i]!);
  const stretches: Stretch[] = [];
  let gap = gapIndex[i]!;
  let entry = first - 1;
  for (let c = 1; c < changes.length; c++) {
    const [tick, until] = [changes[c - 1]!, changes[c]!];
    if (tick === until) continue;
    while (gap < gapIndex[i + 1]! && gapEnd[gap]! <= tick) gap++;
    while (entry + 1 < last && sizes!.tick[entry + 1]! <= tick) entry++;
    if (gap < gapIndex[i + 1]! && gapStart[gap]! <= tick) continue;
    const from = offset + (entry < first ? 0 : sizes!.from[entry]!);
    const to = offset + (entry < first ? size[i]! : sizes!.to[entry]!);
    if (from < to)
      stretches.push(...repeated({i, start: tick, end: until + (hold?.ticks ?? 0), from, to}, hold?.period));
  }
  return stretches;
}

/** A stretch past the end of a plan that repeats goes on at the beginning. */
function repeated(stretch: Stretch, period: number | undefined): Stretch[] {
  if (period === undefined || stretch.end <= period) return [stretch];
  const rest = Math.min(stretch.end - period, period);
  return [
    {...stretch, end: period},
    {...stretch, start: 0, end: rest},
  ];
}
