/** The segments of an allocator at a moment, a row each, with their blocks. */

import {formatBytes, formatCount, formatShortBytes, plural} from '../../bindings/model/quantities.ts';
import {REST} from '../../bindings/pictures/palette.ts';
import type {Picture, Series} from '../../bindings/pictures/picture.ts';
import type {AllocatorState, SegmentState} from '../document/segments.ts';
import type {Subject} from '../document/subject.ts';
import {BEFORE, type Colouring, colourItems, labelOf} from './colouring.ts';

/** So many segments each get a row of their own; of more, the largest do, and the others share rows. */
const MOST_ROWS = 40;
const MOST_SINGLE = 20;
const OTHERS = 6;

/** A box before it becomes a column's entry. */
interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly row: number;
  /** An item, or another kind of content. */
  readonly content: number | 'before' | 'free';
  /** Of a block from before the recording, or of a state without events. */
  readonly source?: string;
}

export function allocatorStatePicture(
  state: AllocatorState,
  subject: Subject,
  moment: number,
  colouring: Colouring,
): Picture {
  const rows = rowsOf(state.segments);
  const boxes = rows.flatMap(({segments}, row) => boxesOf(segments, row));
  const {series, seriesOf} = seriesFor(boxes, subject, colouring);
  const longest = rows.reduce((most, {bytes}) => Math.max(most, bytes), 1);
  const stranded = state.reserved - state.allocated;
  const largestFree = boxes.reduce(
    (most, {x0, x1, content}) => (content === 'free' ? Math.max(most, x1 - x0) : most),
    0,
  );
  const whose = state.isModel ? "of a model of PyTorch's allocator" : 'as recorded';
  return {
    name: 'allocator-state',
    title: `The allocator's segments, ${whose}`,
    description: `${state.isEnd ? 'At the end of the recording' : `At event ${formatCount(moment)}`}, ${plural(state.segments.length, 'segment')} ${whose}: reserved ${formatBytes(state.reserved)}, in blocks ${formatBytes(state.allocated)}, free within segments ${formatBytes(stranded)}; the largest free piece is ${formatBytes(largestFree)}.`,
    x: {
      label: 'bytes from the beginning of the segment',
      unit: 'bytes',
      scale: 'linear',
      domain: [0, longest],
    },
    y: {
      label: 'segments, the largest first',
      unit: 'category',
      scale: 'linear',
      domain: [0, Math.max(1, rows.length)],
      categories: rows.map(({name}) => name),
    },
    series,
    layers: [
      {
        kind: 'boxes',
        count: boxes.length,
        x0: Float64Array.from(boxes, ({x0}) => x0),
        x1: Float64Array.from(boxes, ({x1}) => x1),
        y0: Float64Array.from(boxes, ({row}) => row + 0.08),
        y1: Float64Array.from(boxes, ({row}) => row + 0.92),
        series: Uint8Array.from(boxes, (_, i) => seriesOf[i]!),
        item: Uint32Array.from(boxes, ({content}) => (typeof content === 'number' ? content : 0xffffffff)),
        label: i => textOn(boxes[i]!, subject),
        detail: i => detailOf(boxes[i]!, subject),
      },
    ],
    notes: [],
    table: {columns: [], count: 0, row: () => []},
  };
}

interface Row {
  readonly name: string;
  readonly bytes: number;
  readonly segments: readonly SegmentState[];
}

/** The small ones share rows that are no longer than the longest of the large ones. */
function rowsOf(segments: readonly SegmentState[]): Row[] {
  const sorted = [...segments].sort((a, b) => b.bytes - a.bytes || a.address - b.address);
  const isAll = sorted.length <= MOST_ROWS;
  const own = sorted.slice(0, isAll ? MOST_ROWS : MOST_SINGLE);
  const rows: Row[] = own.map(segment => ({
    name: formatShortBytes(segment.bytes),
    bytes: segment.bytes,
    segments: [segment],
  }));
  const longest = sorted[0]?.bytes ?? 0;
  let shared: SegmentState[] = [];
  let length = 0;
  const close = () => {
    if (shared.length > 0) rows.push({name: nameOf(shared, length), bytes: length, segments: shared});
    [shared, length] = [[], 0];
  };
  for (const segment of sorted.slice(own.length)) {
    if (length + segment.bytes > longest) close();
    shared.push(segment);
    length += segment.bytes;
  }
  close();
  return rows;
}

function nameOf(segments: readonly SegmentState[], bytes: number): string {
  return segments.length === 1 ? formatShortBytes(bytes) : `${segments.length} in ${formatShortBytes(bytes)}`;
}

/** Boxes of several segments in one row, one behind the other. */
function boxesOf(segments: readonly SegmentState[], row: number): Box[] {
  const boxes: Box[] = [];
  let begin = 0;
  for (const {bytes, blocks} of segments) {
    let at = 0;
    for (const {item, source, offset, bytes: size} of blocks) {
      if (offset > at) boxes.push({x0: begin + at, x1: begin + offset, row, content: 'free'});
      const place = {x0: begin + offset, x1: begin + offset + size, row};
      boxes.push({...place, content: item ?? 'before', ...(source ? {source} : {})});
      at = offset + size;
    }
    if (at < bytes) boxes.push({x0: begin + at, x1: begin + bytes, row, content: 'free'});
    begin += bytes;
  }
  return boxes;
}

function seriesFor(
  boxes: readonly Box[],
  subject: Subject,
  colouring: Colouring,
): {series: Series[]; seriesOf: Uint8Array} {
  const items = boxes.filter(({content}) => typeof content === 'number');
  const contents = items.map(({content}) => content as number);
  const weightOf = (k: number) => items[k]!.x1 - items[k]!.x0;
  const {series: colours, seriesOf, rest} = colourItems(subject, contents, weightOf, colouring, 'all others');
  // free blocks have the palette's colour of the rest here; all others the colour of lines elsewhere
  const series = colours.map((one, index) => (index === rest ? {...one, colour: OTHERS} : one));
  const before = series.push({name: 'in use at the end, allocation not recorded', colour: BEFORE}) - 1;
  const free = series.push({name: 'free, within a segment', colour: REST}) - 1;
  let next = 0;
  return {
    series,
    seriesOf: Uint8Array.from(boxes, ({content}) =>
      typeof content === 'number' ? seriesOf[next++]! : content === 'before' ? before : free,
    ),
  };
}

function textOn({content, x0, x1, source}: Box, subject: Subject): string {
  if (content === 'free') return `free ${formatShortBytes(x1 - x0)}`;
  return content === 'before' ? (source ?? 'there before') : labelOf(subject, content);
}

function detailOf({content, x0, x1, source}: Box, subject: Subject): string {
  if (content === 'free') return `free within a segment: ${formatBytes(x1 - x0)}`;
  if (content === 'before')
    return `in use at the end, its allocation not recorded: ${formatBytes(x1 - x0)}${source ? `, ${source}` : ''}`;
  const named = [subject.operationOf(content), subject.frameOf(content)]
    .filter(text => text !== '')
    .join(', ');
  return `${subject.nameOf(content)}: ${formatBytes(x1 - x0)}${named === '' ? '' : `, ${named}`}`;
}
