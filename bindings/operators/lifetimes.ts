/** What an order makes of a graph: lifetimes of its storages, and the load. */

import type {InPlace} from '../model/constraints.ts';
import type {Bytes} from '../model/numbers.ts';
import {NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import type {Graph} from './graph.ts';

/** A problem of buffers, and which tensors its buffers are. */
export interface Lifetimes {
  /** Buffer s is storage s; operator `order[p]` runs in tick p. */
  readonly columns: ProblemColumns;
  /** Per buffer: the tensor that is no view. */
  readonly tensorOf: Uint32Array;
  /** Per tensor: its buffer. */
  readonly bufferOf: Uint32Array;
}

/**
 * The storages of a graph as buffers, with the lifetimes that `order` gives them (each operator once, those before it earlier:
 * `checkOrder`). An input lives from tick 0 to its last reader, an output to the end; what nobody reads lives in the tick of its writer,
 * and an input that nobody reads never. In-place pairs that the order allows are stated.
 */
export function lifetimesOf(graph: Graph, order: ArrayLike<number>): Lifetimes {
  const {storages, size, alignment, storageOf, tensorOf, tensorIds, capacity, defaultAlignment} = graph;
  const {start, end} = spansOf(graph, order);
  const pairs = pairsOf(graph, order, end);
  const columns: ProblemColumns = {
    count: storages,
    start,
    end,
    size,
    alignment,
    offset: new Float64Array(storages).fill(NO_OFFSET),
    gapIndex: new Uint32Array(storages + 1),
    gapStart: new Uint32Array(0),
    gapEnd: new Uint32Array(0),
    ids: Array.from(tensorOf, t => tensorIds[t]!),
    ...(capacity === undefined ? {} : {capacity}),
    ...(defaultAlignment === undefined ? {} : {defaultAlignment}),
    ...(pairs.length === 0 ? {} : {constraints: {inPlace: pairs}}),
  };
  return {columns, tensorOf, bufferOf: storageOf};
}

function spansOf(graph: Graph, order: ArrayLike<number>): {start: Uint32Array; end: Uint32Array} {
  const {count, storages, writer, output, reads} = graph;
  const start = new Uint32Array(storages);
  const end = new Uint32Array(storages);
  const place = new Uint32Array(count);
  for (let p = 0; p < count; p++) place[order[p]!] = p;
  for (let s = 0; s < storages; s++) {
    const v = writer[s]!;
    if (v >= 0) start[s] = place[v]!;
    // without operators an input that is an output is there all the same
    if (output[s]) end[s] = Math.max(count, 1);
    else if (v >= 0) end[s] = place[v]! + 1;
  }
  for (let v = 0; v < count; v++) {
    for (let k = reads.index[v]!; k < reads.index[v + 1]!; k++) {
      const s = reads.list[k]!;
      if (place[v]! >= end[s]!) end[s] = place[v]! + 1;
    }
  }
  return {start, end};
}

/** Inputs that die at an operator whose first output may overwrite them, and are no smaller. */
function pairsOf(graph: Graph, order: ArrayLike<number>, end: Uint32Array): InPlace<number>[] {
  const {count, inPlace, makes, size, output} = graph;
  const pairs: InPlace<number>[] = [];
  for (let p = 0; p < count; p++) {
    const v = order[p]!;
    const made = makes.list[makes.index[v]!]!;
    for (let k = inPlace.index[v]!; k < inPlace.index[v + 1]!; k++) {
      const s = inPlace.list[k]!;
      if (end[s] === p + 1 && !output[s] && size[s]! >= size[made]! && size[made]! > 0)
        pairs.push({input: s, output: made});
    }
  }
  return pairs;
}

/**
 * The load of an order: the most bytes that are live in one tick; an output written over an input counts once. The order as for
 * `lifetimesOf`.
 */
export function loadOf(graph: Graph, order: ArrayLike<number>): Bytes {
  const {start, end} = spansOf(graph, order);
  const {count, storages, size} = graph;
  const ticks = Math.max(count, 1);
  const change = new Float64Array(ticks + 1);
  for (let s = 0; s < storages; s++) {
    if (start[s]! >= end[s]!) continue;
    change[start[s]!]! += size[s]!;
    change[end[s]!]! -= size[s]!;
  }
  const saved = new Float64Array(ticks);
  for (const {output} of pairsOf(graph, order, end)) saved[start[output]!] = size[output]!;
  let live = 0;
  let load = 0;
  for (let p = 0; p < ticks; p++) {
    live += change[p]!;
    load = Math.max(load, live - saved[p]!);
  }
  return load;
}
