/** The workers of a queue that took part in a plan. */
import type {Plan} from '../../index.ts';
import {plural} from '../../model/quantities.ts';

export interface WorkersReport {
  /** Workers that were asked for, and those that did something by now: an easy problem needs none. */
  readonly wanted: number;
  readonly took: number;
  /** Threads of this machine. */
  readonly threads: number;
  readonly opportunistic: boolean;
}

/** The field `workers` of `stowage.plan/1`. */
export interface WorkersJson {
  readonly wanted: number;
  readonly took: number;
  readonly opportunistic: boolean;
  /** Whether the lower bound rests on a worker's proof, which was not repeated. */
  readonly boundElsewhere: boolean;
}

export function workersJson(
  {wanted, took, opportunistic}: WorkersReport,
  {boundElsewhere}: Plan,
): WorkersJson {
  return {wanted, took, opportunistic, boundElsewhere: boundElsewhere === true};
}

export function workersLines(
  {wanted, took, threads, opportunistic}: WorkersReport,
  {boundElsewhere}: Plan,
): string[] {
  const here = `${plural(threads, 'thread')} here`;
  const who =
    took === 0 ? `none of ${wanted} did a part: planned in ${here}` : `${took} of ${wanted}, and ${here}`;
  const order =
    opportunistic && took > 0
      ? '; results were taken as they came, so that another run gives another plan'
      : '';
  const proof = boundElsewhere
    ? ['proof        a worker proved the lower bound, and this machine did not repeat it']
    : [];
  return [`workers      ${who}${order}`, ...proof];
}
