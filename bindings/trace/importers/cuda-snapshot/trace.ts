/** Makes a trace of a snapshot's records: blocks from allocations and completed frees, and everything else beside. */
import type {CudaFrame, CudaRecording} from '../../cuda.ts';
import {NONE, type Trace} from '../../trace.ts';
import {TraceBuilder} from '../../trace-builder.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {addBlockEvents} from './block-events.ts';
import {ABSENT, type SnapshotColumns} from './columns.ts';
import {SnapshotDevices} from './devices.ts';
import {countMemoryEntries, mergeEntries} from './entries.ts';
import type {Kept} from './kept-values.ts';
import {SPAN} from './keys.ts';
import {operationOf} from './operations.ts';
import {outOfMemoryWarnings, readOutOfMemory} from './out-of-memory.ts';
import {inferPools} from './pools.ts';
import type {SnapshotRecords} from './records.ts';
import {readSpans} from './spans.ts';
import {readSegments, type SegmentOddities} from './state.ts';
import {TopLevel} from './top-level.ts';

/**
 * A device with fewer entries and with segments was recorded with `enabled='state'`, which keeps the last entry alone, or
 * not at all: the one entry shows no course of events.
 */
const LEAST_ENTRIES = 2;

/**
 * @param whole the value of the pickle.
 * @throws {ImportError} where it is no snapshot, or an empty one.
 */
export function snapshotTrace(records: SnapshotRecords, texts: PickleTexts, whole: Kept): Trace {
  const {columns} = records;
  const builder = new TraceBuilder(texts.format);
  const warn = (text: string): void => builder.warn(text);
  const top = new TopLevel(records, texts, whole);
  const segmentRows = top.segments(warn);
  const traceRows = top.deviceTraces();
  const {first, count} = segmentRows;
  const ofSegments = columns.segments.device.array.subarray(first, first + count);
  const devices = new SnapshotDevices(builder, [...traceRows.map(({ordinal}) => ordinal), ...ofSegments]);
  const traces = traceRows.map(rows => ({
    device: devices.indexOf(rows.ordinal),
    first: rows.first,
    end: rows.first + rows.count,
    hasEvents:
      !ofSegments.includes(rows.ordinal) || countMemoryEntries(columns.events, rows, texts) >= LEAST_ENTRIES,
  }));
  const withEvents = new Set(traces.filter(({hasEvents}) => hasEvents).map(({device}) => device));
  const merged = mergeEntries(columns.events, traces, texts);
  const frames = readFrames(columns, texts);
  const nameOf = operationNames(columns, frames);
  const {segments: read, oddities} = readSegments(
    columns,
    texts,
    segmentRows,
    ordinal => devices.indexOf(ordinal),
    nameOf,
  );
  const isProfile = columns.events.categories > 0;
  if (isProfile) warn('the snapshot was made of a profile, so its segments are not real: left out');
  else warnOfSegments(oddities, warn);
  const segments = isProfile ? [] : read;
  const {entries} = merged;
  const arePoolsInferred = inferPools(entries, segments, columns.addresses.words());
  const {live, waiting} = addBlockEvents(
    builder,
    entries,
    columns,
    operationsByStack(columns, nameOf, builder),
  );
  for (const warning of merged.warnings) warn(warning);
  annotate(builder, columns, texts, top);
  const cuda: CudaRecording = {
    entries,
    segments,
    devices: devices.describe(entries, segments, live, withEvents, waiting),
    outOfMemory: readOutOfMemory(columns, merged),
    settings: top.settings(),
    arePoolsInferred,
    frames,
    ...takeTables(columns),
  };
  for (const warning of outOfMemoryWarnings(cuda.outOfMemory, entry =>
    devices.nameOf(entries.device[entry]!),
  ))
    warn(warning);
  const unread = top.unreadKeys();
  if (unread.length > 0) builder.warn(`not read: ${unread.join(', ')}`);
  return {...builder.build(), cuda};
}

function readFrames({frames}: SnapshotColumns, texts: PickleTexts): CudaFrame[] {
  const {file, name, line} = frames;
  const text = (index: number): string => (index === ABSENT ? '' : texts.text(index));
  return Array.from({length: file.length}, (_, frame) => ({
    file: text(file.array[frame]!),
    name: text(name.array[frame]!),
    line: line.array[frame]!,
  }));
}

/** The operation behind a stack, found when it is first asked for. */
function operationNames({stacks}: SnapshotColumns, frames: readonly CudaFrame[]): (stack: number) => string {
  const names = new Array<string | undefined>(stacks.count);
  return stack => {
    names[stack] ??= operationOf(
      Array.from(
        stacks.frames.array.subarray(stacks.starts.array[stack], stacks.starts.array[stack + 1]),
        frame => frames[frame]!,
      ),
    );
    return names[stack];
  };
}

/** The builder's operation for a stack. */
function operationsByStack(
  {stacks}: SnapshotColumns,
  nameOf: (stack: number) => string,
  builder: TraceBuilder,
): (stack: number) => number {
  const operations = new Uint32Array(stacks.count).fill(NONE);
  return stack => {
    if (operations[stack] === NONE) operations[stack] = builder.operation(nameOf(stack));
    return operations[stack]!;
  };
}

function annotate(builder: TraceBuilder, {spans}: SnapshotColumns, texts: PickleTexts, top: TopLevel): void {
  const rows = top.rowsOf('external_annotations', SPAN, text => builder.warn(text));
  const {annotations, unpaired} = readSpans(spans, texts, rows);
  for (const annotation of annotations) builder.annotate(annotation);
  if (unpaired > 0) builder.warn(`${unpaired} × annotations without their beginning or end: left out`);
}

/** The tables that entries and segments refer to; the columns hold them no longer. */
function takeTables({
  addresses,
  streams,
  pools,
  stacks,
}: SnapshotColumns): Pick<CudaRecording, 'addresses' | 'streams' | 'pools' | 'stackStarts' | 'stackFrames'> {
  return {
    addresses: addresses.words(),
    streams: streams.words(),
    pools: pools.first.map((first, index) => [first, pools.second[index]!] as const),
    stackStarts: stacks.starts.take(),
    stackFrames: stacks.frames.take(),
  };
}

function warnOfSegments({untiled, overfull}: SegmentOddities, warn: (text: string) => void): void {
  if (untiled > 0)
    warn(
      `${untiled} × segments whose blocks do not add up to their size: sums of the state at the end are in doubt`,
    );
  if (overfull > 0) warn(`${overfull} × blocks of segments that hold more bytes than they are large`);
}
