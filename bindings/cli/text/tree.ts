/**
 * A tree of calls as a table whose names are indented, and as nested objects; both list so many calls below each. Without
 * recursion: stacks may be deep.
 */
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {
  type CallItems,
  type CallSums,
  type CallTree,
  heaviestChildren,
  type Measure,
  nameOfCall,
  unitOf,
} from '../../trace.ts';
import type {Cell, Table} from './table.ts';

/** A tree with the sums that it is listed by. */
export interface ListedTree {
  readonly tree: CallTree;
  readonly items: CallItems;
  readonly sums: CallSums;
  /** The bytes and blocks at the moment; `sums` where that is the measure. */
  readonly live: CallSums;
  /** How many calls are listed below each. */
  readonly most: number;
}

/** Beyond 2^53 − 1 a text of its digits: programs that read JSON would round a number. */
export type ExactNumber = number | string;

export interface RestJson {
  readonly entries: number;
  readonly blocks: number;
  readonly bytes: number;
  readonly value: ExactNumber;
}

export interface CallJson {
  readonly kind: string;
  /** Null: unknown. */
  readonly name: string | null;
  readonly blocks: number;
  readonly bytes: number;
  /** In the unit of the measure. */
  readonly value: ExactNumber;
  /** Of the whole by the measure, 0 to 1. */
  readonly share: number;
  readonly children: CallJson[];
  /** Calls below it that are not listed. */
  rest: RestJson;
}

/** A call that is listed, or the rest of those below a call. */
interface Line {
  readonly node: number;
  readonly depth: number;
  /** The calls of a rest; absent for a call. */
  readonly rest?: readonly number[];
}

/** Levels that are listed: JSON of some thousand levels is more than programs read. */
const MOST_LEVELS = 1000;

/** Depth first. */
function* linesOf({tree, sums, most}: ListedTree): Generator<Line, void, undefined> {
  const waiting: Line[] = [{node: 0, depth: -1}];
  for (let line = waiting.pop(); line !== undefined; line = waiting.pop()) {
    if (line.node !== 0 || line.rest) yield line;
    if (line.rest) continue;
    const {node} = line;
    const depth = line.depth + 1;
    const children = heaviestChildren(tree, sums, node);
    const listed = depth < MOST_LEVELS ? most : 0;
    const rest = children.slice(listed);
    if (rest.length > 0) waiting.push({node, depth, rest});
    for (const child of children.slice(0, listed).reverse()) waiting.push({node: child, depth});
  }
}

const WORDS: Readonly<Partial<Record<Measure, string>>> = {live: 'live', peak: 'live at the peak'};

export function treeTable(listed: ListedTree): Table {
  const {tree, sums, items} = listed;
  const {measure} = sums;
  const unit = unitOf(measure, items);
  const hasBlocks = measure !== 'allocations';
  const total = sums.exact(0);
  const rows = Array.from(linesOf(listed), ({node, depth, rest}): Cell[] => {
    const nodes = rest ?? [node];
    const value = nodes.reduce((sum, one) => sum + sums.exact(one), 0n);
    const blocks = nodes.reduce((sum, one) => sum + sums.blocks[one]!, 0);
    const name: Cell = rest
      ? {name: '', text: `rest: ${formatCount(rest.length)} more`, indent: depth}
      : {name: nameOfCall(tree.calls[tree.call[node]!]!), indent: depth};
    return [
      `${(100 * shareOf(value, total)).toFixed(1)} %`,
      textOf(value, unit),
      ...(hasBlocks ? [formatCount(blocks)] : []),
      name,
    ];
  });
  const whole =
    unit === 'bytes' ? `${WORDS[measure]} ${textOf(total, unit)}` : `${textOf(total, unit)} ${unit}`;
  const of = hasBlocks ? ` in ${plural(sums.blocks[0]!, 'block')}` : '';
  return {
    title: `${whole}${of}, as a tree of calls`,
    head: ['share', unit, ...(hasBlocks ? ['blocks'] : []), 'call'],
    right: hasBlocks ? [0, 1, 2] : [0, 1],
    rows,
  };
}

function textOf(value: bigint, unit: string): string {
  return unit === 'bytes' ? formatBytes(Number(value)) : value.toLocaleString('en-US');
}

/** 0 to 1. */
function shareOf(value: bigint, total: bigint): number {
  return total === 0n ? 0 : Number(value) / Number(total);
}

/** The calls right below the root, and those that are not listed. */
export function treeJson(listed: ListedTree): {readonly tree: CallJson[]; readonly treeRest: RestJson} {
  const {tree, live, sums} = listed;
  const top: CallJson[] = [];
  /** The calls above the next one, by level. */
  const above: CallJson[] = [];
  let treeRest = restOf(listed, []);
  for (const {node, depth, rest} of linesOf(listed)) {
    above.length = Math.min(above.length, depth);
    const over = above.at(-1);
    if (rest) {
      if (over) over.rest = restOf(listed, rest);
      else treeRest = restOf(listed, rest);
      continue;
    }
    const {kind, name} = tree.calls[tree.call[node]!]!;
    const one: CallJson = {
      kind,
      name: name || null,
      blocks: live.blocks[node]!,
      bytes: live.values[node]!,
      value: exactNumber(sums.exact(node)),
      share: shareOf(sums.exact(node), sums.exact(0)),
      children: [],
      rest: restOf(listed, []),
    };
    (over?.children ?? top).push(one);
    above.push(one);
  }
  return {tree: top, treeRest};
}

function restOf({live, sums}: ListedTree, nodes: readonly number[]): RestJson {
  return {
    entries: nodes.length,
    blocks: nodes.reduce((sum, node) => sum + live.blocks[node]!, 0),
    bytes: nodes.reduce((sum, node) => sum + live.values[node]!, 0),
    value: exactNumber(nodes.reduce((sum, node) => sum + sums.exact(node), 0n)),
  };
}

export function exactNumber(value: bigint): ExactNumber {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
}
