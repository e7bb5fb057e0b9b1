/**
 * What is live over time, block by block: the largest ones each as a band that others lie upon, all others as one band on
 * top of them, so that the sum at every moment is exact.
 */

import {formatBytes, formatCount, formatShortBytes, plural} from '../../bindings/model/quantities.ts';
import type {BoxLayer, Layer, Picture, Rule, Series} from '../../bindings/pictures/picture.ts';
import type {Subject} from '../document/subject.ts';
import {BEFORE, type Colouring, colourItems, labelOf, RESERVED} from './colouring.ts';

/** So many blocks are drawn each on its own, fewer where they move too often. */
export const DEFAULT_LARGEST = 2000;
/** Boxes to draw at most: a block is one more for each time that one below it goes. */
const MOST_BOXES = 150_000;

export interface ActiveOptions {
  readonly colouring: Colouring;
  readonly largest: number;
  /** Values to compare with, bytes. */
  readonly levels: readonly {readonly bytes: number; readonly text: string}[];
  readonly isTicks: boolean;
}

export function activePicture(subject: Subject, options: ActiveOptions): Picture {
  const {boxes, series, kept, rest, before, line} = stackedBoxes(subject, options);
  const {at, live, persistent, reserved, moments} = subject;
  const total = persistent === 0 ? live : live.map(bytes => bytes + persistent);
  const peak = indexOfMost(total);
  const most = Math.max(total[peak]!, maximum(reserved), ...options.levels.map(({bytes}) => bytes));
  const boundaries = new Float64Array(at.length + 1);
  boundaries.set(at);
  boundaries[at.length] = moments;
  const lines: Layer[] = reserved ? [{kind: 'line', isStepped: true, x: at, y: reserved, series: line}] : [];
  const unit = options.isTicks ? 'ticks' : 'events';
  return {
    name: 'active-memory',
    title: 'What is live, and when',
    description: `${plural(subject.own.length, options.isTicks ? 'buffer' : 'block')} over ${plural(moments - 1, options.isTicks ? 'tick' : 'event')}. The peak is ${formatBytes(total[peak]!)}, at ${unit === 'ticks' ? 'tick' : 'event'} ${formatCount(at[peak]!)}. The ${formatCount(kept)} largest are drawn each on its own.`,
    x: {
      label: options.isTicks ? 'time, ticks' : 'allocations and frees, in order',
      unit,
      scale: 'linear',
      domain: [0, Math.max(1, moments)],
    },
    y: {label: 'memory', unit: 'bytes', scale: 'linear', domain: [0, Math.max(1, most) * 1.06]},
    series,
    layers: [
      {
        kind: 'stack',
        x: boundaries,
        bands: persistent > 0 ? [new Float64Array(at.length).fill(persistent), live] : [live],
        series: persistent > 0 ? [before, rest] : [rest],
      },
      boxes,
      ...lines,
      {
        kind: 'rules',
        rules: [
          ...bordersOf(subject),
          ...options.levels.map(({bytes, text}): Rule => ({axis: 'y', at: bytes, text})),
        ],
      },
      {
        kind: 'marks',
        marks: [{x: at[peak]!, y: total[peak]!, text: `peak ${formatShortBytes(total[peak]!)}`}],
      },
    ],
    notes: [],
    table: {columns: [], count: 0, row: () => []},
  };
}

interface Stacked {
  readonly boxes: BoxLayer;
  readonly series: readonly Series[];
  readonly kept: number;
  /** Indices into `series`: of the rest, of blocks from before the recording, of reserved memory. */
  readonly rest: number;
  readonly before: number;
  readonly line: number;
}

function stackedBoxes(subject: Subject, {colouring, largest}: ActiveOptions): Stacked {
  let kept = largestOf(subject, largest);
  let boxes = layBoxes(subject, kept);
  while (!boxes) {
    kept = largestOf(subject, Math.floor(kept.length / 2));
    boxes = layBoxes(subject, kept);
  }
  const {
    series: colours,
    seriesOf,
    rest,
  } = colourItems(subject, kept, k => weightOf(subject, kept[k]!), colouring, 'all others');
  const series = [...colours];
  const before =
    subject.persistent > 0 ? series.push({name: 'there before, never freed', colour: BEFORE}) - 1 : rest;
  const line = subject.reserved
    ? series.push({name: 'reserved by the allocator', colour: RESERVED}) - 1
    : rest;
  const {rank, ...columns} = boxes;
  const layer: BoxLayer = {
    ...columns,
    series: new Uint8Array(columns.count).map((_, box) => seriesOf[rank[box]!]!),
    label: box => labelOf(subject, boxes.item![box]!),
    detail: box => detailOf(subject, boxes.item![box]!),
  };
  return {boxes: layer, series, kept: kept.length, rest, before, line};
}

