/**
 * Access time intervals: from one access to the next (reads or writes) of one block, as in *Pinpointing the
 * Memory Behaviors of DNN Training* (arXiv 2104.00258). A block is one allocation, so no interval spans a free.
 */
import {READ, type Trace} from '../trace/trace.ts';
import {deviceEvents, isAccess} from './device-events.ts';

/** `AccessIntervals.kind`: the first access, then the second. */
export const READ_READ = 0;
export const READ_WRITE = 1;
export const WRITE_READ = 2;
export const WRITE_WRITE = 3;
/** The names of the kinds, by their numbers. */
export const INTERVAL_KINDS = ['RR', 'RW', 'WR', 'WW'] as const;

/** As columns, in the order in which the intervals end. */
export interface AccessIntervals {
  readonly count: number;
  /** Index into `Trace.blocks`. */
  readonly block: Uint32Array;
  readonly kind: Uint8Array;
  /** The two accesses: indices into `Trace.events`. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** Logical length: events of the device from the one access to the other, at least 1. */
  readonly events: Float64Array;
  /** Microseconds as recorded; see `judgeTime` for their quality. */
  readonly time: Float64Array;
}

/** @param device index into `Trace.devices`. */
export function accessIntervals(trace: Trace, device: number): AccessIntervals {
  const own = deviceEvents(trace, device);
  const {kind, block: blockOf, time} = trace.events;
  // per block: the position of its last access + 1, or 0
  const last = new Uint32Array(trace.blocks.count);
  const found = columns(own.accesses);
  let count = 0;
  for (let position = 0; position < own.count; position++) {
    const event = own.event[position]!;
    if (!isAccess(kind[event]!)) continue;
    const block = blockOf[event]!;
    const before = last[block]!;
    last[block] = position + 1;
    if (before === 0) continue;
    const first = own.event[before - 1]!;
    found.block[count] = block;
    found.kind[count] = (kind[first] === READ ? 0 : 2) + (kind[event] === READ ? 0 : 1);
    found.from[count] = first;
    found.to[count] = event;
    found.events[count] = position - (before - 1);
    found.time[count] = time[event]! - time[first]!;
    count++;
  }
  return {
    count,
    block: found.block.slice(0, count),
    kind: found.kind.slice(0, count),
    from: found.from.slice(0, count),
    to: found.to.slice(0, count),
    events: found.events.slice(0, count),
    time: found.time.slice(0, count),
  };
}

function columns(length: number) {
  return {
    block: new Uint32Array(length),
    kind: new Uint8Array(length),
    from: new Uint32Array(length),
    to: new Uint32Array(length),
    events: new Float64Array(length),
    time: new Float64Array(length),
  };
}

/** How many intervals are of each kind, in the order of `INTERVAL_KINDS`. */
export function countKinds(intervals: AccessIntervals): [rr: number, rw: number, wr: number, ww: number] {
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  for (const kind of intervals.kind) counts[kind as 0 | 1 | 2 | 3]++;
  return counts;
}

/** An interval that is long, of a block that is large. */
export interface Outlier {
  /** Index into the intervals. */
  readonly interval: number;
  readonly bytes: number;
}

export interface OutlierThresholds {
  /** Least length: in microseconds, or in events of the device. */
  readonly length: number;
  readonly unit: 'us' | 'events';
  /** Least size of the block. */
  readonly bytes: number;
}

/** Intervals that reach both thresholds; the largest blocks first, then the longest intervals, then the earliest. */
export function findOutliers(
  trace: Trace,
  intervals: AccessIntervals,
  {length, unit, bytes}: OutlierThresholds,
): Outlier[] {
  const lengths = unit === 'us' ? intervals.time : intervals.events;
  const found: Outlier[] = [];
  for (let interval = 0; interval < intervals.count; interval++) {
    const size = trace.blocks.bytes[intervals.block[interval]!]!;
    if (size >= bytes && lengths[interval]! >= length) found.push({interval, bytes: size});
  }
  return found.sort(
    (a, b) => b.bytes - a.bytes || lengths[b.interval]! - lengths[a.interval]! || a.interval - b.interval,
  );
}
