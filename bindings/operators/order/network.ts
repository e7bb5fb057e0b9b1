/** A graph as the search for an order reads it: tensors that always live and die together are one, edges that follow from others are gone. */

import {LimitError} from '../../model/errors.ts';
import {type Bytes, MAX_BYTES} from '../../model/numbers.ts';
import {alignmentIn, type Graph} from '../graph.ts';
import {degree, type Lists, listOf, listsOf, transposed} from '../lists.ts';
import {type BitRows, bitRows, hasBit, orBits, setBit} from './bits.ts';

export interface Network {
  /** Operators. */
  readonly count: number;
  /** Per tensor, bytes, a multiple of `unit`; never 0. */
  readonly size: Float64Array;
  readonly output: Uint8Array;
  /** Per tensor: the operator that writes it, −1 for an input. */
  readonly writer: Int32Array;
  /** Per operator: tensors that it reads. */
  readonly reads: Lists;
  /** Per operator: tensors that it writes. */
  readonly writes: Lists;
  /** Per tensor: its readers. */
  readonly readers: Lists;
  /** Per operator: operators right before and right after it. */
  readonly before: Lists;
  readonly next: Lists;
  /** Per operator: all operators before it; absent where there are too many operators for such a table. */
  readonly ancestors: BitRows | undefined;
  /** Per operator, bytes: of what it writes. */
  readonly made: Float64Array;
  /** Per operator, bytes: of what lives no longer than it in any order: read by it alone, or written by it and read by nobody. */
  readonly dying: Float64Array;
  /** Per operator: tensors that it reads, others read too, and that are no outputs. */
  readonly shared: Lists;
  /** Per operator, bytes: of the output that may be written over an input; 0 where there is none. */
  readonly over: Float64Array;
  /** Per operator: 1 where that input is there in any order. */
  readonly surelyOver: Uint8Array;
  /** Per operator: the inputs among `shared` that may be overwritten. */
  readonly mayOver: Lists;
  /** Bytes of the inputs that are read or outputs. */
  readonly inputs: Bytes;
  /** Bytes of the outputs. */
  readonly outputs: Bytes;
  /** Offsets are multiples of this: the least alignment of all tensors. */
  readonly unit: Bytes;
}

/** Operators for which tables of n² bits are made: 32 MiB each. */
const MOST_IN_TABLE = 16_384;

export function networkOf(graph: Graph): Network {
  const {count} = graph;
  const unit = unitOf(graph);
  const merged = mergedTensors(graph, unit);
  if (sum(merged.size) > MAX_BYTES)
    throw new LimitError(
      'tensors: together, aligned, more than 2^53 - 1 bytes, the most that are counted exactly',
    );
  return {
    count,
    ...merged,
    ...edgesOf(
      Array.from({length: count}, (_, v) => [...listOf(graph.before, v)]),
      count,
    ),
    ...flowsOf(graph, merged, unit),
    inputs: sum(merged.size.filter((_, t) => merged.writer[t] === -1)),
    outputs: sum(merged.size.filter((_, t) => merged.output[t] === 1)),
    unit,
  };
}

function unitOf(graph: Graph): Bytes {
  let unit = Number.POSITIVE_INFINITY;
  for (let s = 0; s < graph.storages; s++) {
    if (graph.size[s]! > 0) unit = Math.min(unit, alignmentIn(graph, s));
  }
  return Number.isFinite(unit) ? unit : 1;
}

function sum(sizes: Float64Array): Bytes {
  return sizes.reduce((bytes, one) => bytes + one, 0);
}

/** `bytes` in whole units. */
export function inUnits(bytes: Bytes, unit: Bytes): Bytes {
  return unit === 1 ? bytes : Math.ceil(bytes / unit) * unit;
}

type Merged = Pick<Network, 'size' | 'output' | 'writer' | 'reads' | 'writes' | 'readers'> & {
  /** Per storage of the graph: its tensor, or −1 where it never takes a byte. */
  readonly tensorOf: Int32Array;
};

