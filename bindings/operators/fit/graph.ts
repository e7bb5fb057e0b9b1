/** A graph of operators as the search for a schedule sees it: operators by the place of their first run, tensors by their storage. */
import type {Bytes} from '../../model/numbers.ts';
import {type Graph, NO_COST} from '../graph.ts';
import {listOf} from '../lists.ts';

/** A cost that nothing pays: what it stands for is not possible. */
export const NEVER = Number.POSITIVE_INFINITY;

/**
 * Values are storages: a tensor with all views of it. Operators are named by the place of their first run, 0 … operators − 1, which never
 * changes. A *gap* is the time between two uses of a value that follow each other.
 */
export interface FitGraph {
  readonly operators: number;
  readonly values: number;
  /** Bytes, per value. */
  readonly size: Float64Array;
  /** Per value: whether it must be there at the end. */
  readonly isOutput: readonly boolean[];
  /** Per value: the operator that makes it, −1 where it is there from the start. */
  readonly producer: Int32Array;
  /** Per value: the operators that read it, ascending. */
  readonly readers: readonly (readonly number[])[];
  /** Per operator: the values that it reads and makes, each once. */
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  /** Per operator: the inputs that its first output may overwrite; all of them are as large as it. */
  readonly over: readonly (readonly number[])[];
  /** Per operator: what another run costs, `NEVER` where it is not repeated. */
  readonly cost: Float64Array;
  /** Per operator: it is repeated while at most this many operators have had their first run. */
  readonly repeatable: Float64Array;
  /** Per value: what it costs to move it, in one direction; `NEVER` where it is not moved. */
  readonly move: Float64Array;
}

/** What a schedule may do beside the first runs. */
export interface FitRules {
  /** Whether operators may be repeated. */
  readonly recompute: boolean;
  /** Bytes that are moved for one unit of cost; absent where nothing is moved. */
  readonly bytesPerCost?: number;
}

/** The graph with its first runs in this order. */
export function fitGraphOf(
  graph: Graph,
  order: ArrayLike<number>,
  {recompute, bytesPerCost}: FitRules,
): FitGraph {
  const {count, storages, size, output, inPlace} = graph;
  const place = new Int32Array(count);
  for (let p = 0; p < count; p++) place[order[p]!] = p;
  const at = <T>(pick: (v: number) => T): T[] => Array.from({length: count}, (_, p) => pick(order[p]!));
  const outputs = at(v => [...listOf(graph.makes, v)]);
  return {
    operators: count,
    values: storages,
    size,
    isOutput: Array.from(output, bit => bit === 1),
    producer: Int32Array.from(graph.writer, v => (v < 0 ? -1 : place[v]!)),
    readers: Array.from({length: storages}, (_, s) =>
      Array.from(listOf(graph.readers, s), v => place[v]!).sort((a, b) => a - b),
    ),
    inputs: at(v => [...listOf(graph.reads, v)]),
    outputs,
    over: at(v => {
      const made = outputs[place[v]!]![0];
      const fits = (s: number) => !output[s] && size[s]! >= size[made!]! && size[made!]! > 0;
      return made === undefined ? [] : [...listOf(inPlace, v)].filter(fits);
    }),
    cost: Float64Array.from(at(v => (recompute && graph.cost[v] !== NO_COST ? graph.cost[v]! : NEVER))),
    repeatable: repeatableOf(graph, place),
    move: size.map(bytes => (bytesPerCost === undefined ? NEVER : Math.ceil(bytes / bytesPerCost))),
  };
}

/** An operator is not repeated after one that must come after it: what that one changed, it would read. */
function repeatableOf({count, after}: Graph, place: Int32Array): Float64Array {
  const repeatable = new Float64Array(count).fill(NEVER);
  for (let v = 0; v < count; v++) {
    for (const earlier of listOf(after, v)) {
      const p = place[earlier]!;
      repeatable[p] = Math.min(repeatable[p]!, place[v]!);
    }
  }
  return repeatable;
}

/** One step of a schedule. `run`, `again`: the operator; `out`, `in`: the value. */
export interface GraphStep {
  readonly kind: 'run' | 'again' | 'out' | 'in';
  readonly index: number;
}

/** What the steps cost beyond one run of each operator. */
export function costOf(graph: FitGraph, steps: readonly GraphStep[]): number {
  let cost = 0;
  for (const {kind, index} of steps) {
    if (kind === 'again') cost += graph.cost[index]!;
    else if (kind !== 'run') cost += graph.move[index]!;
  }
  return cost;
}

/** A time at which more bytes are needed than there are, whatever is computed again or moved. */
export interface Obstruction {
  /** The operator; absent at the start and at the end. */
  readonly operator?: number;
  readonly at: 'start' | 'operator' | 'end';
  /** Bytes that must be there, and those among them that the operator itself reads and writes. */
  readonly needed: Bytes;
  readonly own: Bytes;
}

/** Bytes that operator `v` reads and writes by itself, at least: an output may take the place of an input. */
export function ownBytes(graph: FitGraph, v: number): Bytes {
  let bytes = 0;
  for (const value of graph.inputs[v]!) bytes += graph.size[value]!;
  for (const value of graph.outputs[v]!) bytes += graph.size[value]!;
  return graph.over[v]!.length > 0 ? bytes - graph.size[graph.outputs[v]![0]!]! : bytes;
}
