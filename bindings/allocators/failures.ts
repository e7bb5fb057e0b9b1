/** Requests that a model could not serve, beside those that failed in the recording. */
import {formatCount, plural} from '../model/quantities.ts';
import type {Replayed} from './allocator.ts';
import type {Requests} from './requests.ts';

export interface Failures {
  /** Requests that failed in the recording, and how many of them the model serves. */
  readonly recorded: number;
  readonly served: number;
  /** Requests that the recording served, and the model did not. */
  readonly others: number;
}

export function failuresOf(
  {failures}: Pick<Requests, 'failures'>,
  {failed}: Pick<Replayed, 'failed'>,
): Failures {
  const recorded = new Set(failures);
  const again = failed.reduce((count, request) => count + (recorded.has(request) ? 1 : 0), 0);
  return {recorded: recorded.size, served: recorded.size - again, others: failed.length - again};
}

/** `1 request: the one that failed in the recording`; `''` where nothing failed, neither here nor there. */
export function describeFailures({recorded, served, others}: Failures): string {
  const again = recorded - served;
  const which =
    recorded === 1 ? 'the request' : `${formatCount(served)} of the ${formatCount(recorded)} requests`;
  const serves = served > 0 ? `serves ${which} that failed in the recording` : '';
  if (again + others === 0) return serves;
  const those =
    recorded === 1 ? 'the one that failed in the recording' : 'those that failed in the recording';
  const repeated = again === 0 ? '' : again === recorded ? those : `${formatCount(again)} of ${those}`;
  const fails =
    others === 0
      ? `fails ${plural(again, 'request')}: ${repeated}`
      : again === 0
        ? `fails ${plural(others, 'request')} that the recording served`
        : `fails ${plural(again + others, 'request')}: ${repeated}, and ${formatCount(others)} that the recording served`;
  return serves === '' ? fails : `${serves}, ${fails}`;
}
