/**
 * Streams in groups: buffers of different groups share nothing, and those of one group follow each other once all in it know. So each
 * group has ticks, and is a plain problem. The obvious group is a stream by itself; groups are joined while that lowers the load.
 */
import type {Bytes} from '../model/numbers.ts';
import {type ProblemColumns, select} from '../model/problem.ts';
import {knownTicks} from './known-ticks.ts';
import {Pieces} from './pieces.ts';
import {withTicks} from './ticks-problem.ts';

/** Groups of streams that are tried to be joined, at most. */
const MOST_GROUPS = 8;

/** A problem in ticks whose parts are groups of streams; undefined where nothing is won by joining any. */
export function inGroups(columns: ProblemColumns, pieces: Pieces): ProblemColumns | undefined {
  const single = byStream(columns, pieces).map(index => groupOf(columns, index));
  let groups = single;
  if (groups.length <= MOST_GROUPS) {
    for (let better = joined(columns, groups); better !== undefined; better = joined(columns, groups))
      groups = better;
  }
  return groups === single ? undefined : together(columns, groups);
}

/** A problem in ticks whose parts are the streams. */
export function apart(columns: ProblemColumns, pieces: Pieces): ProblemColumns {
  return together(
    columns,
    byStream(columns, pieces).map(index => groupOf(columns, index)),
  );
}

interface Group {
  readonly index: Uint32Array;
  readonly columns: ProblemColumns;
  /** The most bytes live together, by its ticks. */
  readonly load: Bytes;
}

function groupOf(columns: ProblemColumns, index: Uint32Array): Group {
  const own = select(columns, index);
  const pieces = new Pieces(own);
  const inTicks = withTicks(own, pieces, knownTicks(pieces));
  return {index, columns: inTicks, load: loadOf(inTicks)};
}

/** Buffers by the stream of their last use, as far as the clocks say. */
function byStream({count}: ProblemColumns, {first, death, streams}: Pieces): Uint32Array[] {
  const lists = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const row = (first[i + 1]! - 1) * streams;
    let home = 0;
    for (let s = 1; s < streams; s++) if (death[row + s]! > death[row + home]!) home = s;
    const list = lists.get(home);
    if (list === undefined) lists.set(home, [i]);
    else list.push(i);
  }
  return [...lists.values()].map(list => Uint32Array.from(list));
}

/** With those two groups joined that lowers the sum of loads the most; undefined where none does. */
function joined(columns: ProblemColumns, groups: readonly Group[]): Group[] | undefined {
  let best: Group[] | undefined;
  let most = 0;
  groups.forEach((a, k) => {
    for (const b of groups.slice(k + 1)) {
      const both = groupOf(columns, Uint32Array.of(...a.index, ...b.index).sort());
      const gain = a.load + b.load - both.load;
      if (gain <= most) continue;
      most = gain;
      best = groups.flatMap(group => (group === a ? [both] : group === b ? [] : [group]));
    }
  });
  return best;
}

function loadOf({count, start, end, size, gapIndex, gapStart, gapEnd}: ProblemColumns): Bytes {
  const changes: (readonly [tick: number, bytes: number])[] = [];
  for (let i = 0; i < count; i++) {
    changes.push([start[i]!, size[i]!], [end[i]!, -size[i]!]);
    for (let gap = gapIndex[i]!; gap < gapIndex[i + 1]!; gap++)
      changes.push([gapStart[gap]!, -size[i]!], [gapEnd[gap]!, size[i]!]);
  }
  changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let [bytes, most] = [0, 0];
  for (const [, change] of changes) {
    bytes += change;
    most = Math.max(most, bytes);
  }
  return most;
}

/** All groups as parts of one problem. */
function together(columns: ProblemColumns, groups: readonly Group[]): ProblemColumns {
  const {constraints: _, hint: __, ...plain} = columns;
  const index = Uint32Array.from({length: columns.count});
  const of = new Uint32Array(columns.count);
  groups.forEach((group, part) => {
    group.index.forEach((i, k) => {
      of[i] = part;
      index[i] = k;
    });
  });
  const start = Uint32Array.from(of, (part, i) => groups[part]!.columns.start[index[i]!]!);
  const end = Uint32Array.from(of, (part, i) => groups[part]!.columns.end[index[i]!]!);
  const gapIndex = new Uint32Array(columns.count + 1);
  const gapStart: number[] = [];
  const gapEnd: number[] = [];
  of.forEach((part, i) => {
    const own = groups[part]!.columns;
    for (let gap = own.gapIndex[index[i]!]!; gap < own.gapIndex[index[i]! + 1]!; gap++) {
      gapStart.push(own.gapStart[gap]!);
      gapEnd.push(own.gapEnd[gap]!);
    }
    gapIndex[i + 1] = gapStart.length;
  });
  const inTicks = {
    ...plain,
    start,
    end,
    gapIndex,
    gapStart: Uint32Array.from(gapStart),
    gapEnd: Uint32Array.from(gapEnd),
  };
  if (groups.length < 2) return inTicks;
  return {...inTicks, constraints: {parts: {names: groups.map((_, part) => String(part)), of}}};
}
