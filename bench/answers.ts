/** A solver's answer, checked: offsets in a CSV, by id. */
import {createReadStream, existsSync} from 'node:fs';
import type {Planner, ProblemColumns} from '../bindings/index.ts';
import {openSource, readPlanCsv} from '../bindings/trace.ts';

/** A valid plan's peak in bytes, or the plan's fault. */
export type Answer = {readonly peak: number} | {readonly failed: string};

/** Never throws: unreadable output is a failed answer. */
export async function answerIn(
  file: string,
  problem: ProblemColumns,
  planner: Planner,
  capacity: number | undefined,
): Promise<Answer> {
  if (!existsSync(file)) return {failed: 'no output'};
  try {
    const plan = await readPlanCsv(await openSource({name: 'output.csv', data: createReadStream(file)}));
    const byId = new Map(Array.from(plan.offsets, (offset, k) => [plan.ids?.[k] ?? String(k), offset]));
    if (plan.offsets.length !== problem.count) {
      return {failed: `${plan.offsets.length} offsets for ${problem.count} buffers`};
    }
    const ids = Array.from({length: problem.count}, (_, i) => problem.ids?.[i] ?? String(i));
    const missing = ids.find(id => !byId.has(id));
    if (missing !== undefined) return {failed: `no offset for buffer ${missing}`};
    const offsets = ids.map(id => byId.get(id)!);
    const found = planner.verify(problem, {offsets}, capacity === undefined ? {} : {capacity});
    const [first] = found;
    if (first) {
      const other = first.b === undefined ? '' : ` and ${ids[first.b]}`;
      return {failed: `${first.kind}: ${ids[first.a]}${other}`};
    }
    return {peak: offsets.reduce((top, offset, i) => Math.max(top, offset + problem.size[i]!), 0)};
  } catch (error) {
    return {failed: `unreadable output: ${(error as Error).message}`};
  }
}
