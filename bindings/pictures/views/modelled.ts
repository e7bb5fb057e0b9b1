/** Addresses that a model of an allocator chooses: time × address. White parts of the segments are fragmented. */
import type {Requests} from '../../allocators/index.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {FREE} from '../../trace/trace.ts';
import {type AddressLine, addressLine} from '../address-line.ts';
import {shadeNotes} from '../detail.ts';
import type {BoxLayer, Picture} from '../picture.ts';
import {eventAxis} from './footprint.ts';

export interface ModelledInput {
  readonly requests: Requests;
  /** Per block of the requests: its address in the model, bytes; NaN where there was no memory. */
  readonly addresses: Float64Array;
  /** The model's name. */
  readonly name: string;
  /** The most bytes that it reserved from the device. */
  readonly reserved: number;
}

/** One box per block, in the order of its requests. */
export function modelledPicture(input: ModelledInput): Picture {
  const {requests, name, reserved} = input;
  const events = requests.count - requests.before;
  const {boxes, line} = boxesOf(input);
  const {x0, x1, y0, y1, count} = boxes;
  return {
    name: 'model-addresses',
    title: `Addresses of the blocks in ${name}, a model`,
    description: `${plural(count, 'block')} over ${plural(events, 'event')}, each a box at its address in the model. The model reserves at most ${formatBytes(reserved)}.`,
    x: eventAxis(events),
    y: {
      label: 'address of the model',
      unit: 'bytes',
      scale: 'linear',
      domain: [0, Math.max(1, line.extent) * 1.02],
    },
    series: [{name: 'blocks', colour: 0}],
    layers: [boxes],
    notes: [
      ...shadeNotes(count),
      'Segments follow each other in the order in which the model reserves them; empty areas in them are reserved and unused.',
      ...(line.closed > 0
        ? [`${formatBytes(line.closed)} of addresses without any block are left out.`]
        : []),
    ],
    table: {
      columns: [
        {name: 'size', unit: 'bytes'},
        {name: 'place', unit: 'bytes'},
        {name: 'from event', unit: 'events'},
        {name: 'to event', unit: 'events'},
      ],
      count,
      row: i => [y1[i]! - y0[i]!, y0[i]!, x0[i]!, x1[i]!],
    },
  };
}

/** One box per block that the model had memory for. */
function boxesOf({requests, addresses}: ModelledInput): {boxes: BoxLayer; line: AddressLine} {
  const item = Uint32Array.from(
    Array.from(addresses.keys()).filter(block => !Number.isNaN(addresses[block])),
  );
  const sizes = Float64Array.from(item, block => requests.blocks.bytes[block]!);
  const lives = livesOf(requests);
  const line = addressLine(
    Float64Array.from(item, block => addresses[block]!),
    sizes,
  );
  const [x0, x1] = [
    Float64Array.from(item, block => lives.x0[block]!),
    Float64Array.from(item, block => lives.x1[block]!),
  ];
  const boxes: BoxLayer = {
    kind: 'boxes',
    count: item.length,
    x0,
    x1,
    y0: line.place,
    y1: line.place.map((from, i) => from + sizes[i]!),
    series: new Uint8Array(item.length),
    item,
    detail: i =>
      `${formatBytes(sizes[i]!)} at ${formatCount(line.place[i]!)}, events ${formatCount(x0[i]!)} to ${formatCount(x1[i]!)}`,
  };
  return {boxes, line};
}

/** Per block: the number of recorded requests before it begins, and before it ends. */
function livesOf({kind, block, blocks, before, count}: Requests): {x0: Float64Array; x1: Float64Array} {
  const x0 = new Float64Array(blocks.count);
  const x1 = new Float64Array(blocks.count).fill(count - before + 1);
  for (let i = before; i < count; i++) (kind[i] === FREE ? x1 : x0)[block[i]!] = i - before + 1;
  return {x0, x1};
}
