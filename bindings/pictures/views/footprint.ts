/** Live bytes, event by event or tick by tick, with the peak marked. */
import {LoadOverTime} from '../../model/load.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {KNOWN_COLOURS} from '../groups.ts';
import type {Axis, LineLayer, Picture, Rule, Series, Table} from '../picture.ts';

export interface FootprintInput {
  /** Bytes live before each event of the device and after the last one. */
  readonly live: Float64Array;
  /** The iterations, as ranges of events. */
  readonly iterations?: readonly {
    readonly number: number;
    readonly firstEvent: number;
    readonly endEvent: number;
  }[];
  /** Bytes that live throughout and have no event. */
  readonly persistent?: number;
  /** Bytes that an allocator reserved from the device, at the same instants. */
  readonly reserved?: Float64Array;
  /** The legend of `reserved`, e.g. `reserved by pytorch-cuda (model)`. */
  readonly reservedName?: string;
  /** Further values to compare with, bytes. */
  readonly levels?: readonly {readonly bytes: number; readonly text: string}[];
}

/** A recording: bytes over its mallocs and frees. */
export function footprintPicture(input: FootprintInput): Picture {
  const {live, iterations = [], persistent = 0, reserved, reservedName, levels = []} = input;
  const peak = indexOfMost(live);
  const x = Float64Array.from({length: live.length + 1}, (_, i) => i);
  const height = persistent + live[peak]!;
  const most = Math.max(height, reserved?.[indexOfMost(reserved)] ?? 0, ...levels.map(({bytes}) => bytes));
  const bands = [...(persistent > 0 ? [live.map(() => persistent)] : []), live];
  const series: Series[] = [
    ...(persistent > 0 ? [{name: 'persistent, without events', colour: KNOWN_COLOURS.persistent!}] : []),
    {name: 'live in blocks', colour: 0},
    ...(reserved ? [{name: reservedName ?? 'reserved', colour: 1}] : []),
  ];
  return {
    name: 'footprint',
    title: 'Memory over time, and its peak',
    description: `Bytes live over ${plural(live.length - 1, 'event')}${persistent > 0 ? ` and ${formatBytes(persistent)} live throughout` : ''}. The peak is ${formatBytes(height)}, ${describeMoment(peak)}.`,
    x: eventAxis(live.length - 1),
    y: {label: 'memory', unit: 'bytes', scale: 'linear', domain: [0, Math.max(1, most) * 1.08]},
    series,
    layers: [
      {kind: 'stack', x, bands, series: bands.map((_, k) => k)},
      ...(reserved ? [lineOf(x.subarray(0, live.length), reserved, bands.length)] : []),
      {kind: 'rules', rules: [...bordersOf(iterations), ...levelRules(levels)]},
      {kind: 'marks', marks: [{x: peak, y: height, text: `peak ${formatBytes(height)}`}]},
    ],
    notes: [],
    table: footprintTable(input),
  };
}

function lineOf(x: Float64Array, y: Float64Array, series: number): LineLayer {
  return {kind: 'line', isStepped: true, x, y, series};
}

function levelRules(levels: NonNullable<FootprintInput['levels']>): Rule[] {
  return levels.map(({bytes, text}) => ({axis: 'y', at: bytes, text}));
}

function footprintTable({live, persistent = 0, reserved}: FootprintInput): Table {
  return {
    columns: [
      {name: 'events before', unit: 'events'},
      {name: 'live in blocks', unit: 'bytes'},
      ...(persistent > 0 ? [{name: 'persistent', unit: 'bytes' as const}] : []),
      ...(reserved ? [{name: 'reserved', unit: 'bytes' as const}] : []),
    ],
    count: live.length,
    row: i => [i, live[i]!, ...(persistent > 0 ? [persistent] : []), ...(reserved ? [reserved[i]!] : [])],
  };
}

/** Time as the number of past events; the state after the last one is shown, too. */
export function eventAxis(events: number): Axis {
  return {
    label: 'allocations and frees of the device, in order',
    unit: 'events',
    scale: 'linear',
    domain: [0, events + 1],
  };
}

/** @param before past events. */
function describeMoment(before: number): string {
  return before === 0 ? 'before the first event' : `after event ${formatCount(before - 1)}`;
}

/** A problem: the load over its ticks. */
export function loadPicture(
  problem: ProblemColumns,
  levels: NonNullable<FootprintInput['levels']> = [],
): Picture {
  const {ticks, bytes} = new LoadOverTime(problem);
  const peak = indexOfMost(bytes);
  const [tick, height] = [ticks[peak] ?? 0, bytes[peak] ?? 0];
  const most = Math.max(height, ...levels.map(level => level.bytes));
  const stretches = bytes.subarray(0, Math.max(0, ticks.length - 1));
  const marks = ticks.length === 0 ? [] : [{x: tick, y: height, text: `most live: ${formatBytes(height)}`}];
  return {
    name: 'footprint',
    title: 'Load over time, and its peak',
    description: `Bytes live at each tick. The most is ${formatBytes(height)}, from tick ${formatCount(tick)} on.`,
    x: tickAxis(ticks.at(-1) ?? 0),
    y: {label: 'memory', unit: 'bytes', scale: 'linear', domain: [0, Math.max(1, most) * 1.08]},
    series: [{name: 'live', colour: 0}],
    layers: [
      {kind: 'stack', x: Float64Array.from(ticks), bands: [stretches], series: [0]},
      {kind: 'rules', rules: levelRules(levels)},
      {kind: 'marks', marks},
    ],
    notes: [],
    table: {
      columns: [
        {name: 'from tick', unit: 'ticks'},
        {name: 'live', unit: 'bytes'},
      ],
      count: ticks.length,
      row: i => [ticks[i]!, bytes[i]!],
    },
  };
}

export function tickAxis(end: number): Axis {
  return {label: 'time, ticks', unit: 'ticks', scale: 'linear', domain: [0, Math.max(1, end)]};
}

/** More lines than that hide the marks. */
const MOST_BORDERS = 24;

/** Where iterations begin, and where the last one ends. */
export function bordersOf(iterations: NonNullable<FootprintInput['iterations']>): Rule[] {
  if (iterations.length > MOST_BORDERS) return [];
  const starts = iterations.map(({number, firstEvent}) => ({
    axis: 'x' as const,
    at: firstEvent,
    text: `iteration ${number}`,
    isFaint: true,
  }));
  const last = iterations.at(-1);
  return last ? [...starts, {axis: 'x', at: last.endEvent, text: '', isFaint: true}] : starts;
}

/** The first of the largest; 0 where there is none. */
export function indexOfMost(values: Float64Array): number {
  let most = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[most]!) most = i;
  return most;
}
