/** Changes of lifetimes: gaps that are added to those that a buffer has, and later ends. */
import type {ProblemColumns, Tick} from '../../model/problem.ts';

export interface LifetimeEdit {
  readonly buffer: number;
  /** Ticks `[from, to)` in which it holds nothing any more. */
  readonly from: Tick;
  readonly to: Tick;
  /** Its new end, where that is later than its old one. */
  readonly end?: Tick;
}

/** The problem with the edits. A gap that reaches the end of a lifetime ends it; overlapping gaps become one. */
export function withLifetimes(columns: ProblemColumns, edits: readonly LifetimeEdit[]): ProblemColumns {
  const own = new Map<number, LifetimeEdit[]>();
  for (const edit of edits) own.set(edit.buffer, [...(own.get(edit.buffer) ?? []), edit]);
  const [start, end] = [columns.start.slice(), columns.end.slice()];
  const gapIndex = new Uint32Array(columns.count + 1);
  const [gapStart, gapEnd]: [Tick[], Tick[]] = [[], []];
  for (let i = 0; i < columns.count; i++) {
    const added = own.get(i) ?? [];
    for (const {end: later} of added) if (later !== undefined) end[i] = Math.max(end[i]!, later);
    const gaps: [Tick, Tick][] = added.map(({from, to}) => [from, to]);
    for (let k = columns.gapIndex[i]!; k < columns.gapIndex[i + 1]!; k++)
      gaps.push([columns.gapStart[k]!, columns.gapEnd[k]!]);
    for (const [from, to] of added.length > 0 ? merged(gaps) : gaps) {
      if (added.length > 0 && from <= start[i]!) start[i] = Math.max(start[i]!, Math.min(to, end[i]!));
      else if (added.length > 0 && to >= end[i]!) end[i] = Math.min(end[i]!, from);
      else {
        gapStart.push(from);
        gapEnd.push(to);
      }
    }
    gapIndex[i + 1] = gapStart.length;
  }
  return {
    ...columns,
    start,
    end,
    gapIndex,
    gapStart: Uint32Array.from(gapStart),
    gapEnd: Uint32Array.from(gapEnd),
  };
}

/** Ascending, apart: two that touch are one. */
function merged(gaps: [Tick, Tick][]): [Tick, Tick][] {
  const apart: [Tick, Tick][] = [];
  for (const [from, to] of gaps.sort((a, b) => a[0] - b[0])) {
    const last = apart.at(-1);
    if (from >= to) continue;
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else apart.push([from, to]);
  }
  return apart;
}
