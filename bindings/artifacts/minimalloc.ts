/** A plan as the CSV that MiniMalloc writes: https://github.com/google/minimalloc. */
import {UsageError} from '../model/errors.ts';
import {writeCsv} from '../trace/importers/csv/writer.ts';
import type {CheckedPlan} from './checked-plan.ts';

/**
 * Yields pieces, so that a million rows are never one string.
 * @throws UsageError for a plan with several arenas.
 * @example
 * ```js
 * import {loadPlanner} from 'stowage';
 * import {minimallocCsv, checkedPlan} from 'stowage/artifacts';
 *
 * const planner = await loadPlanner();
 * const problem = {buffers: [{id: 'conv1', size: 4096, start: 0, end: 3, alignment: 256}]};
 * const plan = checkedPlan(planner, problem, planner.plan(problem));
 * console.log([...minimallocCsv(plan)].join('').trim());
 * // prints id,lower,upper,size,alignment,offset
 * // prints conv1,0,3,4096,256,0
 * ```
 */
export function minimallocCsv(plan: CheckedPlan): Generator<string> {
  if (plan.arenas.length > 1)
    throw new UsageError(`MiniMalloc's format has one memory, and the plan has ${plan.arenas.length} arenas`);
  const {problem} = plan;
  const alignment = Float64Array.from({length: problem.count}, (_, i) => plan.alignment(i));
  return writeCsv({...problem, alignment}, plan.offsets);
}
