/** Plain problems against definitions, brute force, greedy planners, and themselves in other words. */
import {loadPlannerSync} from '../../../bindings/index.ts';
import {seeded} from '../../random.ts';
import {entry} from '../campaign.ts';
import {drawCase, type PlansCase, smallerCases} from './cases.ts';
import {judgePlans} from './judge.ts';

export const PLANS = entry<PlansCase>({
  name: 'plans',
  about: 'plain problems: validity, bounds, proofs, capacities, greedy planners, the same in other words',
  short: 300,
  open: () => {
    const planner = loadPlannerSync();
    return {
      draw: drawCase,
      // what the judge draws depends on the case alone, so that a kept one is judged alike
      judge: drawn => judgePlans(planner, drawn, seeded(drawn.buffers.length + drawn.seed)),
      smaller: smallerCases,
    };
  },
});
