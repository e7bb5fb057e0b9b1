/**
 * A tree of calls in columns: a node for each beginning of a path. Nodes are numbered from the root on, each before those
 * below it, so the nodes below node n are n + 1 … `end[n]` − 1. Nothing here calls itself: stacks may be deep.
 */
import {type Call, type CallPaths, NO_PATH} from './calls.ts';

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
  const count = starts.length - 1;
  const ordered = isReversed ? reversed(starts, steps) : steps;
  const order = sortedPaths(starts, ordered);
  const nodeOfPath = new Uint32Array(count);
  const room = 1 + steps.length + extra.length;
  const columns = {parent: new Uint32Array(room), call: new Uint32Array(room), end: new Uint32Array(room)};
  columns.call[0] = paths.calls.length + extra.length;
  /** The nodes on the way to the last one, by level. */
  const way = [0];
  let next = 1;
  const leave = (level: number): void => {
    while (way.length > level + 1) columns.end[way.pop()!] = next;
  };
  let before = -1;
  for (const path of order) {
    const shared = before < 0 ? 0 : sharedSteps(starts, ordered, before, path);
    leave(shared);
    for (let at = starts[path]! + shared; at < starts[path + 1]!; at++) {
      columns.parent[next] = way.at(-1)!;
      columns.call[next] = ordered[at]!;
      way.push(next++);
    }
    nodeOfPath[path] = way.at(-1)!;
    before = path;
  }
  leave(0);
  for (const k of extra.keys()) {
    columns.call[next] = paths.calls.length + k;
    columns.end[next] = ++next;
  }
  columns.end[0] = next;
  return {
    count: next,
    parent: columns.parent.slice(0, next),
    end: columns.end.slice(0, next),
    call: columns.call.slice(0, next),
    calls: [...paths.calls, ...extra, {kind: 'all', name: '', group: ''}],
    nodeOf: pathOf.map(path => (path === NO_PATH ? NO_PATH : nodeOfPath[path]!)),
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

/** All paths so that those with the same beginning are next to each other, a beginning before what continues it. */
function sortedPaths(starts: Uint32Array, steps: Uint32Array): Uint32Array {
  const order = Uint32Array.from({length: starts.length - 1}, (_, path) => path);
  return order.sort((a, b) => {
    const [from, to] = [starts[a]!, starts[b]!];
    const shared = sharedSteps(starts, steps, a, b);
    const [endsA, endsB] = [from + shared === starts[a + 1], to + shared === starts[b + 1]];
    if (endsA || endsB) return endsA && endsB ? a - b : endsA ? -1 : 1;
    return steps[from + shared]! - steps[to + shared]!;
  });
}

/** How many steps two paths have in common from their beginning on. */
function sharedSteps(starts: Uint32Array, steps: Uint32Array, a: number, b: number): number {
  const [from, to] = [starts[a]!, starts[b]!];
  const most = Math.min(starts[a + 1]! - from, starts[b + 1]! - to);
  let shared = 0;
  while (shared < most && steps[from + shared] === steps[to + shared]) shared++;
  return shared;
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
