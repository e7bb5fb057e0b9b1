/** Every heuristic by its number in `status.ts`. */

import {Problem} from '../memory/layout';
import {
  BEST_FIT_ONLINE,
  BUMP,
  FIRST_FIT_ONLINE,
  GERGOV,
  GREEDY_BY_AREA,
  GREEDY_BY_AREA_SMALLEST_GAP,
  GREEDY_BY_BREADTH,
  GREEDY_BY_BREADTH_SMALLEST_GAP,
  GREEDY_BY_CONFLICTS,
  GREEDY_BY_CONFLICTS_SMALLEST_GAP,
  GREEDY_BY_LONGEST,
  GREEDY_BY_LONGEST_SMALLEST_GAP,
  GREEDY_BY_SIZE,
  GREEDY_BY_SIZE_SMALLEST_GAP,
  LINEAR_SCAN,
  NAIVE,
  SKYLINE_BEST_FIT,
} from '../memory/status';
import {FIRST_GAP, SMALLEST_GAP, SMALLEST_GAP_OR_END} from '../placement/placement';
import {BY_AREA, BY_BREADTH, BY_CONFLICTS, BY_LONGEST, BY_SIZE, TIES_BY_INPUT} from '../problem/order';
import {planByGergov} from './gergov';
import {planGreedily} from './greedy';
import {planByBumping, planNaively} from './naive';
import {planOnline} from './online';
import {planOnSkyline} from './skyline';

/** Added to the number of a greedy or online heuristic: it leaves ties in the order of the input. */
export const IN_INPUT_ORDER: u32 = 32;

/** Runs a heuristic to its end: offsets into `p.plan`; returns the peak, bytes. */
export function runHeuristic(p: Problem, numbered: u32): u64 {
  const algorithm = numbered & ~IN_INPUT_ORDER;
  const ties = algorithm == numbered ? 0 : TIES_BY_INPUT;
  switch (algorithm) {
    case NAIVE:
      return planNaively(p);
    case BUMP:
      return planByBumping(p);
    case LINEAR_SCAN:
      return planOnline(p, SMALLEST_GAP_OR_END, ties);
    case FIRST_FIT_ONLINE:
      return planOnline(p, FIRST_GAP, ties);
    case BEST_FIT_ONLINE:
      return planOnline(p, SMALLEST_GAP, ties);
    case GREEDY_BY_SIZE:
      return planGreedily(p, BY_SIZE | ties, FIRST_GAP);
    case GREEDY_BY_SIZE_SMALLEST_GAP:
      return planGreedily(p, BY_SIZE | ties, SMALLEST_GAP);
    case GREEDY_BY_LONGEST:
      return planGreedily(p, BY_LONGEST | ties, FIRST_GAP);
    case GREEDY_BY_LONGEST_SMALLEST_GAP:
      return planGreedily(p, BY_LONGEST | ties, SMALLEST_GAP);
    case GREEDY_BY_AREA:
      return planGreedily(p, BY_AREA | ties, FIRST_GAP);
    case GREEDY_BY_AREA_SMALLEST_GAP:
      return planGreedily(p, BY_AREA | ties, SMALLEST_GAP);
    case GREEDY_BY_BREADTH:
      return planGreedily(p, BY_BREADTH | ties, FIRST_GAP);
    case GREEDY_BY_BREADTH_SMALLEST_GAP:
      return planGreedily(p, BY_BREADTH | ties, SMALLEST_GAP);
    case GREEDY_BY_CONFLICTS:
      return planGreedily(p, BY_CONFLICTS | ties, FIRST_GAP);
    case GREEDY_BY_CONFLICTS_SMALLEST_GAP:
      return planGreedily(p, BY_CONFLICTS | ties, SMALLEST_GAP);
    case SKYLINE_BEST_FIT:
      return planOnSkyline(p);
    case GERGOV:
      return planByGergov(p);
  }
  return unreachable();
}
