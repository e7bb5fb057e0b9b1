/**
 * What computing again and moving cost at least. While operator q runs for the first time, every value that was made before and is still to be
 * read is there, or comes back later: at one time, what must be away costs no less than the cheapest way to have it back.
 */
import type {Bytes} from '../../model/numbers.ts';
import {type FitGraph, NEVER, type Obstruction, ownBytes} from './graph.ts';

/** What must leave at one time: the values that could, and the bytes beyond the capacity. */
interface Pressure {
  excess: Bytes;
  readonly sizes: number[];
  readonly returns: number[];
}

/** @returns a time at which the capacity is too small whatever is repeated or moved; undefined where none is known. */
export function obstructionOf(graph: FitGraph, capacity: Bytes): Obstruction | undefined {
  const {operators, values, size, producer, readers, isOutput} = graph;
  let start = 0;
  let end = 0;
  for (let value = 0; value < values; value++) {
    if (producer[value]! < 0 && (readers[value]!.length > 0 || isOutput[value])) start += size[value]!;
    if (isOutput[value]) end += size[value]!;
  }
  if (start > capacity) return {at: 'start', needed: start, own: start};
  const stuck = bystandingBytes(graph, value => stuckFrom(graph, value));
  let worst: Obstruction | undefined;
  for (let q = 0; q < operators; q++) {
    const own = ownBytes(graph, q);
    const needed = own + stuck[q]!;
    // one that is too large by itself says more than one that is too large with others
    const isWorse =
      worst === undefined ||
      own > Math.max(capacity, worst.own) ||
      (worst.own <= capacity && needed > worst.needed);
    if (needed > capacity && isWorse) worst = {operator: q, at: 'operator', needed, own};
  }
  if (worst) return worst;
  return end > capacity ? {at: 'end', needed: end, own: end} : undefined;
}

/** The operator from which on a value that is not there does not come back. */
function stuckFrom({producer, cost, repeatable, move}: FitGraph, value: number): number {
  const v = producer[value]!;
  if (move[value]! < NEVER) return NEVER;
  return v < 0 || cost[v] === NEVER ? 0 : repeatable[v]!;
}

/** Bytes of bystanders per operator, of each value from some operator on. */
function bystandingBytes(graph: FitGraph, from: (value: number) => number): Float64Array {
  const {operators, values, size, producer, readers, isOutput} = graph;
  const change = new Float64Array(operators + 1);
  for (let value = 0; value < values; value++) {
    const begin = Math.max(producer[value]! + 1, from(value));
    const end = isOutput[value] ? operators : (readers[value]!.at(-1) ?? 0);
    if (begin >= end) continue;
    change[begin]! += size[value]!;
    change[end]! -= size[value]!;
    for (const reader of readers[value]!) {
      if (reader < begin || reader >= end) continue;
      change[reader]! -= size[value]!;
      change[reader + 1]! += size[value]!;
    }
  }
  let bytes = 0;
  return change.map(step => (bytes += step));
}

/** Values that are made before operator q runs, are read after it or by nobody but the end, and are not its own. */
export function* bystanders(graph: FitGraph, q: number): Generator<number> {
  const {values, producer, readers, isOutput, inputs, outputs} = graph;
  for (let value = 0; value < values; value++) {
    if (producer[value]! >= q) continue;
    if (!isOutput[value] && !((readers[value]!.at(-1) ?? -1) > q)) continue;
    if (!inputs[q]!.includes(value) && !outputs[q]!.includes(value)) yield value;
  }
}

/** A value that waits while operator q runs, and the operator that used it last; −1 where none did. */
interface Waiting {
  readonly value: number;
  readonly begin: number;
}

/** Values looked at for the lower bound at most, or so; the operators where most bytes are lacking come first. */
const MOST_LOOKED_AT = 100_000_000;

/** @returns what any schedule costs at least. */
export function lowerBoundOf(graph: FitGraph, capacity: Bytes): number {
  const bystanding = bystandingBytes(graph, () => 0);
  const excess = Float64Array.from(
    {length: graph.operators},
    (_, q) => ownBytes(graph, q) + bystanding[q]! - capacity,
  );
  const tight = Array.from(excess.keys()).filter(q => excess[q]! > 0);
  tight.sort((a, b) => excess[b]! - excess[a]! || a - b);
  const most = Math.ceil(MOST_LOOKED_AT / Math.max(1, graph.values));
  let bound = 0;
  for (const q of tight.slice(0, most)) {
    const away = pressureOf(graph, q, waitingAt(graph, q), 2, shareOf);
    bound = Math.max(bound, leastCover({...away, excess: excess[q]!}));
  }
  return bound;
}

