/** The offsets of a TensorFlow Lite model's tensors, as TensorFlow Lite Micro takes them. */
import {UsageError} from '../errors.ts';
import type {ProblemColumns} from '../problem.ts';
import {
  firstTensors,
  isPlanned,
  numTensors,
  type OpenTflite,
  openTflite,
  plannedOf,
} from '../trace/importers/tflite.ts';
import type {VerifiedPlan} from './verified-plan.ts';

/** `MicroArenaBufferAlignment`, bytes: the runtime rounds every tensor up to it. */
export const TENSOR_ALIGNMENT = 16;
/** The runtime's offsets are int32. */
const MOST_BYTES = 2 ** 31 - 1;
/** Offset of a tensor that the runtime places, or that takes no memory of the plan. */
export const UNPLANNED = -1;

/** A model to be planned. */
export class TfliteModelFile {
  /** The file, as it was given. */
  readonly bytes: Uint8Array;
  /** Its tensors that take memory of the plan, with their lifetimes as the runtime counts them. */
  readonly problem: ProblemColumns;
  readonly opened: OpenTflite;
  /** Of each buffer of the problem: its tensor, where the tensors of all subgraphs are numbered through. */
  readonly tensors: Uint32Array;

  private constructor(bytes: Uint8Array, opened: OpenTflite) {
    this.bytes = bytes;
    this.opened = opened;
    const {lives, problem} = plannedOf(opened.model, opened.liveness);
    const first = firstTensors(opened.model.subgraphs);
    this.problem = problem;
    this.tensors = Uint32Array.from(lives, ({subgraph, tensor}) => first[subgraph]! + tensor);
  }

  /** @throws ImportError where the file is damaged, or no model. */
  static async open(bytes: Uint8Array): Promise<TfliteModelFile> {
    return new TfliteModelFile(bytes, await openTflite(bytes));
  }

  /** Tensors of all subgraphs. */
  get numTensors(): number {
    return numTensors(this.opened.model.subgraphs);
  }
}

/** Reads a `.tflite` to be planned. @throws ImportError where it is damaged, or no model. */
export function openTfliteModel(bytes: Uint8Array): Promise<TfliteModelFile> {
  return TfliteModelFile.open(bytes);
}

/** What the runtime is told: tensors of all subgraphs, numbered through. */
export interface TensorOffsets {
  /** Bytes from the start of the arena's head, `UNPLANNED` of a tensor that is not in it. */
  readonly offsets: Int32Array;
  /** Tensors that the runtime's planner is asked for, in its order: those that take memory of the plan. */
  readonly planned: readonly number[];
  /** Bytes of the head that the tensors take, each rounded up to 16. */
  readonly arenaBytes: number;
}

/**
 * Offsets by tensor. A tensor that no operator and no list of the model uses lives at no time and stands at 0.
 * @throws UsageError for a plan of another problem, with pools, or with offsets that the runtime cannot take.
 */
export function tensorOffsets(file: TfliteModelFile, plan: VerifiedPlan): TensorOffsets {
  checkSameProblem(file, plan);
  const tensors = file.opened.model.subgraphs.flatMap(subgraph => subgraph.tensors);
  const offsets = new Int32Array(tensors.length).fill(UNPLANNED);
  const planned = [...tensors.keys()].filter(t => isPlanned(tensors[t]!) && tensors[t]!.bytes! > 0);
  for (const t of planned) offsets[t] = 0;
  for (const [i, t] of file.tensors.entries()) {
    if (!plan.takesMemory(i)) continue;
    const offset = plan.offsets[i]!;
    if (offset % TENSOR_ALIGNMENT !== 0)
      throw new UsageError(`tensor ${t}: its offset ${offset} is no multiple of ${TENSOR_ALIGNMENT} bytes`);
    if (offset + plan.problem.size[i]! > MOST_BYTES)
      throw new UsageError(
        `tensor ${t}: it ends at ${offset + plan.problem.size[i]!}, beyond 2^31 - 1 bytes`,
      );
    offsets[t] = offset;
  }
  const top = (t: number) =>
    offsets[t]! + Math.ceil(tensors[t]!.bytes! / TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT;
  return {offsets, planned, arenaBytes: planned.reduce((most, t) => Math.max(most, top(t)), 0)};
}

function checkSameProblem({problem}: TfliteModelFile, plan: VerifiedPlan): void {
  const {count, start, end, size} = plan.problem;
  const isSame =
    count === problem.count &&
    size.every(
      (bytes, i) => bytes === problem.size[i] && start[i] === problem.start[i] && end[i] === problem.end[i],
    );
  if (!isSame) throw new UsageError('the plan is not one of this model: their buffers differ');
  if (plan.pools.length > 1)
    throw new UsageError(`a model is run in one arena, and the plan has ${plan.pools.length} pools`);
}
