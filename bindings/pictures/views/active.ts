/** Live memory over time, by the groups that are largest at the peak; one band has exactly the rest. */
import {isEverLive, LoadOverTime, pieceAt, piecesOf} from '../../model/load.ts';
import {idOf, type ProblemColumns} from '../../model/problem.ts';
import {formatBytes} from '../../model/quantities.ts';
import type {MemoryEvents} from '../../trace/timeline/memory-events.ts';
import {MALLOC, NONE, type Trace} from '../../trace/trace.ts';
import {type Groups, groupItems, MOST_GROUPS} from '../groups.ts';
import type {Axis, Picture} from '../picture.ts';
import {eventAxis, indexOfMost, tickAxis} from './footprint.ts';

/** What groups the items: their operation, their own name, or their size where the names are too many. */
interface Naming {
  readonly by: string;
  readonly noun: string;
  readonly nameOf: (item: number) => string;
}

/**
 * @param operationOf absent where none is known.
 * @param atPeak how many items are live at the peak.
 */
function chooseNaming(
  noun: string,
  atPeak: number,
  operationOf: ((item: number) => string) | undefined,
  ownName: (item: number) => string,
  bytesOf: (item: number) => number,
): Naming {
  if (operationOf) return {by: 'operation', noun: 'operation', nameOf: operationOf};
  if (atPeak <= MOST_GROUPS) return {by: noun, noun, nameOf: ownName};
  const known = new Map<number, string>();
  const nameOf = (item: number) => {
    const bytes = bytesOf(item);
    const name = known.get(bytes) ?? `${noun}s of ${formatBytes(bytes)}`;
    known.set(bytes, name);
    return name;
  };
  return {by: `size of ${noun}`, noun: 'size', nameOf};
}

/** A recording, by the operation that allocated, or by block or size where none is known. */
export function activePicture(trace: Trace, memory: MemoryEvents, live: Float64Array): Picture {
  const {blocks, events, operations} = trace;
  const peak = indexOfMost(live);
  const isAtPeak = liveAfter(trace, memory, peak);
  const isOwn = (block: number) => blocks.device[block] === memory.device;
  const naming = chooseNaming(
    'block',
    isAtPeak.reduce((sum, one) => sum + one, 0),
    operations.length > 1 ? block => operations[blocks.operation[block]!]! : undefined,
    block => `block ${block}`,
    block => blocks.bytes[block]!,
  );
  const groups = groupItems(
    blocks.count,
    block => (isOwn(block) ? naming.nameOf(block) : undefined),
    block => isAtPeak[block]! * blocks.bytes[block]!,
    naming.noun,
  );
  const bands = groups.series.map(() => new Float64Array(memory.count + 1));
  const now = new Float64Array(groups.series.length);
  for (let block = 0; block < blocks.count; block++)
    if (isOwn(block) && blocks.mallocEvent[block] === NONE)
      now[groups.seriesOf[block]!]! += blocks.bytes[block]!;
  for (let position = 0; position <= memory.count; position++) {
    for (let k = 0; k < bands.length; k++) bands[k]![position] = now[k]!;
    if (position === memory.count) break;
    const event = memory.event[position]!;
    const block = events.block[event]!;
    now[groups.seriesOf[block]!]! +=
      events.kind[event] === MALLOC ? blocks.bytes[block]! : -blocks.bytes[block]!;
  }
  const boundaries = Float64Array.from({length: memory.count + 2}, (_, i) => i);
  return stackPicture(groups, bands, boundaries, eventAxis(memory.count), naming.by, peak);
}

/** Per block: 1 if it is live after the first `position` memory events of the device. */
function liveAfter({blocks}: Trace, {event, device}: MemoryEvents, position: number): Uint8Array {
  const last = position === 0 ? -1 : event[position - 1]!;
  return Uint8Array.from(blocks.bytes, (_, block) => {
    const [from, to] = [blocks.mallocEvent[block]!, blocks.freeEvent[block]!];
    const isLive = (from === NONE || from <= last) && (to === NONE || to > last);
    return isLive && blocks.device[block] === device ? 1 : 0;
  });
}

