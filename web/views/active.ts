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
  const rank = new Map(Array.from(kept, (item, k) => [item, k]));
  const series = [...colours];
  const before =
    subject.persistent > 0 ? series.push({name: 'there before, never freed', colour: BEFORE}) - 1 : rest;
  const line = subject.reserved
    ? series.push({name: 'reserved by the allocator', colour: RESERVED}) - 1
    : rest;
  const layer: BoxLayer = {
    ...boxes,
    series: Uint8Array.from(boxes.item!, item => seriesOf[rank.get(item)!]!),
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
  const sizes = Float64Array.from(own, item => bytes[item]!).sort();
  const least = sizes[own.length - most]!;
  const above = own.filter(item => bytes[item]! > least);
  let equal = most - above.length;
  return own.filter(item => bytes[item]! > least || (bytes[item]! === least && equal-- > 0));
}

type Boxes = Omit<BoxLayer, 'series' | 'label' | 'detail'>;

/** Each new one on top; where one goes, those above come down. Undefined where that makes too many boxes. */
function layBoxes(subject: Subject, kept: Uint32Array): Boxes | undefined {
  const {bytes, persistent} = subject;
  const columns: number[][] = [[], [], [], []];
  const items: number[] = [];
  const live: {readonly item: number; since: number; base: number}[] = [];
  let top = persistent;
  const close = (one: (typeof live)[number], until: number) => {
    if (until <= one.since) return;
    items.push(one.item);
    for (const [k, value] of [one.since, until, one.base, one.base + bytes[one.item]!].entries())
      columns[k]!.push(value);
  };
  for (const {item, moment, isEnd} of changesOf(subject, kept)) {
    if (!isEnd) {
      live.push({item, since: moment, base: top});
      top += bytes[item]!;
      continue;
    }
    const place = live.findIndex(one => one.item === item);
    for (let above = place; above < live.length; above++) {
      const one = live[above]!;
      close(one, moment);
      one.since = moment;
      one.base -= bytes[item]!;
    }
    live.splice(place, 1);
    top -= bytes[item]!;
    if (items.length > MOST_BOXES) return undefined;
  }
  const [x0, x1, y0, y1] = columns.map(column => Float64Array.from(column));
  return {
    kind: 'boxes',
    count: items.length,
    x0: x0!,
    x1: x1!,
    y0: y0!,
    y1: y1!,
    item: Uint32Array.from(items),
  };
}

/** Beginnings and ends of pieces in order of time; at the same moment ends first. */
function changesOf(subject: Subject, kept: Uint32Array) {
  const changes = Array.from(kept).flatMap(item =>
    subject
      .piecesOf(item)
      .filter(([from, to]) => to > from)
      .flatMap(([from, to]) => [
        {item, moment: from, isEnd: false},
        {item, moment: to, isEnd: true},
      ]),
  );
  return changes.sort((a, b) => a.moment - b.moment || Number(b.isEnd) - Number(a.isEnd) || a.item - b.item);
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
