/** Where blocks stood as they were recorded: time × address. Addresses that no block ever had are left out. */
import {formatBytes, formatCount, plural} from '../quantities.ts';
import {
  type Iteration,
  LIFETIME_CLASSES,
  type Lifetimes,
  type MemoryEvents,
  NONE,
  type Trace,
} from '../trace/index.ts';
import {bordersOf} from './footprint.ts';
import type {Picture, Rule} from './picture.ts';

/** A hole between two addresses is closed where it is larger than this part of all that was ever used. */
const LARGE_HOLE = 0.02;

/** Addresses as places on a line without its large holes. */
export interface AddressLine {
  /** Per block of the device: where it begins, bytes. */
  readonly place: Float64Array;
  readonly extent: number;
  /** Bytes of the holes that were closed, and places at which they were. */
  readonly closed: number;
  readonly breaks: readonly number[];
}

/** @param blocks indices into `Trace.blocks`. */
export function addressLine({blocks: {address, bytes}}: Trace, blocks: Uint32Array): AddressLine {
  const order = blocks
    .slice()
    .sort((a, b) => (address[a]! < address[b]! ? -1 : address[a]! > address[b]! ? 1 : a - b));
  const base = order.length > 0 ? address[order[0]!]! : 0n;
  const from = (block: number) => Number(address[block]! - base);
  const used = usedBytes(order, from, block => bytes[block]!);
  const place = new Float64Array(blocks.length);
  const rankOf = new Map(Array.from(blocks, (block, rank) => [block, rank]));
  const breaks: number[] = [];
  let [closed, end, extent] = [0, 0, 0];
  for (const block of order) {
    const hole = from(block) - end;
    if (hole > used * LARGE_HOLE) {
      closed += hole;
      if (end > 0) breaks.push(end - (closed - hole));
    }
    place[rankOf.get(block)!] = from(block) - closed;
    end = Math.max(end, from(block) + bytes[block]!);
    extent = end - closed;
  }
  return {place, extent, closed, breaks};
}

function usedBytes(
  order: Uint32Array,
  from: (block: number) => number,
  size: (block: number) => number,
): number {
  let [used, end] = [0, 0];
  for (const block of order) {
    const [low, high] = [Math.max(end, from(block)), from(block) + size(block)];
    used += Math.max(0, high - low);
    end = Math.max(end, high);
  }
  return used;
}

/**
 * One box per block, coloured by how long it lives against the iterations.
 * @param live the most bytes that were live.
 */
export function addressesPicture(
  trace: Trace,
  memory: MemoryEvents,
  {blocks, lifetimeClass}: Lifetimes,
  iterations: readonly Iteration[],
  live: number,
): Picture {
  const {place, extent, closed, breaks} = addressLine(trace, blocks);
  const position = positionsOf(trace, memory);
  const count = blocks.length;
  const at = (column: Uint32Array, absent: number) =>
    Float64Array.from(blocks, block => (column[block] === NONE ? absent : position[column[block]!]!));
  const [x0, x1] = [at(trace.blocks.mallocEvent, 0), at(trace.blocks.freeEvent, memory.count)];
  const sizes = Float64Array.from(blocks, block => trace.blocks.bytes[block]!);
  const operationOf = (i: number) => trace.operations[trace.blocks.operation[blocks[i]!]!]!;
  const share = extent === 0 ? 0 : 100 * (1 - live / extent);
  const used = LIFETIME_CLASSES.map((_, k) => lifetimeClass.includes(k));
  const indexOf = LIFETIME_CLASSES.map((_, k) => used.slice(0, k).filter(Boolean).length);
  return {
    name: 'addresses',
    title: 'Where the blocks stood as recorded',
    description: `${plural(count, 'block')} over ${plural(memory.count, 'event')}, each a box at its recorded address. They extend over ${formatBytes(extent)} of addresses, of which ${formatBytes(live)} were live at most.`,
    x: {
      label: 'allocations and frees of the device, in order',
      unit: 'events',
      scale: 'linear',
      domain: [0, Math.max(1, memory.count)],
    },
    y: {
      label: 'address, large unused ranges left out',
      unit: 'bytes',
      scale: 'linear',
      domain: [0, Math.max(1, extent) * 1.02],
    },
    series: LIFETIME_CLASSES.map((name, colour) => ({name, colour})).filter((_, k) => used[k]),
    layers: [
      {
        kind: 'boxes',
        count,
        x0,
        x1,
        y0: place,
        y1: place.map((from, i) => from + sizes[i]!),
        series: lifetimeClass.map(k => indexOf[k]!),
        item: blocks,
        detail: i =>
          `block ${blocks[i]}: ${formatBytes(sizes[i]!)}, events ${formatCount(x0[i]!)} to ${formatCount(x1[i]!)}${operationOf(i) ? `, ${operationOf(i)}` : ''}`,
      },
      {
        kind: 'rules',
        rules: [
          ...bordersOf(iterations),
          ...breaks.slice(0, 20).map((value): Rule => ({axis: 'y', at: value, text: ''})),
        ],
      },
    ],
    notes: [
      `${share.toFixed(1)} % of these addresses are in no block even where most is live. Other allocations of the program may stand between them.`,
      ...(closed > 0
        ? [
            `${formatBytes(closed)} of addresses that no block ever had are left out${breaks.length > 0 ? ' at the dashed lines' : ''}.`,
          ]
        : []),
    ],
    table: {
      columns: [
        {name: 'block'},
        {name: 'size', unit: 'bytes'},
        {name: 'from event', unit: 'events'},
        {name: 'to event', unit: 'events'},
        {name: 'place', unit: 'bytes'},
        {name: 'lifetime'},
        {name: 'operation'},
      ],
      count,
      row: i => [
        String(blocks[i]),
        sizes[i]!,
        x0[i]!,
        x1[i]!,
        place[i]!,
        LIFETIME_CLASSES[lifetimeClass[i]!]!,
        operationOf(i),
      ],
    },
  };
}

/** Per event of the trace: its position among the device's memory events. */
function positionsOf(trace: Trace, memory: MemoryEvents): Uint32Array {
  const position = new Uint32Array(trace.events.count);
  for (let i = 0; i < memory.count; i++) position[memory.event[i]!] = i;
  return position;
}
