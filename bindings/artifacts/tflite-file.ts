/** A TensorFlow Lite model to plan: its tensors, and the given scratch memory of its kernels. */
import {UsageError} from '../model/errors.ts';
import {type Bytes, checkBytes, type ProblemColumns} from '../model/problem.ts';
import type {Sharing} from '../trace/importers/importer.ts';
import type {ProblemRow} from '../trace/importers/problem-rows.ts';
import {variablesIn} from '../trace/importers/tflite/own-plan-warnings.ts';
import {
  firstTensors,
  numTensors,
  type OpenTflite,
  openTflite,
  plannedOf,
} from '../trace/importers/tflite/tflite.ts';

/** `MicroArenaBufferAlignment`, bytes: the runtime rounds every tensor up to it. */
export const TENSOR_ALIGNMENT = 16;
/** Offset of a tensor that the runtime places, or that takes no memory of the plan. */
export const UNPLANNED = -1;

/**
 * Memory that an operator's kernel requests while it runs. No file records it; if it is given here, the plan leaves
 * room for it among the tensors.
 */
export interface Scratch {
  /** Default 0, the first. */
  readonly subgraph?: number;
  /** Number of the operator in its subgraph, from 0. */
  readonly operator: number;
  readonly bytes: Bytes;
}

export interface TfliteOptions {
  readonly scratch?: readonly Scratch[];
  /** Ignores the plan in the model; its tensors then share no memory while they are live. */
  readonly dropOwnPlan?: boolean;
}

/** A model to be planned. */
export class TfliteModelFile {
  /** The file, as it was given. */
  readonly bytes: Uint8Array;
  /** Its tensors that take memory of the plan, with their lifetimes as the runtime counts them; then the scratch. */
  readonly problem: ProblemColumns;
  /** Tensors that share memory in the plan of the model; the problem keeps them together. Undefined if none does. */
  readonly sharing: Sharing | undefined;
  readonly opened: OpenTflite;
  /** Per buffer of the problem: its tensor; the tensors of all subgraphs are numbered consecutively. */
  readonly tensors: Uint32Array;

  /** The scratch, in the order in which the runtime asks for it. */
  readonly scratch: readonly ProblemRow[];

  private constructor(bytes: Uint8Array, opened: OpenTflite, scratch: readonly Scratch[]) {
    this.bytes = bytes;
    this.opened = opened;
    this.scratch = scratch.map((one, k) => scratchRow(opened, one, `scratch[${k}]`));
    const {lives, problem, sharing} = plannedOf(opened, this.scratch);
    const first = firstTensors(opened.model.subgraphs);
    this.problem = problem;
    this.sharing = sharing;
    this.tensors = Uint32Array.from(lives, ({subgraph, tensor}) => first[subgraph]! + tensor);
  }

  /** @throws as `openTfliteModel`. */
  static async open(bytes: Uint8Array, options: TfliteOptions = {}): Promise<TfliteModelFile> {
    const {scratch = [], dropOwnPlan = false} = options;
    return new TfliteModelFile(bytes, await openTflite(bytes, {dropOwnPlan}), scratch);
  }

  /** Names of variable tensors that the plan of the model places; the problem does not have them. */
  get variablesInOwnPlan(): string[] {
    const {model, ownPlan} = this.opened;
    return variablesIn(model, ownPlan).map(({name}) => name);
  }

  /** Tensors of all subgraphs. */
  get numTensors(): number {
    return numTensors(this.opened.model.subgraphs);
  }
}

/**
 * Reads a `.tflite` to be planned.
 * @throws ImportError where it is damaged, or no model; UsageError for scratch of an operator that it does not have.
 */
export function openTfliteModel(bytes: Uint8Array, options: TfliteOptions = {}): Promise<TfliteModelFile> {
  return TfliteModelFile.open(bytes, options);
}

function scratchRow({liveness}: OpenTflite, scratch: Scratch, field: string): ProblemRow {
  const {subgraph = 0, operator, bytes} = scratch;
  checkBytes(bytes, `${field}.bytes`);
  const span = liveness.spans[subgraph]?.[operator];
  if (!span)
    throw new UsageError(`${field}: the model runs no operator ${operator} of a subgraph ${subgraph}`);
  return {name: `scratch of ${subgraph}:${operator}`, start: span.first, end: span.last + 1, size: bytes};
}
