/**
 * Which outputs take the places of their inputs. Few pairs: every set of them is tried, so that the best is proven.
 * Many: none, all that go together, the largest and the smallest of them, and then one pair more or less as long as that
 * helps.
 */
import type {Bundle} from './bundles.ts';
import type {Solving, Subproblems} from './subproblems.ts';
import type {TiedProblem} from './tied-problem.ts';

/** Every set of so many pairs is tried. */
const MOST_SETS = 6;
/** Pairs that are tried one by one, of many. */
const MOST_TRIED = 24;

/** Parts of all pairs that are tried, those with the largest outputs, and those with the smallest. */
const PARTS = [0.75, 0.5, 0.25];

/** What came of one set of pairs. */
export interface PairChoice<T> {
  readonly bundles: readonly Bundle[];
  readonly result: T;
  /** What came of every set that can be taken; absent where not all were tried. */
  readonly all?: readonly T[];
}

/** How to judge sets of pairs. */
export interface PairJudge<T> {
  solve(bundles: readonly Bundle[]): Solving<T>;
  /** Whether `a` is better than `b`. */
  isBetter(a: T, b: T): boolean;
  /** Whether no set of pairs can give more. */
  isPerfect(result: T): boolean;
}

/** The best set of pairs that is found. */
export function* choosePairs<T>(
  tied: TiedProblem,
  subproblems: Subproblems,
  judge: PairJudge<T>,
): Solving<PairChoice<T>> {
  const {eligible} = tied;
  if (eligible.length <= MOST_SETS) return yield* tryAll(tied, subproblems, judge);
  let best = yield* withoutPairs(tied, judge);
  let taken: readonly number[] = [];
  const isOver = () => subproblems.isOver || judge.isPerfect(best.result);
  const offer = function* (pairs: readonly number[]): Solving<void> {
    if (isOver()) return;
    const bundles = yield* tied.bundles(pairs);
    if (bundles === undefined || isOver()) return;
    const result = yield* judge.solve(bundles);
    if (!judge.isBetter(result, best.result)) return;
    best = {bundles, result};
    taken = pairs;
  };
  if (isOver()) return best;
  const all = yield* tied.together(bySize(tied), isOver);
  yield* offer(all);
  for (const part of PARTS) {
    const count = Math.round(all.length * part);
    yield* offer(all.slice(0, count));
    yield* offer(all.slice(all.length - count));
  }
  for (const pair of eligible.slice(0, MOST_TRIED)) {
    const has = taken.includes(pair);
    yield* offer(has ? taken.filter(other => other !== pair) : [...taken, pair]);
  }
  return best;
}

function* withoutPairs<T>(tied: TiedProblem, judge: PairJudge<T>): Solving<PairChoice<T>> {
  return {bundles: tied.base, result: yield* judge.solve(tied.base)};
}

function* tryAll<T>(
  tied: TiedProblem,
  subproblems: Subproblems,
  judge: PairJudge<T>,
): Solving<PairChoice<T>> {
  const {eligible} = tied;
  let best = yield* withoutPairs(tied, judge);
  const all = [best.result];
  for (let set = 1; set < 2 ** eligible.length; set++) {
    if (judge.isPerfect(best.result) || subproblems.isOver) return best;
    const bundles = yield* tied.bundles(eligible.filter((_, k) => (set >> k) & 1));
    if (bundles === undefined) continue;
    const result = yield* judge.solve(bundles);
    all.push(result);
    if (judge.isBetter(result, best.result)) best = {bundles, result};
  }
  return {...best, all};
}

/** Pairs with the largest outputs first. */
function bySize(tied: TiedProblem): readonly number[] {
  const bytes = (k: number) => tied.columns.size[tied.pair(k).output]!;
  return [...tied.eligible].sort((a, b) => bytes(b) - bytes(a) || a - b);
}
