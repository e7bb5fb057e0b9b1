/**
 * Hints as a warm start: those that do not collide become fixed offsets, and a heuristic places the other buffers.
 *
 * In order of birth each hinted buffer is kept where it is aligned and collides with nothing kept before; the others
 * are free. What is kept and live is in order of offset, so a newcomer can collide with two neighbours only.
 */
import {firstIndex} from '../model/binary-search.ts';
import {alignmentOf, type Bytes, NO_OFFSET, type ProblemColumns, type Tick} from '../model/problem.ts';

/** The problem with its kept hints as fixed offsets; undefined where none is kept. */
export function withHintsFixed(columns: ProblemColumns, alignment?: Bytes): ProblemColumns | undefined {
  const {hint, count, offset} = columns;
  if (hint === undefined) return undefined;
  const wanted = Float64Array.from(offset, (fixed, i) => (fixed === NO_OFFSET ? hint[i]! : fixed));
  for (let i = 0; i < count; i++) {
    const isSound =
      wanted[i]! % alignmentOf(columns, i, alignment) === 0 &&
      Number.isSafeInteger(wanted[i]! + columns.size[i]!);
    if (offset[i] === NO_OFFSET && !isSound) wanted[i] = NO_OFFSET;
  }
  dropColliding(columns, wanted);
  return wanted.some((place, i) => place !== offset[i]) ? {...columns, offset: wanted} : undefined;
}

/** Frees hinted buffers that collide with fixed ones, or with hinted ones kept before. */
function dropColliding(columns: ProblemColumns, wanted: Float64Array): void {
  const live: number[] = [];
  for (const {i, isBirth} of eventsOf(columns, wanted)) {
    if (wanted[i] === NO_OFFSET) continue;
    if (!isBirth) {
      remove(i, live);
      continue;
    }
    const isFixed = columns.offset[i] !== NO_OFFSET;
    let other = collidingWith(columns, live, wanted, i);
    while (other !== undefined && isFixed && columns.offset[other] === NO_OFFSET) {
      remove(other, live);
      wanted[other] = NO_OFFSET;
      other = collidingWith(columns, live, wanted, i);
    }
    if (other === undefined) live.splice(placeOf(live, wanted, wanted[i]!), 0, i);
    else if (!isFixed) wanted[i] = NO_OFFSET;
  }
}

/** A live buffer that needs bytes of `i`, if one does. */
function collidingWith(
  {size}: ProblemColumns,
  live: readonly number[],
  wanted: Float64Array,
  i: number,
): number | undefined {
  const place = placeOf(live, wanted, wanted[i]!);
  const [below, above] = [live[place - 1], live[place]];
  if (below !== undefined && wanted[below]! + size[below]! > wanted[i]!) return below;
  return above !== undefined && wanted[i]! + size[i]! > wanted[above]! ? above : undefined;
}

function remove(i: number, live: number[]): void {
  const at = live.indexOf(i);
  if (at >= 0) live.splice(at, 1);
}

/** The first place among the live ones whose offset is `offset` or more. */
function placeOf(live: readonly number[], wanted: Float64Array, offset: Bytes): number {
  return firstIndex(0, live.length, k => wanted[live[k]!]! >= offset);
}

interface Event {
  readonly tick: Tick;
  readonly i: number;
  readonly isBirth: boolean;
}

/** Births and deaths of the pieces of placed buffers, deaths before births; fixed buffers are born before others. */
function eventsOf(columns: ProblemColumns, wanted: Float64Array): Event[] {
  const {count, start, end, gapIndex, gapStart, gapEnd, offset} = columns;
  const events: Event[] = [];
  for (let i = 0; i < count; i++) {
    if (wanted[i] === NO_OFFSET) continue;
    let from = start[i]!;
    for (let gap = gapIndex[i]!; gap <= gapIndex[i + 1]!; gap++) {
      const isLast = gap === gapIndex[i + 1];
      events.push(
        {tick: from, i, isBirth: true},
        {tick: isLast ? end[i]! : gapStart[gap]!, i, isBirth: false},
      );
      if (!isLast) from = gapEnd[gap]!;
    }
  }
  const isFree = (i: number) => Number(offset[i] === NO_OFFSET);
  return events.sort(
    (a, b) =>
      a.tick - b.tick || Number(a.isBirth) - Number(b.isBirth) || isFree(a.i) - isFree(b.i) || a.i - b.i,
  );
}
