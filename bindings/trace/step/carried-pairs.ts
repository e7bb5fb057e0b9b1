/**
 * Pairs of a carried-out block and the carried-in block that is its instance of an earlier iteration.
 *
 * Where iterations repeat, the k-th allocation of one is the same buffer as the k-th of another. Let it be allocated
 * at tick s and freed at tick e, m iterations later (m = 1 below). Then every window of N ticks shows two pieces:
 *
 *     iteration        i                    i + 1
 *     tick        0    e     s         N    e     s
 *                 ─────╴     ├───────────────╴     ├──    one buffer, one offset: [0, N) with the gap [e, s)
 *
 * A buffer freed at e > s, or after m ≥ 2 iterations, meets its own next instance: it takes as many slots as
 * instances can be live at once, m where e <= s, else m + 1. The slots take turns, so each must be kept free for the
 * whole window. The instances that pass through the window without an event in it are in those slots, too.
 *
 * The two are a carried pair. A carried-in block is paired by its ordinal k in an earlier iteration; where that was not
 * recorded, a carried-out one is paired by the tick e at which it is freed in a later iteration.
 */
import type {StepWindow} from './window.ts';

export interface CarriedPair {
  /** The block allocated in the window, and the one freed in it. */
  readonly out: number;
  readonly in: number;
  /** Ticks in the window. */
  readonly start: number;
  readonly end: number;
  /** Iterations from malloc to free, at least 1. */
  readonly periods: number;
}

export interface CarriedPairs {
  readonly ofOut: ReadonlyMap<number, CarriedPair>;
  readonly ofIn: ReadonlyMap<number, CarriedPair>;
  /** Blocks that live through the whole window in a slot of a carried pair. */
  readonly passing: ReadonlySet<number>;
}

export const noPairs = (): CarriedPairs => ({ofOut: new Map(), ofIn: new Map(), passing: new Set()});

/** Whether a whole iteration beside this one allocates the same sizes in the same order. */
export function repeats(window: StepWindow): boolean {
  return (
    window.timeline.iterations.iterations[window.index]!.whole && (isSame(window, -1) || isSame(window, 1))
  );
}

/** @param window an iteration that repeats. */
export function findCarriedPairs(window: StepWindow): CarriedPairs {
  const alike = alikeIterations(window);
  const ofOut = new Map<number, CarriedPair>();
  const ofIn = new Map<number, CarriedPair>();
  const keep = (pair: CarriedPair): void => {
    ofOut.set(pair.out, pair);
    ofIn.set(pair.in, pair);
  };
  const outs = new Map<number, number>(); // ordinal → block
  const {timeline, first, end, blocks, free} = window;
  const {malloc} = timeline;
  for (const block of blocks) {
    if (malloc[block]! >= first && malloc[block]! < end && free[block]! >= end)
      outs.set(alike.ordinal(malloc[block]!)!, block);
  }
  // the latest first: of several instances of one ordinal, the nearest is paired
  const earlier = [...blocks].filter(block => malloc[block]! < first && free[block]! >= first);
  earlier.sort((a, b) => malloc[b]! - malloc[a]!);
  const passing = new Set<number>();
  for (const block of earlier) {
    const out = outs.get(alike.ordinal(malloc[block]!) ?? -1);
    if (out === undefined || free[block]! >= end || ofOut.has(out)) continue;
    const periods = -alike.distance(malloc[block]!)!;
    keep({out, in: block, start: malloc[out]! - first, end: free[block]! - first, periods});
  }
  for (const pair of pairsByFree(window, alike, ofOut, ofIn)) keep(pair);
  for (const block of earlier) {
    const pair = ofOut.get(outs.get(alike.ordinal(malloc[block]!) ?? -1) ?? -1);
    if (pair && free[block]! >= end && -alike.distance(malloc[block]!)! < pair.periods) passing.add(block);
  }
  return {ofOut, ofIn, passing};
}

/** Pairs the remaining blocks by the tick of the free, in the iteration that frees the carried-out block. */
function* pairsByFree(
  window: StepWindow,
  alike: AlikeIterations,
  ofOut: Map<number, CarriedPair>,
  ofIn: Map<number, CarriedPair>,
): Generator<CarriedPair> {
  const {timeline, first, end, blocks, free} = window;
  const {trace, malloc} = timeline;
  const freedAt = new Map<number, number>(); // tick → carried-in block from before the iterations recorded
  for (const block of blocks) {
    const isIn = malloc[block]! < first && free[block]! >= first && free[block]! < end;
    if (isIn && !ofIn.has(block) && alike.distance(malloc[block]!) === undefined)
      freedAt.set(free[block]! - first, block);
  }
  for (const out of blocks) {
    const isOut = malloc[out]! >= first && malloc[out]! < end && free[out]! >= end;
    const tick = isOut && !ofOut.has(out) ? alike.tick(free[out]!) : undefined;
    const carriedIn = tick === undefined ? undefined : freedAt.get(tick);
    if (
      tick === undefined ||
      carriedIn === undefined ||
      trace.blocks.bytes[carriedIn] !== trace.blocks.bytes[out]
    )
      continue;
    freedAt.delete(tick);
    yield {out, in: carriedIn, start: malloc[out]! - first, end: tick, periods: alike.distance(free[out]!)!};
  }
}

/** Positions of memory events in terms of the iterations around the window that allocate as it does. */
interface AlikeIterations {
  /** Iterations from the window's to the one that holds the position; undefined outside all that are alike. */
  distance(position: number): number | undefined;
  /** Ticks from the beginning of that iteration. */
  tick(position: number): number | undefined;
  /** How many mallocs that iteration has before the position. */
  ordinal(position: number): number | undefined;
}

/** The iterations `[from, to]` around the window that allocate as it does, one after the other. */
export function alikeRange(window: StepWindow): {readonly from: number; readonly to: number} {
  let from = window.index;
  let to = from;
  while (isSame(window, from - 1 - window.index)) from--;
  while (isSame(window, to + 1 - window.index)) to++;
  return {from, to};
}

function alikeIterations(window: StepWindow): AlikeIterations {
  const {timeline, index} = window;
  const {iterations} = timeline.iterations;
  const mallocs = timeline.mallocsBefore;
  const {from, to} = alikeRange(window);
  const holding = (position: number): number | undefined => {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (iterations[middle]!.firstEvent <= position) low = middle;
      else high = middle - 1;
    }
    const {firstEvent, endEvent} = iterations[low]!;
    return position >= firstEvent && position < endEvent ? low : undefined;
  };
  const relative = (position: number, of: (found: number) => number): number | undefined => {
    const found = holding(position);
    return found === undefined ? undefined : of(found);
  };
  return {
    distance: position => relative(position, found => found - index),
    tick: position => relative(position, found => position - iterations[found]!.firstEvent),
    ordinal: position =>
      relative(position, found => mallocs[position]! - mallocs[iterations[found]!.firstEvent]!),
  };
}

/** Whether the iteration that many after the window's is whole, its recorded successor, and allocates the same sizes. */
function isSame({timeline, index}: StepWindow, distance: number): boolean {
  const {iterations} = timeline.iterations;
  const other = iterations[index + distance];
  if (!other?.whole || other.number !== iterations[index]!.number + distance) return false;
  return timeline.likeness[index + distance] === timeline.likeness[index];
}
