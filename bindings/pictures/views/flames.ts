/**
 * A tree of calls as an icicle: the root on top, each call below the one that made it, as wide as its sum. Calls too narrow to
 * be seen are one box for each caller, so a tree of any size has few boxes.
 */
import type {CallItems} from '../../calls/call-items.ts';
import {type CallSums, describeMeasure, unitOf} from '../../calls/call-sums.ts';
import {type CallTree, childrenOf, depthOf, nameOfCall, wayTo} from '../../calls/call-tree.ts';
import {byWeight, nodesInOrder} from '../../calls/order.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {categoryAxis} from '../bars.ts';
import {groupItems} from '../groups.ts';
import {REST} from '../palette.ts';
import type {BoxLayer, Picture, Series, Table} from '../picture.ts';

/** Calls above the root that are drawn, each as wide as all of it. */
const MOST_ABOVE = 4;
/** Levels that are drawn; below them are those of a call that is made the root. */
const MOST_LEVELS = 48;
/** The narrowest box of its own, as a part of the root. */
const LEAST_SHARE = 1 / 600;
/** The series of a search: what matches, and all else. */
const FOUND: readonly Series[] = [
  {name: 'found', colour: 1},
  {name: 'others', colour: REST},
];

export interface FlamesInput {
  readonly tree: CallTree;
  readonly sums: CallSums;
  readonly items: Pick<CallItems, 'unit'>;
  readonly isReversed?: boolean;
  /** The node on top; the root of the tree where absent. */
  readonly root?: number;
  /** Narrower boxes, as parts of the root, are drawn as one for each caller. */
  readonly leastShare?: number;
  /** Colours of the nodes, from `flameColours`; made where absent. */
  readonly colours?: FlameColours;
  /** Per node: 1 where a search found it. */
  readonly found?: Uint8Array;
}

/** Boxes of the picture. A box of several narrow calls has its caller's node. */
interface Boxes {
  readonly node: number[];
  readonly level: number[];
  readonly from: number[];
  readonly to: number[];
  /** Calls that are one box; 0 for a box of one call. */
  readonly merged: number[];
  /** Levels that are drawn, and whether some call is below them. */
  levels: number;
  isCut: boolean;
}

export function flamesPicture(input: FlamesInput): Picture {
  const {tree, sums, items, isReversed = false, root = 0, leastShare = LEAST_SHARE, found} = input;
  const boxes = layOut(tree, sums.values, root, leastShare);
  const {series, seriesOf} = found
    ? {series: FOUND, seriesOf: (node: number) => 1 - found[node]!}
    : (input.colours ?? flameColours(tree, sums.values));
  const total = sums.values[root]!;
  const first = Math.max(0, depthOf(tree, root) - MOST_ABOVE);
  const measure = describeMeasure(sums.measure, items);
  const unit = unitOf(sums.measure, items);
  const title = `Calls by ${sums.measure === 'live' || sums.measure === 'peak' ? `bytes ${measure}` : measure}`;
  return {
    name: `flames-${sums.measure}`,
    title,
    description: describe(input, boxes.node.length, total),
    // products of bytes and time are too long for an axis
    x: isProduct(unit)
      ? {label: `part of all ${unit}`, unit: 'percent', scale: 'linear', domain: [0, 100]}
      : {
          label: unit,
          unit: unit === 'bytes' ? 'bytes' : 'count',
          scale: 'linear',
          domain: [0, Math.max(1, total)],
        },
    y: categoryAxis(
      isReversed ? 'calls, innermost first' : 'calls, outermost first',
      Array.from({length: boxes.levels}, (_, level) => String(first + level)),
    ),
    series,
    layers: [layerOf(input, boxes, seriesOf)],
    notes: [...notesOf(boxes, leastShare), ...tree.notes],
    table: tableOf(input),
  };
}

const isProduct = (unit: string): boolean => unit.startsWith('bytes ×');

