/** How much is live, event by event or tick by tick, and where it is most. */
import {LoadOverTime} from '../load.ts';
import type {ProblemColumns} from '../problem.ts';
import {formatBytes, formatCount} from '../quantities.ts';
import type {Picture, Rule} from './picture.ts';

export interface FootprintInput {
  /** Bytes live before each event of the device and after the last one. */
  readonly live: Float64Array;
  /** The iterations, as ranges of events. */
  readonly iterations?: readonly {
    readonly number: number;
    readonly firstEvent: number;
    readonly endEvent: number;
  }[];
  /** What an allocator held of the device, at the same moments; bytes. */
  readonly reserved?: Float64Array;
  /** What `reserved` is of, e.g. `reserved by pytorch-cuda (model)`. */
  readonly reservedName?: string;
  /** Further values to compare with, bytes. */
  readonly levels?: readonly {readonly bytes: number; readonly text: string}[];
}

/** Of a recording: bytes over its mallocs and frees. */
export function footprintPicture({
  live,
  iterations = [],
  reserved,
  reservedName,
  levels = [],
}: FootprintInput): Picture {
  const events = live.length - 1;
  const peak = indexOfMost(live);
  const x = Float64Array.from(live, (_, i) => i);
  const most = Math.max(
    live[peak]!,
    reserved?.[indexOfMost(reserved)] ?? 0,
    ...levels.map(({bytes}) => bytes),
  );
  const borders = bordersOf(iterations);
  return {
    name: 'footprint',
    title: 'Memory over time, and its peak',
    description: `Bytes live over ${formatCount(events)} allocations and frees. The peak is ${formatBytes(live[peak]!)}, after event ${formatCount(Math.max(0, peak - 1))}.`,
    x: {
      label: 'allocations and frees of the device, in order',
      unit: 'events',
      scale: 'linear',
      domain: [0, Math.max(1, events)],
    },
    y: {label: 'memory', unit: 'bytes', scale: 'linear', domain: [0, Math.max(1, most) * 1.08]},
    series: [
      {name: 'live in blocks', colour: 0},
      ...(reserved ? [{name: reservedName ?? 'reserved', colour: 1}] : []),
    ],
    layers: [
      {kind: 'stack', x: withEnd(x), bands: [live], series: [0]},
      ...(reserved ? [{kind: 'line' as const, isStepped: true, x, y: reserved, series: 1}] : []),
      {
        kind: 'rules',
        rules: [...borders, ...levels.map(({bytes, text}) => ({axis: 'y' as const, at: bytes, text}))],
      },
      {kind: 'marks', marks: [{x: peak, y: live[peak]!, text: `peak ${formatBytes(live[peak]!)}`}]},
    ],
    notes: [],
    table: {
      columns: [
        {name: 'events before', unit: 'events'},
        {name: 'live', unit: 'bytes'},
        ...(reserved ? [{name: 'reserved', unit: 'bytes' as const}] : []),
      ],
      count: live.length,
      row: i => [i, live[i]!, ...(reserved ? [reserved[i]!] : [])],
    },
  };
}

/** Of a problem: the load over its ticks. */
export function loadPicture(
  problem: ProblemColumns,
  levels: readonly {readonly bytes: number; readonly text: string}[] = [],
): Picture {
  const {ticks, bytes} = new LoadOverTime(problem);
  const peak = indexOfMost(bytes);
  const end = ticks.at(-1) ?? 0;
  const most = Math.max(bytes[peak] ?? 0, ...levels.map(level => level.bytes));
  return {
    name: 'footprint',
    title: 'Load over time, and its peak',
    description: `Bytes live at each tick. The most is ${formatBytes(bytes[peak] ?? 0)}, from tick ${formatCount(ticks[peak] ?? 0)} on.`,
    x: {label: 'time, ticks', unit: 'ticks', scale: 'linear', domain: [0, Math.max(1, end)]},
    y: {label: 'memory', unit: 'bytes', scale: 'linear', domain: [0, Math.max(1, most) * 1.08]},
    series: [{name: 'live', colour: 0}],
    layers: [
      {
        kind: 'stack',
        x: Float64Array.from(ticks),
        bands: [bytes.subarray(0, Math.max(0, ticks.length - 1))],
        series: [0],
      },
      {kind: 'rules', rules: levels.map(level => ({axis: 'y' as const, at: level.bytes, text: level.text}))},
      {
        kind: 'marks',
        marks:
          ticks.length === 0
            ? []
            : [{x: ticks[peak]!, y: bytes[peak]!, text: `most live: ${formatBytes(bytes[peak]!)}`}],
      },
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

/** More lines than that hide what they stand in. */
const MOST_BORDERS = 24;

/** Where iterations begin, and where the last one ends. */
export function bordersOf(iterations: NonNullable<FootprintInput['iterations']>): Rule[] {
  if (iterations.length > MOST_BORDERS) return [];
  const starts = iterations.map(({number, firstEvent}) => ({
    axis: 'x' as const,
    at: firstEvent,
    text: `iteration ${number}`,
  }));
  const last = iterations.at(-1);
  return last ? [...starts, {axis: 'x', at: last.endEvent, text: ''}] : starts;
}

/** The first of the largest; 0 where there is none. */
export function indexOfMost(values: Float64Array): number {
  let most = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[most]!) most = i;
  return most;
}

/** The last value holds for one event more. */
function withEnd(x: Float64Array): Float64Array {
  const boundaries = new Float64Array(x.length + 1);
  boundaries.set(x);
  boundaries[x.length] = x.length;
  return boundaries;
}
