/**
 * TensorFlow Lite models, planned as TensorFlow Lite Micro does: tensors in one arena, aligned to 16 bytes.
 *
 * Format: a flatbuffer with the identifier `TFL3`, see `model.ts`; lifetimes: `liveness.ts`.
 * - Tensors whose content is in the file are constants and not in the problem.
 * - Variable tensors keep their content from run to run; the runtime holds them apart, and they are not in it either.
 * - Kernels ask for scratch memory when they are prepared; that is not in the file, so the problem is a floor.
 * - The metadata `OfflineMemoryAllocation` is a plan for the same tensors: the reference plan, and a statement about
 *   tensors that share memory (`own-plan.ts`); tensorflow/lite/micro/docs/memory_management.md of
 *   https://github.com/tensorflow/tflite-micro.
 */
import {areAny} from '../../../model/constraints.ts';
import {ImportError} from '../../../model/errors.ts';
import type {ProblemColumns} from '../../../model/problem.ts';
import {loadFlatbuffers} from '../../containers/load.ts';
import type {FlatTable} from '../../containers/types.ts';
import type {ByteSource} from '../../source/source.ts';
import type {Head, ImportOptions, ProblemImporter, ReadProblem, ReferencePlan, Sharing} from '../importer.ts';
import {type ProblemRow, problemOf} from '../problem-rows.ts';
import {type TensorLife, TfliteLiveness} from './liveness.ts';
import {type TfliteModel, type TfliteSubgraph, type TfliteTensor, tfliteModel} from './model.ts';
import {tfliteOperators} from './operators.ts';
import {OWN_PLAN, type OwnPlan, ownPlanOf, type Placed, type StatedSharing, sharingOf} from './own-plan.ts';
import {ownPlanWarnings} from './own-plan-warnings.ts';

/** `MicroArenaBufferAlignment`, bytes. */
const ALIGNMENT = 16;

export const tfliteImporter: ProblemImporter = {
  format: 'tflite',
  kind: 'problem',
  description: 'TensorFlow Lite model',
  detect: ({bytes}: Head) => String.fromCharCode(...bytes.subarray(4, 8)) === 'TFL3',
  read: readTflite,
};

/** A flatbuffer points anywhere in itself, so it is needed as a whole. */
async function readTflite(source: ByteSource, options: ImportOptions): Promise<ReadProblem> {
  const opened = await openTflite(await source.whole(), options);
  return problemOfModel(opened);
}

/** A model, its tables as the file has them, and when its tensors live. */
export interface OpenTflite {
  readonly root: FlatTable;
  readonly model: TfliteModel;
  readonly liveness: TfliteLiveness;
  /** Absent where the model has no plan, or it is dropped. */
  readonly ownPlan?: OwnPlan;
  readonly isPlanDropped: boolean;
}

/** @throws {ImportError} where the file is damaged, or no model. */
export async function openTflite(
  bytes: Uint8Array,
  {dropOwnPlan = false}: Pick<ImportOptions, 'dropOwnPlan'> = {},
): Promise<OpenTflite> {
  const {flatRoot} = await loadFlatbuffers();
  try {
    const root = flatRoot(bytes);
    const model = tfliteModel(root);
    const ownPlan = dropOwnPlan ? undefined : ownPlanOf(model);
    return {
      root,
      model,
      liveness: new TfliteLiveness(model),
      ...(ownPlan ? {ownPlan} : {}),
      isPlanDropped: dropOwnPlan && model.offlinePlan !== undefined,
    };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const byte = /byte (\d+)/.exec(cause)?.[1];
    throw new ImportError(`damaged: ${cause}`, {
      format: 'tflite',
      ...(byte === undefined ? {} : {byte: Number(byte)}),
    });
  }
}

/** The planned tensors of a model, buffer by buffer. */
export interface TflitePlanned {
  readonly lives: readonly TensorLife[];
  readonly problem: ProblemColumns;
  /** Present where the model has a plan of its own. */
  readonly reference?: ReferencePlan;
  /** Present where tensors share bytes in that plan. */
  readonly sharing?: Sharing;
  /** Buffers that share, two by two. */
  readonly pairs: readonly (readonly [number, number])[];
}

/**
 * The tensors that the runtime's planner places, then the other rows.
 * @throws {ImportError} for a plan in the model in which too many tensors share bytes.
 */
