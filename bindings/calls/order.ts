/** A tree of calls in the order in which people read it: the heaviest first. */
import type {CallSums} from './call-sums.ts';
import {type CallTree, childrenOf, nameOfCall} from './call-tree.ts';

type Sums = Pick<CallSums, 'values' | 'blocks'>;

/** The nodes right below a node whose blocks are part of the sum, the largest first; equal ones by name. */
export function heaviestChildren(tree: CallTree, {values, blocks}: Sums, node: number): number[] {
  const children: number[] = [];
  for (const child of childrenOf(tree, node)) if (blocks[child]! > 0) children.push(child);
  return byWeight(tree, values, children);
}

/** A node and all below it whose blocks are part of the sum: each before those below it, of one caller the largest first. */
export function nodesInOrder(tree: CallTree, sums: Sums, root = 0): Uint32Array {
  const nodes: number[] = [];
  const waiting = sums.blocks[root]! > 0 ? [root] : [];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node);
    const children = heaviestChildren(tree, sums, node);
    for (let k = children.length - 1; k >= 0; k--) waiting.push(children[k]!);
  }
  return Uint32Array.from(nodes);
}

/** Sorts nodes, the largest first; equal ones by name. */
export function byWeight({calls, call}: CallTree, values: Float64Array, nodes: number[]): number[] {
  const nameOf = (node: number): string => calls[call[node]!]!.name;
  return nodes.sort((a, b) => values[b]! - values[a]! || (nameOf(a) < nameOf(b) ? -1 : 1));
}

/**
 * The paths that have a sum of their own, a line for each: the calls with `;` between them, a blank, and the sum. It is the
 * form that flame graph tools read.
 */
export function* foldedStacks(tree: CallTree, sums: CallSums): Generator<string, void, undefined> {
  const {calls, call, parent, count} = tree;
  const way: string[] = [];
  const levels: number[] = [];
  for (let node = 1; node < count; node++) {
    while (levels.length > 0 && levels.at(-1) !== parent[node]) {
      levels.pop();
      way.pop();
    }
    levels.push(node);
    way.push(foldedName(nameOfCall(calls[call[node]!]!)));
    if (sums.own[node]! > 0) yield `${way.join(';')} ${sums.exact(node, true)}`;
  }
}

/** Without what separates names and lines. */
function foldedName(name: string): string {
  return name.replace(/;/g, ':').replace(/\s+/g, ' ');
}
