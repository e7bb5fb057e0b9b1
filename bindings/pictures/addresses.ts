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
import {addressLine, countOverlaps} from './address-line.ts';
import {shadeNotes} from './detail.ts';
import {bordersOf, eventAxis} from './footprint.ts';
import type {Picture, Rule} from './picture.ts';

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
  const sizes = Float64Array.from(blocks, block => trace.blocks.bytes[block]!);
  const {place, extent, closed, breaks} = addressLine(fromLowest(trace.blocks.address, blocks), sizes);
  const overlaps = countOverlaps(trace, memory, blocks, place);
  if (overlaps > blocks.length * MOST_OVERLAPS) return undefined;
  const position = positionsOf(trace, memory);
  const count = blocks.length;
  // a block is live once its malloc has been, until its free has
  const at = (column: Uint32Array, absent: number) =>
    Float64Array.from(blocks, block => (column[block] === NONE ? absent : position[column[block]!]! + 1));
  const [x0, x1] = [at(trace.blocks.mallocEvent, 0), at(trace.blocks.freeEvent, memory.count + 1)];
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
      domain: [0, Math.max(1, extent) * 1.08],
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
      ...shadeNotes(count),
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

/** Addresses of 64 bits are too large for numbers; what is between them is not. */
function fromLowest(address: BigUint64Array, blocks: Uint32Array): Float64Array {
  let lowest = blocks.length > 0 ? address[blocks[0]!]! : 0n;
  for (const block of blocks) if (address[block]! < lowest) lowest = address[block]!;
  return Float64Array.from(blocks, block => Number(address[block]! - lowest));
}

/** Per event of the trace: its position among the device's memory events. */
function positionsOf(trace: Trace, memory: MemoryEvents): Uint32Array {
  const position = new Uint32Array(trace.events.count);
  for (let i = 0; i < memory.count; i++) position[memory.event[i]!] = i;
  return position;
}