export function plannedOf(
  {model, liveness, ownPlan}: Pick<OpenTflite, 'model' | 'liveness' | 'ownPlan'>,
  others: readonly ProblemRow[] = [],
): TflitePlanned {
  const lives = liveness.lives.filter(life => isPlanned(tensorOf(model, life)));
  const firstOf = firstTensors(model.subgraphs);
  const placed = lives.map((life): Placed => {
    const offset = ownPlan?.offsets?.[firstOf[life.subgraph]! + life.tensor] ?? Number.NaN;
    return {first: life.first, last: life.last, size: tensorOf(model, life).bytes!, offset};
  });
  const stated = statedSharing(placed);
  const rows = lives.map((life, i): ProblemRow => {
    const {name, bytes} = tensorOf(model, life);
    const row = {name: name || `tensor${life.tensor}`, start: life.first, end: life.last + 1, size: bytes!};
    return stated?.unaligned.has(i) ? {...row, alignment: 1} : row;
  });
  const {share = [], views = [], sharing} = stated ?? {};
  const constraints = {...(share.length > 0 ? {share} : {}), ...(views.length > 0 ? {views} : {})};
  const problem = problemOf([...rows, ...others], ALIGNMENT);
  return {
    lives,
    problem: areAny(constraints) ? {...problem, constraints} : problem,
    ...(ownPlan?.offsets ? {reference: referencePlan(placed)} : {}),
    ...(sharing ? {sharing} : {}),
    pairs: stated?.pairs ?? [],
  };
}

function statedSharing(placed: readonly Placed[]): StatedSharing | undefined {
  try {
    return sharingOf(placed, ALIGNMENT);
  } catch (error) {
    throw new ImportError(error instanceof Error ? error.message : String(error), {format: 'tflite'});
  }
}

/** Whether a tensor takes memory of the part that is planned; unsized ones the runtime does not know. */
export function isPlanned({isConstant, isVariable, bytes}: TfliteTensor): boolean {
  return !isConstant && !isVariable && bytes !== undefined;
}

function tensorOf(model: TfliteModel, {subgraph, tensor}: TensorLife): TfliteTensor {
  return model.subgraphs[subgraph]!.tensors[tensor]!;
}

function problemOfModel(opened: OpenTflite): ReadProblem {
  const {model, liveness, ownPlan} = opened;
  const tensors = liveness.lives.map(life => tensorOf(model, life));
  const {lives, problem, reference, sharing, pairs} = plannedOf(opened);
  return {
    problem,
    operators: () => tfliteOperators(model, lives, problem),
    operations: lives.map(life => life.operator),
    types: lives.map(life => tensorOf(model, life).type),
    weightBytes: bytesOf(tensors.filter(({isConstant}) => isConstant)),
    warnings: [
      ...warningsOf(tensors.filter(({isConstant}) => !isConstant)),
      ...(ownPlan?.warnings ?? []),
      ...droppedWarnings(opened),
      ...ownPlanWarnings(opened, lives, pairs),
    ],
    ...(reference ? {reference} : {}),
    ...(sharing ? {sharing} : {}),
  };
}

/** The sharing that is lost with a dropped plan. */
function droppedWarnings({model, liveness, isPlanDropped}: OpenTflite): string[] {
  if (!isPlanDropped) return [];
  const ownPlan = ownPlanOf(model);
  const {sharing} = plannedOf({model, liveness, ...(ownPlan ? {ownPlan} : {})});
  const apart = new Set([...(sharing?.buffers ?? []), ...(sharing?.unexplained.flat() ?? [])]).size;
  const lost = apart > 0 ? `; ${apart} tensors that share memory in it are apart` : '';
  return [`${OWN_PLAN} is dropped${lost}`];
}

const bytesOf = (tensors: readonly TfliteTensor[]) => tensors.reduce((sum, {bytes = 0}) => sum + bytes, 0);

/** Lifetimes of the tensors that are not constants. */
function warningsOf(tensors: readonly TfliteTensor[]): string[] {
  const warnings = [
    'scratch memory that kernels ask for when they are prepared is not in the file: this is a floor',
  ];
  const dynamic = tensors.filter(tensor => isPlanned(tensor) && tensor.isDynamic).length;
  const variable = tensors.filter(tensor => tensor.isVariable && tensor.bytes !== undefined);
  const unsized = tensors.filter(tensor => tensor.bytes === undefined).length;
  if (dynamic > 0)
    warnings.push(`${dynamic} × a tensor with an open dimension, counted as 1 (as the file has it)`);
  if (variable.length > 0)
    warnings.push(
      `${variable.length} × a variable tensor, ${bytesOf(variable)} bytes in all: kept from run to run, apart from the plan`,
    );
  if (unsized > 0) warnings.push(`${unsized} × a tensor of strings, resources or variants: left out`);
  return warnings;
}

/** Tensors of all subgraphs. */
export function numTensors(subgraphs: readonly TfliteSubgraph[]): number {
  return subgraphs.reduce((sum, {tensors}) => sum + tensors.length, 0);
}

/** Number of each subgraph's first tensor, where the tensors of all are numbered through. */
export function firstTensors(subgraphs: readonly TfliteSubgraph[]): number[] {
  let first = 0;
  return subgraphs.map(({tensors}) => {
    first += tensors.length;
    return first - tensors.length;
  });
}

/** The plan in the model, buffer by buffer. */
function referencePlan(planned: readonly Placed[]): ReferencePlan {
  return {
    name: OWN_PLAN,
    peak: planned.reduce((top, {offset, size}) => (offset >= 0 ? Math.max(top, offset + size) : top), 0),
    offsets: Float64Array.from(planned, ({offset}) => offset),
  };
}
