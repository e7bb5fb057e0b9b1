/**
 * Pairs of two sequences that weigh the most together, in order, where pairs of equal symbols differ in weight: equal in
 * all, or in their kind alone.
 *
 * By kinds alone, one allocation more of a kind shifts all of that kind behind it. By equality in all alone, twice the
 * batch pairs the second layer with the first one. So pairs equal in all weigh a little more.
 */
import {align} from './align.ts';

const KIND = 4;
const ALL = 5;
/** Cells of the table of partial weights; a byte each. */
const MOST_CELLS = 1 << 26;

const PAIR = 1;
const SKIP_A = 2;
const SKIP_B = 3;

/** A sequence by kind, and by all; equal symbols of `all` have equal kinds. */
export interface Kinds {
  readonly kind: Uint32Array;
  readonly all: Uint32Array;
}

/** @returns per entry of the first its partner, or −1; undefined where that would take too many cells. */
export function matchHeaviest(a: Kinds, b: Kinds): Int32Array | undefined {
  const partner = new Int32Array(a.kind.length).fill(-1);
  let [start, aEnd, bEnd] = [0, a.kind.length, b.kind.length];
  // equal ends weigh the most that they can
  while (start < aEnd && start < bEnd && a.all[start] === b.all[start]) partner[start] = start++;
  while (start < aEnd && start < bEnd && a.all[aEnd - 1] === b.all[bEnd - 1]) partner[--aEnd] = --bEnd;
  const within = (sequence: Kinds, end: number): Kinds => ({
    kind: sequence.kind.subarray(start, end),
    all: sequence.all.subarray(start, end),
  });
  const inner = heaviest(within(a, aEnd), within(b, bEnd));
  inner?.forEach((to, from) => {
    if (to >= 0) partner[start + from] = start + to;
  });
  return inner && partner;
}

function heaviest(a: Kinds, b: Kinds): Int32Array | undefined {
  const [n, m] = [a.kind.length, b.kind.length];
  const partner = new Int32Array(n).fill(-1);
  if (n === 0 || m === 0) return partner;
  // the heaviest pairs are so many at least, so no more entries are skipped and no diagonal further off is reached
  const most = align(a.kind, b.kind).reduce((sum, to) => sum + (to < 0 ? 0 : 1), 0);
  const least = Math.ceil((most * KIND) / ALL);
  const low = least - n;
  const width = m - least - low + 1;
  if ((n + 1) * width > MOST_CELLS) return undefined;
  const steps = fillTable(a, b, low, width);
  for (let i = n, j = m; i > 0 || j > 0; ) {
    const step = steps[i * width + j - i - low];
    if (step === PAIR) partner[--i] = --j;
    else if (step === SKIP_A) i--;
    else j--;
  }
  return partner;
}

/** How the best way to each cell ends: row i is after i entries of a, column c after j = i + low + c of b. */
function fillTable(a: Kinds, b: Kinds, low: number, width: number): Uint8Array {
  const [n, m] = [a.kind.length, b.kind.length];
  const steps = new Uint8Array((n + 1) * width);
  let before = new Int32Array(width + 1);
  let weight = new Int32Array(width + 1);
  for (let i = 0; i <= n; i++) {
    for (let c = Math.max(0, -low - i); c < width && i + low + c <= m; c++) {
      const j = i + low + c;
      let best = -1;
      let step = 0;
      if (i > 0 && j > 0 && a.kind[i - 1] === b.kind[j - 1]) {
        best = before[c]! + (a.all[i - 1] === b.all[j - 1] ? ALL : KIND);
        step = PAIR;
      }
      if (i > 0 && c + 1 < width && before[c + 1]! > best) {
        best = before[c + 1]!;
        step = SKIP_A;
      }
      if (j > 0 && c > 0 && weight[c - 1]! > best) {
        best = weight[c - 1]!;
        step = SKIP_B;
      }
      weight[c] = Math.max(best, 0);
      steps[i * width + c] = step;
    }
    [before, weight] = [weight, before];
  }
  return steps;
}
