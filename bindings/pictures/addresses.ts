/** Where blocks stood as they were recorded: time × address. Addresses that no block ever had are left out. */
import {formatBytes, formatCount, plural} from '../quantities.ts';
import {
  type Iteration,
  LIFETIME_CLASSES,
  type Lifetimes,
  MALLOC,
  type MemoryEvents,
  NONE,
  type Trace,
} from '../trace/index.ts';
import {bordersOf, eventAxis} from './footprint.ts';
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
  let base = blocks.length > 0 ? address[blocks[0]!]! : 0n;
  for (const block of blocks) if (address[block]! < base) base = address[block]!;
  const from = Float64Array.from(blocks, block => Number(address[block]! - base));
  const size = Float64Array.from(blocks, block => bytes[block]!);
  const order = Uint32Array.from(blocks, (_, rank) => rank).sort((a, b) => from[a]! - from[b]! || a - b);
  const largest = usedBytes(order, from, size) * LARGE_HOLE;
  const place = new Float64Array(blocks.length);
  const breaks: number[] = [];
  let [closed, end, extent] = [0, 0, 0];
  for (const rank of order) {
    const hole = from[rank]! - end;
    if (hole > largest) {
      if (end > 0) breaks.push(end - closed);
      closed += hole;
    }
    place[rank] = from[rank]! - closed;
    end = Math.max(end, from[rank]! + size[rank]!);
    extent = end - closed;
  }
  return {place, extent, closed, breaks};
}

function usedBytes(order: Uint32Array, from: Float64Array, size: Float64Array): number {
  let [used, end] = [0, 0];
  for (const rank of order) {
    const high = from[rank]! + size[rank]!;
    used += Math.max(0, high - Math.max(end, from[rank]!));
    end = Math.max(end, high);
  }
  return used;
}

/** How many blocks were allocated over a live one: then these are no addresses of the memory, or frees are missing. */
export function countOverlaps(
  trace: Trace,
  memory: MemoryEvents,
  blocks: Uint32Array,
  place: Float64Array,
): number {
  const rankOf = new Uint32Array(trace.blocks.count);
  blocks.forEach((block, rank) => {
    rankOf[block] = rank;
  });
  // live blocks by place, with their ends
  const starts: number[] = [];
  const ends: number[] = [];
  let overlaps = 0;
  const add = (block: number) => {
    const start = place[rankOf[block]!]!;
    const end = start + trace.blocks.bytes[block]!;
    const at = countBelow(starts, start);
    if ((at > 0 && ends[at - 1]! > start) || (at < starts.length && starts[at]! < end)) overlaps++;
    starts.splice(at, 0, start);
    ends.splice(at, 0, end);
  };
  for (const block of blocks) if (trace.blocks.mallocEvent[block] === NONE) add(block);
  for (const event of memory.event) {
    const block = trace.events.block[event]!;
    if (trace.events.kind[event] === MALLOC) add(block);
    else {
      const at = countBelow(starts, place[rankOf[block]!]!);
      starts.splice(at, 1);
      ends.splice(at, 1);
    }
  }
  return overlaps;
}

/** How many of the ascending values are below `value`. */
function countBelow(values: readonly number[], value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** More than this part of the blocks over live ones, and nothing can be learned from where they stand. */
const MOST_OVERLAPS = 0.01;

/**
 * One box per block, coloured by how long it lives against the iterations. Undefined where the recorded addresses are
 * not those of the memory: where blocks stand in each other.
 * @param live the most bytes that were live.
 */
export function addressesPicture(
  trace: Trace,
  memory: MemoryEvents,
  {blocks, lifetimeClass}: Lifetimes,
  iterations: readonly Iteration[],
  live: number,
): Picture | undefined {
  const {place, extent, closed, breaks} = addressLine(trace, blocks);
  const overlaps = countOverlaps(trace, memory, blocks, place);
  if (overlaps > blocks.length * MOST_OVERLAPS) return undefined;
  const position = positionsOf(trace, memory);
  const count = blocks.length;
  // a block is live once its malloc has been, until its free has
  const at = (column: Uint32Array, absent: number) =>
    Float64Array.from(blocks, block => (column[block] === NONE ? absent : position[column[block]!]! + 1));
  const [x0, x1] = [at(trace.blocks.mallocEvent, 0), at(trace.blocks.freeEvent, memory.count + 1)];
  const sizes = Float64Array.from(blocks, block => trace.blocks.bytes[block]!);
  const operationOf = (i: number) => trace.operations[trace.blocks.operation[blocks[i]!]!]!;
  const share = extent === 0 ? 0 : 100 * (1 - live / extent);
  const used = LIFETIME_CLASSES.map((_, k) => lifetimeClass.includes(k));
  const indexOf = LIFETIME_CLASSES.map((_, k) => used.slice(0, k).filter(Boolean).length);
  return {
    name: 'addresses',
    title: 'Where the blocks stood as recorded',
    description: `${plural(count, 'block')} over ${plural(memory.count, 'event')}, each a box at its recorded address. They extend over ${formatBytes(extent)} of addresses, of which ${formatBytes(live)} were live at most.`,
    x: eventAxis(memory.count),
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
      ...(overlaps > 0
        ? [
            `${plural(overlaps, 'block')} begin${overlaps === 1 ? 's' : ''} over a live one: a free is missing in the recording.`,
          ]
        : []),
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
