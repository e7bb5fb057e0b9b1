/** Where a model of an allocator would put the blocks: time × address, what is white within the segments is stranded. */
import type {Requests} from '../allocators/index.ts';
import {formatBytes, formatCount, plural} from '../quantities.ts';
import {FREE} from '../trace/index.ts';
import {addressLine} from './address-line.ts';
import {shadeNotes} from './detail.ts';
import {eventAxis} from './footprint.ts';
import type {Picture} from './picture.ts';

export interface ModelledInput {
  readonly requests: Requests;
  /** Per block of the requests: its address of the model, bytes; NaN where there was no memory. */
  readonly addresses: Float64Array;
  /** Of the model. */
  readonly name: string;
  /** Bytes: the most that it held of the device. */
  readonly reserved: number;
}

/** One box per block, in the order of its requests. */
export function modelledPicture({requests, addresses, name, reserved}: ModelledInput): Picture {
  const {blocks, before, count} = requests;
  const events = count - before;
  const placed = Uint32Array.from(
    Array.from(addresses.keys()).filter(block => !Number.isNaN(addresses[block])),
  );
  const {x0, x1} = livesOf(requests);
  const sizes = Float64Array.from(placed, block => blocks.bytes[block]!);
  const {place, extent, closed} = addressLine(
    Float64Array.from(placed, block => addresses[block]!),
    sizes,
  );
  const [starts, ends] = [x0, x1].map(column => Float64Array.from(placed, block => column[block]!)) as [
    Float64Array,
    Float64Array,
  ];
  return {
    name: 'model-addresses',
    title: `Where ${name}, a model, would put the blocks`,
    description: `${plural(placed.length, 'block')} over ${plural(events, 'event')}, each a box at the address that the model gives it. It holds ${formatBytes(reserved)} at most.`,
    x: eventAxis(events),
    y: {
      label: 'address of the model',
      unit: 'bytes',
      scale: 'linear',
      domain: [0, Math.max(1, extent) * 1.02],
    },
    series: [{name: 'blocks', colour: 0}],
    layers: [
      {
        kind: 'boxes',
        count: placed.length,
        x0: starts,
        x1: ends,
        y0: place,
        y1: place.map((from, i) => from + sizes[i]!),
        series: new Uint8Array(placed.length),
        detail: i =>
          `${formatBytes(sizes[i]!)} at ${formatCount(place[i]!)}, events ${formatCount(starts[i]!)} to ${formatCount(ends[i]!)}`,
      },
    ],
    notes: [
      ...shadeNotes(placed.length),
      'Segments stand one after the other as the model takes them; what is empty in them from then on is held and not used.',
      ...(closed > 0 ? [`${formatBytes(closed)} of addresses that no block ever had are left out.`] : []),
    ],
    table: {
      columns: [
        {name: 'size', unit: 'bytes'},
        {name: 'address', unit: 'bytes'},
        {name: 'from event', unit: 'events'},
        {name: 'to event', unit: 'events'},
      ],
      count: placed.length,
      row: i => [sizes[i]!, addresses[placed[i]!]!, starts[i]!, ends[i]!],
    },
  };
}

/** Per block: how many of the recorded requests have been when it begins, and when it ends. */
function livesOf({kind, block, blocks, before, count}: Requests): {x0: Float64Array; x1: Float64Array} {
  const x0 = new Float64Array(blocks.count);
  const x1 = new Float64Array(blocks.count).fill(count - before + 1);
  for (let i = before; i < count; i++) (kind[i] === FREE ? x1 : x0)[block[i]!] = i - before + 1;
  return {x0, x1};
}
