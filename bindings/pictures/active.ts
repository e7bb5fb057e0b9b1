/** What the live memory is made of, over time: the largest groups at the peak, and exactly all that is left. */
import {isEverLive, LoadOverTime, pieceAt, piecesOf} from '../load.ts';
import {idOf, type ProblemColumns} from '../problem.ts';
import {formatCount} from '../quantities.ts';
import {MALLOC, type MemoryEvents, NONE, type Trace} from '../trace/index.ts';
import {indexOfMost} from './footprint.ts';
import {type Groups, groupItems} from './groups.ts';
import type {Axis, Picture} from './picture.ts';

/** Of a recording, by the operation that allocated, or by block where none is known. */
export function activePicture(trace: Trace, memory: MemoryEvents, live: Float64Array): Picture {
  const {blocks, events} = trace;
  const peak = indexOfMost(live) - 1;
  const isOwn = (block: number) => blocks.device[block] === memory.device;
  const after = (event: number) => event === NONE || event > (memory.event[peak] ?? -1);
  const isAtPeak = (block: number) =>
    isOwn(block) &&
    after(blocks.freeEvent[block]!) &&
    (blocks.mallocEvent[block] === NONE || !after(blocks.mallocEvent[block]!));
  const hasOperations = trace.operations.length > 1;
  const groups = groupItems(
    blocks.count,
    block => (hasOperations ? trace.operations[blocks.operation[block]!]! : `block ${block}`),
    block => (isAtPeak(block) ? blocks.bytes[block]! : 0),
    hasOperations ? 'other operations' : 'other blocks',
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
  const x: Axis = {
    label: 'allocations and frees of the device, in order',
    unit: 'events',
    scale: 'linear',
    domain: [0, Math.max(1, memory.count)],
  };
  return stackPicture(groups, bands, boundaries, x, hasOperations ? 'operation' : 'block', peak + 1);
}

/** Of a problem, by operation, or by buffer where none is known. */
export function activeBuffersPicture(problem: ProblemColumns, operations?: readonly string[]): Picture {
  const {ticks, bytes} = new LoadOverTime(problem);
  const peak = indexOfMost(bytes);
  const hasOperations = operations?.some(name => name !== '') ?? false;
  const at = ticks[peak] ?? 0;
  const groups = groupItems(
    problem.count,
    i => (hasOperations ? operations![i]! : idOf(problem, i)),
    i => (pieceAt(problem, i, at) ? problem.size[i]! : 0),
    hasOperations ? 'other operations' : 'other buffers',
  );
  const bands = groups.series.map(() => new Float64Array(ticks.length));
  const indexOf = new Map(Array.from(ticks, (tick, index) => [tick, index]));
  for (let i = 0; i < problem.count; i++) {
    if (!isEverLive(problem, i)) continue;
    const band = bands[groups.seriesOf[i]!]!;
    for (const {start, end} of piecesOf(problem, i)) {
      band[indexOf.get(start)!]! += problem.size[i]!;
      band[indexOf.get(end)!]! -= problem.size[i]!;
    }
  }
  for (const band of bands) for (let k = 1; k < band.length; k++) band[k]! += band[k - 1]!;
  const end = ticks.at(-1) ?? 0;
  const x: Axis = {label: 'time, ticks', unit: 'ticks', scale: 'linear', domain: [0, Math.max(1, end)]};
  return stackPicture(
    groups,
    bands,
    Float64Array.from(ticks),
    x,
    hasOperations ? 'operation' : 'buffer',
    peak,
  );
}

/** @param boundaries as many as the bands have values, or one more. @param peak where most is live: index into the bands. */
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
    title: `What the live memory is made of, by ${by}`,
    description: `The same memory over time, cut into what is largest at the peak by ${by}, one on the other; the last band is exactly all that is left. At the peak the largest is ${series[0]?.name || 'unknown'}.`,
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
    notes: [`${formatCount(series.length)} bands add up to all that is live.`],
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
