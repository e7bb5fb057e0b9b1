/** Problems with constraints of all kinds combined, against brute force and around known plans. */
import {loadPlannerSync} from '../../../bindings/index.ts';
import {entry} from '../campaign.ts';
import {type Case, drawAround, drawSmall} from './draw.ts';
import {judgeCase} from './judge.ts';
import {smallerCases} from './smaller.ts';

/** One case in so many is a larger problem around a plan. */
const AROUND_ONE_IN = 8;

export const CONSTRAINTS = entry<Case>({
  name: 'constraints',
  about: 'constraints of all kinds combined: plans, bounds, proofs, capacities, verify',
  short: 150,
  open: () => {
    const planner = loadPlannerSync();
    return {
      draw: random => (random(AROUND_ONE_IN) === 0 ? drawAround(random) : drawSmall(random)),
      judge: drawn => judgeCase(planner, drawn),
      smaller: smallerCases,
    };
  },
});
