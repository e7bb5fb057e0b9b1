/** The claim of a plan: a peak for the buffers of its scope, proven to be the least or not. */
import type {Plan} from '../model/plan.ts';
import type {Evidence} from './evidence.ts';
import {describeScope} from './scope.ts';

/** Bytes. */
export interface PeakClaim {
  readonly evidence: Evidence;
  /** NaN where there is no plan. */
  readonly peak: number;
  /** No plan of these buffers that keeps to the assumptions has a smaller peak. */
  readonly lowerBound: number;
  readonly isProven: boolean;
}

export function peakClaim(
  {peak, lowerBound}: Pick<Plan, 'peak' | 'lowerBound'>,
  evidence: Evidence,
): PeakClaim {
  // with unexplained overlaps it is not known which buffers may share
  const isKnown = !evidence.assumptions.includes('overlaps-unexplained');
  return {evidence, peak, lowerBound, isProven: isKnown && peak === lowerBound};
}

/** `no plan of iteration 4 that keeps streams apart`: the plans that a proof is about. */
export function noPlan({scope, assumptions}: Evidence): string {
  const of = scope.kind === 'problem' ? '' : ` of ${describeScope(scope)}`;
  const rule = assumptions.includes('streams-apart')
    ? ' that keeps the streams apart'
    : assumptions.includes('streams-ordered')
      ? ' that keeps to the recorded waits'
      : assumptions.includes('streams-together')
        ? ' for streams that wait for each other'
        : assumptions.includes('sharing-from-file')
          ? ' with the same sharing'
          : '';
  const read = assumptions.includes('file-cut') ? ', as far as the file goes,' : '';
  return `no plan${of}${rule}${read}`;
}

/** How good a peak is, and for which plans that is known. */
export function describeProof({evidence, peak, lowerBound, isProven}: PeakClaim): string {
  if (isProven) return `optimal: ${noPlan(evidence)} can be smaller`;
  if (peak === lowerBound)
    return 'not proven: the smallest only if the buffers of unexplained overlaps are meant to be apart';
  const gap = lowerBound > 0 ? (peak / lowerBound - 1) * 100 : 0;
  return `${gap < 0.001 ? 'less than 0.001' : gap.toFixed(3)} % above the lower bound, not proven optimal`;
}
