/**
 * The sync points of an iteration that its alike neighbours have, too: a plan that repeats may rely on no other. Two are the same
 * where kind, device and stream are, the allocations before them, the frees and uses elsewhere since, and, for a wait, the record
 * that it waits for, of this iteration or the one before.
 */
import {alikeRange} from '../step/carried-pairs.ts';
import type {StepWindow} from '../step/window.ts';
import {FREE, MALLOC, NONE, type SyncPoints, WAIT} from '../trace.ts';
import {fenceSources, type RowRange, rowsOfIteration, useAt, visitRows} from './rows.ts';

export interface RepeatedSyncs {
  readonly rows: RowRange;
  /** Per sync point of `rows`: whether each alike iteration has it. */
  readonly isKept: readonly boolean[];
  /** Per sync point of `rows`: the `RECORD` that it waits for, by its place in them, and how many iterations before it is. */
  readonly sources: readonly ({readonly place: number; readonly distance: number} | undefined)[];
}

export function repeatedSyncs(window: StepWindow): RepeatedSyncs {
  const {timeline, index} = window;
  const {syncs} = timeline.trace;
  const rows = rowsOfIteration(timeline, index);
  if (!syncs) return {rows, isKept: [], sources: []};
  const {from, to} = alikeRange(window);
  const ranges = Array.from({length: to - from + 1}, (_, i) => rowsOfIteration(timeline, from + i));
  const keys = ranges.map(range => keysOf(window, syncs, range));
  const all = fenceSources(syncs);
  const points = ranges.map(({sync}, i) =>
    keys[i]!.map((key, place): NamedPoint => {
      const source = all[sync + place]!;
      const before = ranges[i - 1];
      if (source === NONE) return {name: key};
      if (source >= sync) return namedWait(key, keys[i]![source - sync]!, 0);
      return before && source >= before.sync
        ? namedWait(key, keys[i - 1]![source - before.sync]!, 1)
        : {name: key};
    }),
  );
  const names = points.map(ofOne => new Set(ofOne.map(({name}) => name)));
  const own = points[index - from]!;
  const places = new Map(keys[index - from]!.map((key, place) => [key, place]));
  return {
    rows,
    // what the first of them waits for of an iteration before it is no matter of theirs
    isKept: own.map(({name, distance}) =>
      names.every((has, i) => has.has(name) || (i === 0 && distance === 1)),
    ),
    sources: own.map(({record, distance = 0}) => {
      const place = record === undefined ? undefined : places.get(record);
      return place === undefined ? undefined : {place, distance};
    }),
  };
}

interface NamedPoint {
  readonly name: string;
  /** Of a wait: the key of the record that it waits for, and how many iterations before it that is. */
  readonly record?: string;
  readonly distance?: 0 | 1;
}

function namedWait(key: string, record: string, distance: 0 | 1): NamedPoint {
  return {name: `${key} ${distance} ${record}`, record, distance};
}

/**
 * Per sync point of the rows: a key that is equal for the same point of two iterations. Blocks of an iteration before count for
 * nothing, since the first one recorded has none.
 */
function keysOf({timeline}: StepWindow, syncs: SyncPoints, rows: RowRange): string[] {
  const {trace, device} = timeline;
  const {events, blocks} = trace;
  const counts = new Map<string, number>();
  const keys: string[] = [];
  const own = new Set<number>();
  let [mallocs, since] = [0, 0];
  visitRows(trace, rows, 0, {
    event(event) {
      const block = events.block[event]!;
      if (events.kind[event] === MALLOC && blocks.device[block] === device) {
        own.add(block);
        mallocs++;
        since = 0;
      } else if (own.has(block) && (events.kind[event] === FREE || useAt(trace, event) !== undefined))
        since++;
    },
    sync(point) {
      const stream = syncs.hasStream[point] ? syncs.stream[point] : '';
      const base = `${mallocs}/${since}/${syncs.kind[point]}/${syncs.device[point]}/${stream}`;
      // waits differ by what they wait for, and the first iteration recorded may lack some
      const occurrence = syncs.kind[point] === WAIT ? 0 : (counts.get(base) ?? 0);
      counts.set(base, occurrence + 1);
      keys.push(`${base}/${occurrence}`);
    },
  });
  return keys;
}
