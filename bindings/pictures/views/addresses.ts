/** Recorded placement of blocks: time × address. Large ranges of addresses without any block are left out. */

import {LIFETIME_CLASSES, type Lifetimes} from '../../behaviour/lifetimes.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import type {Iteration} from '../../trace/timeline/iterations.ts';
import type {MemoryEvents} from '../../trace/timeline/memory-events.ts';
import {NONE, type Trace} from '../../trace/trace.ts';
import {type AddressLine, countOverlaps, recordedLine} from '../address-line.ts';
import {shadeNotes} from '../detail.ts';
import {KNOWN_COLOURS} from '../groups.ts';
import type {BoxLayer, Picture, Rule, Table} from '../picture.ts';
import {bordersOf, eventAxis} from './footprint.ts';

/** If more than this part of the blocks begin over live ones, the addresses mean nothing. */
const MOST_OVERLAPS = 0.01;
/** Most lines at closed holes: more of them hide the blocks. */
const MOST_BREAKS = 20;

/** Blocks at their recorded addresses, ready to be drawn. */
interface StoodBlocks extends AddressLine {
  readonly trace: Trace;
  /** Indices into `Trace.blocks`; for each, its bytes, when it begins and ends, and its lifetime class. */
  readonly blocks: Uint32Array;
  readonly sizes: Float64Array;
  readonly x0: Float64Array;
  readonly x1: Float64Array;
  readonly lifetimeClass: Uint8Array;
}

/**
 * One box per block, coloured by its lifetime class. Undefined where too many blocks overlap: then the recorded
 * addresses are not those of the memory.
 * @param live the most bytes that were live.
 */
export function addressesPicture(
  trace: Trace,
  memory: MemoryEvents,
  lifetimes: Lifetimes,
  iterations: readonly Iteration[],
  live: number,
): Picture | undefined {
  const stood = stoodBlocks(trace, memory, lifetimes);
  const {blocks, place, extent, breaks} = stood;
  const overlaps = countOverlaps(trace, memory, blocks, place);
  if (overlaps > blocks.length * MOST_OVERLAPS) return undefined;
  const used = LIFETIME_CLASSES.map((_, k) => lifetimes.lifetimeClass.includes(k));
  const holes = breaks.slice(0, MOST_BREAKS).map((value): Rule => ({axis: 'y', at: value, text: ''}));
  return {
    name: 'addresses',
    title: 'Recorded addresses of the blocks',
    description: `${plural(blocks.length, 'block')} over ${plural(memory.count, 'event')}, each a box at its recorded address. They extend over ${formatBytes(extent)} of addresses; at most ${formatBytes(live)} were live.`,
    x: eventAxis(memory.count),
    y: {
      label: 'address, large unused ranges left out',
      unit: 'bytes',
      scale: 'linear',
      domain: [0, Math.max(1, extent) * 1.08],
    },
    series: LIFETIME_CLASSES.map(name => ({name, colour: KNOWN_COLOURS[name]!})).filter((_, k) => used[k]),
    layers: [boxesOf(stood, used), {kind: 'rules', rules: [...bordersOf(iterations), ...holes]}],
    notes: notesOf(stood, overlaps, live),
    table: tableOf(stood),
  };
}

function stoodBlocks(trace: Trace, memory: MemoryEvents, {blocks, lifetimeClass}: Lifetimes): StoodBlocks {
  const {bytes, mallocEvent, freeEvent} = trace.blocks;
  const sizes = Float64Array.from(blocks, block => bytes[block]!);
  const position = positionsOf(trace, memory);
  // a block is live after its malloc and until its free
  const at = (column: Uint32Array, absent: number) =>
    Float64Array.from(blocks, block => (column[block] === NONE ? absent : position[column[block]!]! + 1));
  return {
    ...recordedLine(trace.blocks, blocks),
    trace,
    blocks,
    sizes,
    x0: at(mallocEvent, 0),
    x1: at(freeEvent, memory.count + 1),
    lifetimeClass,
  };
}

/** @param used whether a lifetime class is one of the series. */
function boxesOf(stood: StoodBlocks, used: readonly boolean[]): BoxLayer {
  const {blocks, sizes, place, x0, x1, lifetimeClass} = stood;
  const indexOf = used.map((_, k) => used.slice(0, k).filter(Boolean).length);
  return {
    kind: 'boxes',
    count: blocks.length,
    x0,
    x1,
    y0: place,
    y1: place.map((from, i) => from + sizes[i]!),
    series: lifetimeClass.map(k => indexOf[k]!),
    item: blocks,
    detail: i => {
      const operation = operationOf(stood, i);
      const lives = `events ${formatCount(x0[i]!)} to ${formatCount(x1[i]!)}`;
      return `block ${blocks[i]}: ${formatBytes(sizes[i]!)}, ${lives}${operation ? `, ${operation}` : ''}`;
    },
  };
}

function operationOf({trace, blocks}: StoodBlocks, i: number): string {
  return trace.operations[trace.blocks.operation[blocks[i]!]!]!;
}

function notesOf({blocks, extent, closed, breaks}: StoodBlocks, overlaps: number, live: number): string[] {
  const share = extent === 0 ? 0 : 100 * (1 - live / extent);
  const notes = [
    ...shadeNotes(blocks.length),
    `${share.toFixed(1)} % of these addresses are in no block even at the peak. Other allocations of the program may be between them.`,
  ];
  if (overlaps > 0)
    notes.push(
      `${plural(overlaps, 'block')} begin${overlaps === 1 ? 's' : ''} over a live one: the recording lacks a free.`,
    );
  const where = breaks.length > 0 ? ' at the dashed lines' : '';
  if (closed > 0) notes.push(`${formatBytes(closed)} of addresses without any block are left out${where}.`);
  return notes;
}

function tableOf(stood: StoodBlocks): Table {
  const {blocks, sizes, place, x0, x1, lifetimeClass} = stood;
  return {
    columns: [
      {name: 'block'},
      {name: 'size', unit: 'bytes'},
      {name: 'from event', unit: 'events'},
      {name: 'to event', unit: 'events'},
      {name: 'place', unit: 'bytes'},
      {name: 'lifetime'},
      {name: 'operation'},
    ],
    count: blocks.length,
    row: i => [
      String(blocks[i]),
      sizes[i]!,
      x0[i]!,
      x1[i]!,
      place[i]!,
      LIFETIME_CLASSES[lifetimeClass[i]!]!,
      operationOf(stood, i),
    ],
  };
}

/** Per event of the trace: its position among the device's memory events. */
function positionsOf(trace: Trace, memory: MemoryEvents): Uint32Array {
  const position = new Uint32Array(trace.events.count);
  for (let i = 0; i < memory.count; i++) position[memory.event[i]!] = i;
  return position;
}
