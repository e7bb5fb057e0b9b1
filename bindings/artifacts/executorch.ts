/**
 * A plan as ExecuTorch's allocation details, in JSON: the values of `AllocationDetails` and
 * `non_const_buffer_sizes` of schema/program.fbs in https://github.com/pytorch/executorch. Memories count from 1, 0 is reserved;
 * offsets of 64 bits are split in two.
 */
import {idOf} from '../model/problem.ts';
import type {CheckedPlan} from './checked-plan.ts';

export const EXECUTORCH_SCHEMA = 'stowage.executorch/1';

/** `AllocationDetails` of a tensor. */
export interface AllocationDetails {
  readonly memory_id: number;
  readonly memory_offset_low: number;
  readonly memory_offset_high: number;
}

/** One buffer of the plan, which is a tensor specification of the program. */
export interface ExecutorchTensor {
  readonly id: string;
  /** Bytes. */
  readonly nbytes: number;
  /** First and last tick, both inclusive; null for a buffer that is never live. */
  readonly lifetime: readonly [number, number] | null;
  /** Null for a buffer that takes no memory. */
  readonly allocation_info: AllocationDetails | null;
}

export interface ExecutorchPlan {
  readonly schema: typeof EXECUTORCH_SCHEMA;
  /** Bytes by memory; 0 for memory 0, which is reserved. */
  readonly non_const_buffer_sizes: readonly number[];
  /** Bytes by memory, as above: its start must be a multiple of them. */
  readonly alignments: readonly number[];
  readonly tensors: readonly ExecutorchTensor[];
}

/**
 * ExecuTorch's view of a plan: a memory for each arena.
 * @example
 * ```js
 * import {loadPlanner} from 'stowage';
 * import {executorchPlan, checkedPlan} from 'stowage/artifacts';
 *
 * const planner = await loadPlanner();
 * const problem = {buffers: [{id: 'conv1', size: 4096, start: 0, end: 3, alignment: 256}]};
 * const plan = checkedPlan(planner, problem, planner.plan(problem));
 * console.log(executorchPlan(plan).tensors[0].allocation_info);
 * // prints { memory_id: 1, memory_offset_low: 0, memory_offset_high: 0 }
 * ```
 */
export function executorchPlan(plan: CheckedPlan): ExecutorchPlan {
  const {problem, offsets, arenaOf, arenas} = plan;
  return {
    schema: EXECUTORCH_SCHEMA,
    non_const_buffer_sizes: [0, ...arenas.map(({peak}) => peak)],
    alignments: [1, ...arenas.map(({alignment}) => alignment)],
    tensors: Array.from({length: problem.count}, (_, i) => ({
      id: idOf(problem, i),
      nbytes: problem.size[i]!,
      lifetime: problem.end[i]! > problem.start[i]! ? [problem.start[i]!, problem.end[i]! - 1] : null,
      allocation_info: plan.takesMemory(i) ? detailsOf(arenaOf[i]! + 1, offsets[i]!) : null,
    })),
  };
}

function detailsOf(memory: number, offset: number): AllocationDetails {
  return {
    memory_id: memory,
    memory_offset_low: offset % 2 ** 32,
    memory_offset_high: Math.floor(offset / 2 ** 32),
  };
}
