/** Operators and tensors as columns, every field checked: what orders, recomputation and offload are computed on. */

import {LimitError, UsageError} from '../model/errors.ts';
import {type Bytes, MAX_BYTES} from '../model/numbers.ts';
import type {OperatorProblem} from '../model/operators.ts';
import {NO_ALIGNMENT} from '../model/problem.ts';
import {checkOperators, checkTensors, problemFields} from './fields.ts';
import {type Lists, listsOf, transposed} from './lists.ts';

/** `Graph.writer` of a storage that no operator writes. */
export const NO_WRITER = -1;
/** `Graph.cost` of an operator that is never repeated. */
export const NO_COST = -1;

/**
 * A problem of operators. Tensors that are views of each other are one *storage*, which lives from the operator that writes the viewed tensor
 * to the last operator that reads any of them. Operators are numbered in the listed order, storages in the order of their tensors.
 */
export interface Graph {
  /** Operators. */
  readonly count: number;
  readonly storages: number;
  /** Per tensor: its storage. */
  readonly storageOf: Uint32Array;
  /** Per storage: the tensor that is no view. */
  readonly tensorOf: Uint32Array;
  /** Per storage, bytes. */
  readonly size: Float64Array;
  /** Per storage, bytes: the strictest of its tensors that state one, or `NO_ALIGNMENT`. */
  readonly alignment: Float64Array;
  /** Per storage: 1 where it must be there at the end. */
  readonly output: Uint8Array;
  /** Per storage: the operator that writes it, or `NO_WRITER` for an input. */
  readonly writer: Int32Array;
  /** Per operator: storages that it reads (and those it makes views of), without those that it makes; ascending. */
  readonly reads: Lists;
  /** Per operator: storages that it makes, in the order of its outputs. */
  readonly makes: Lists;
  /** Per storage: operators that read it. */
  readonly readers: Lists;
  /** Per operator: operators that must run before it, ascending; by data, views and `after`. */
  readonly before: Lists;
  /** Per operator: those that `after` names, whose effects it must not come before. */
  readonly after: Lists;
  /** The same edges from the other side. */
  readonly next: Lists;
  /** Per operator: storages among its reads that the first storage it makes may be written over. */
  readonly inPlace: Lists;
  /** Per operator: what it costs to run it again, or `NO_COST`. */
  readonly cost: Float64Array;
  /** Names of tensors and operators; the index where they have none. */
  readonly tensorIds: readonly string[];
  readonly operatorIds: readonly string[];
  readonly capacity?: Bytes;
  /** Alignment of the storages that have none of their own. */
  readonly defaultAlignment?: Bytes;
}

/**
 * The graph of a problem.
 * @throws UsageError naming the field: an unknown tensor or operator, a listed order in which an operator cannot run, …
 * @throws LimitError where all tensors together exceed 2^53 − 1 bytes.
 */
export function toGraph(problem: OperatorProblem): Graph {
  const fields = problemFields(problem);
  const tensors = checkTensors(problem.tensors);
  const operators = checkOperators(problem.operators, tensors);
  const storages = storagesOf(tensors);
  const {storageOf, tensorOf} = storages;
  const count = operators.ids.length;

  const output = new Uint8Array(tensorOf.length);
  const alignment = new Float64Array(tensorOf.length).fill(NO_ALIGNMENT);
  storageOf.forEach((s, t) => {
    if (tensors.output[t]) output[s] = 1;
    alignment[s] = Math.max(alignment[s]!, tensors.alignment[t]!);
  });
  const writer = new Int32Array(tensorOf.length).fill(NO_WRITER);
  tensorOf.forEach((t, s) => {
    writer[s] = operators.writer[t]!;
  });

  const makes = operators.outputs.map(list =>
    list.filter(t => tensors.viewOf[t]! < 0).map(t => storageOf[t]!),
  );
  const reads = operators.inputs.map((inputs, v) => {
    const viewed = operators.outputs[v]!.filter(t => tensors.viewOf[t]! >= 0);
    const read = [...inputs, ...viewed].map(t => storageOf[t]!).filter(s => writer[s] !== v);
    return unique(read);
  });
  const inPlace = operators.inPlace.map(list => unique(list.map(t => storageOf[t]!)));
  const before = listsOf(operators.before);
  const readLists = listsOf(reads);
  return {
    count,
    storages: tensorOf.length,
    storageOf,
    tensorOf,
    size: sizesOf(tensors.size, tensorOf),
    alignment,
    output,
    writer,
    reads: readLists,
    makes: listsOf(makes),
    readers: transposed(readLists, tensorOf.length),
    before,
    after: listsOf(operators.after),
    next: transposed(before, count),
    inPlace: listsOf(inPlace),
    cost: operators.cost,
    tensorIds: tensors.ids,
    operatorIds: operators.ids,
    ...fields,
  };
}

/** Tensors that are no views get storages in their order; views get that of what they view, at any depth. */
function storagesOf({viewOf}: {readonly viewOf: Int32Array}): {
  storageOf: Uint32Array;
  tensorOf: Uint32Array;
} {
  const tensorOf: number[] = [];
  const storageOf = new Uint32Array(viewOf.length);
  const isKnown = new Uint8Array(viewOf.length);
  viewOf.forEach((of, t) => {
    if (of >= 0) return;
    storageOf[t] = tensorOf.length;
    isKnown[t] = 1;
    tensorOf.push(t);
  });
  for (let t = 0; t < viewOf.length; t++) {
    const path: number[] = [];
    let at = t;
    for (; !isKnown[at]; at = viewOf[at]!) path.push(at);
    for (const passed of path) {
      storageOf[passed] = storageOf[at]!;
      isKnown[passed] = 1;
    }
  }
  return {storageOf, tensorOf: Uint32Array.from(tensorOf)};
}

function sizesOf(size: Float64Array, tensorOf: Uint32Array): Float64Array {
  const sizes = Float64Array.from(tensorOf, t => size[t]!);
  let sum = 0;
  for (const bytes of sizes) {
    sum += bytes;
    if (sum > MAX_BYTES)
      throw new LimitError('tensors: together more than 2^53 - 1 bytes, the most that are counted exactly');
  }
  return sizes;
}

/** Ascending, each once. */
function unique(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** @throws UsageError unless `order` names each operator once, after all that must run before it. */
export function checkOrder({count, before, operatorIds}: Graph, order: ArrayLike<number>): void {
  if (order.length !== count) throw new UsageError(`order: expected ${count} operators, got ${order.length}`);
  const place = new Int32Array(count).fill(-1);
  for (let p = 0; p < count; p++) {
    const v = order[p]!;
    if (!Number.isInteger(v) || v < 0 || v >= count || place[v] !== -1)
      throw new UsageError(`order[${p}]: expected an operator that is not there yet, by index, got ${v}`);
    place[v] = p;
    for (let k = before.index[v]!; k < before.index[v + 1]!; k++) {
      if (place[before.list[k]!] === -1)
        throw new UsageError(
          `order[${p}]: operator ${operatorIds[v]} must run after operator ${operatorIds[before.list[k]!]}`,
        );
    }
  }
}

/** The listed order. */
export function listedOrder({count}: Graph): Uint32Array {
  return Uint32Array.from({length: count}, (_, i) => i);
}

/** Alignment in force for storage `s`, bytes. */
export function alignmentIn({alignment, defaultAlignment}: Graph, s: number): Bytes {
  return alignment[s] === NO_ALIGNMENT ? (defaultAlignment ?? 1) : alignment[s]!;
}