function detailOf(subject: Subject, item: number): string {
  const named = [subject.operationOf(item), subject.frameOf(item)].filter(text => text !== '').join(', ');
  return `${subject.nameOf(item)}: ${formatBytes(subject.bytes[item]!)}${named === '' ? '' : `, ${named}`}, live from ${formatCount(subject.start[item]!)} to ${formatCount(subject.end[item]!)}`;
}

const weightOf = ({bytes, start, end}: Subject, item: number) => bytes[item]! * (end[item]! - start[item]!);

/** The largest by bytes, in order of time. */
function largestOf({own, bytes}: Subject, most: number): Uint32Array {
  if (own.length <= most) return own;
  const sizes = new Float64Array(own.length);
  for (let i = 0; i < own.length; i++) sizes[i] = bytes[own[i]!]!;
  sizes.sort();
  const least = sizes[own.length - most]!;
  let equal = most;
  for (let i = sizes.length - 1; i >= 0 && sizes[i]! > least; i--) equal--;
  const kept = new Uint32Array(most);
  let count = 0;
  for (const item of own)
    if (bytes[item]! > least || (bytes[item]! === least && equal-- > 0)) kept[count++] = item;
  return kept;
}

type Boxes = Omit<BoxLayer, 'series' | 'label' | 'detail'> & {
  /** Per box: which one of the drawn items it is of. */
  readonly rank: readonly number[];
};

/** Each new one on top; where one goes, those above come down. Undefined where that makes too many boxes. */
function layBoxes(subject: Subject, kept: Uint32Array): Boxes | undefined {
  const {bytes, persistent} = subject;
  const [x0, x1, y0, y1]: [number[], number[], number[], number[]] = [[], [], [], []];
  const rank: number[] = [];
  const live: {readonly rank: number; since: number; base: number}[] = [];
  let top = persistent;
  for (const {rank: own, moment, isEnd} of changesOf(subject, kept)) {
    const size = bytes[kept[own]!]!;
    if (!isEnd) {
      live.push({rank: own, since: moment, base: top});
      top += size;
      continue;
    }
    const place = live.findIndex(one => one.rank === own);
    for (let above = place; above < live.length; above++) {
      const one = live[above]!;
      if (moment > one.since) {
        rank.push(one.rank);
        x0.push(one.since);
        x1.push(moment);
        y0.push(one.base);
        y1.push(one.base + bytes[kept[one.rank]!]!);
      }
      one.since = moment;
      one.base -= size;
    }
    live.splice(place, 1);
    top -= size;
    if (rank.length > MOST_BOXES) return undefined;
  }
  return {
    kind: 'boxes',
    count: rank.length,
    x0: new Float64Array(x0),
    x1: new Float64Array(x1),
    y0: new Float64Array(y0),
    y1: new Float64Array(y1),
    item: new Uint32Array(rank.length).map((_, box) => kept[rank[box]!]!),
    rank,
  };
}

/** Beginnings and ends of pieces in order of time; at the same moment ends first. */
function changesOf(subject: Subject, kept: Uint32Array) {
  const changes: {readonly rank: number; readonly moment: number; readonly isEnd: boolean}[] = [];
  for (const [rank, item] of kept.entries())
    for (const [from, to] of subject.piecesOf(item))
      if (to > from) changes.push({rank, moment: from, isEnd: false}, {rank, moment: to, isEnd: true});
  return changes.sort((a, b) => a.moment - b.moment || Number(b.isEnd) - Number(a.isEnd) || a.rank - b.rank);
}

const MOST_BORDERS = 24;

function bordersOf({iterations: {iterations}}: Subject): Rule[] {
  if (iterations.length > MOST_BORDERS) return [];
  return iterations.map(({number, firstEvent}) => ({axis: 'x', at: firstEvent, text: `iteration ${number}`}));
}

function indexOfMost(values: Float64Array): number {
  let most = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[most]!) most = i;
  return most;
}

const maximum = (values: Float64Array | undefined) => values?.reduce((a, b) => Math.max(a, b), 0) ?? 0;
