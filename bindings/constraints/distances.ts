/**
 * Which distances two bundles cannot have: for bundles i and j that are live together, the open intervals of offset of j minus offset
 * of i in which some slices of them collide. Made in one sweep over time, so that a bundle of a thousand sizes costs no more
 * than its sizes.
 */
import type {Bytes, Tick} from '../model/numbers.ts';
import type {Slice} from './slices.ts';
import type {Solving} from './subproblems.ts';
import type {Work} from './work.ts';

/** Bytes of a bundle in use over a stretch of ticks, in columns. */
interface Cells {
  readonly start: readonly Tick[];
  readonly end: readonly Tick[];
  readonly from: readonly Bytes[];
  readonly to: readonly Bytes[];
}

/** Intervals that are kept at most, over all pairs. */
const MOST_INTERVALS = 8_000_000;
/** Steps of the sweep at most. */
const MOST_STEPS = 400_000_000;

export class Distances {
  /** Entries of bundle k: `index[k] … index[k + 1] − 1` of the columns below. */
  readonly index: Uint32Array;
  /** The other bundle. */
  readonly other: Uint32Array;
  /** The bundle's offset minus that of the other is never above `low` and below `high`. */
  readonly low: Float64Array;
  readonly high: Float64Array;

  private constructor(count: number, pairs: Pairs) {
    const index = new Uint32Array(count + 1);
    for (let p = 0; p < pairs.length; p++) {
      index[pairs.a[p]! + 1]!++;
      index[pairs.b[p]! + 1]!++;
    }
    for (let k = 0; k < count; k++) index[k + 1]! += index[k]!;
    const next = index.slice();
    this.index = index;
    this.other = new Uint32Array(2 * pairs.length);
    this.low = new Float64Array(2 * pairs.length);
    this.high = new Float64Array(2 * pairs.length);
    const put = (k: number, other: number, low: Bytes, high: Bytes): void => {
      const at = next[k]!++;
      this.other[at] = other;
      this.low[at] = low;
      this.high[at] = high;
    };
    for (let p = 0; p < pairs.length; p++) {
      put(pairs.b[p]!, pairs.a[p]!, pairs.low[p]!, pairs.high[p]!);
      put(pairs.a[p]!, pairs.b[p]!, -pairs.high[p]!, -pairs.low[p]!);
    }
  }

  /** Undefined where that are too many. */
  static *of(
    bundles: readonly {readonly slices: readonly Slice[]}[],
    work: Work,
  ): Solving<Distances | undefined> {
    const cells: Cells[] = [];
    for (const {slices} of bundles) {
      cells.push(cellsOf(slices));
      if (work.isDue(slices.length)) yield;
    }
    const pairs: Pairs = {length: 0, a: [], b: [], low: [], high: []};
    const endOf = cells.map(({end}) => end.reduce((last, tick) => Math.max(last, tick), 0));
    const order = cells.map((_, k) => k).sort((i, j) => cells[i]!.start[0]! - cells[j]!.start[0]! || i - j);
    let active: number[] = [];
    let steps = 0;
    for (const k of order) {
      const begin = cells[k]!.start[0]!;
      active = active.filter(i => endOf[i]! > begin);
      for (const i of active) {
        steps += collisions(cells[i]!, cells[k]!, i, k, pairs);
        if (pairs.length > MOST_INTERVALS || steps > MOST_STEPS) return undefined;
        if (work.isDue(8)) yield;
      }
      active.push(k);
    }
    return new Distances(bundles.length, pairs);
  }
}

interface Pairs {
  length: number;
  readonly a: number[];
  readonly b: number[];
  readonly low: Bytes[];
  readonly high: Bytes[];
}

/** Adds what the two cannot be apart, by offset of the second minus that of the first. @returns the steps it took. */
function collisions(first: Cells, second: Cells, a: number, b: number, pairs: Pairs): number {
  const begin = pairs.length;
  let i = 0;
  let steps = 0;
  const {start, end, from, to} = second;
  for (let j = 0; j < start.length; j++) {
    // cells of one bundle are in order of their ends too, or live at the same ticks
    while (i < first.start.length && first.end[i]! <= start[j]!) i++;
    for (let m = i; m < first.start.length && first.start[m]! < end[j]!; m++) {
      steps++;
      if (first.end[m]! > start[j]!)
        add(pairs, begin, a, b, first.from[m]! - to[j]!, first.to[m]! - from[j]!);
    }
    steps++;
  }
  if (pairs.length > begin + 1) joined(pairs, begin);
  return steps;
}

function add(pairs: Pairs, begin: number, a: number, b: number, low: Bytes, high: Bytes): void {
  const last = pairs.length - 1;
  if (last >= begin && low < pairs.high[last]! && pairs.low[last]! < high) {
    pairs.low[last] = Math.min(pairs.low[last]!, low);
    pairs.high[last] = Math.max(pairs.high[last]!, high);
    return;
  }
  put(pairs, pairs.length++, a, b, low, high);
}

function put(pairs: Pairs, at: number, a: number, b: number, low: Bytes, high: Bytes): void {
  pairs.a[at] = a;
  pairs.b[at] = b;
  pairs.low[at] = low;
  pairs.high[at] = high;
}

/** Joins the intervals from `begin` on that overlap. Those that touch leave a distance between them. */
function joined(pairs: Pairs, begin: number): void {
  const all: [Bytes, Bytes][] = [];
  for (let p = begin; p < pairs.length; p++) all.push([pairs.low[p]!, pairs.high[p]!]);
  all.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
  const [a, b] = [pairs.a[begin]!, pairs.b[begin]!];
  pairs.length = begin;
  for (const [low, high] of all) {
    const last = pairs.length - 1;
    if (last >= begin && low < pairs.high[last]!) pairs.high[last] = Math.max(pairs.high[last]!, high);
    else put(pairs, pairs.length++, a, b, low, high);
  }
}

/** The slices as cells in order of time: at each tick, one for each stretch of bytes in use. */
function cellsOf(slices: readonly Slice[]): Cells {
  const cells = {start: [] as Tick[], end: [] as Tick[], from: [] as Bytes[], to: [] as Bytes[]};
  const ticks = [...new Set(slices.flatMap(({pieces}) => pieces))].sort((x, y) => x - y);
  const next = new Uint32Array(slices.length);
  let before: readonly [Bytes, Bytes][] = [];
  for (let t = 0; t + 1 < ticks.length; t++) {
    const tick = ticks[t]!;
    const used: [Bytes, Bytes][] = [];
    slices.forEach(({from, to, pieces}, s) => {
      while (next[s]! < pieces.length && pieces[next[s]! + 1]! <= tick) next[s]! += 2;
      if (next[s]! >= pieces.length || pieces[next[s]!]! > tick) return;
      const last = used.at(-1);
      if (last !== undefined && last[1] === from) last[1] = to;
      else used.push([from, to]);
    });
    const isSame =
      used.length === before.length &&
      used.every(([from, to], u) => from === before[u]![0] && to === before[u]![1]);
    for (const [u, [from, to]] of used.entries()) {
      if (isSame) {
        cells.end[cells.end.length - used.length + u] = ticks[t + 1]!;
        continue;
      }
      cells.start.push(tick);
      cells.end.push(ticks[t + 1]!);
      cells.from.push(from);
      cells.to.push(to);
    }
    before = used;
  }
  return cells;
}
