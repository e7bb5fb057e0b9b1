/**
 * A TensorFlow Lite model with its operators in another order. The operators are a list of distances to their tables, so each slot of the
 * list gets the distance to another table: the file keeps its length, and nothing else moves.
 */
import {UsageError} from '../model/errors.ts';
import {openTflite} from '../trace/importers/tflite/tflite.ts';

/** Fields by their number in the schema. */
const MODEL = {subgraphs: 2, metadata: 6};
const SUBGRAPH = {operators: 3};
const METADATA = {name: 0};
/** Metadata that say nothing of the order of operators. */
const KNOWN: ReadonlySet<string> = new Set([
  'min_runtime_version',
  'CONVERSION_METADATA',
  'TFLITE_METADATA',
  'OfflineMemoryAllocation',
]);
/** The plan's payload: version, number of subgraphs, number of tensors, offsets; −1 is left to the runtime. */
const FIRST_OFFSET = 12;

/** A model in another order. */
export interface ReorderedModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly warnings: readonly string[];
}

/**
 * The model with its operators in the order given, by their numbers in the file. TensorFlow Lite Micro runs them in this order.
 * @param dropOwnPlan leaves to the runtime all that the plan in the model (`OfflineMemoryAllocation`) places: it is for the old order
 * @throws ImportError for a damaged file; UsageError for what is no order, a model of several subgraphs, or with a plan of its own that is
 * not to be dropped.
 */
export async function tfliteWithOrder(
  file: Uint8Array,
  order: ArrayLike<number>,
  {dropOwnPlan = false}: {readonly dropOwnPlan?: boolean} = {},
): Promise<ReorderedModel> {
  const {root, model} = await openTflite(file);
  const subgraphs = root.tables(MODEL.subgraphs);
  if (subgraphs.length !== 1)
    throw new UsageError(
      `the model has ${subgraphs.length} subgraphs: operators are put into another order in models of one`,
    );
  const bytes = Uint8Array.from(file);
  const warnings: string[] = [];
  if (model.offlinePlan) {
    if (!dropOwnPlan)
      throw new UsageError(
        'the model has a plan of its own, OfflineMemoryAllocation, whose offsets are for the order in the file: drop it (--drop-own-plan), and plan the model that is written',
      );
    bytes.fill(
      0xff,
      model.offlinePlan.byteOffset - file.byteOffset + FIRST_OFFSET,
      endIn(file, model.offlinePlan),
    );
    warnings.push(
      'OfflineMemoryAllocation in the model is for the old order: it now leaves all to the runtime',
    );
  }
  const others = root.tables(MODEL.metadata).flatMap(entry => entry.text(METADATA.name) ?? []);
  for (const name of others.filter(one => !KNOWN.has(one)))
    warnings.push(`the metadata "${name}" stays as it is: if it counts operators, it is for the old order`);
  permute(bytes, subgraphs[0]!.list(SUBGRAPH.operators, 4), order);
  return {bytes, warnings};
}

function endIn(file: Uint8Array, part: Uint8Array): number {
  return part.byteOffset - file.byteOffset + part.length;
}

/** Entries are distances of 32 bits, counted from where they are; none is below 0. */
function permute(
  bytes: Uint8Array<ArrayBuffer>,
  {first, count}: {readonly first: number; readonly count: number},
  order: ArrayLike<number>,
): void {
  const view = new DataView(bytes.buffer);
  const slot = (k: number) => first + 4 * k;
  const tables = Array.from({length: count}, (_, k) => slot(k) + view.getUint32(slot(k), true));
  const isIn = new Set(Array.from(order));
  if (
    order.length !== count ||
    isIn.size !== count ||
    ![...isIn].every(v => Number.isInteger(v) && v >= 0 && v < count)
  )
    throw new UsageError(`order: expected each of the ${count} operators of the model once`);
  for (let k = 0; k < count; k++) {
    const distance = tables[order[k]!]! - slot(k);
    if (distance <= 0)
      throw new UsageError(
        `the operator at byte ${tables[order[k]!]} is before the list of operators, which can only point ahead: this file cannot be put into another order`,
      );
    view.setUint32(slot(k), distance, true);
  }
}
