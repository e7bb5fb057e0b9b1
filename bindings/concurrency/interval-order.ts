/**
 * Ticks that say the same as clocks, where they can. "Before" is an interval order iff it contains no 2 + 2 (Fishburn,
 * "Intransitive indifference with unequal indifference intervals", 1970), that is iff the sets of predecessors are nested. A
 * relation with nested rows is the only one with its numbers of successors and predecessors (Gale and Ryser, 1957), so the numbers
 * decide.
 */
import type {Pieces} from './pieces.ts';

/** Per piece: a lifetime `[start, end)` in ticks of its own. */
export interface SurrogateTicks {
  readonly start: Uint32Array;
  readonly end: Uint32Array;
}

/** @param after per piece: how many pieces it is before. @param before per piece: how many are before it. */
export function surrogateTicks(
  {count}: Pieces,
  after: Uint32Array,
  before: Uint32Array,
): SurrogateTicks | undefined {
  // the k-th smallest number of predecessors, and how many pieces have it or more
  const levels = [...new Set(before)].sort((a, b) => a - b);
  const levelOf = new Map(levels.map((level, k) => [level, k]));
  const atLevel = new Uint32Array(levels.length + 1);
  for (const number of before) atLevel[levelOf.get(number)!]!++;
  const fromLevel = new Map<number, number>();
  let sum = 0;
  for (let k = levels.length; k >= 0; k--) {
    sum += atLevel[k]!;
    fromLevel.set(sum, k);
  }
  const start = Uint32Array.from(before, number => levelOf.get(number)!);
  const end = new Uint32Array(count);
  const endsAt = new Uint32Array(levels.length + 1);
  for (let p = 0; p < count; p++) {
    const level = fromLevel.get(after[p]!);
    if (level === undefined || level <= start[p]!) return undefined;
    end[p] = level;
    endsAt[level]!++;
  }
  let ended = 0;
  for (let k = 0; k < levels.length; k++) {
    ended += endsAt[k]!;
    if (ended !== levels[k]) return undefined;
  }
  return {start, end};
}
