/** What moves from an earlier plan: lines for a person, and fields of `stowage.plan/1`. */
import type {Replan} from '../../index.ts';
import {formatBytes, plural} from '../../model/quantities.ts';

export type ReplanJson = Omit<Replan, 'plan'> & {readonly isProven: boolean};

export function replanJson({plan: _, ...replan}: Replan): ReplanJson {
  return {...replan, isProven: isProven(replan)};
}

/** Of the peak that is allowed, whatever the best one is. */
function isProven({moved, movedAtLeast}: Omit<Replan, 'plan'>): boolean {
  return moved.bytes === movedAtLeast;
}

export function replanLines(replan: Replan): string[] {
  const {plan, bestPeak, isBestProven, allowedPeak, known, moved, movedAtLeast} = replan;
  if (plan.status === 'infeasible' || plan.status === 'unknown') return [];
  const least = isProven(replan)
    ? 'no plan within the allowed peak moves less'
    : `at least ${formatBytes(movedAtLeast)} within the allowed peak`;
  return [
    `allowed peak ${formatBytes(allowedPeak)}, ${formatBytes(allowedPeak - bestPeak)} above the best${isBestProven ? '' : ' that was found'}`,
    `moved        ${formatBytes(moved.bytes)} in ${plural(moved.buffers, 'buffer')}, of ${formatBytes(known.bytes)} in ${plural(known.buffers, 'buffer')} of the earlier plan; ${least}`,
  ];
}
