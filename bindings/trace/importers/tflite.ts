/**
 * TensorFlow Lite models, planned as TensorFlow Lite Micro does: tensors in one arena, aligned to 16 bytes.
 *
 * Format: a flatbuffer with the identifier `TFL3`, see `tflite-model.ts`; lifetimes: `tflite-liveness.ts`.
 * - Tensors whose content is in the file are constants and not in the problem.
 * - Variable tensors keep their content from run to run, so they live throughout.
 * - Kernels ask for scratch memory when they are prepared; that is not in the file, so the problem is a floor.
 * - The metadata `OfflineMemoryAllocation` is a plan for the same tensors, and becomes the reference plan:
 *   tensorflow/lite/micro/docs/memory_management.md of https://github.com/tensorflow/tflite-micro.
 */
import {ImportError} from '../../errors.ts';
import {loadFlatbuffers} from '../containers/load.ts';
import type {ByteSource} from '../source.ts';
import type {Head, ProblemImporter, ReadProblem, ReferencePlan} from './importer.ts';
import {type ProblemRow, problemOf} from './problem-rows.ts';
import {type TensorLife, TfliteLiveness} from './tflite-liveness.ts';
import {type TfliteModel, type TfliteTensor, tfliteModel} from './tflite-model.ts';

/** `MicroArenaBufferAlignment`, bytes. */
const ALIGNMENT = 16;

export const tfliteImporter: ProblemImporter = {
  format: 'tflite',
  kind: 'problem',
  description: 'TensorFlow Lite model',
  detect: ({bytes}: Head) => String.fromCharCode(...bytes.subarray(4, 8)) === 'TFL3',
  read: readTflite,
};

async function readTflite(source: ByteSource): Promise<ReadProblem> {
  const {flatRoot} = await loadFlatbuffers();
  const bytes = await wholeOf(source);
  try {
    const model = tfliteModel(flatRoot(bytes));
    return problemOfModel(model, new TfliteLiveness(model));
  } catch (error) {
    if (error instanceof ImportError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    const byte = /byte (\d+)/.exec(cause)?.[1];
    throw new ImportError(`damaged: ${cause}`, {
      format: 'tflite',
      ...(byte === undefined ? {} : {byte: Number(byte)}),
    });
  }
}

/** A flatbuffer points anywhere in itself, so it is needed as a whole. */
async function wholeOf(source: ByteSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source.chunks()) {
    chunks.push(chunk);
    length += chunk.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function problemOfModel(model: TfliteModel, {lives, tick}: TfliteLiveness): ReadProblem {
  const tensorOf = ({subgraph, tensor}: TensorLife): TfliteTensor =>
    model.subgraphs[subgraph]!.tensors[tensor]!;
  const changing = lives.filter(life => !tensorOf(life).isConstant);
  const planned = changing.filter(life => tensorOf(life).bytes !== undefined);
  const rows = planned.map((life): ProblemRow => {
    const {name, bytes, isVariable} = tensorOf(life);
    const [start, end] = isVariable ? [0, tick + 1] : [life.first, life.last + 1];
    return {name: name || `tensor${life.tensor}`, start, end, size: bytes!};
  });
  const warnings = warningsOf(planned.map(tensorOf), changing.length - planned.length);
  const reference = referencePlan(model, planned, rows, warnings);
  return {
    problem: problemOf(rows, ALIGNMENT),
    operations: planned.map(life => life.operator),
    weightBytes: lives.map(tensorOf).reduce((sum, one) => sum + (one.isConstant ? (one.bytes ?? 0) : 0), 0),
    warnings,
    ...(reference ? {reference} : {}),
  };
}

function warningsOf(tensors: readonly TfliteTensor[], unsized: number): string[] {
  const warnings = [
    'scratch memory that kernels ask for when they are prepared is not in the file: this is a floor',
  ];
  const dynamic = tensors.filter(tensor => tensor.isDynamic).length;
  const variable = tensors.filter(tensor => tensor.isVariable).length;
  if (dynamic > 0)
    warnings.push(`${dynamic} × a tensor with an open dimension, counted as 1 (as the file has it)`);
  if (variable > 0) warnings.push(`${variable} × a variable tensor: it lives throughout`);
  if (unsized > 0) warnings.push(`${unsized} × a tensor of strings, resources or variants: left out`);
  return warnings;
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
  const total = subgraphs.reduce((sum, {tensors}) => sum + tensors.length, 0);
  const count = offlinePlan.length >= 12 ? view.getInt32(8, true) : -1;
  if (count !== total || offlinePlan.length < 12 + 4 * count) {
    warnings.push(`OfflineMemoryAllocation is for ${count} tensors, and the model has ${total}: ignored`);
    return undefined;
  }
  let first = 0;
  const firstOf = subgraphs.map(({tensors}) => {
    first += tensors.length;
    return first - tensors.length;
  });
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
