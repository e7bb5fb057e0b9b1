/** The blocks that are live at one instant as a tree of calls: each node is the sum of what is below it. */

import {type BlockTable, type Call, callsOf} from './block-table.ts';
import {FAILED_REQUEST} from './top.ts';

export interface CallNode extends Call {
  /** Live at the instant, through this call. */
  readonly blocks: number;
  readonly bytes: number;
  /** The largest first. Their sum is less than the node's where the call itself allocates. */
  readonly children: readonly CallNode[];
}

interface OpenNode extends Call {
  blocks: number;
  bytes: number;
  readonly children: Map<string, OpenNode>;
}

/**
 * The root stands for the whole: all that is live.
 * @param failedRequest bytes of a request that failed at the instant.
 */
export function callTree(table: BlockTable, failedRequest = 0): CallNode {
  const {count, bytes, isLive, unseen} = table;
  const root: OpenNode = newNode({kind: 'all', name: ''});
  for (let row = 0; row < count; row++) {
    if (isLive[row] === 1) addCalls(root, callsOf(table, row), 1, bytes[row]!);
  }
  if (unseen.blocks > 0) addCalls(root, [{kind: 'unseen', name: ''}], unseen.blocks, unseen.bytes);
  if (failedRequest > 0) addCalls(root, [{kind: 'failed', name: FAILED_REQUEST}], 1, failedRequest);
  return closeNode(root);
}

function addCalls(root: OpenNode, calls: readonly Call[], blocks: number, bytes: number): void {
  let node = root;
  node.blocks += blocks;
  node.bytes += bytes;
  for (const call of calls) {
    const key = `${call.kind} ${call.name}`;
    const next = node.children.get(key) ?? newNode(call);
    node.children.set(key, next);
    next.blocks += blocks;
    next.bytes += bytes;
    node = next;
  }
}

function newNode({kind, name}: Call): OpenNode {
  return {kind, name, blocks: 0, bytes: 0, children: new Map()};
}

function closeNode({children, ...node}: OpenNode): CallNode {
  const closed = [...children.values()].map(closeNode);
  closed.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {...node, children: closed};
}
