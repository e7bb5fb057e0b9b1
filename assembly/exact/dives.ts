/**
 * Dives with restarts: short searches below a partition's best plan, one after another, each with a capacity drawn at
 * random and a ranking of its own. A dive that succeeds needs few nodes and hardly ever stalls, so a low fail limit ends
 * it where it does.
 */
import {alloc} from '../memory/arena';
import {below, Random} from '../search/random';
import {
  BranchAndBound,
  beginBranchAndBound,
  FEASIBLE,
  hasGivenUp,
  newSearch,
  stepBranchAndBound,
  UNKNOWN,
} from './branch-and-bound';
import {drawOrdering, newOrderings, Orderings, rewardOrdering} from './orderings';
import {Partition} from './partition';
import {newRanking, Ranking, rankBy} from './ranking';

/** Fail limit of a dive, nodes; every eighth has eight times as much. */
const FAIL_LIMIT: u64 = 80;

@unmanaged
export class Dives {
  /** The dive that runs, or the last one. */
  search: BranchAndBound;
  ranking: Ranking;
  orderings: Orderings;
  isRunning: bool;
}

export function newDives(part: Partition): Dives {
  const dives = changetype<Dives>(alloc(offsetof<Dives>()));
  dives.ranking = newRanking(part);
  dives.search = newSearch(part, dives.ranking);
  dives.isRunning = false;
  dives.orderings = newOrderings();
  return dives;
}

/** Begins a dive for a plan below `peak`, whose offsets are at `best`, and not below `lowerBound`. */
export function restartDive(
  dives: Dives,
  random: Random,
  best: usize,
  peak: u64,
  lowerBound: u64,
  unit: u64,
  rules: u32,
): void {
  rankBy(drawOrdering(dives.orderings, random), dives.ranking, dives.search.state.part, random, best);
  // mostly near the best; further down while the bound is far
  const units = (peak - lowerBound) / unit;
  const reach = max<u64>(1, min<u64>(units, max<u64>(6, units >> 2)));
  const down = 1 + <u64>below(random, <u32>min<u64>(reach, 0x7fffffff));
  const failLimit = below(random, 8) == 0 ? 8 * FAIL_LIMIT : FAIL_LIMIT;
  dives.isRunning = true;
  // a target that is no multiple of the unit may leave less than one
  const capacity = units == 0 ? lowerBound : peak - down * unit;
  beginBranchAndBound(dives.search, capacity, rules, failLimit);
}

/** Goes on for about `nodes` nodes; the answer of the search. `isRunning` is false where the dive has ended. */
export function stepDive(dives: Dives, nodes: u64): i32 {
  const answer = stepBranchAndBound(dives.search, nodes);
  if (answer != UNKNOWN || hasGivenUp(dives.search)) dives.isRunning = false;
  if (answer == FEASIBLE) rewardOrdering(dives.orderings);
  return answer;
}
