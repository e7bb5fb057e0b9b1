/** Events and sync points of a trace in one order, that of the host; and those of one iteration. */
import {firstIndex} from '../../model/binary-search.ts';
import type {DeviceTimeline} from '../timeline/device-timeline.ts';
import {NONE, RECORD, type SyncPoints, type Trace, WAIT} from '../trace.ts';

/** A stretch of both: events `[event, endEvent)`, sync points `[sync, endSync)`. */
export interface RowRange {
  readonly event: number;
  readonly endEvent: number;
  readonly sync: number;
  readonly endSync: number;
}

export interface RowVisitor {
  /** @param position the row's place in the order, from 1. */
  event(event: number, position: number): void;
  sync(point: number, position: number): void;
}

export function allRows({events, syncs}: Trace): RowRange {
  return {event: 0, endEvent: events.count, sync: 0, endSync: syncs?.count ?? 0};
}

export const rowCount = ({event, endEvent, sync, endSync}: RowRange): number =>
  endEvent - event + endSync - sync;

/** @param offset added to each position. */
export function visitRows(
  {syncs}: Trace,
  {event, endEvent, sync, endSync}: RowRange,
  offset: number,
  visitor: RowVisitor,
): void {
  let position = offset;
  let point = sync;
  for (let at = event; at <= endEvent; at++) {
    for (; point < endSync && (at === endEvent || syncs!.event[point]! <= at); point++)
      visitor.sync(point, ++position);
    if (at < endEvent) visitor.event(at, ++position);
  }
}

/** Marks give the border of an iteration exactly; else what follows its last malloc or free belongs to it. */
export function rowsOfIteration(timeline: DeviceTimeline, index: number): RowRange {
  const {trace, memory, iterations} = timeline;
  const {marks, syncs} = trace;
  const {number, firstEvent, endEvent} = iterations.iterations[index]!;
  if (iterations.source === 'mark') {
    const at = marks.findIndex(mark => mark.number === number);
    const [mark, next] = [marks[at]!, marks[at + 1]];
    return {
      event: mark.event,
      endEvent: next?.event ?? trace.events.count,
      sync: mark.syncs ?? 0,
      endSync: next?.syncs ?? syncs?.count ?? 0,
    };
  }
  const [from, to] = [memory.event[firstEvent], memory.event[endEvent]].map(
    event => event ?? trace.events.count,
  ) as [number, number];
  return {event: from, endEvent: to, sync: syncsBefore(syncs, from), endSync: syncsBefore(syncs, to)};
}

function syncsBefore(syncs: SyncPoints | undefined, event: number): number {
  return syncs ? firstIndex(0, syncs.count, point => syncs.event[point]! > event) : 0;
}

/** The foreign use of an event; undefined where its block's own stream has it. */
export function useAt({foreignUses: uses}: Trace, event: number): number | undefined {
  if (!uses) return undefined;
  const use = firstIndex(0, uses.count, i => uses.event[i]! >= event);
  return uses.event[use] === event ? use : undefined;
}

/** Per sync point: the `RECORD` that a `WAIT` is for; `NONE` for all others, and where there was none before. */
export function fenceSources({count, kind, fence}: SyncPoints): Uint32Array {
  const last = new Map<bigint, number>();
  const sources = new Uint32Array(count).fill(NONE);
  for (let point = 0; point < count; point++) {
    if (kind[point] === RECORD) last.set(fence[point]!, point);
    else if (kind[point] === WAIT) sources[point] = last.get(fence[point]!) ?? NONE;
  }
  return sources;
}
