/**
 * Short searches below a partition's best plan, one after the other, each at a capacity and in an order drawn at
 * random: successful ones need few nodes, so many short ones beat a long one.
 */
import {alloc} from './arena';
import {Probe} from './partial';
import {Partition} from './partition';
import {beginProbe, newProbe, PROBING, stepProbe} from './probe';
import {below, Random} from './random';
import {newRanking, Ranking, rankAtRandom, rankLike} from './ranking';

/** Nodes of one search; every eighth gets eight times as many. */
const NODES: u64 = 1500;

@unmanaged
export class Descent {
  probe: Probe;
  ranking: Ranking;
  isRunning: bool;
  /** Nodes after which the search is given up. */
  limit: u64;
}

export function newDescent(part: Partition): Descent {
  const descent = changetype<Descent>(alloc(offsetof<Descent>()));
  descent.ranking = newRanking(part);
  descent.probe = newProbe(part, descent.ranking);
  descent.isRunning = false;
  descent.limit = 0;
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
  if (below(random, 3) != 0) rankAtRandom(descent.ranking, part, random);
  else rankLike(descent.ranking, part, random, best);
  // near the best mostly; further down while there is far to go
  const units = (peak - lowerBound) / unit;
  const reach = max<u64>(1, min<u64>(units, max<u64>(6, units >> 2)));
  const down = 1 + <u64>below(random, <u32>min<u64>(reach, 0x7fffffff));
  descent.limit = below(random, 8) == 0 ? 8 * NODES : NODES;
  descent.isRunning = true;
  // a target that is no multiple of the unit may leave less than one
  beginProbe(descent.probe, units == 0 ? lowerBound : peak - down * unit, rules);
}

/** Goes on for about `nodes` nodes; what the probe says, or PROBING with `isRunning` false where it was given up. */
export function stepDescent(descent: Descent, nodes: u64): i32 {
  const answer = stepProbe(descent.probe, nodes);
  if (answer != PROBING || descent.probe.nodes >= descent.limit) descent.isRunning = false;
  return answer;
}
