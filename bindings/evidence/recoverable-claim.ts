/** The words for recoverable memory. */
import {formatBytes} from '../model/quantities.ts';
import type {Evidence} from './evidence.ts';
import {noPlan} from './peak-claim.ts';

/** Bytes, as `Recoverable` of the allocators has them. */
export interface RecoverableClaim {
  readonly evidence: Evidence;
  readonly reserved: number;
  readonly isReservedAtEnd: boolean;
  readonly needed: number;
  readonly plannedPeak: number;
  readonly lowerBound: number;
  readonly recoverable: number | null;
  readonly isProven: boolean;
  readonly reason: string;
}

/** `20,971,520 B (20.0 MiB) = reserved − needed, proven: no plan of the whole recording recovers more`. */
export function describeRecoverable(claim: RecoverableClaim): string {
  const {recoverable, reserved, isReservedAtEnd, needed, reason} = claim;
  if (recoverable === null) return `unknown: ${reason}`;
  if (needed > reserved)
    return `${formatBytes(0)}: the plan needs ${formatBytes(needed - reserved)} more than was reserved (${reason}); ${describeRecoverableProof(claim)}`;
  const least = isReservedAtEnd ? 'at least ' : '';
  return `${least}${formatBytes(recoverable)} = reserved − needed, ${describeRecoverableProof(claim)}`;
}

/** How much more a better plan could recover, and of which plans that is said. */
export function describeRecoverableProof(claim: RecoverableClaim): string {
  const {evidence, reserved, needed, plannedPeak, lowerBound, isProven} = claim;
  if (isProven) return `proven: ${noPlan(evidence)} recovers more`;
  return `not proven: a better plan recovers at most ${formatBytes(reserved - needed + plannedPeak - lowerBound)}`;
}