/** A problem, by operation, or by buffer or size where none is known. */
export function activeBuffersPicture(problem: ProblemColumns, operations?: readonly string[]): Picture {
  const {ticks, bytes} = new LoadOverTime(problem);
  const peak = indexOfMost(bytes);
  const at = ticks[peak] ?? 0;
  const isAtPeak = Uint8Array.from(problem.size, (_, i) => (pieceAt(problem, i, at) ? 1 : 0));
  const naming = chooseNaming(
    'buffer',
    isAtPeak.reduce((sum, one) => sum + one, 0),
    operations?.some(name => name !== '') ? i => operations[i]! : undefined,
    i => idOf(problem, i),
    i => problem.size[i]!,
  );
  const groups = groupItems(
    problem.count,
    i => (isEverLive(problem, i) ? naming.nameOf(i) : undefined),
    i => isAtPeak[i]! * problem.size[i]!,
    naming.noun,
  );
  const bands = sumsOverTicks(problem, ticks, groups);
  const x = tickAxis(ticks.at(-1) ?? 0);
  return stackPicture(groups, bands, Float64Array.from(ticks), x, naming.by, peak);
}

/** Per series: bytes live from each tick to the next. */
function sumsOverTicks(
  problem: ProblemColumns,
  ticks: Uint32Array,
  {series, seriesOf}: Groups,
): Float64Array[] {
  const bands = series.map(() => new Float64Array(ticks.length));
  const indexOf = new Map(Array.from(ticks, (tick, index) => [tick, index]));
  for (let i = 0; i < problem.count; i++) {
    if (!isEverLive(problem, i)) continue;
    const band = bands[seriesOf[i]!]!;
    for (const {start, end} of piecesOf(problem, i)) {
      band[indexOf.get(start)!]! += problem.size[i]!;
      band[indexOf.get(end)!]! -= problem.size[i]!;
    }
  }
  for (const band of bands) for (let k = 1; k < band.length; k++) band[k]! += band[k - 1]!;
  return bands;
}

/** @param boundaries as many as the bands have values, or one more. @param peak index into the bands of the largest total. */
function stackPicture(
  {series}: Groups,
  bands: readonly Float64Array[],
  boundaries: Float64Array,
  x: Axis,
  by: string,
  peak: number,
): Picture {
  const moments = Math.max(0, boundaries.length - 1);
  const sumAt = (i: number) => bands.reduce((sum, band) => sum + (band[i] ?? 0), 0);
  const most = sumAt(peak);
  return {
    name: 'active',
    title: `Live memory by ${by}`,
    description: `The same memory over time, stacked by ${by}, the largest at the peak first; the last band is exactly the rest. At the peak the largest is ${series[0]?.name || 'unknown'}.`,
    x,
    y: {label: 'memory', unit: 'bytes', scale: 'linear', domain: [0, Math.max(1, most) * 1.08]},
    series,
    layers: [
      {
        kind: 'stack',
        x: boundaries,
        bands: bands.map(band => band.subarray(0, moments)),
        series: series.map((_, k) => k),
      },
      ...(moments === 0
        ? []
        : [{kind: 'rules' as const, rules: [{axis: 'x' as const, at: boundaries[peak]!, text: 'peak'}]}]),
    ],
    notes: series.length > 1 ? ['The bands add up to all live memory.'] : [],
    table: {
      columns: [
        {name: x.unit === 'ticks' ? 'from tick' : 'events before', unit: x.unit},
        ...series.map(({name}) => ({name: name || 'all', unit: 'bytes' as const})),
      ],
      count: moments,
      row: i => [boundaries[i]!, ...bands.map(band => band[i]!)],
    },
  };
}
