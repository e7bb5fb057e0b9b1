/** Which of the values that may leave do leave. */
import type {Bytes} from '../../model/numbers.ts';

/** A value that may leave. */
export interface Candidate {
  readonly value: number;
  readonly loss: number;
  readonly score: number;
}

/** The first candidates, by what they cost for the bytes they free, that are enough; without those that the others make needless. */
export function enoughOf(candidates: Candidate[], excess: Bytes, size: ArrayLike<Bytes>): Candidate[] {
  const isBefore = (a: Candidate, b: Candidate) =>
    a.score - b.score || size[b.value]! - size[a.value]! || a.value - b.value;
  const chosen: Candidate[] = [];
  let surplus = -excess;
  while (surplus < 0 && chosen.length < candidates.length) {
    // a few are enough, mostly: it costs less to look for the next than to sort all
    if (chosen.length === FEW) sortFrom(candidates, FEW, isBefore);
    if (chosen.length < FEW) bringForward(candidates, chosen.length, isBefore);
    const next = candidates[chosen.length]!;
    chosen.push(next);
    surplus += size[next.value]!;
  }
  const dearest = [...chosen].sort((a, b) => b.loss - a.loss || b.value - a.value);
  const needless = new Set<Candidate>();
  for (const candidate of dearest) {
    if (candidate.loss === 0 || size[candidate.value]! > surplus) continue;
    surplus -= size[candidate.value]!;
    needless.add(candidate);
  }
  return chosen.filter(candidate => !needless.has(candidate));
}

/** Candidates that are looked for one by one. */
const FEW = 8;

/** Swaps the first of the candidates from `at` on to that place. */
function bringForward(
  candidates: Candidate[],
  at: number,
  isBefore: (a: Candidate, b: Candidate) => number,
): void {
  let first = at;
  for (let k = at + 1; k < candidates.length; k++) {
    if (isBefore(candidates[k]!, candidates[first]!) < 0) first = k;
  }
  [candidates[at], candidates[first]] = [candidates[first]!, candidates[at]!];
}

function sortFrom(
  candidates: Candidate[],
  at: number,
  isBefore: (a: Candidate, b: Candidate) => number,
): void {
  const sorted = candidates.slice(at).sort(isBefore);
  for (let k = 0; k < sorted.length; k++) candidates[at + k] = sorted[k]!;
}
