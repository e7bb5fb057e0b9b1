/** A plan as the CSV that MiniMalloc writes: https://github.com/google/minimalloc. */
import {UsageError} from '../errors.ts';
import {writeCsv} from '../trace/importers/csv-writer.ts';
import type {VerifiedPlan} from './verified-plan.ts';

/** In pieces, so that a million rows never are one string. @throws UsageError for a plan with pools. */
export function minimallocCsv(plan: VerifiedPlan): Generator<string> {
  if (plan.pools.length > 1)
    throw new UsageError(`MiniMalloc's format has one memory, and the plan has ${plan.pools.length} pools`);
  const {problem} = plan;
  const alignment = Float64Array.from({length: problem.count}, (_, i) => plan.alignment(i));
  return writeCsv({...problem, alignment}, plan.offsets);
}
