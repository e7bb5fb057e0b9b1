/** What an allocator holds at one moment: its segments, and the blocks that tile them. */
import {formatBytes, formatCount, formatShortBytes, plural} from '../../model/quantities.ts';
import {BAR_MARGIN, categoryAxis} from '../bars.ts';
import {REST} from '../palette.ts';
import type {Picture, Table} from '../picture.ts';

export const BLOCK_STATES = ['live', 'being freed', 'free'] as const;
export type BlockState = (typeof BLOCK_STATES)[number];

const COLOURS: Readonly<Record<BlockState, number>> = {live: 0, 'being freed': 1, free: REST};

/** A segment; its blocks tile it from its beginning. Bytes. */
export interface SegmentState {
  readonly name: string;
  readonly bytes: number;
  readonly blocks: readonly {
    readonly bytes: number;
    readonly state: BlockState;
    /** The operation that allocated it, where known. */
    readonly name?: string;
  }[];
}

/** Rows that a person can compare; if there are more segments, the largest are shown. */
const MOST_SEGMENTS = 24;

/** @param moment when, e.g. `at the end of the recording`. @param notes the source of the segments. */
export function segmentsPicture(
  segments: readonly SegmentState[],
  moment: string,
  notes: readonly string[] = [],
): Picture {
  const sorted = segments
    .map((segment, index) => ({segment, index}))
    .sort((a, b) => b.segment.bytes - a.segment.bytes || a.index - b.index)
    .map(({segment}) => segment);
  const shown = sorted.slice(0, MOST_SEGMENTS);
  const states = BLOCK_STATES.filter(state => sumOf(segments, state) > 0);
  return {
    name: 'segments',
    title: `Segments of the allocator ${moment}`,
    description: `${plural(segments.length, 'segment')}: ${states.map(state => `${formatBytes(sumOf(segments, state))} ${state}`).join(', ')}.`,
    x: {
      label: 'from the start of the segment',
      unit: 'bytes',
      scale: 'linear',
      domain: [0, Math.max(1, sorted[0]?.bytes ?? 1)],
    },
    y: categoryAxis(
      'segments, the largest first',
      shown.map(({name}) => name),
    ),
    series: states.map(state => ({
      name: `${state} (${formatShortBytes(sumOf(segments, state))})`,
      colour: COLOURS[state],
    })),
    layers: [boxesOf(shown, states)],
    notes: [...hiddenNotes(sorted.slice(MOST_SEGMENTS)), ...notes],
    table: tableOf(sorted),
  };
}

function hiddenNotes(hidden: readonly SegmentState[]): string[] {
  if (hidden.length === 0) return [];
  const bytes = hidden.reduce((sum, one) => sum + one.bytes, 0);
  return [
    `${plural(hidden.length, 'smaller segment')} with ${formatBytes(bytes)} ${hidden.length === 1 ? 'is' : 'are'} only in the table.`,
  ];
}

function tableOf(segments: readonly SegmentState[]): Table {
  const rows = segments.flatMap(segment => segment.blocks.map(block => ({segment, block})));
  return {
    columns: [
      {name: 'segment'},
      {name: 'size of the segment', unit: 'bytes'},
      {name: 'block', unit: 'bytes'},
      {name: 'state'},
      {name: 'from'},
    ],
    count: rows.length,
    row: i => {
      const {segment, block} = rows[i]!;
      return [segment.name, segment.bytes, block.bytes, block.state, block.name ?? ''];
    },
  };
}

function boxesOf(segments: readonly SegmentState[], states: readonly BlockState[]) {
  const boxes = segments.flatMap(({blocks}, row) => {
    let from = 0;
    return blocks.map(block => {
      const one = {...block, row, from};
      from += block.bytes;
      return one;
    });
  });
  return {
    kind: 'boxes' as const,
    count: boxes.length,
    x0: Float64Array.from(boxes, ({from}) => from),
    x1: Float64Array.from(boxes, ({from, bytes}) => from + bytes),
    y0: Float64Array.from(boxes, ({row}) => row + BAR_MARGIN),
    y1: Float64Array.from(boxes, ({row}) => row + 1 - BAR_MARGIN),
    series: Uint8Array.from(boxes, ({state}) => states.indexOf(state)),
    detail: (i: number) => {
      const {from, bytes, state, name} = boxes[i]!;
      return `${state}: ${formatBytes(bytes)} at ${formatCount(from)}${name ? `, ${name}` : ''}`;
    },
  };
}

function sumOf(segments: readonly SegmentState[], state: string): number {
  let sum = 0;
  for (const {blocks} of segments) for (const block of blocks) if (block.state === state) sum += block.bytes;
  return sum;
}
