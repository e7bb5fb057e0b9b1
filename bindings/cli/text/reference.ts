/** The plan that came with a model, compared with ours: whether it is valid, and its peak. */
import type {Planner} from '../../index.ts';
import {type ProblemColumns, select} from '../../model/problem.ts';
import {formatBytes, formatCount} from '../../model/quantities.ts';
import type {ReferencePlan} from '../../trace.ts';

/** A reference plan as it is reported, also in JSON. */
export interface ReferenceReport {
  readonly name: string;
  /** Bytes. */
  readonly peak: number;
  /** Number of buffers that have an offset. */
  readonly buffers: number;
  /** Whether these offsets pass `verify` with our lifetimes. */
  readonly valid: boolean;
}

export function reportReference(
  problem: ProblemColumns,
  {name, peak, offsets}: ReferencePlan,
  planner: Planner,
): ReferenceReport {
  const placed = Uint32Array.from([...offsets.keys()].filter(i => !Number.isNaN(offsets[i])));
  const violations = planner.verify(select(problem, placed), {
    offsets: Float64Array.from(placed, i => offsets[i]!),
  });
  return {name, peak, buffers: placed.length, valid: violations.length === 0};
}

/** One line. `ours`: the peak of our plan, if there is one to compare with. */
export function describeReference(report: ReferenceReport, problem: ProblemColumns, ours?: number): string {
  const {name, peak, buffers, valid} = report;
  const part = buffers < problem.count ? `, of ${formatCount(buffers)} buffers` : '';
  const holds = valid ? '' : '; not valid for these lifetimes';
  return `${formatBytes(peak)} by ${name}${part}${compared(peak, ours)}${holds}`;
}

function compared(peak: number, ours: number | undefined): string {
  if (ours === undefined || !(ours > 0)) return '';
  if (peak === ours) return ', the same as this plan';
  const difference = Math.abs(peak / ours - 1) * 100;
  return `, ${difference.toFixed(3)} % ${peak > ours ? 'above' : 'below'} this plan`;
}
