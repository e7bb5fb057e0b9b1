/**
 * Writes a plan into a TensorFlow Lite model, as the metadata `OfflineMemoryAllocation` that TensorFlow Lite Micro
 * reads: tensorflow/lite/micro/docs/memory_management.md of https://github.com/tensorflow/tflite-micro.
 *
 * Its payload is a buffer of little-endian int32: version 0, number of subgraphs, number of tensors of all of them, and
 * each one's offset; −1 if the runtime places it. A model that has such a plan of the same length gets the new
 * one in its place; any other file stays as it is behind a new beginning (`flatbuffer-edit.ts`).
 */
import {UsageError} from '../model/errors.ts';
import type {FlatTable} from '../trace/containers/types.ts';
import type {CheckedPlan} from './checked-plan.ts';
import {withLongerLists} from './flatbuffer-edit.ts';
import type {TfliteModelFile} from './tflite-file.ts';
import {tensorOffsets} from './tflite-offsets.ts';

export const METADATA_NAME = 'OfflineMemoryAllocation';

/** Fields by their number in the schema. */
const MODEL = {subgraphs: 2, buffers: 4, metadata: 6};
const SUBGRAPH = {tensors: 0, operators: 3};
const TENSOR = {buffer: 2};
const OPERATOR = {largeOptionsOffset: 9};
const BUFFER = {data: 0, offset: 1};
const METADATA = {name: 0, buffer: 1};

/**
 * The model with the plan in it; the rest of the file is unchanged.
 * @throws UsageError for a plan that the runtime cannot take, and a file with parts outside the flatbuffer.
 * @example
 * ```js
 * import {readFileSync} from 'node:fs';
 * import {loadPlanner} from 'stowage';
 * import {openTfliteModel, tensorOffsets, tfliteWithPlan, checkedPlan} from 'stowage/artifacts';
 *
 * const planner = await loadPlanner();
 * const model = await openTfliteModel(readFileSync('model.tflite'));
 * const plan = checkedPlan(planner, model.problem, planner.plan(model.problem));
 * const planned = tfliteWithPlan(model, plan);
 * console.log(tensorOffsets(model, plan).arenaBytes, planned.length > model.bytes.length);
 * // prints 8192 true
 * ```
 */
export function tfliteWithPlan(file: TfliteModelFile, plan: CheckedPlan): Uint8Array<ArrayBuffer> {
  const {root} = file.opened;
  const payload = payloadOf(file, plan);
  const buffers = root.tables(MODEL.buffers);
  const metadata = root.tables(MODEL.metadata);
  const place = replaceable(root, buffers, metadata, payload.length);
  if (place >= 0) {
    const bytes = Uint8Array.from(file.bytes);
    bytes.set(payload, place);
    return bytes;
  }
  checkNothingOutside(root, buffers);
  const others = metadata.filter(entry => entry.text(METADATA.name) !== METADATA_NAME);
  const name = {bytes: new TextEncoder().encode(METADATA_NAME), isText: true};
  return withLongerLists(file.bytes, root, [
    {field: MODEL.buffers, kept: buffers.map(one => one.byte), added: {fields: [{bytes: payload}]}},
    {field: MODEL.metadata, kept: others.map(one => one.byte), added: {fields: [name, buffers.length]}},
  ]);
}

function payloadOf(file: TfliteModelFile, plan: CheckedPlan): Uint8Array {
  const {offsets} = tensorOffsets(file, plan);
  const payload = new Uint8Array(4 * (3 + offsets.length));
  const view = new DataView(payload.buffer);
  const head = [0, file.opened.model.subgraphs.length, offsets.length];
  for (const [k, value] of [...head, ...offsets].entries()) view.setInt32(4 * k, value, true);
  return payload;
}

/** Position in the file of its only plan's payload, if nothing else uses these bytes; else −1. */
function replaceable(
  root: FlatTable,
  buffers: readonly FlatTable[],
  metadata: readonly FlatTable[],
  length: number,
): number {
  const own = metadata.filter(entry => entry.text(METADATA.name) === METADATA_NAME);
  if (own.length !== 1) return -1;
  const index = own[0]!.uint32(METADATA.buffer, 0);
  const data = buffers[index]?.list(BUFFER.data, 1);
  if (!data || data.count !== length || data.first % 4 !== 0) return -1;
  const users =
    metadata.filter(entry => entry.uint32(METADATA.buffer, 0) === index).length +
    root
      .tables(MODEL.subgraphs)
      .flatMap(subgraph => subgraph.tables(SUBGRAPH.tensors))
      .filter(tensor => tensor.uint32(TENSOR.buffer, 0) === index).length;
  const sharing = buffers.filter(one => one.list(BUFFER.data, 1).first === data.first).length;
  return users === 1 && sharing === 1 ? data.first : -1;
}

/** Refuses positions from the start of the file, such as those of weights beyond 2 GiB: they would be wrong. */
function checkNothingOutside(root: FlatTable, buffers: readonly FlatTable[]): void {
  const operators = root.tables(MODEL.subgraphs).flatMap(subgraph => subgraph.tables(SUBGRAPH.operators));
  // 1 marks data that a writer appends later
  const isOutside =
    buffers.some(one => one.uint32(BUFFER.offset, 0) > 0) ||
    operators.some(one => one.uint32(OPERATOR.largeOptionsOffset, 0) > 0);
  if (isOutside)
    throw new UsageError(
      'the model keeps weights or options outside its flatbuffer, which stowage does not move',
    );
}
