/** The behaviour of one device's memory, in one object: `stowage inspect` shows it. */
import {findIterations} from '../trace/timeline/device-timeline.ts';
import type {Iteration, Iterations} from '../trace/timeline/iterations.ts';
import {READ, type Trace} from '../trace/trace.ts';
import {type Breakdown, breakDown, type GroupBy} from './breakdown.ts';
import {deviceEvents} from './device-events.ts';
import {percentiles} from './distribution.ts';
import {
  type AccessIntervals,
  accessIntervals,
  countKinds,
  findOutliers,
  INTERVAL_KINDS,
} from './intervals.ts';
import {classifyLifetimes, LIFETIME_CLASSES, type LifetimeClass, type Lifetimes} from './lifetimes.ts';
import {measureStability, type Stability} from './stability.ts';
import {type Bandwidths, PAPER_BANDWIDTHS, scheduleSwaps, swappableIntervals} from './swap.ts';
import {simulateSwaps} from './swap-simulator.ts';
import {judgeTime, type TimeQuality} from './time-quality.ts';

export interface BehaviourOptions {
  /** Least length of an outlier, microseconds. Where absent, the 90th percentile in events of the device. */
  readonly outlierTime?: number;
  /** Least size of an outlier's block, bytes; 1 MiB where absent. */
  readonly outlierBytes?: number;
  /** Bytes that the device may hold; with it, a schedule of swaps is made and simulated. */
  readonly swapLimit?: number;
  readonly bandwidths?: Bandwidths;
}

/** The percentiles in `BehaviourReport.intervals`. */
const PERCENTS = [10, 25, 50, 75, 90, 99, 100] as const;
const OUTLIERS_SHOWN = 10;

export interface IntervalReport {
  readonly count: number;
  readonly kinds: Readonly<Record<(typeof INTERVAL_KINDS)[number], number>>;
  /** Percentiles of the lengths in events of the device, and in microseconds as recorded. */
  readonly percentiles: readonly {
    readonly percent: number;
    readonly events: number;
    readonly microseconds: number;
  }[];
  readonly outliers: OutlierReport;
}

export interface OutlierReport {
  readonly leastLength: number;
  readonly unit: 'us' | 'events';
  readonly leastBytes: number;
  readonly count: number;
  /** The largest blocks first, ten at most. */
  readonly first: readonly {
    readonly block: number;
    readonly bytes: number;
    readonly kind: (typeof INTERVAL_KINDS)[number];
    readonly events: number;
    readonly microseconds: number;
    readonly operation: string;
  }[];
}

export interface SwapReport {
  readonly bandwidths: Bandwidths;
  /** Intervals in which their block can leave and return without a stall, and the largest such block, bytes. */
  readonly intervals: number;
  readonly largestBytes: number;
  /** Present where a limit was given. Microseconds and bytes; `missing`: the excess over a limit that is not met. */
  readonly schedule?: {
    readonly limit: number;
    readonly isMet: boolean;
    readonly missing: number;
    readonly swaps: number;
    readonly moved: number;
    readonly peak: number;
    readonly stall: number;
    readonly duration: number;
  };
}

export interface BehaviourReport {
  /** Whether the microseconds below can be trusted. */
  readonly time: TimeQuality;
  readonly reads: number;
  readonly writes: number;
  /** Null where no reads and writes were recorded; so is `swap`. */
  readonly intervals: IntervalReport | null;
  readonly lifetimes: Readonly<Record<LifetimeClass, {readonly blocks: number; readonly bytes: number}>>;
  /** Blocks that live in each iteration, without those that live through all of it. */
  readonly blocksPerIteration: readonly number[];
  readonly stability: Stability;
  /** The iteration that `peak` is of: the last whole one; null for the whole recording. */
  readonly iteration: number | null;
  readonly peak: {
    readonly byLifetime: Breakdown;
    readonly byContent: Breakdown | null;
    readonly byOperation: Breakdown;
    readonly byFrame: Breakdown | null;
  };
  readonly swap: SwapReport | null;
}

