/** The sums of a tree of calls by one measure: a node has those of all items below it. */
import type {CallItems} from './call-items.ts';
import type {CallTree} from './call-tree.ts';
import {NO_PATH} from './calls.ts';
import {ExactSums} from './exact-sums.ts';

/**
 * - `live`: bytes at a moment.
 * - `peak`: bytes at the peak of the window.
 * - `byte-time`: Σ bytes × events (of a problem, ticks) of the window after which they are live.
 * - `byte-us`: Σ bytes × microseconds, each lifetime in whole ones.
 * - `allocations`: allocations in the window.
 */
export const MEASURES = ['live', 'peak', 'byte-time', 'byte-us', 'allocations'] as const;
export type Measure = (typeof MEASURES)[number];

export interface CallSums {
  readonly measure: Measure;
  /** Per node. Of `byte-time` and `byte-us` the nearest number, which is exact below 2^53. */
  readonly values: Float64Array;
  /** Per node: of the items whose last call it is. */
  readonly own: Float64Array;
  /** Per node: how many items the sum is of. */
  readonly blocks: Float64Array;
  /** Exact, of a node with all below it, or alone. */
  exact(node: number, isOwn?: boolean): bigint;
}

/** The measures that a file has: a problem has no clock, and few recordings lack one. */
export function knownMeasures({microsecondsOf}: CallItems): Measure[] {
  return MEASURES.filter(measure => measure !== 'byte-us' || microsecondsOf !== undefined);
}

/** @param moment of `live`; the peak where absent. */
export function callSums(tree: CallTree, items: CallItems, measure: Measure, moment = items.peak): CallSums {
  const {count, nodeOf, parent} = tree;
  const own = new ExactSums(count);
  const blocks = new Float64Array(count);
  const factorOf = factorsOf(items, measure, moment);
  const add = (node: number, bytes: number, factor: number, number: number): void => {
    if (factor === 0) return;
    own.addProduct(node, bytes, factor);
    blocks[node]! += number;
  };
  for (const item of items.items) {
    const node = nodeOf[item]!;
    const bytes = measure === 'allocations' ? 1 : items.bytes[item]!;
    if (node !== NO_PATH) add(node, bytes, factorOf(item), 1);
  }
  const first = count - items.extras.length;
  for (const [k, extra] of items.extras.entries()) {
    const isLive = extra.isLive(measure === 'live' ? moment : items.peak);
    const factor = {
      live: isLive ? 1 : 0,
      peak: isLive ? 1 : 0,
      'byte-time': extra.length,
      'byte-us': extra.microseconds,
      allocations: 0,
    }[measure];
    add(first + k, extra.bytes, factor, extra.blocks);
  }
  const sums = own.withBelow(parent);
  for (let node = count - 1; node > 0; node--) blocks[parent[node]!]! += blocks[node]!;
  return {
    measure,
    values: sums.numbers(),
    own: own.numbers(),
    blocks,
    exact: (node, isOwn = false) => (isOwn ? own : sums).exact(node),
  };
}

/** What the bytes of an item are multiplied by. */
function factorsOf(items: CallItems, measure: Measure, moment: number): (item: number) => number {
  if (measure === 'byte-time') return item => items.lengthOf(item);
  if (measure === 'byte-us') return item => items.microsecondsOf?.(item) ?? 0;
  if (measure === 'allocations') return item => (items.isAllocated(item) ? 1 : 0);
  const at = measure === 'live' ? moment : items.peak;
  return item => (items.isLive(item, at) ? 1 : 0);
}

/** The unit of a measure, as people read it. */
export function unitOf(measure: Measure, {unit}: Pick<CallItems, 'unit'>): string {
  if (measure === 'byte-time') return `bytes × ${unit}`;
  if (measure === 'byte-us') return 'bytes × µs';
  return measure === 'allocations' ? 'allocations' : 'bytes';
}

/** A measure as a title says it. */
export function describeMeasure(measure: Measure, {unit}: Pick<CallItems, 'unit'>): string {
  return {
    live: 'live at the moment',
    peak: 'live at the peak',
    'byte-time': `bytes × ${unit} of their lifetimes`,
    'byte-us': 'bytes × microseconds of their lifetimes',
    allocations: 'allocations',
  }[measure];
}
