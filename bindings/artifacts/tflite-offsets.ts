/** Offsets per tensor of a TensorFlow Lite model, as TensorFlow Lite Micro expects them. */
import {UsageError} from '../model/errors.ts';
import {isPlanned} from '../trace/importers/tflite/tflite.ts';
import type {CheckedPlan} from './checked-plan.ts';
import {TENSOR_ALIGNMENT, type TfliteModelFile, UNPLANNED} from './tflite-file.ts';
import {runtimeArenaBytes} from './tflite-greedy.ts';

/** The runtime's offsets are int32. */
const MOST_BYTES = 2 ** 31 - 1;

/** The plan for the runtime: tensors of all subgraphs, numbered consecutively. */
export interface TensorOffsets {
  /** Bytes from the start of the arena's head, `UNPLANNED` for a tensor that is not in it. */
  readonly offsets: Int32Array;
  /** Tensors that the runtime's planner is asked for, in its order: those that take memory of the plan. */
  readonly planned: readonly number[];
  /** Bytes of the head that tensors and known scratch take, placed by the runtime around the plan. */
  readonly arenaBytes: number;
}

/**
 * Offsets by tensor. A tensor that no operator and no list of the model uses is never live; its offset is 0.
 * @throws UsageError for a plan of another problem, with several arenas, or with offsets that the runtime cannot take.
 */
export function tensorOffsets(file: TfliteModelFile, plan: CheckedPlan): TensorOffsets {
  checkSameProblem(file, plan);
  const tensors = file.opened.model.subgraphs.flatMap(subgraph => subgraph.tensors);
  const offsets = new Int32Array(tensors.length).fill(UNPLANNED);
  const planned = [...tensors.keys()].filter(t => isPlanned(tensors[t]!) && tensors[t]!.bytes! > 0);
  for (const t of planned) offsets[t] = 0;
  // behind the tensors comes the scratch, which the runtime places
  for (const [i, t] of file.tensors.entries()) {
    if (!plan.takesMemory(i)) continue;
    const offset = plan.offsets[i]!;
    // a tensor inside another may begin anywhere, as the plan of the file has it
    if (offset % TENSOR_ALIGNMENT !== 0 && plan.problem.alignment[i] !== 1)
      throw new UsageError(`tensor ${t}: its offset ${offset} is no multiple of ${TENSOR_ALIGNMENT} bytes`);
    if (offset + plan.problem.size[i]! > MOST_BYTES)
      throw new UsageError(
        `tensor ${t}: it ends at ${offset + plan.problem.size[i]!}, beyond 2^31 - 1 bytes`,
      );
    offsets[t] = offset;
  }
  return {offsets, planned, arenaBytes: runtimeArenaBytes(file, offsets)};
}

function checkSameProblem({problem}: TfliteModelFile, plan: CheckedPlan): void {
  const {count, start, end, size} = plan.problem;
  const isSame =
    count === problem.count &&
    size.every(
      (bytes, i) => bytes === problem.size[i] && start[i] === problem.start[i] && end[i] === problem.end[i],
    );
  if (!isSame) throw new UsageError('the plan is not one of this model: their buffers differ');
  if (plan.arenas.length > 1)
    throw new UsageError(`a model is run in one arena, and the plan has ${plan.arenas.length}`);
}