/** @param device index into `Trace.devices`. */
export function reportBehaviour(
  trace: Trace,
  device: number,
  options: BehaviourOptions = {},
  found: Iterations = findIterations(trace, device),
): BehaviourReport {
  const own = deviceEvents(trace, device);
  const reads = own.event.reduce((sum, event) => sum + (trace.events.kind[event] === READ ? 1 : 0), 0);
  const intervals = own.accesses > 0 ? accessIntervals(trace, device) : null;
  const lifetimes = classifyLifetimes(trace, device, found.iterations);
  const last = found.iterations.filter(iteration => iteration.whole).at(-1);
  return {
    time: judgeTime(trace),
    reads,
    writes: own.accesses - reads,
    intervals: intervals && reportIntervals(trace, intervals, options),
    lifetimes: sumLifetimes(trace, lifetimes),
    blocksPerIteration: lifetimes.blocksPerIteration,
    stability: measureStability(trace, device, found),
    iteration: last?.number ?? null,
    peak: reportPeak(trace, device, intervals !== null, last),
    swap: intervals && reportSwap(trace, device, intervals, options),
  };
}

function reportPeak(trace: Trace, device: number, hasAccesses: boolean, window: Iteration | undefined) {
  const by = (groups: GroupBy) => breakDown(trace, device, groups, window);
  return {
    byLifetime: by('lifetime'),
    byContent: hasAccesses ? by('content') : null,
    byOperation: by('operation'),
    byFrame: trace.cuda ? by('frame') : null,
  };
}

function sumLifetimes(trace: Trace, {blocks, lifetimeClass}: Lifetimes): BehaviourReport['lifetimes'] {
  const sums = LIFETIME_CLASSES.map(() => ({blocks: 0, bytes: 0}));
  for (let i = 0; i < blocks.length; i++) {
    const sum = sums[lifetimeClass[i]!]!;
    sum.blocks++;
    sum.bytes += trace.blocks.bytes[blocks[i]!]!;
  }
  const [persistent, within, across, apart] = sums;
  return {persistent: persistent!, within: within!, across: across!, apart: apart!};
}

function reportIntervals(
  trace: Trace,
  intervals: AccessIntervals,
  options: BehaviourOptions,
): IntervalReport {
  const [RR, RW, WR, WW] = countKinds(intervals);
  const events = percentiles(intervals.events, PERCENTS);
  const times = percentiles(intervals.time, PERCENTS);
  const long = events[PERCENTS.indexOf(90)] ?? 0;
  return {
    count: intervals.count,
    kinds: {RR, RW, WR, WW},
    percentiles: events.map((value, i) => ({
      percent: PERCENTS[i]!,
      events: value,
      microseconds: times[i]!,
    })),
    outliers: reportOutliers(trace, intervals, long, options),
  };
}

function reportOutliers(
  trace: Trace,
  intervals: AccessIntervals,
  long: number,
  {outlierTime, outlierBytes = 2 ** 20}: BehaviourOptions,
): OutlierReport {
  const unit = outlierTime === undefined ? 'events' : 'us';
  const length = outlierTime ?? long;
  const found = findOutliers(trace, intervals, {length, unit, bytes: outlierBytes});
  const first = found.slice(0, OUTLIERS_SHOWN).map(({interval, bytes}) => {
    const block = intervals.block[interval]!;
    return {
      block,
      bytes,
      kind: INTERVAL_KINDS[intervals.kind[interval] as 0 | 1 | 2 | 3],
      events: intervals.events[interval]!,
      microseconds: intervals.time[interval]!,
      operation: trace.operations[trace.blocks.operation[block]!]!,
    };
  });
  return {leastLength: length, unit, leastBytes: outlierBytes, count: found.length, first};
}

function reportSwap(
  trace: Trace,
  device: number,
  intervals: AccessIntervals,
  {swapLimit, bandwidths = PAPER_BANDWIDTHS}: BehaviourOptions,
): SwapReport {
  const found = swappableIntervals(trace, intervals, bandwidths);
  const largestBytes = found.length === 0 ? 0 : trace.blocks.bytes[intervals.block[found[0]!]!]!;
  const report = {bandwidths, intervals: found.length, largestBytes};
  if (swapLimit === undefined) return report;
  const {swaps, excess} = scheduleSwaps(trace, device, swapLimit, bandwidths);
  const {isFeasible, moved, peak, stall, duration} = simulateSwaps(
    trace,
    device,
    swaps,
    swapLimit,
    bandwidths,
  );
  return {
    ...report,
    schedule: {
      limit: swapLimit,
      isMet: isFeasible,
      missing: excess?.bytes ?? 0,
      swaps: swaps.length,
      moved,
      peak,
      stall,
      duration,
    },
  };
}
