/** What a tree of calls sums: blocks or buffers with their lifetimes in one window, and what is no item beside them. */
import {peakOf} from '../behaviour/breakdown.ts';
import {LoadOverTime, piecesOf} from '../model/load.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Trace} from '../trace/trace.ts';
import type {Call} from './calls.ts';

/** A moment of a trace is after a memory event of its device, −1 before the first one; of a problem it is a tick. */
export interface CallItems {
  /** Items that are live in the window, ascending. */
  readonly items: Uint32Array;
  /** Per item of all, bytes. */
  readonly bytes: ArrayLike<number>;
  /** Moments of the window at which an item is live. */
  lengthOf(item: number): number;
  /** Whole microseconds from its allocation to its free, within the window; absent where no times were recorded. */
  microsecondsOf?(item: number): number;
  isAllocated(item: number): boolean;
  isLive(item: number, moment: number): boolean;
  /** Of a trace, each moment is after an event. */
  readonly unit: 'events' | 'ticks';
  /** The first moment at which the most bytes of the window are live. */
  readonly peak: number;
  readonly extras: readonly Extra[];
}

/** Bytes without an item of their own: a call of their own. */
export interface Extra {
  readonly call: Call;
  readonly blocks: number;
  readonly bytes: number;
  readonly length: number;
  readonly microseconds: number;
  isLive(moment: number): boolean;
}

export interface ItemsWindow {
  /** Memory events `[firstEvent, endEvent)` of the device; all of them where absent. */
  readonly window?: {readonly firstEvent: number; readonly endEvent: number};
  /** A request that failed after an event: bytes that count there, though they never became a block. */
  readonly failed?: {readonly moment: number; readonly bytes: number};
}

/** @param device index into `Trace.devices`. */
export function traceItems(trace: Trace, device: number, options: ItemsWindow = {}): CallItems {
  const timeline = timelineOf(trace, device);
  const {memory, malloc, free, live} = timeline;
  const window = options.window ?? {firstEvent: 0, endEvent: memory.count};
  const {firstEvent, endEvent} = window;
  const {bytes} = trace.blocks;
  const lengthOf = (item: number): number =>
    Math.min(endEvent, free[item]!) - Math.max(firstEvent, malloc[item]!);
  // a block that the first event frees was live before it
  const items = timeline.blocks.filter(item => malloc[item]! < endEvent && free[item]! >= firstEvent);
  const clock = clockOf(trace, memory.event.subarray(firstEvent, endEvent));
  const timeAt = (position: number): number => trace.events.time[memory.event[position]!]!;
  const {failed} = options;
  return {
    items,
    bytes,
    lengthOf,
    ...(clock
      ? {
          microsecondsOf: (item: number): number => {
            const from = malloc[item]! < firstEvent ? clock.start : timeAt(malloc[item]!);
            const to = free[item]! < endEvent ? timeAt(free[item]!) : clock.end;
            return Math.round(to - from);
          },
        }
      : {}),
    isAllocated: item => malloc[item]! >= firstEvent,
    isLive: (item, moment) => malloc[item]! <= moment && free[item]! > moment,
    unit: 'events',
    peak: failed && options.window === undefined ? failed.moment : peakOf(live, window).event,
    extras: [
      ...unseenOf(trace, device, endEvent - firstEvent, clock ? clock.end - clock.start : 0),
      ...(failed ? [failedOf(failed)] : []),
    ],
  };
}

/** The recorded times of the first and the last event. */
function clockOf({events}: Trace, window: Uint32Array): {start: number; end: number} | undefined {
  if (window.length === 0) return undefined;
  const [start, end] = [events.time[window[0]!]!, events.time[window.at(-1)!]!];
  return end > start ? {start, end} : undefined;
}

function unseenOf({cuda}: Trace, device: number, length: number, span: number): Extra[] {
  const {count: blocks, bytes} = cuda?.devices[device]?.persistent ?? {count: 0, bytes: 0};
  if (blocks === 0) return [];
  const call: Call = {kind: 'unseen', name: '', group: ''};
  return [{call, blocks, bytes, length, microseconds: Math.round(span), isLive: () => true}];
}

/** The name of a call that no block stands for. */
export const FAILED_REQUEST = 'the request that failed';

function failedOf({moment, bytes}: NonNullable<ItemsWindow['failed']>): Extra {
  const call: Call = {kind: 'failed', name: FAILED_REQUEST, group: ''};
  return {call, blocks: 1, bytes, length: 0, microseconds: 0, isLive: at => at === moment};
}

export function problemItems(problem: ProblemColumns): CallItems {
  const {ticks, bytes} = new LoadOverTime(problem);
  let peak = 0;
  for (let i = 1; i < bytes.length; i++) if (bytes[i]! > bytes[peak]!) peak = i;
  return {
    items: Uint32Array.from({length: problem.count}, (_, buffer) => buffer),
    bytes: problem.size,
    lengthOf: buffer => piecesOf(problem, buffer).reduce((sum, {start, end}) => sum + end - start, 0),
    isAllocated: () => true,
    isLive: (buffer, tick) => piecesOf(problem, buffer).some(({start, end}) => start <= tick && tick < end),
    unit: 'ticks',
    peak: ticks[peak] ?? 0,
    extras: [],
  };
}
