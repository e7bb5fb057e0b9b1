/**
 * Finds the longest stretch of a sequence that repeats itself exactly, in O(n).
 *
 * - At an anchor position, for every period p at once, the Z-function shows how far `s[i] = s[i + p]` holds to the
 *   right of the anchor, and the Z-function of the reversed sequence how far to the left (Main and Lorentz 1984).
 * - A run with period p that is at least half of the sequence has one of a few evenly spread anchors in its first
 *   half, so none such is missed. Shorter runs may be, and are not asked for.
 * - Among the runs of at least two periods the longest counts; among equally long ones the smallest period, which
 *   is the primitive one.
 */

/** `s[i] = s[i + period]` for `start <= i < end - period`, and `end - start >= 2 * period`. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly period: number;
}

/** Runs of at least half of the sequence need 4; the others make finding shorter ones likely. */
const ANCHORS = 8;

/** The longest run of at least two periods that crosses an anchor; undefined where there is none. */
export function longestRun(sequence: Uint32Array): Run | undefined {
  let best: Run | undefined;
  const reversed = sequence.slice().reverse();
  for (let i = 0; i < ANCHORS; i++) {
    const anchor = Math.floor((sequence.length * i) / ANCHORS);
    const run = longestRunAt(sequence, reversed, anchor);
    if (run && (!best || longer(run, best))) best = run;
    if (best && best.end - best.start === sequence.length) break;
  }
  return best;
}

function longer(a: Run, b: Run): boolean {
  const difference = a.end - a.start - (b.end - b.start);
  return difference > 0 || (difference === 0 && a.period < b.period);
}

/** The longest run that holds both `anchor` and `anchor + period`. */
function longestRunAt(sequence: Uint32Array, reversed: Uint32Array, anchor: number): Run | undefined {
  const right = prefixMatches(sequence.subarray(anchor));
  const left = leftMatches(sequence, reversed, anchor);
  let best: Run | undefined;
  for (let period = 1; anchor + period < sequence.length; period++) {
    const leftward = left[period]!;
    const end = anchor + period + right[period]!;
    const run = {start: anchor - leftward, end, period};
    if (leftward + right[period]! >= period && (!best || longer(run, best))) best = run;
  }
  return best;
}

/** Entry p: how many positions before `anchor` equal those before `anchor + p`. */
function leftMatches(sequence: Uint32Array, reversed: Uint32Array, anchor: number): Uint32Array {
  const length = sequence.length;
  const matches = new Uint32Array(length - anchor + 1);
  if (anchor === 0) return matches;
  // the reversed prefix, an end that nothing equals, the reversed sequence
  const joined = new Uint32Array(anchor + 1 + length);
  joined.set(reversed.subarray(length - anchor));
  joined[anchor] = 0xffffffff;
  joined.set(reversed, anchor + 1);
  const z = prefixMatches(joined);
  for (let period = 1; anchor + period < length; period++) matches[period] = z[length + 1 - period]!;
  return matches;
}

/** The Z-function: entry i is the length of the longest common prefix of the sequence and its suffix at i. */
function prefixMatches(sequence: Uint32Array): Uint32Array {
  const length = sequence.length;
  const z = new Uint32Array(length);
  let from = 0;
  let to = 0;
  for (let i = 1; i < length; i++) {
    let matched = i < to ? Math.min(to - i, z[i - from]!) : 0;
    while (i + matched < length && sequence[matched] === sequence[i + matched]) matched++;
    z[i] = matched;
    if (i + matched > to) {
      from = i;
      to = i + matched;
    }
  }
  return z;
}
