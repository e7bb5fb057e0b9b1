/**
 * Pairs equal entries of two sequences, in order: a longest common subsequence.
 *
 * - Equal beginnings and ends are taken off first.
 * - In between, the shortest way of edits (Myers 1986) is found where it takes at most `MOST_EDITS` of them.
 * - Where it takes more, the k-th occurrence of each symbol in one sequence is paired with the k-th in the other, and
 *   the most pairs that cross nowhere are kept; between these the search for edits begins again.
 * - All searches together have `MOST_STEPS`; the remaining entries then stay unpaired. Steps are counted, not timed, so that
 *   equal inputs give equal pairs.
 */

const MOST_EDITS = 4096;
const MOST_STEPS = 1 << 27;
/** A diagonal that no way leads to. */
const NOWHERE = -1;

/** The budget that several alignments share. */
export interface StepBudget {
  steps: number;
}

export const newBudget = (): StepBudget => ({steps: MOST_STEPS});

/** `[aStart, aEnd)` of the one sequence, `[bStart, bEnd)` of the other. */
export interface Stretch {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/**
 * Equal numbers are equal symbols.
 * @returns per entry of the first sequence its partner in the second, ascending, or −1.
 */
export function align(a: Uint32Array, b: Uint32Array, budget: StepBudget = newBudget()): Int32Array {
  const aligner = new Aligner(a, b, budget);
  const all = {aStart: 0, aEnd: a.length, bStart: 0, bEnd: b.length};
  const rest = aligner.alignEnds(all);
  if (!aligner.alignShortest(rest)) {
    aligner.pairOccurrences(rest);
    for (const one of [...stretchesBetween(aligner.partner, rest)])
      aligner.alignShortest(aligner.alignEnds(one));
  }
  return aligner.partner;
}

/** The stretches between the pairs; in one of the two inputs a stretch may be empty. */
export function* stretchesBetween(partner: Int32Array, within: Stretch): Generator<Stretch> {
  let {aStart, bStart} = within;
  for (let a = aStart; a <= within.aEnd; a++) {
    const b = a < within.aEnd ? partner[a]! : within.bEnd;
    if (b < 0) continue;
    if (a > aStart || b > bStart) yield {aStart, aEnd: a, bStart, bEnd: b};
    aStart = a + 1;
    bStart = b + 1;
  }
}

class Aligner {
  readonly partner: Int32Array;
  readonly #a: Uint32Array;
  readonly #b: Uint32Array;
  readonly #budget: StepBudget;

  constructor(a: Uint32Array, b: Uint32Array, budget: StepBudget) {
    this.#a = a;
    this.#b = b;
    this.#budget = budget;
    this.partner = new Int32Array(a.length).fill(-1);
  }

  /** Pairs equal beginnings and ends. @returns the stretch in between. */
  alignEnds({aStart, aEnd, bStart, bEnd}: Stretch): Stretch {
    const [a, b] = [this.#a, this.#b];
    while (aStart < aEnd && bStart < bEnd && a[aStart] === b[bStart]) this.partner[aStart++] = bStart++;
    while (aStart < aEnd && bStart < bEnd && a[aEnd - 1] === b[bEnd - 1]) this.partner[--aEnd] = --bEnd;
    return {aStart, aEnd, bStart, bEnd};
  }

  /**
   * The entry i of row d is the furthest x that d edits reach on the diagonal x − y = 2i − d.
   * @returns false where more edits or steps are needed than are allowed; nothing is paired then.
   */
  alignShortest(stretch: Stretch): boolean {
    const {aStart, aEnd, bStart, bEnd} = stretch;
    const [a, b] = [this.#a.subarray(aStart, aEnd), this.#b.subarray(bStart, bEnd)];
    const rows: Int32Array[] = [];
    for (let d = 0; d <= MOST_EDITS; d++) {
      const row = new Int32Array(d + 1);
      for (let i = 0; i <= d; i++) {
        const from = d === 0 ? 0 : furthest(rows[d - 1]!, i, 2 * i - d, a.length, b.length);
        let x = from;
        for (let y = x - 2 * i + d; x >= 0 && x < a.length && y < b.length && a[x] === b[y]; x++) y++;
        row[i] = x;
        this.#budget.steps -= 1 + x - from;
        if (x !== a.length || x - 2 * i + d !== b.length) continue;
        rows.push(row);
        this.#walkBack(rows, i, stretch);
        return true;
      }
      if (this.#budget.steps < 0) return false;
      rows.push(row);
    }
    return false;
  }

  #walkBack(rows: readonly Int32Array[], last: number, {aStart, aEnd, bStart, bEnd}: Stretch): void {
    let i = last;
    for (let d = rows.length - 1; d >= 0; d--) {
      const diagonal = 2 * i - d;
      const from = d === 0 ? 0 : furthest(rows[d - 1]!, i, diagonal, aEnd - aStart, bEnd - bStart);
      for (let x = rows[d]![i]! - 1; x >= from; x--) this.partner[aStart + x] = bStart + x - diagonal;
      // a step to the right came from the diagonal below, a step down from the one above
      if (d > 0 && from !== rows[d - 1]![i]) i--;
    }
  }

  /** Pairs k-th occurrences, as many as cross nowhere. */
  pairOccurrences({aStart, aEnd, bStart, bEnd}: Stretch): void {
    const places = new Map<number, number[]>();
    for (let y = bEnd - 1; y >= bStart; y--) {
      const own = places.get(this.#b[y]!);
      if (own) own.push(y);
      else places.set(this.#b[y]!, [y]);
    }
    const candidates: [number, number][] = [];
    for (let x = aStart; x < aEnd; x++) {
      const y = places.get(this.#a[x]!)?.pop();
      if (y !== undefined) candidates.push([x, y]);
    }
    for (const [x, y] of longestAscent(candidates)) this.partner[x] = y;
  }
}

/** Where entry i of the next row begins: after one edit from the row before, down (an entry of b) before right. */
function furthest(before: Int32Array, i: number, diagonal: number, aLength: number, bLength: number): number {
  const down = i < before.length ? before[i]! : NOWHERE;
  const right = i > 0 && before[i - 1]! >= 0 ? before[i - 1]! + 1 : NOWHERE;
  const canDown = down >= 0 && down - diagonal <= bLength;
  const canRight = right >= 0 && right <= aLength;
  if (canDown && (!canRight || down >= right)) return down;
  return canRight ? right : NOWHERE;
}

/** The largest subset with ascending y of pairs with ascending x. */
function longestAscent(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const tops: number[] = []; // index of the pair with the least y that ends an ascent of each length
  const previous = new Int32Array(pairs.length);
  for (const [index, [, y]] of pairs.entries()) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pairs[tops[middle]!]![1] < y) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? tops[low - 1]! : -1;
    tops[low] = index;
  }
  const kept: (readonly [number, number])[] = [];
  for (let index = tops.at(-1) ?? -1; index >= 0; index = previous[index]!) kept.push(pairs[index]!);
  return kept.reverse();
}
