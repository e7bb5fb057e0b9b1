/** Orders by simple rules, in the order of the file and with updates as soon as they may run. */
import {degree, listOf} from '../lists.ts';
import {ownNeeds} from './bound.ts';
import {Heap} from './heap.ts';
import type {Network} from './network.ts';
import {Progress} from './progress.ts';

/** `soon` is the file's order with updates at once; names that end in `-soon` take that for the order of the file. */
export type ListName =
  | 'file'
  | 'soon'
  | 'lpmf'
  | 'reverse-dfs'
  | 'dfs'
  | 'bfs'
  | 'lpmf-soon'
  | 'reverse-dfs-soon'
  | 'dfs-soon'
  | 'bfs-soon';

export interface ListOrder {
  readonly name: ListName;
  readonly order: Uint32Array;
}

/** Weighed operators of an order at most, where all that could run are compared. */
const MOST_COMPARED = 20_000_000;

/** The order of the file. */
export function listedOrder({count}: Network): Uint32Array {
  return Uint32Array.from({length: count}, (_, v) => v);
}

/** The orders by rules, each made when it is asked for; the second half only where updates can come sooner. */
export function* listOrders(network: Network, file: Uint32Array, soon: Uint32Array): Generator<ListOrder> {
  const labels: [end: '' | '-soon', listed: Uint32Array][] = [['', file]];
  if (soon.some((v, p) => v !== file[p])) labels.push(['-soon', soon]);
  for (const [end, listed] of labels) {
    // label of an operator: its place in the order that is taken for the file's
    const label = new Uint32Array(network.count);
    listed.forEach((v, p) => {
      label[v] = p;
    });
    const lowest = lowestPeak(network, label);
    if (lowest !== undefined) yield {name: `lpmf${end}`, order: lowest};
    yield {name: `reverse-dfs${end}`, order: depthFirst(network, listed, label)};
    yield {name: `dfs${end}`, order: depthFirst(network, listed, byNeed(network, listed, label))};
    yield {name: `bfs${end}`, order: breadthFirst(network, listed, label)};
  }
}

/**
 * The file's order, but each update as soon as it may run. An update is an operator that nothing waits for and all of whose outputs die with
 * it: what it is for is outside of the graph, as with the weights that an optimizer changes.
 */
export function updatesSoon(network: Network): Uint32Array {
  const {count, next, writes, readers, output} = network;
  const isKept = (t: number) => output[t] === 1 || degree(readers, t) > 0;
  const isUpdate = (v: number) => degree(next, v) === 0 && !listOf(writes, v).some(isKept);
  return byKey(
    network,
    Uint32Array.from({length: count}, (_, v) => (isUpdate(v) ? v : count + v)),
  );
}

/** Always the operator of the lowest key that could run. */
function byKey(network: Network, key: ArrayLike<number>): Uint32Array {
  const progress = new Progress(network);
  const ready = new Heap(key);
  progress.waiting.forEach((waits, v) => {
    if (waits === 0) ready.push(v);
  });
  const order = new Uint32Array(network.count);
  for (let p = 0; p < order.length; p++) {
    const v = ready.pop()!;
    progress.run(v, u => ready.push(u));
    order[p] = v;
  }
  return order;
}

/**
 * PyTorch's "least peak memory first" (Inductor, `topological_sort_lpmf`): of those that could run, first who raises the most that was
 * live so far by the least, then who leaves the least live. Undefined where there is too much to compare.
 */
function lowestPeak(network: Network, label: ArrayLike<number>): Uint32Array | undefined {
  const progress = new Progress(network);
  const ready: number[] = [];
  progress.waiting.forEach((waits, v) => {
    if (waits === 0) ready.push(v);
  });
  const order = new Uint32Array(network.count);
  let compared = 0;
  for (let p = 0; p < order.length; p++) {
    compared += ready.length;
    if (compared > MOST_COMPARED) return undefined;
    const free = progress.load - progress.live;
    let best = 0;
    let bestRise = Number.POSITIVE_INFINITY;
    let bestAfter = 0;
    for (let k = 0; k < ready.length; k++) {
      const v = ready[k]!;
      progress.weigh(v);
      const rise = network.made[v]! > free ? network.made[v]! : 0;
      const {after} = progress;
      const order = rise - bestRise || after - bestAfter || label[v]! - label[ready[best]!]!;
      if (order < 0) {
        best = k;
        bestRise = rise;
        bestAfter = after;
      }
    }
    const v = ready[best]!;
    ready[best] = ready[ready.length - 1]!;
    ready.pop();
    progress.weigh(v);
    progress.run(v, u => ready.push(u));
    order[p] = v;
  }
  return order;
}

/** From each operator that nothing waits for: first all that it waits for, those of the lowest key first. As ONNX Runtime orders a model. */
function depthFirst(
  {count, before, next}: Network,
  listed: Uint32Array,
  key: ArrayLike<number>,
): Uint32Array {
  const seen = new Uint8Array(count);
  const order = new Uint32Array(count);
  let placed = 0;
  const stack: {readonly v: number; readonly waits: Uint32Array; at: number}[] = [];
  const visit = (v: number) => {
    seen[v] = 1;
    stack.push({
      v,
      waits: listOf(before, v)
        .slice()
        .sort((a, b) => key[a]! - key[b]!),
      at: 0,
    });
  };
  for (const leaf of listed) {
    if (degree(next, leaf) > 0) continue;
    visit(leaf);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      if (top.at < top.waits.length) {
        const u = top.waits[top.at++]!;
        if (!seen[u]) visit(u);
      } else {
        order[placed++] = top.v;
        stack.pop();
      }
    }
  }
  return order;
}

/** Keys by which those come first that, or whose ancestors, need the most; among equals the label decides. */
function byNeed(network: Network, listed: Uint32Array, label: Uint32Array): Float64Array {
  const own = ownNeeds(network);
  const need = new Float64Array(network.count);
  for (const v of listed) {
    need[v] = own[v]!;
    for (const u of listOf(network.before, v)) need[v] = Math.max(need[v]!, need[u]!);
  }
  const ranked = listed.slice().sort((a, b) => need[b]! - need[a]! || label[a]! - label[b]!);
  const key = new Float64Array(network.count);
  ranked.forEach((v, k) => {
    key[v] = k;
  });
  return key;
}

/** In the order in which they could run first. */
function breadthFirst(network: Network, listed: Uint32Array, label: Uint32Array): Uint32Array {
  const {count, next} = network;
  const waiting = Int32Array.from({length: count}, (_, v) => degree(network.before, v));
  const order = listed.filter(v => waiting[v] === 0);
  const all = new Uint32Array(count);
  all.set(order);
  let placed = order.length;
  for (let p = 0; p < placed; p++) {
    for (const u of listOf(next, all[p]!)
      .slice()
      .sort((a, b) => label[a]! - label[b]!)) {
      if (--waiting[u]! === 0) all[placed++] = u;
    }
  }
  return all;
}