/** Storages of one writer that the same operators read are one tensor; what takes no bytes is left out. */
function mergedTensors(graph: Graph, unit: Bytes): Merged {
  const tensors = new Map<string, number>();
  const tensorOf = new Int32Array(graph.storages).fill(-1);
  const size: number[] = [];
  const output: number[] = [];
  const writer: number[] = [];
  const readers: number[][] = [];
  for (let s = 0; s < graph.storages; s++) {
    const bytes = inUnits(graph.size[s]!, unit);
    const read = listOf(graph.readers, s);
    const isOutput = graph.output[s]!;
    const by = graph.writer[s]!;
    if (bytes === 0 || (by < 0 && read.length === 0 && !isOutput)) continue;
    // an output lives to the end, whoever reads it
    const key = `${by} ${isOutput ? 'output' : read.join(' ')}`;
    let t = tensors.get(key);
    if (t === undefined) {
      t = size.length;
      tensors.set(key, t);
      size.push(0);
      output.push(isOutput);
      writer.push(by);
      readers.push(isOutput ? [] : [...read]);
    }
    size[t]! += bytes;
    tensorOf[s] = t;
  }
  const readerLists = listsOf(readers);
  const written: number[][] = Array.from({length: graph.count}, () => []);
  writer.forEach((by, t) => {
    if (by >= 0) written[by]!.push(t);
  });
  return {
    writes: listsOf(written),
    size: Float64Array.from(size),
    output: Uint8Array.from(output),
    writer: Int32Array.from(writer),
    readers: readerLists,
    reads: transposed(readerLists, graph.count),
    tensorOf,
  };
}

type Flows = Pick<Network, 'made' | 'dying' | 'shared' | 'over' | 'surelyOver' | 'mayOver'>;

function flowsOf(graph: Graph, merged: Merged, unit: Bytes): Flows {
  const {size, output, writer, reads, readers} = merged;
  const {count} = graph;
  const made = new Float64Array(count);
  const dying = new Float64Array(count);
  size.forEach((bytes, t) => {
    const by = writer[t]!;
    if (by < 0) return;
    made[by]! += bytes;
    if (!output[t] && readers.index[t] === readers.index[t + 1]) dying[by]! += bytes;
  });
  const isAlone = (t: number) => readers.index[t + 1]! - readers.index[t]! === 1;
  const shared: number[][] = [];
  for (let v = 0; v < count; v++) {
    const list: number[] = [];
    for (const t of listOf(reads, v)) {
      if (isAlone(t)) dying[v]! += size[t]!;
      else list.push(t);
    }
    shared.push(list);
  }
  return {made, dying, shared: listsOf(shared), ...overwritesOf(graph, merged, isAlone, unit)};
}

function overwritesOf(
  graph: Graph,
  {tensorOf, output}: Merged,
  isAlone: (t: number) => boolean,
  unit: Bytes,
): Pick<Network, 'over' | 'surelyOver' | 'mayOver'> {
  const {count, inPlace, makes, size} = graph;
  const over = new Float64Array(count);
  const surelyOver = new Uint8Array(count);
  const may: number[][] = [];
  for (let v = 0; v < count; v++) {
    const list: number[] = [];
    may.push(list);
    const first = makes.list[makes.index[v]!]!;
    for (const s of listOf(inPlace, v)) {
      const t = tensorOf[s]!;
      if (t < 0 || output[t] || size[s]! < size[first]! || size[first] === 0) continue;
      over[v] = inUnits(size[first]!, unit);
      if (isAlone(t)) surelyOver[v] = 1;
      else list.push(t);
    }
  }
  return {over, surelyOver, mayOver: listsOf(may)};
}

/** Edges as the network has them, those that follow from others left out; without circles, in any numbering. */
export function edgesOf(
  before: readonly (readonly number[])[],
  count: number,
): Pick<Network, 'before' | 'next' | 'ancestors'> {
  const all = listsOf(before);
  const ancestors = count <= MOST_IN_TABLE ? ancestorsOf(all, count) : undefined;
  const lists = ancestors ? withoutDetours(before, ancestors) : all;
  return {before: lists, next: transposed(lists, count), ancestors};
}

/** Rows of all operators before each. */
function ancestorsOf(before: Lists, count: number): BitRows {
  const rows = bitRows(count, count);
  const next = transposed(before, count);
  const waiting = Int32Array.from({length: count}, (_, v) => degree(before, v));
  const run: number[] = [];
  waiting.forEach((waits, v) => {
    if (waits === 0) run.push(v);
  });
  for (const v of run) {
    for (const u of listOf(before, v)) {
      orBits(rows, v, rows, u);
      setBit(rows, v, u);
    }
    for (const w of listOf(next, v)) if (--waiting[w]! === 0) run.push(w);
  }
  return rows;
}

/** Edges u → v without those that another path from u to v has. */
function withoutDetours(before: readonly (readonly number[])[], ancestors: BitRows): Lists {
  return listsOf(before.map(list => list.filter(u => !list.some(w => w !== u && hasBit(ancestors, w, u)))));
}
