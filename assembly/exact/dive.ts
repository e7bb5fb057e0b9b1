/**
 * Short searches below a partition's best plan, one after the other, each at a capacity drawn at random and in an
 * order by a recipe. Successful ones need few nodes and hardly ever stall, so each is given up where it does.
 */
import {alloc} from '../memory/arena';
import {below, Random} from '../search/random';
import {beginProbe, hasGivenUp, newProbe, PLACED, PROBING, stepProbe} from './branch-and-bound';
import {Probe} from './partial-plan';
import {Partition} from './partition';
import {newRanking, Ranking, rankBy} from './ranking';
import {drawRecipe, newRecipes, Recipes, rewardRecipe} from './recipes';

/** Nodes that a search may spend in vain; every eighth gets eight times as many. */
const PATIENCE: u64 = 80;

@unmanaged
export class Descent {
  probe: Probe;
  ranking: Ranking;
  recipes: Recipes;
  isRunning: bool;
}

export function newDescent(part: Partition): Descent {
  const descent = changetype<Descent>(alloc(offsetof<Descent>()));
  descent.ranking = newRanking(part);
  descent.probe = newProbe(part, descent.ranking);
  descent.isRunning = false;
  descent.recipes = newRecipes();
  return descent;
}

/** Begins one search for a plan below `peak`, whose offsets are at `best`, and at or above `lowerBound`. */
export function beginDescent(
  descent: Descent,
  random: Random,
  best: usize,
  peak: u64,
  lowerBound: u64,
  unit: u64,
  rules: u32,
): void {
  const part = descent.probe.part;
  rankBy(drawRecipe(descent.recipes, random), descent.ranking, part, random, best);
  // near the best mostly; further down while there is far to go
  const units = (peak - lowerBound) / unit;
  const reach = max<u64>(1, min<u64>(units, max<u64>(6, units >> 2)));
  const down = 1 + <u64>below(random, <u32>min<u64>(reach, 0x7fffffff));
  const patience = below(random, 8) == 0 ? 8 * PATIENCE : PATIENCE;
  descent.isRunning = true;
  // a target that is no multiple of the unit may leave less than one
  beginProbe(descent.probe, units == 0 ? lowerBound : peak - down * unit, rules, patience);
}

/** Goes on for about `nodes` nodes; what the probe says, or PROBING with `isRunning` false where it was given up. */
export function stepDescent(descent: Descent, nodes: u64): i32 {
  const answer = stepProbe(descent.probe, nodes);
  if (answer != PROBING || hasGivenUp(descent.probe)) descent.isRunning = false;
  if (answer == PLACED) rewardRecipe(descent.recipes);
  return answer;
}
