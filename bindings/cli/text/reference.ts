/** The plan that came with a model, beside ours: whether it holds, and how large it is. */
import {loadPlannerSync} from '../../index.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import type {ReferencePlan} from '../../trace.ts';
import {formatBytes, formatCount} from '../quantities.ts';

/** What is told of a reference plan, also in JSON. */
export interface ReferenceReport {
  readonly name: string;
  /** Bytes. */
  readonly peak: number;
  /** Buffers that it has an offset for. */
  readonly buffers: number;
  /** Whether those keep apart and aligned, by our lifetimes. */
  readonly valid: boolean;
}

export function reportReference(
  problem: ProblemColumns,
  {name, peak, offsets}: ReferencePlan,
): ReferenceReport {
  const placed = [...offsets.keys()].filter(i => !Number.isNaN(offsets[i]));
  const part = partOf(problem, placed);
  const violations = loadPlannerSync().verify(part, {offsets: Float64Array.from(placed, i => offsets[i]!)});
  return {name, peak, buffers: placed.length, valid: violations.length === 0};
}

/** Only those buffers; importers of models give none with gaps. */
function partOf(problem: ProblemColumns, kept: readonly number[]): ProblemColumns {
  return {
    count: kept.length,
    start: Uint32Array.from(kept, i => problem.start[i]!),
    end: Uint32Array.from(kept, i => problem.end[i]!),
    size: Float64Array.from(kept, i => problem.size[i]!),
    alignment: Float64Array.from(kept, i => problem.alignment[i]!),
    offset: Float64Array.from(kept, i => problem.offset[i]!),
    gapIndex: new Uint32Array(kept.length + 1),
    gapStart: new Uint32Array(0),
    gapEnd: new Uint32Array(0),
    ...(problem.defaultAlignment === undefined ? {} : {defaultAlignment: problem.defaultAlignment}),
  };
}

/**
 * One line's worth.
 * @param ours the peak of our plan, where there is one to compare with.
 */
export function describeReference(report: ReferenceReport, problem: ProblemColumns, ours?: number): string {
  const {name, peak, buffers, valid} = report;
  const part = buffers < problem.count ? `, of ${formatCount(buffers)} buffers` : '';
  const holds = valid ? '' : '; it does not hold for these lifetimes';
  return `${formatBytes(peak)} by ${name}${part}${compared(peak, ours)}${holds}`;
}

function compared(peak: number, ours: number | undefined): string {
  if (ours === undefined || !(ours > 0)) return '';
  if (peak === ours) return ', the same as this plan';
  const difference = Math.abs(peak / ours - 1) * 100;
  return `, ${difference.toFixed(3)} % ${peak > ours ? 'above' : 'below'} this plan`;
}
