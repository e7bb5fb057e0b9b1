/** How fast the live memory of a recording grows, for limits: by the rule that the ranks of a run are judged by. */
import {formatBytes, formatCount} from '../../model/quantities.ts';
import {
  type CheckedFigures,
  chooseDevice,
  describeLeakScope,
  growingSites,
  growthOf,
  leaksOf,
  nameOfSite,
} from '../../trace.ts';
import type {ChosenProblem} from './chosen-problem.ts';

export function growthFigures({trace, step}: ChosenProblem): Pick<CheckedFigures, 'growth' | 'growthReason'> {
  if (!trace || !step) return {growth: 'unknown: a problem has no iterations'};
  const leaks = leaksOf(trace, chooseDevice(trace, step.device.name));
  const growth = growthOf(leaks.total.live);
  const whole = leaks.iterations.length;
  if (growth === null)
    return {
      growth: `unknown: growth shows from three whole iterations on, and ${formatCount(whole)} ${whole === 1 ? 'was' : 'were'} recorded`,
    };
  const [worst] = growingSites(leaks);
  const site = worst
    ? `, fastest at ${nameOfSite(worst)}: ${formatBytes(worst.growth)} per iteration, ${worst.level} trend`
    : '';
  return {growth, growthReason: `${describeLeakScope(leaks)}${site}`};
}