function describe({tree, sums, root = 0, items}: FlamesInput, boxes: number, total: number): string {
  const [largest] = byWeight(tree, sums.values, [...childrenOf(tree, root)]);
  const first =
    largest === undefined || sums.values[largest] === 0
      ? ''
      : ` The largest call below it is ${nameOf(tree, largest)} with ${amountOf(sums, items, largest)}.`;
  return `${nameOf(tree, root)}: ${total === 0 ? 'nothing' : amountOf(sums, items, root)}, drawn in ${formatCount(boxes)} ${boxes === 1 ? 'box' : 'boxes'}.${first}`;
}

function notesOf({merged, isCut}: Boxes, leastShare: number): string[] {
  const least = `${Number((100 * leastShare).toPrecision(2))} %`;
  return [
    ...(merged.some(count => count > 0)
      ? [`Calls below ${least} of the whole are drawn as one box for each caller.`]
      : []),
    ...(isCut ? [`${MOST_LEVELS} levels are drawn.`] : []),
  ];
}

/** The way to the root, then level by level; of each call first the largest below it. */
function layOut(tree: CallTree, values: Float64Array, root: number, leastShare: number): Boxes {
  const boxes: Boxes = {node: [], level: [], from: [], to: [], merged: [], levels: 1, isCut: false};
  const total = values[root]!;
  if (total === 0) return boxes;
  const least = total * leastShare;
  const add = (node: number, level: number, from: number, width: number, merged: number): void => {
    boxes.node.push(node);
    boxes.level.push(level);
    boxes.from.push(from);
    boxes.to.push(from + width);
    boxes.merged.push(merged);
    boxes.levels = Math.max(boxes.levels, level + 1);
  };
  const way = wayTo(tree, root).slice(-1 - MOST_ABOVE);
  for (const [level, node] of way.entries()) add(node, level, 0, total, 0);
  for (let at = way.length - 1; at < boxes.node.length; at++) {
    if (boxes.merged[at]! > 0) continue;
    const [node, level] = [boxes.node[at]!, boxes.level[at]! + 1];
    const {wide, narrow, rest} = split(tree, values, node, least);
    if (level >= MOST_LEVELS) {
      boxes.isCut ||= narrow > 0 || wide.length > 0;
      continue;
    }
    let from = boxes.from[at]!;
    for (const child of wide) {
      add(child, level, from, values[child]!, 0);
      from += values[child]!;
    }
    if (narrow > 0) add(node, level, from, rest, narrow);
  }
  return boxes;
}

/** The calls below a node that have a box of their own, and the sum of all others. */
function split(tree: CallTree, values: Float64Array, node: number, least: number) {
  const wide: number[] = [];
  let [narrow, rest] = [0, 0];
  for (const child of childrenOf(tree, node)) {
    const value = values[child]!;
    if (value >= least) wide.push(child);
    else if (value > 0) {
      narrow++;
      rest += value;
    }
  }
  return {wide: byWeight(tree, values, wide), narrow, rest};
}

function layerOf(
  {tree, sums, items, root = 0}: FlamesInput,
  {node, level, from, to, merged}: Boxes,
  seriesOf: (node: number) => number,
): BoxLayer {
  const total = sums.values[root]!;
  const place = isProduct(unitOf(sums.measure, items))
    ? (value: number): number => (100 * value) / total
    : (value: number): number => value;
  const share = (value: number): string => `${((100 * value) / total).toFixed(1)} %`;
  return {
    kind: 'boxes',
    count: node.length,
    x0: Float64Array.from(from, place),
    x1: Float64Array.from(to, place),
    y0: Float64Array.from(level),
    y1: Float64Array.from(level, one => one + 1),
    series: Uint8Array.from(node, seriesOf),
    item: Uint32Array.from(node, (own, box) => (merged[box]! > 0 ? tree.count + own : own)),
    label: box => (merged[box]! > 0 ? `${merged[box]} others` : shortName(tree, node[box]!)),
    detail: box =>
      merged[box]! > 0
        ? `${plural(merged[box]!, 'narrow call')} below ${nameOf(tree, node[box]!)}: ${amount(sums, items, to[box]! - from[box]!)}, ${share(to[box]! - from[box]!)}`
        : `${nameOf(tree, node[box]!)}: ${amountOf(sums, items, node[box]!)}, ${share(sums.values[node[box]!]!)}`,
  };
}

