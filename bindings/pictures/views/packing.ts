/** A plan: the offset of each buffer in the arena over its lifetime. */
import {pieceAt} from '../../model/load.ts';
import {alignmentOf, idOf, type ProblemColumns} from '../../model/problem.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {usesOf} from '../../model/sizes.ts';
import {shadeNotes} from '../detail.ts';
import {groupItems} from '../groups.ts';
import {REST} from '../palette.ts';
import type {BoxLayer, Picture, Series, Table} from '../picture.ts';
import {tickAxis} from './footprint.ts';

export interface PackingInput {
  readonly problem: ProblemColumns;
  /** Bytes, in the order of the buffers. */
  readonly offsets: Float64Array;
  /** Bytes. */
  readonly peak: number;
  readonly lowerBound: number;
  /** The ticks `[start, end)` that make the lower bound. */
  readonly bound?: {readonly start: number; readonly end: number};
  /** The operation that allocated or wrote each buffer, `''` where unknown. */
  readonly operations?: readonly string[];
  /** Bytes. */
  readonly capacity?: number;
}

/** Time × address: one box per piece and size of each buffer. */
export function packingPicture(input: PackingInput): Picture {
  const {problem, peak, lowerBound} = input;
  const {count} = problem;
  const ticks = problem.end.reduce((a, b) => Math.max(a, b), 0);
  const {series, seriesOf} = seriesOfBuffers(input);
  const top = Math.max(
    peak,
    lowerBound,
    input.capacity !== undefined && input.capacity <= 1.5 * peak ? input.capacity : 0,
  );
  return {
    name: 'packing',
    title: 'The plan: buffers by offset and time',
    description: `${plural(count, 'buffer')} over ${plural(ticks, 'tick')}, each a box as wide as its lifetime and as high as its size, at its offset in the arena. The peak is ${formatBytes(peak)}, the lower bound ${formatBytes(lowerBound)}.`,
    x: tickAxis(ticks),
    y: {label: 'offset in the arena', unit: 'bytes', scale: 'linear', domain: [0, Math.max(1, top) * 1.1]},
    series,
    layers: [boxesOf(input, seriesOf), {kind: 'rules', rules: rulesOf(input)}],
    notes: shadeNotes(count),
    table: packingTable(input),
  };
}

function packingTable({problem, offsets, operations}: PackingInput): Table {
  return {
    columns: [
      {name: 'buffer'},
      {name: 'size', unit: 'bytes'},
      {name: 'offset', unit: 'bytes'},
      {name: 'start', unit: 'ticks'},
      {name: 'end', unit: 'ticks'},
      {name: 'alignment', unit: 'bytes'},
      ...(operations ? [{name: 'operation'}] : []),
    ],
    count: problem.count,
    row: i => [
      idOf(problem, i),
      problem.size[i]!,
      offsets[i]!,
      problem.start[i]!,
      problem.end[i]!,
      alignmentOf(problem, i),
      ...(operations ? [operations[i]!] : []),
    ],
  };
}

/** By operation where known; else by whether the buffer is live at the lower bound. */
function seriesOfBuffers({problem, operations, bound}: PackingInput): {
  series: readonly Series[];
  seriesOf: Uint8Array;
} {
  const weightOf = (i: number) => problem.size[i]! * (problem.end[i]! - problem.start[i]!);
  if (operations?.some(name => name !== '')) {
    return groupItems(problem.count, i => operations[i]!, weightOf, 'operation');
  }
  const seriesOf = Uint8Array.from({length: problem.count}, (_, i) =>
    bound && pieceAt(problem, i, bound.start) ? 0 : 1,
  );
  return {
    series: [
      {name: 'live at the lower bound', colour: 0},
      {name: 'other buffers', colour: REST},
    ],
    seriesOf,
  };
}

/** One box per piece and size: a buffer with gaps or sizes that change has several. */
function boxesOf({problem, offsets, operations}: PackingInput, seriesOf: Uint8Array): BoxLayer {
  const {count, size, gapStart, constraints} = problem;
  const sizes = constraints?.sizes;
  // each gap and each size parts one stretch at most
  const most = count + gapStart.length + (sizes?.tick.length ?? 0);
  const column = () => new Float64Array(most);
  const [x0, x1, y0, y1, item] = [column(), column(), column(), column(), new Uint32Array(most)];
  let boxes = 0;
  for (let i = 0; i < count; i++) {
    for (const {start, end, from, to} of usesOf(problem, sizes, i)) {
      x0[boxes] = start;
      x1[boxes] = end;
      y0[boxes] = offsets[i]! + from;
      y1[boxes] = offsets[i]! + to;
      item[boxes++] = i;
    }
  }
  return {
    kind: 'boxes',
    count: boxes,
    x0: x0.subarray(0, boxes),
    x1: x1.subarray(0, boxes),
    y0: y0.subarray(0, boxes),
    y1: y1.subarray(0, boxes),
    item: item.subarray(0, boxes),
    series: Uint8Array.from(item.subarray(0, boxes), i => seriesOf[i]!),
    label: box => idOf(problem, item[box]!),
    detail: box => {
      const i = item[box]!;
      const operation = operations?.[i] ? `, ${operations[i]}` : '';
      const used = y1[box]! - y0[box]!;
      const part = used === size[i] ? '' : ` of ${formatBytes(size[i]!)}`;
      return `${idOf(problem, i)}: ${formatBytes(used)}${part} at ${formatCount(y0[box]!)}, ticks ${formatCount(x0[box]!)} to ${formatCount(x1[box]!)}${operation}`;
    },
  };
}

function rulesOf({peak, lowerBound, bound, capacity}: PackingInput) {
  const isTight = peak === lowerBound;
  return [
    {axis: 'y' as const, at: peak, text: isTight ? 'peak = lower bound' : 'peak'},
    ...(isTight ? [] : [{axis: 'y' as const, at: lowerBound, text: 'lower bound'}]),
    ...(capacity === undefined ? [] : [{axis: 'y' as const, at: capacity, text: 'capacity'}]),
    ...(bound && lowerBound > 0
      ? [{axis: 'x' as const, at: (bound.start + bound.end) / 2, text: 'lower bound'}]
      : []),
  ];
}