/**
 * Per number of operators that have run: what is still to be paid at least for values whose gap begins at a later operator, whatever is
 * away now and saved already. Time: operators × values², for small graphs.
 */
export function remainingBounds(graph: FitGraph, capacity: Bytes): Float64Array {
  const {operators} = graph;
  const bounds = new Float64Array(operators + 1);
  for (let q = 0; q < operators; q++) {
    const excess = ownBytes(graph, q) - capacity;
    const waiting = waitingAt(graph, q).filter(({begin}) => begin >= 0);
    for (const begin of new Set(waiting.map(each => each.begin))) {
      const late = waiting.filter(each => each.begin >= begin);
      const away = pressureOf(graph, q, late, 1, ownOf);
      away.excess += excess;
      if (away.excess > 0) bounds[begin] = Math.max(bounds[begin]!, leastCover(away));
    }
  }
  for (let d = operators - 1; d >= 0; d--) bounds[d] = Math.max(bounds[d]!, bounds[d + 1]!);
  return bounds;
}

function waitingAt(graph: FitGraph, q: number): Waiting[] {
  return Array.from(bystanders(graph, q), value => ({value, begin: lastUseBefore(graph, value, q)}));
}

/** Values that may be away while operator q runs; `moves`: how often one that is moved must be moved for that. */
function pressureOf(
  graph: FitGraph,
  q: number,
  waiting: readonly Waiting[],
  moves: number,
  again: typeof shareOf,
): Pressure {
  const pressure: Pressure = {excess: 0, sizes: [], returns: []};
  for (const {value} of waiting) {
    pressure.excess += graph.size[value]!;
    pressure.sizes.push(graph.size[value]!);
    pressure.returns.push(Math.min(again(graph, value, q + 1), moves * graph.move[value]!));
  }
  return pressure;
}

/** A value's part, by its bytes, of what another run of its operator costs: one with several outputs brings all of them back. */
function shareOf(graph: FitGraph, value: number, at: number): number {
  const v = graph.producer[value]!;
  if (v < 0 || graph.repeatable[v]! < at) return NEVER;
  let all = 0;
  for (const output of graph.outputs[v]!) all += graph.size[output]!;
  return all === graph.size[value] ? graph.cost[v]! : roundedDown(graph.cost[v]!, graph.size[value]!, all);
}

/** The same, but for values that come back with others: these may come back for nothing, with one that is away already. */
function ownOf(graph: FitGraph, value: number, at: number): number {
  const share = shareOf(graph, value, at);
  return share < NEVER && graph.outputs[graph.producer[value]!]!.length > 1 ? 0 : share;
}

function lastUseBefore(graph: FitGraph, value: number, q: number): number {
  let last = graph.producer[value]!;
  for (const reader of graph.readers[value]!) {
    if (reader >= q) break;
    last = reader;
  }
  return last;
}

/** The least cost, rounded up, of parts of values that make up the excess; `NEVER` where all together do not. */
function leastCover({excess, sizes, returns}: Pressure): number {
  const order = sizes.map((_, i) => i).filter(i => sizes[i]! > 0 && returns[i]! < NEVER);
  order.sort((a, b) => returns[a]! * sizes[b]! - returns[b]! * sizes[a]! || a - b);
  let left = excess;
  let cost = 0;
  for (const i of order) {
    if (sizes[i]! >= left) return cost + roundedUp(returns[i]!, left, sizes[i]!);
    left -= sizes[i]!;
    cost += returns[i]!;
  }
  return NEVER;
}

/** No more than cost × part / whole; `NEVER` stays. */
function roundedDown(cost: number, part: number, whole: number): number {
  return cost === NEVER ? NEVER : Math.floor(cost * (part / whole) * (1 - 2 ** -40));
}

/** No more than ⌈cost × part / whole⌉, also where the product is rounded. */
function roundedUp(cost: number, part: number, whole: number): number {
  const product = cost * part;
  return Number.isSafeInteger(product) ? Math.ceil(product / whole) : Math.floor(cost * (part / whole));
}
