/** Access intervals: their distribution, and the long ones of large blocks. */

import {cdfOfSorted, percentilesOfSorted} from '../../behaviour/distribution.ts';
import {
  type AccessIntervals,
  findOutliers,
  INTERVAL_KINDS,
  type Outlier,
  type OutlierThresholds,
} from '../../behaviour/intervals.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import type {Trace} from '../../trace/trace.ts';
import type {Axis, LineLayer, Picture, PointLayer, Rule, Table, Unit} from '../picture.ts';
import {formatShort} from '../ticks.ts';

/** More steps than a line can show. */
const MOST_STEPS = 2000;
const PERCENTS = Array.from({length: 100}, (_, i) => i + 1);

/** Unit of the intervals: events always, wall time only where the recording's clock can be trusted. */
export type IntervalUnit = OutlierThresholds['unit'];

export function intervalCdfPicture(intervals: AccessIntervals, unit: IntervalUnit): Picture {
  const lengths = lengthsOf(intervals, unit);
  const kinds = INTERVAL_KINDS.map((name, kind) => ({
    name,
    values: lengths.filter((_, i) => intervals.kind[i] === kind).sort(),
  })).filter(({values}) => values.length > 0);
  const all = {name: 'all', values: lengths.slice().sort()};
  const groups = kinds.length > 1 ? [all, ...kinds] : [all];
  const [median, ninety] = percentilesOfSorted(all.values, [50, 90]);
  const x = lengthAxis(lengths, unit);
  const per = groups.map(({values}) => percentilesOfSorted(values, PERCENTS));
  return {
    name: 'interval-cdf',
    title: 'Access time intervals: cumulative distribution',
    description: `${plural(intervals.count, 'interval')} between two accesses of the same block. Half are at most ${describeLength(median ?? 0, unit)}, nine tenths at most ${describeLength(ninety ?? 0, unit)}.`,
    x,
    y: {
      label: 'share of the intervals up to this length',
      unit: 'percent',
      scale: 'linear',
      domain: [0, 100],
    },
    series: groups.map(({name, values}, colour) => ({
      name: `${name} (${formatCount(values.length)})`,
      colour,
    })),
    layers: [
      ...groups.map(({values}, series) => cdfLine(values, series, x)),
      {kind: 'rules', rules: [...shareRule('half', median, unit), ...shareRule('90 %', ninety, unit)]},
    ],
    notes: ['R is a read, W a write: WR is the time from a write of a block to its next read.'],
    table: {
      columns: [
        {name: 'at most', unit: 'percent'},
        ...groups.map(({name}) => ({name, unit: tableUnit(unit)})),
      ],
      count: intervals.count === 0 ? 0 : PERCENTS.length,
      row: i => [PERCENTS[i]!, ...per.map(values => values[i] ?? '')],
    },
  };
}

function shareRule(share: string, length: number | undefined, unit: IntervalUnit): Rule[] {
  return length === undefined
    ? []
    : [{axis: 'x', at: length, text: `${share}: ${describeLength(length, unit)}`}];
}

/** From 0 at the left border to 100 % at the right one. */
function cdfLine(values: Float64Array, series: number, {domain: [from, to]}: Axis): LineLayer {
  const steps = cdfOfSorted(values, MOST_STEPS);
  return {
    kind: 'line',
    isStepped: true,
    x: Float64Array.of(from, ...steps.map(({value}) => Math.max(from, value)), to),
    y: Float64Array.of(0, ...steps.map(({share}) => 100 * share), 100),
    series,
  };
}

