/** Finds members of a tied set that need the same bytes at the same time. */
import type {Bytes, Tick} from '../model/numbers.ts';
import type {Pieces} from './pieces.ts';
import type {Solving} from './subproblems.ts';
import type {Work} from './work.ts';

/** Bytes of a buffer at their place in the set, the pieces in which they are live, and the hull of these. */
export interface Rectangle {
  readonly buffer: number;
  readonly from: Bytes;
  readonly to: Bytes;
  readonly start: Tick;
  readonly end: Tick;
  readonly pieces: Pieces;
}

/** So many pairs are looked at one by one. */
const MOST_NAIVE = 4096;

/** Whether a pair of an `a` and a `b` that share bytes and ticks has the property. */
export function* anyBetween(
  work: Work,
  a: readonly Rectangle[],
  b: readonly Rectangle[],
  has: (one: Rectangle, other: Rectangle) => boolean,
): Solving<boolean> {
  if (a.length * b.length <= MOST_NAIVE || a.length === 1 || b.length === 1) {
    const [few, many] = a.length < b.length ? [a, b] : [b, a];
    for (const one of few) {
      for (const other of many) if (share(one, other) && has(one, other)) return true;
      if (work.isDue(many.length)) yield;
    }
    return false;
  }
  const isOfB = new Set(b);
  return yield* anyOf(
    work,
    [...a, ...b],
    (one, other) => isOfB.has(one) !== isOfB.has(other) && has(one, other),
  );
}

/** The same for any two: a sweep over ticks or bytes, along which fewer meet. */
export function* anyOf(
  work: Work,
  all: readonly Rectangle[],
  has: (one: Rectangle, other: Rectangle) => boolean,
): Solving<boolean> {
  const isInTime =
    pairsOf(
      all,
      ({start}) => start,
      ({end}) => end,
    ) <=
    pairsOf(
      all,
      ({from}) => from,
      ({to}) => to,
    );
  const low = (one: Rectangle) => (isInTime ? one.start : one.from);
  const high = (one: Rectangle) => (isInTime ? one.end : one.to);
  let active: Rectangle[] = [];
  for (const next of [...all].sort((a, b) => low(a) - low(b))) {
    active = active.filter(one => high(one) > low(next));
    for (const one of active) if (share(one, next) && has(one, next)) return true;
    if (work.isDue(active.length)) yield;
    active.push(next);
  }
  return false;
}

/** Pairs whose intervals meet. */
function pairsOf(
  all: readonly Rectangle[],
  low: (one: Rectangle) => number,
  high: (one: Rectangle) => number,
): number {
  const lows = Float64Array.from(all, low).sort();
  const highs = Float64Array.from(all, high).sort();
  let ended = 0;
  let pairs = 0;
  for (let k = 0; k < lows.length; k++) {
    while (highs[ended]! <= lows[k]!) ended++;
    pairs += k - ended;
  }
  return pairs;
}

function share(a: Rectangle, b: Rectangle): boolean {
  return a.from < b.to && b.from < a.to && a.start < b.end && b.start < a.end;
}
