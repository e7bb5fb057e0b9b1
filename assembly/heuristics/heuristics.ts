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
import {BY_AREA, BY_BREADTH, BY_CONFLICTS, BY_LONGEST, BY_SIZE} from '../problem/order';
import {planByGergov} from './gergov';
import {planGreedily} from './greedy';
import {planByBumping, planNaively} from './naive';
import {planOnline} from './online';
import {planOnSkyline} from './skyline';

/** Runs a heuristic to its end: offsets into `p.plan`; returns the peak, bytes. */
export function runHeuristic(p: Problem, algorithm: u32): u64 {
  switch (algorithm) {
    case NAIVE:
      return planNaively(p);
    case BUMP:
      return planByBumping(p);
    case LINEAR_SCAN:
      return planOnline(p, SMALLEST_GAP_OR_END);
    case FIRST_FIT_ONLINE:
      return planOnline(p, FIRST_GAP);
    case BEST_FIT_ONLINE:
      return planOnline(p, SMALLEST_GAP);
    case GREEDY_BY_SIZE:
      return planGreedily(p, BY_SIZE, FIRST_GAP);
    case GREEDY_BY_SIZE_SMALLEST_GAP:
      return planGreedily(p, BY_SIZE, SMALLEST_GAP);
    case GREEDY_BY_LONGEST:
      return planGreedily(p, BY_LONGEST, FIRST_GAP);
    case GREEDY_BY_LONGEST_SMALLEST_GAP:
      return planGreedily(p, BY_LONGEST, SMALLEST_GAP);
    case GREEDY_BY_AREA:
      return planGreedily(p, BY_AREA, FIRST_GAP);
    case GREEDY_BY_AREA_SMALLEST_GAP:
      return planGreedily(p, BY_AREA, SMALLEST_GAP);
    case GREEDY_BY_BREADTH:
      return planGreedily(p, BY_BREADTH, FIRST_GAP);
    case GREEDY_BY_BREADTH_SMALLEST_GAP:
      return planGreedily(p, BY_BREADTH, SMALLEST_GAP);
    case GREEDY_BY_CONFLICTS:
      return planGreedily(p, BY_CONFLICTS, FIRST_GAP);
    case GREEDY_BY_CONFLICTS_SMALLEST_GAP:
      return planGreedily(p, BY_CONFLICTS, SMALLEST_GAP);
    case SKYLINE_BEST_FIT:
      return planOnSkyline(p);
    case GERGOV:
      return planByGergov(p);
  }
  return unreachable();
}