/** The node of a box, by its item; that of the caller for a box of narrow calls. */
export function nodeOfBox({count}: CallTree, item: number): number {
  return item >= count ? item - count : item;
}

export function nameOf({calls, call}: CallTree, node: number): string {
  return nameOfCall(calls[call[node]!]!);
}

/** As short as it can be written on a box: a line without the folders of its file. */
function shortName(tree: CallTree, node: number): string {
  const name = nameOf(tree, node);
  const [place = ''] = name.split(' ', 1);
  const {kind} = tree.calls[tree.call[node]!]!;
  if (kind !== 'frame' && kind !== 'module') return name.replace(/^aten::/, '');
  return name.slice(Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\')) + 1);
}

/** The sum of a node, with its unit and its number of blocks. */
export function amountOf(sums: CallSums, items: Pick<CallItems, 'unit'>, node: number): string {
  const {measure, blocks} = sums;
  const of = measure === 'allocations' ? '' : ` in ${plural(blocks[node]!, 'block')}`;
  return `${amount(sums, items, sums.values[node]!)}${of}`;
}

function amount({measure}: CallSums, items: Pick<CallItems, 'unit'>, value: number): string {
  const unit = unitOf(measure, items);
  return unit === 'bytes' ? formatBytes(value) : `${formatCount(value)} ${unit}`;
}

export interface FlameColours {
  readonly series: readonly Series[];
  seriesOf(node: number): number;
}

/**
 * A colour for each of the heaviest files and names: a source line has its file's; any other call that of the top level that it
 * is below. So a name keeps its colour wherever it is, and whatever is made the root.
 * @param values weights of the nodes: by their areas the heaviest are chosen.
 */
export function flameColours({count, parent, call, calls}: CallTree, values: Float64Array): FlameColours {
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const numberOfCall = calls.map(({group}) => {
    const known = numbers.get(group) ?? names.push(group) - 1;
    numbers.set(group, known);
    return known;
  });
  const isFrame = calls.map(({kind}) => kind === 'frame');
  const weights = new Float64Array(names.length);
  const group = new Uint32Array(count);
  for (let node = 1; node < count; node++) {
    const [own, above] = [call[node]!, parent[node]!];
    group[node] = isFrame[own] || above === 0 ? numberOfCall[own]! : group[above]!;
    weights[group[node]!]! += values[node]!;
  }
  group[0] = numberOfCall[call[0]!]!;
  const groups = groupItems(
    names.length,
    one => names[one],
    one => weights[one]!,
    'files and names',
  );
  return {
    series: groups.series.map(({name, colour}) => ({
      name: colour === REST ? 'others' : shortFile(name),
      colour,
    })),
    seriesOf: node => groups.seriesOf[group[node]!]!,
  };
}

/** A file without its folders. */
function shortFile(name: string): string {
  return /\.py$/.test(name) ? name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1) : name;
}

/** Every call with a part of the sum, each before those below it, the largest first. */
function tableOf({tree, sums, items, root = 0}: FlamesInput): Table {
  const {values} = sums;
  let count = 0;
  for (let node = root; node < tree.end[root]!; node++) if (sums.blocks[node]! > 0) count++;
  const unit = unitOf(sums.measure, items);
  let nodes: Uint32Array | undefined;
  return {
    columns: [
      {name: 'call'},
      {name: 'level', unit: 'count'},
      {name: unit, unit: unit === 'bytes' ? 'bytes' : 'count'},
      {name: 'share', unit: 'percent'},
      {name: 'blocks', unit: 'count'},
      {name: 'called by'},
    ],
    count,
    row: index => {
      nodes ??= nodesInOrder(tree, sums, root);
      const node = nodes[index]!;
      return [
        nameOf(tree, node),
        depthOf(tree, node),
        values[node]!,
        (100 * values[node]!) / Math.max(1, values[root]!),
        sums.blocks[node]!,
        node === 0 ? '' : nameOf(tree, tree.parent[node]!),
      ];
    },
  };
}
