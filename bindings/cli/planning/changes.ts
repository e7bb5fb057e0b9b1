/** Plans a problem with changes: each alone, and all together. */
import {
  applyChanges,
  type BufferFacts,
  type CategorySum,
  type ChangedProblem,
  type ChangeEffect,
  type ChangeList,
  categorySums,
  type ListedChange,
  type Plan,
  type Planner,
  problemFacts,
} from '../../index.ts';
import {UsageError} from '../../model/errors.ts';
import {peakOf} from '../../model/load.ts';
import type {Bytes, ProblemColumns} from '../../model/problem.ts';
import type {CudaReport} from '../../report.ts';
import {stepFacts, stepProblem} from '../../trace.ts';
import {inputError} from '../io/exit.ts';
import type {ChosenProblem} from './chosen-problem.ts';
import {type SolveOptions, solveProblem} from './planning.ts';

/** A plan of a changed problem, and what it needs with all that is not planned. Bytes. */
export interface ChangedPlan {
  readonly peak: Bytes;
  readonly lowerBound: Bytes;
  readonly isProven: boolean;
  readonly persistent: Bytes;
  /** Beside the plan, for transfers. */
  readonly stays: Bytes;
  readonly needed: Bytes;
}

export interface ChangesReport {
  readonly name?: string;
  /** Of the problem without changes. */
  readonly categories: readonly CategorySum[];
  readonly before: ChangedPlan;
  readonly together: ChangedPlan;
  /** One per change that is on; `alone` is absent where it is the only one. */
  readonly single: readonly {readonly effect: ChangeEffect; readonly alone?: ChangedPlan}[];
  /** Of the recorded reservation, by plans of the whole recording; null where it is not known. */
  readonly recoverable?: {readonly before: Bytes | null; readonly after: Bytes | null};
}

/** What is known of the buffers of a chosen problem. */
export function factsOf({problem, trace, step, read}: ChosenProblem): BufferFacts {
  return trace && step ? stepFacts(trace, step) : problemFacts(problem, read ?? {});
}

interface Task {
  readonly planner: Planner;
  readonly chosen: ChosenProblem;
  readonly list: ChangeList;
  readonly base: Plan;
  readonly cuda: CudaReport | undefined;
  readonly options: SolveOptions;
}

/** @throws CliError naming the file for a change that cannot be made. */
export async function planChanges(task: Task): Promise<ChangesReport> {
  const {chosen, list, base} = task;
  const facts = factsOf(chosen);
  const all = changed(chosen, facts, list.changes);
  const single: ChangesReport['single'][number][] = [];
  for (const effect of all.effects) {
    const alone = all.effects.length > 1 ? await planOne(task, facts, [effect.change]) : undefined;
    single.push({effect, ...(alone ? {alone} : {})});
  }
  const unchanged = {columns: chosen.problem, persistent: facts.persistent, stays: 0, effects: []};
  const recoverable = await recoverableOf(task);
  return {
    ...(list.name === undefined ? {} : {name: list.name}),
    categories: categorySums(chosen.problem, facts),
    before: summed(unchanged, base),
    together: await planOne(task, facts, list.changes),
    single,
    ...(recoverable ? {recoverable} : {}),
  };
}

function changed(
  {file, problem}: ChosenProblem,
  facts: BufferFacts,
  changes: readonly ListedChange[],
): ChangedProblem {
  try {
    const result = applyChanges(problem, facts, {changes});
    const refused = result.effects.find(effect => effect.refused !== undefined);
    if (refused) throw new UsageError(`changes[${refused.index}]: ${refused.refused}`);
    return result;
  } catch (error) {
    throw inputError(file, error);
  }
}

async function planOne(
  {planner, chosen, base, options}: Task,
  facts: BufferFacts,
  changes: readonly ListedChange[],
): Promise<ChangedPlan> {
  const result = changed(chosen, facts, changes);
  const plan = await planColumns(planner, chosen, result.columns, options);
  return summed(result, better(planner, result.columns, plan, base, options));
}

/** Changed problems are planned for the smallest peak: a capacity would end the search at the first that fits. */
async function planColumns(
  planner: Planner,
  chosen: ChosenProblem,
  problem: ProblemColumns,
  {capacity: _, ...options}: SolveOptions,
): Promise<Plan> {
  const {capacity: __, ...free} = problem;
  return (await solveProblem(planner, {...chosen, problem: free}, options)).plan;
}

/** The plan without changes may still be valid, and the better one. */
function better(
  planner: Planner,
  columns: ProblemColumns,
  plan: Plan,
  base: Plan,
  {alignment}: SolveOptions,
): Pick<Plan, 'peak' | 'lowerBound'> {
  if (base.arenas || base.offsets.length !== columns.count) return plan;
  const peak = peakOf(columns, base.offsets);
  if (peak >= plan.peak) return plan;
  const violations = planner.verify(
    {...columns, capacity: Number.MAX_SAFE_INTEGER},
    {offsets: Array.from(base.offsets)},
    alignment === undefined ? {} : {alignment},
  );
  return violations.length > 0 ? plan : {peak, lowerBound: Math.min(plan.lowerBound, peak)};
}

function summed(
  {persistent, stays}: ChangedProblem,
  {peak, lowerBound}: Pick<Plan, 'peak' | 'lowerBound'>,
): ChangedPlan {
  const kept = persistent.reduce((sum, {bytes}) => sum + bytes, 0);
  return {
    peak,
    lowerBound,
    isProven: peak === lowerBound,
    persistent: kept,
    stays,
    needed: peak + kept + stays,
  };
}

/** Undefined where the file is no CUDA snapshot with segments, or CUDA graphs keep pools of their own. */
async function recoverableOf({planner, chosen, list, cuda, options}: Task) {
  const {trace, step} = chosen;
  if (!trace || !step || !cuda || cuda.recoverable.kept > 0) return undefined;
  const {reserved, recoverable: before, needed, plannedPeak} = cuda.recoverable;
  const whole =
    step.iteration === 'window'
      ? step
      : stepProblem(trace, {device: step.device.name, iteration: 'window', ...step.rules});
  const all = {...chosen, step: whole, problem: whole.problem};
  const facts = stepFacts(trace, whole);
  const result = changed(all, facts, list.changes);
  const {peak} = await planColumns(planner, all, result.columns, options);
  const sum = (persistent: BufferFacts['persistent']) =>
    persistent.reduce((bytes, one) => bytes + one.bytes, 0);
  const after = needed - plannedPeak + peak + result.stays + sum(result.persistent) - sum(facts.persistent);
  return {before, after: before === null ? null : Math.max(0, reserved - after)};
}
