/** A tree of calls as a table whose names are indented, and as nested objects; both list so many children of a node. */
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import type {CallNode} from '../../trace.ts';
import type {Cell, Table} from './table.ts';

export interface RestJson {
  readonly entries: number;
  readonly blocks: number;
  readonly bytes: number;
}

export interface CallJson {
  readonly kind: string;
  /** Null: unknown. */
  readonly name: string | null;
  readonly blocks: number;
  readonly bytes: number;
  /** Of all live bytes, 0 to 1. */
  readonly share: number;
  readonly children: readonly CallJson[];
  /** Children that are not listed. */
  readonly rest: RestJson;
}

/** @param most children that are listed of each node. */
export function treeTable(root: CallNode, most: number): Table {
  return {
    title: `live ${formatBytes(root.bytes)} in ${plural(root.blocks, 'block')}, as a tree of calls`,
    head: ['share', 'bytes', 'blocks', 'call'],
    right: [0, 1, 2],
    rows: [...rowsOf(root, root.bytes, most, 0)],
  };
}

export function treeJson(root: CallNode, most: number): readonly CallJson[] {
  const jsonOf = (node: CallNode): CallJson => ({
    kind: node.kind,
    name: node.name || null,
    blocks: node.blocks,
    bytes: node.bytes,
    share: shareOf(node, root.bytes),
    children: node.children.slice(0, most).map(jsonOf),
    rest: restOf(node, most),
  });
  return root.children.slice(0, most).map(jsonOf);
}

export function restOf({children}: CallNode, most: number): RestJson {
  const rest = children.slice(most);
  return {
    entries: rest.length,
    blocks: rest.reduce((sum, {blocks}) => sum + blocks, 0),
    bytes: rest.reduce((sum, {bytes}) => sum + bytes, 0),
  };
}

function* rowsOf(node: CallNode, all: number, most: number, depth: number): Generator<Cell[]> {
  const row = (one: {readonly bytes: number; readonly blocks: number}, name: Cell): Cell[] => [
    `${(100 * shareOf(one, all)).toFixed(1)} %`,
    formatBytes(one.bytes),
    formatCount(one.blocks),
    name,
  ];
  for (const child of node.children.slice(0, most)) {
    const isUnseen = child.kind === 'unseen';
    const name = isUnseen ? 'persistent, from before the recording' : child.name;
    yield row(child, {name: name || 'unknown', indent: depth});
    yield* rowsOf(child, all, most, depth + 1);
  }
  const rest = restOf(node, most);
  if (rest.entries > 0)
    yield row(rest, {name: '', text: `rest: ${formatCount(rest.entries)} more`, indent: depth});
}

/** 0 to 1. */
function shareOf({bytes}: {readonly bytes: number}, all: number): number {
  return all === 0 ? 0 : bytes / all;
}
