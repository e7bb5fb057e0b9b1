/**
 * A tree of calls in columns: a node for each beginning of a path. Nodes are numbered from the root on, each before those
 * below it, so the nodes below node n are n + 1 … `end[n]` − 1. Nothing here calls itself: stacks may be deep.
 */
import {type Call, type CallPaths, NO_PATH} from './calls.ts';
import {GrowingTree} from './growing-tree.ts';

export interface CallTree {
  /** Nodes; node 0 is the root, which stands for the whole. */
  readonly count: number;
  /** Per node: the node above it; of the root itself. */
  readonly parent: Uint32Array;
  /** Per node: one more than the last node below it. */
  readonly end: Uint32Array;
  /** Per node: index into `calls`. */
  readonly call: Uint32Array;
  readonly calls: readonly Call[];
  /** Per item: the node of its last call; `NO_PATH` for an item that is not in the tree. */
  readonly nodeOf: Uint32Array;
  readonly notes: readonly string[];
}

/**
 * @param extra calls of their own right below the root, e.g. of blocks from before the recording: they have the nodes
 * behind all others.
 * @param isReversed the innermost call first, so that all uses of a function are one node.
 */
export function callTree(paths: CallPaths, extra: readonly Call[] = [], isReversed = false): CallTree {
  const {starts, steps, pathOf, notes} = paths;
  const grown = new GrowingTree(1 + steps.length);
  const nodeOfPath = grown.addAll(starts, isReversed ? reversed(starts, steps) : steps);
  const known = paths.calls.length;
  const {parent, end, call, place} = grown.inOrder(extra.length);
  for (const k of extra.keys()) call[grown.count + k] = known + k;
  call[0] = known + extra.length;
  return {
    count: parent.length,
    parent,
    end,
    call,
    calls: [...paths.calls, ...extra, {kind: 'all', name: '', group: ''}],
    nodeOf: pathOf.map(path => (path === NO_PATH ? NO_PATH : place[nodeOfPath[path]!]!)),
    notes,
  };
}

/** Each path's steps the other way round, at the same places. */
function reversed(starts: Uint32Array, steps: Uint32Array): Uint32Array {
  const turned = steps.slice();
  for (let path = 0; path + 1 < starts.length; path++)
    turned.subarray(starts[path]!, starts[path + 1]!).reverse();
  return turned;
}

export function depthOf({parent}: CallTree, node: number): number {
  let depth = 0;
  for (let at = node; at !== 0; at = parent[at]!) depth++;
  return depth;
}

/** The nodes from the root to a node, both among them. */
export function wayTo({parent}: CallTree, node: number): number[] {
  const way = [node];
  while (way.at(-1) !== 0) way.push(parent[way.at(-1)!]!);
  return way.reverse();
}

/** The nodes right below a node, in their order. */
export function* childrenOf({end}: CallTree, node: number): Generator<number, void, undefined> {
  for (let child = node + 1; child < end[node]!; child = end[child]!) yield child;
}

export function nameOfCall({kind, name}: Call): string {
  if (kind === 'unseen') return 'persistent, from before the recording';
  if (kind === 'all') return 'all';
  return name || 'unknown';
}
