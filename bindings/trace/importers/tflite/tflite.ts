/**
 * TensorFlow Lite models, planned as TensorFlow Lite Micro does: tensors in one arena, aligned to 16 bytes.
 *
 * Format: a flatbuffer with the identifier `TFL3`, see `model.ts`; lifetimes: `liveness.ts`.
 * - Tensors whose content is in the file are constants and not in the problem.
 * - Variable tensors keep their content from run to run; the runtime holds them apart, and they are not in it either.
 * - Kernels ask for scratch memory when they are prepared; that is not in the file, so the problem is a floor.
 * - The metadata `OfflineMemoryAllocation` is a plan for the same tensors, and becomes the reference plan:
 *   tensorflow/lite/micro/docs/memory_management.md of https://github.com/tensorflow/tflite-micro.
 */
import {ImportError} from '../../../model/errors.ts';
import type {ProblemColumns} from '../../../model/problem.ts';
import {loadFlatbuffers} from '../../containers/load.ts';
import type {FlatTable} from '../../containers/types.ts';
import type {ByteSource} from '../../source/source.ts';
import type {Head, ProblemImporter, ReadProblem, ReferencePlan} from '../importer.ts';
import {type ProblemRow, problemOf} from '../problem-rows.ts';
import {type TensorLife, TfliteLiveness} from './liveness.ts';
import {type TfliteModel, type TfliteSubgraph, type TfliteTensor, tfliteModel} from './model.ts';

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
async function readTflite(source: ByteSource): Promise<ReadProblem> {
  const {model, liveness} = await openTflite(await source.whole());
  return problemOfModel(model, liveness);
}

/** A model, its tables as the file has them, and when its tensors live. */
export interface OpenTflite {
  readonly root: FlatTable;
  readonly model: TfliteModel;
  readonly liveness: TfliteLiveness;
}

/** @throws {ImportError} where the file is damaged, or no model. */
export async function openTflite(bytes: Uint8Array): Promise<OpenTflite> {
  const {flatRoot} = await loadFlatbuffers();
  try {
    const root = flatRoot(bytes);
    const model = tfliteModel(root);
    return {root, model, liveness: new TfliteLiveness(model)};
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
  readonly rows: readonly ProblemRow[];
  readonly problem: ProblemColumns;
}

/** The tensors that the runtime's planner places, then the other rows. */
export function plannedOf(
  model: TfliteModel,
  {lives}: TfliteLiveness,
  others: readonly ProblemRow[] = [],
): TflitePlanned {
  const planned = lives.filter(life => isPlanned(tensorOf(model, life)));
  const rows = planned.map((life): ProblemRow => {
    const {name, bytes} = tensorOf(model, life);
    return {name: name || `tensor${life.tensor}`, start: life.first, end: life.last + 1, size: bytes!};
  });
  return {lives: planned, rows, problem: problemOf([...rows, ...others], ALIGNMENT)};
}

/** Whether a tensor takes memory of the part that is planned; unsized ones the runtime does not know. */
export function isPlanned({isConstant, isVariable, bytes}: TfliteTensor): boolean {
  return !isConstant && !isVariable && bytes !== undefined;
}

function tensorOf(model: TfliteModel, {subgraph, tensor}: TensorLife): TfliteTensor {
  return model.subgraphs[subgraph]!.tensors[tensor]!;
}

function problemOfModel(model: TfliteModel, liveness: TfliteLiveness): ReadProblem {
  const tensors = liveness.lives.map(life => tensorOf(model, life));
  const {lives, rows, problem} = plannedOf(model, liveness);
  const warnings = warningsOf(tensors.filter(({isConstant}) => !isConstant));
  const reference = referencePlan(model, lives, rows, warnings);
  return {
    problem,
    operations: lives.map(life => life.operator),
    weightBytes: bytesOf(tensors.filter(({isConstant}) => isConstant)),
    warnings,
    ...(reference ? {reference} : {}),
  };
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

/**
 * The plan in the model: little-endian int32 [version, subgraphs, n, offset of tensor 0, …], -1 where the runtime
 * chooses; the tensors of all subgraphs are numbered through.
 */
function referencePlan(
  {offlinePlan, subgraphs}: TfliteModel,
  planned: readonly TensorLife[],
  rows: readonly ProblemRow[],
  warnings: string[],
): ReferencePlan | undefined {
  if (!offlinePlan) return undefined;
  const view = new DataView(offlinePlan.buffer, offlinePlan.byteOffset, offlinePlan.byteLength);
  const total = numTensors(subgraphs);
  const count = offlinePlan.length >= 12 ? view.getInt32(8, true) : -1;
  if (count !== total || offlinePlan.length < 12 + 4 * count) {
    warnings.push(`OfflineMemoryAllocation is for ${count} tensors, and the model has ${total}: ignored`);
    return undefined;
  }
  const firstOf = firstTensors(subgraphs);
  const offsets = Float64Array.from(planned, ({subgraph, tensor}) => {
    const offset = view.getInt32(12 + 4 * (firstOf[subgraph]! + tensor), true);
    return offset < 0 ? Number.NaN : offset;
  });
  const peak = rows.reduce(
    (top, {size}, row) => (Number.isNaN(offsets[row]) ? top : Math.max(top, offsets[row]! + size)),
    0,
  );
  return {name: 'OfflineMemoryAllocation', peak, offsets};
}
