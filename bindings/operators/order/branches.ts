/**
 * Branches that are alike: chains of operators that can change places without any other change of the graph. Orders in which the first of
 * them is never behind the second, nor the second behind the third, are enough.
 *
 * Why: let k chains be alike, and p₁ … pₖ how many operators of each have run in some order. The same numbers sorted, the largest first,
 * change by one in one place whenever an operator runs, so they are an order of the graph, too; an exchange of chains makes one out of the
 * other, so the load is the same at every step. Edges from operator j of a chain to operator j of the next one leave just the sorted orders.
 */

import {degree, listOf} from '../lists.ts';
import {edgesOf, type Network} from './network.ts';

/** Rounds at most: a chain of a later round has whole branches of earlier ones in it. */
const MOST_ROUNDS = 8;

/**
 * The network with those edges; the same one where no branches are alike. Edges can make a chain of a branch that was none, which may be
 * alike others: that is looked for again, in the network with the edges, since its orders are enough.
 */
export function withBranchesInOrder(network: Network): Network {
  let found = network;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = Array.from({length: network.count}, (_, v) => [...listOf(found.before, v)]);
    let added = false;
    for (const branches of alikeBranches(found)) {
      for (let k = 1; k < branches.length; k++) {
        branches[k]!.forEach((v, j) => {
          before[v]!.push(branches[k - 1]![j]!);
        });
        added = true;
      }
    }
    if (!added) return found;
    found = {...found, ...edgesOf(before, network.count)};
  }
  return found;
}

/** Groups of two and more chains that are alike, each chain from its first operator to its last. */
export function alikeBranches(network: Network): readonly (readonly (readonly number[])[])[] {
  const groups = new Map<string, number[][]>();
  const chains = chainsOf(network);
  const place = new Int32Array(network.count).fill(-1);
  for (const chain of chains) {
    chain.forEach((v, j) => {
      place[v] = j;
    });
    const text = description(network, chain, place);
    for (const v of chain) place[v] = -1;
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [chain]);
    else group.push(chain);
  }
  return [...groups.values()].filter(group => group.length > 1);
}

/** All operators in chains as long as can be: in a chain, each but the first waits for the one before alone, which only it waits for. */
function chainsOf({count, before, next}: Network): number[][] {
  const follows = (v: number) => {
    if (degree(before, v) !== 1) return false;
    return degree(next, before.list[before.index[v]!]!) === 1;
  };
  const chains: number[][] = [];
  for (let v = 0; v < count; v++) {
    if (follows(v)) continue;
    const chain = [v];
    for (let at = v; degree(next, at) === 1; ) {
      at = next.list[next.index[at]!]!;
      if (!follows(at)) break;
      chain.push(at);
    }
    chains.push(chain);
  }
  return chains;
}

/**
 * All that the graph says of a chain, with its own operators by their places in it. Two chains of one description can change places: what
 * one has to do with others, the other has to do with the same others. So neither names the other, which it would have to do in both ways.
 */
function description(network: Network, chain: readonly number[], place: Int32Array): string {
  const {size, output, writer, reads, writes, readers, before, next, over, surelyOver, mayOver} = network;
  const isOwn = (v: number) => place[v]! >= 0;
  const nameOf = (v: number) => (isOwn(v) ? `#${place[v]}` : String(v));
  const names = (list: Uint32Array) => Array.from(list, nameOf).sort().join(' ');
  const tensor = (t: number) => {
    // what others read, too, stays where it is when chains change places
    if (!(writer[t]! >= 0 && isOwn(writer[t]!)) && !listOf(readers, t).every(isOwn)) return String(t);
    return `${nameOf(writer[t]!)}:${size[t]} ${output[t]} ${names(listOf(readers, t))}`;
  };
  const tensors = (list: Uint32Array) => Array.from(list, tensor).sort().join(',');
  const parts = chain.map(v =>
    [
      names(listOf(before, v)),
      names(listOf(next, v)),
      tensors(listOf(reads, v)),
      tensors(listOf(writes, v)),
      `${over[v]} ${surelyOver[v]} ${tensors(listOf(mayOver, v))}`,
    ].join('|'),
  );
  return parts.join(';');
}
