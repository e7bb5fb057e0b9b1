/** Drives a solve without a core: records the tasks that it asks for and answers them as a test says. */
import assert from 'node:assert/strict';
import {toColumns} from '../../bindings/index.ts';
import type {Plan, PlanOptions} from '../../bindings/model/plan.ts';
import type {FoundPlan, SubsolverTask, Task, TaskResult} from '../../bindings/planner/executor.ts';
import {liveOnly} from '../../bindings/planner/live.ts';
import {Solve} from '../../bindings/planner/solve.ts';

/** Bytes of each buffer of `columns`; all are live at once. */
export const SIZE = 10;
/** A batch of more than so many would be a solve that never ends. */
const MOST_BATCHES = 10_000;

/** Buffers that are all live at once, so that any peak from `count * SIZE` on can be claimed. */
export const columnsOf = (count: number) =>
  toColumns({buffers: Array.from({length: count}, () => ({start: 0, end: 1, size: SIZE}))});

/** A plan of a peak: all buffers but the last from 0 on. It is recognised by its peak and is not verified. */
export function planOf(count: number, peak: number, algorithm: FoundPlan['algorithm'] = 'exact'): FoundPlan {
  const offsets = Float64Array.from({length: count}, (_, i) => i * SIZE);
  offsets[count - 1] = peak - SIZE;
  return {algorithm, offsets, peak, violations: []};
}

/** The result of a task where a test says nothing else: bounds, a first plan by the heuristics, then only work. */
export function dull(task: Task, count: number, bound: number, first: number): TaskResult {
  if (task.type === 'bounds') {
    const bounds = {load: bound, lowerBound: bound, start: 0, end: 1, sections: 1, partitions: 1};
    return {nodes: 0, isDone: true, verifyMs: 0, bounds};
  }
  if (task.type === 'subsolver') return {nodes: task.nodes, isDone: false, verifyMs: 0, lowerBound: bound};
  return {nodes: count, isDone: true, verifyMs: 0, found: planOf(count, first, 'greedy-by-size')};
}

export interface Script {
  readonly count: number;
  /** Bytes that the core proves before the search. */
  readonly bound: number;
  /** Peak of the heuristics' plan, bytes. */
  readonly first: number;
  readonly options?: PlanOptions;
  readonly capacity?: number;
  readonly hinted?: FoundPlan;
  /** Differences from the default result; `batch` counts the batches of subsolver tasks, from 0 on. */
  readonly say?: (task: Task, batch: number) => Partial<TaskResult> | undefined;
}

/** All that a solve asked for. */
export interface Recorded {
  readonly plan: Plan;
  /** Tasks in their batches. */
  readonly batches: readonly (readonly Task[])[];
  /** Those of them that are batches of subsolver tasks. */
  readonly searches: readonly (readonly SubsolverTask[])[];
}

/** Runs a solve to its end. */
export function recorded({count, bound, first, options = {}, capacity, hinted, say}: Script): Recorded {
  const solve = new Solve(liveOnly(columnsOf(count)), capacity, options, hinted);
  const batches: (readonly Task[])[] = [];
  const searches: SubsolverTask[][] = [];
  const run = solve.run();
  let next = run.next();
  while (!next.done) {
    assert.ok(batches.length < MOST_BATCHES, 'the solve does not end');
    const tasks = next.value;
    batches.push(tasks);
    const subsolving = tasks.filter((task): task is SubsolverTask => task.type === 'subsolver');
    if (subsolving.length > 0) searches.push(subsolving);
    next = run.next(
      tasks.map(task => ({...dull(task, count, bound, first), ...say?.(task, searches.length - 1)})),
    );
  }
  return {plan: next.value, batches, searches};
}