/** Length × size of the block, as in the paper; outliers reach both thresholds. */
export function intervalSizesPicture(
  trace: Trace,
  intervals: AccessIntervals,
  thresholds: OutlierThresholds,
): Picture {
  const {unit, length, bytes} = thresholds;
  const outliers = findOutliers(trace, intervals, thresholds);
  const x = lengthAxis(lengthsOf(intervals, unit), unit);
  const points = pointsOf(trace, intervals, outliers, unit, x);
  const [least, most] = extremes(points.y);
  const limits = `at least ${describeLength(length, unit)} and ${formatBytes(bytes)}`;
  const lengthRule = {
    axis: 'x',
    at: length,
    text: `outliers: from ${describeLength(length, unit)}`,
    series: 1,
  } as const;
  const sizeRule = {axis: 'y', at: bytes, text: `from ${formatShort(bytes, 'bytes')}`, series: 1} as const;
  return {
    name: 'interval-sizes',
    title: 'Access time intervals and the sizes of their blocks',
    description: `${plural(intervals.count, 'interval')}; ${plural(outliers.length, 'outlier')} of ${limits}: unused for long enough and large enough to be worth moving.`,
    x,
    y: {label: 'size of the block', unit: 'bytes', scale: 'log', domain: [least / 1.5, most * 4]},
    series: [
      {name: `intervals (${formatCount(intervals.count - outliers.length)})`, colour: 0},
      {name: `outliers (${formatCount(outliers.length)})`, colour: 1},
    ],
    layers: [points, {kind: 'rules', rules: [lengthRule, sizeRule]}],
    notes: [],
    table: outlierTable(trace, intervals, outliers),
  };
}

function pointsOf(
  trace: Trace,
  intervals: AccessIntervals,
  outliers: readonly Outlier[],
  unit: IntervalUnit,
  {domain}: Axis,
): PointLayer {
  const lengths = lengthsOf(intervals, unit);
  const sizes = Float64Array.from(intervals.block, block => trace.blocks.bytes[block]!);
  const series = new Uint8Array(intervals.count);
  for (const {interval} of outliers) series[interval] = 1;
  return {
    kind: 'points',
    count: intervals.count,
    x: lengths.map(value => Math.max(domain[0], value)),
    y: sizes,
    series,
    shapes: [0, 3],
    detail: i => {
      const operation = operationOf(trace, intervals, i);
      const facts = [formatBytes(sizes[i]!), kindOf(intervals, i), describeLength(lengths[i]!, unit)];
      return [`block ${intervals.block[i]}`, ...facts, ...(operation ? [operation] : [])].join(', ');
    },
  };
}

function outlierTable(trace: Trace, intervals: AccessIntervals, outliers: readonly Outlier[]): Table {
  return {
    columns: [
      {name: 'block'},
      {name: 'size', unit: 'bytes'},
      {name: 'kind'},
      {name: 'length', unit: 'events'},
      {name: 'recorded length', unit: 'microseconds'},
      {name: 'operation'},
    ],
    count: outliers.length,
    row: i => {
      const {interval, bytes} = outliers[i]!;
      return [
        String(intervals.block[interval]),
        bytes,
        kindOf(intervals, interval),
        intervals.events[interval]!,
        intervals.time[interval]!,
        operationOf(trace, intervals, interval),
      ];
    },
  };
}

const kindOf = ({kind}: AccessIntervals, i: number) => INTERVAL_KINDS[kind[i] as 0 | 1 | 2 | 3];

function operationOf(trace: Trace, {block}: AccessIntervals, i: number): string {
  return trace.operations[trace.blocks.operation[block[i]!]!]!;
}

const lengthsOf = (intervals: AccessIntervals, unit: IntervalUnit): Float64Array =>
  unit === 'us' ? intervals.time : intervals.events;

const tableUnit = (unit: IntervalUnit): Unit => (unit === 'us' ? 'microseconds' : 'events');

function describeLength(length: number, unit: IntervalUnit): string {
  return unit === 'us' ? formatShort(length, 'microseconds') : plural(length, 'event');
}

function lengthAxis(lengths: Float64Array, unit: IntervalUnit): Axis {
  const [least, most] = extremes(lengths);
  return {
    label:
      unit === 'us'
        ? 'time from one access of a block to the next'
        : 'events of the device from one access of a block to the next',
    unit: tableUnit(unit),
    scale: 'log',
    // times of 0 were recorded, and have no place on a log scale
    domain: [Math.max(unit === 'us' ? 0.1 : 1, least) * 0.8, Math.max(2, most * 1.2)],
  };
}

/** The least and the most; 1 and 1 where there are no values. */
function extremes(values: Float64Array): [least: number, most: number] {
  if (values.length === 0) return [1, 1];
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}
