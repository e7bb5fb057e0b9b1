/**
 * Which outputs take the places of their inputs. Few pairs: every set of them is tried, so that the best is proven.
 * Many: none, all that go together, the largest and the smallest of them, and then one pair more or less as long as that
 * helps.
 */
import {UsageError} from '../model/errors.ts';
import type {Bundle, TiedProblem} from './bundles.ts';
import type {Solving, Subproblems} from './subproblems.ts';

/** Every set of so many pairs is tried. */
const MOST_SETS = 6;
/** Pairs that are tried one by one, of many. */
const MOST_TRIED = 24;

/** Parts of all pairs that are tried, those with the largest outputs, and those with the smallest. */
const PARTS = [0.75, 0.5, 0.25];

/** What came of one set of pairs. */
export interface PairChoice<T> {
  readonly taken: readonly number[];
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
  const all = together(tied, eligible);
  let best = yield* first(tied, judge);
  const offer = function* (taken: readonly number[]): Solving<void> {
    const bundles = bundlesOf(tied, taken);
    if (bundles === undefined || judge.isPerfect(best.result)) return;
    const result = yield* judge.solve(bundles);
    if (judge.isBetter(result, best.result)) best = {taken, result};
  };
  yield* offer(all);
  for (const part of PARTS) {
    const count = Math.round(all.length * part);
    for (const taken of [all.slice(0, count), all.slice(all.length - count)]) {
      if (!subproblems.isOver) yield* offer(taken);
    }
  }
  for (const pair of eligible.slice(0, MOST_TRIED)) {
    if (subproblems.isOver || judge.isPerfect(best.result)) break;
    const has = best.taken.includes(pair);
    yield* offer(has ? best.taken.filter(other => other !== pair) : [...best.taken, pair]);
  }
  return best;
}

function* first<T>(tied: TiedProblem, judge: PairJudge<T>): Solving<PairChoice<T>> {
  return {taken: [], result: yield* judge.solve(tied.bundles([]))};
}

function* tryAll<T>(
  tied: TiedProblem,
  subproblems: Subproblems,
  judge: PairJudge<T>,
): Solving<PairChoice<T>> {
  const {eligible} = tied;
  let best = yield* first(tied, judge);
  const all = [best.result];
  for (let set = 1; set < 2 ** eligible.length; set++) {
    if (judge.isPerfect(best.result) || subproblems.isOver) return best;
    const taken = eligible.filter((_, k) => (set >> k) & 1);
    const bundles = bundlesOf(tied, taken);
    if (bundles === undefined) continue;
    const result = yield* judge.solve(bundles);
    all.push(result);
    if (judge.isBetter(result, best.result)) best = {taken, result};
  }
  return {...best, all};
}

/** Pairs that go together, the largest outputs first. */
function together(tied: TiedProblem, pairs: readonly number[]): number[] {
  const {size, constraints} = tied.columns;
  const bytes = (k: number) => size[constraints!.inPlace![k]!.output]!;
  const bySize = [...pairs].sort((a, b) => bytes(b) - bytes(a) || a - b);
  const inputs = new Set<number>();
  const outputs = new Set<number>();
  const taken = bySize.filter(k => {
    const {input, output} = constraints!.inPlace![k]!;
    if (inputs.has(input) || outputs.has(output)) return false;
    inputs.add(input);
    outputs.add(output);
    return true;
  });
  if (bundlesOf(tied, taken) !== undefined) return taken;
  const kept: number[] = [];
  for (const k of taken) if (bundlesOf(tied, [...kept, k]) !== undefined) kept.push(k);
  return kept;
}

/** Undefined where the pairs contradict each other. */
function bundlesOf(tied: TiedProblem, taken: readonly number[]): Bundle[] | undefined {
  try {
    return tied.bundles(taken);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
