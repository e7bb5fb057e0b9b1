/** Makes a trace of a snapshot's records: blocks from allocations and completed frees, and everything else beside. */
import type {CudaFrame, CudaRecording} from '../../cuda.ts';
import {isPython, operationOf, type StackOperation} from '../../cuda-frames.ts';
import type {Trace} from '../../trace.ts';
import {TraceBuilder} from '../../trace-builder.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {addBlockEvents} from './block-events.ts';
import {ABSENT, type SnapshotColumns} from './columns.ts';
import {SnapshotDevices} from './devices.ts';
import {countMemoryEntries, mergeEntries} from './entries.ts';
import type {Kept} from './kept-values.ts';
import {SPAN} from './keys.ts';
import {outOfMemoryWarnings, readOutOfMemory} from './out-of-memory.ts';
import {inferPools} from './pools.ts';
import type {SnapshotRecords} from './records.ts';
import {readSpans} from './spans.ts';
import type {StackTable} from './stacks.ts';
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
      !ofSegments.includes(rows.ordinal) ||
      countMemoryEntries(columns.events, rows, texts, LEAST_ENTRIES) >= LEAST_ENTRIES,
  }));
  const withEvents = new Set(traces.filter(({hasEvents}) => hasEvents).map(({device}) => device));
  const merged = mergeEntries(columns.events, traces, texts);
  const frames = readFrames(columns, texts);
  const operationsOf = stackOperations(columns, frames);
  const {segments: read, oddities} = readSegments(
    columns,
    texts,
    segmentRows,
    ordinal => devices.indexOf(ordinal),
    stack => operationsOf(stack).operation,
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
    builderOperations(columns, operationsOf, frames, builder),
  );
  for (const warning of merged.warnings) warn(warning);
  annotate(builder, columns, texts, top);
  const described = devices.describe(entries, segments, live, withEvents, waiting);
  const cuda: CudaRecording = {
    entries,
    segments,
    devices: described,
    waits: waiting.all(),
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
  const {file, name, line, node, target, origin} = frames;
  const text = (index: number): string => (index === ABSENT ? '' : texts.text(index));
  return Array.from({length: file.length}, (_, frame) => ({
    file: text(file.array[frame]!),
    name: text(name.array[frame]!),
    line: line.array[frame]!,
    ...(node.array[frame] === ABSENT && target.array[frame] === ABSENT && origin.array[frame] === ABSENT
      ? {}
      : {
          graph: {
            node: text(node.array[frame]!),
            target: text(target.array[frame]!),
            origin: text(origin.array[frame]!),
          },
        }),
  }));
}

/** The operation behind a stack, found when it is first asked for. */
function stackOperations(
  {stacks}: SnapshotColumns,
  frames: readonly CudaFrame[],
): (stack: number) => StackOperation {
  const found = new Array<StackOperation | undefined>(stacks.count);
  return stack => {
    const own = found[stack] ?? operationOf(framesOf(stacks, stack, frames));
    found[stack] = own;
    return own;
  };
}

function framesOf(
  {starts, frames: all}: StackTable,
  stack: number,
  frames: readonly CudaFrame[],
): CudaFrame[] {
  return Array.from(
    all.array.subarray(starts.array[stack], starts.array[stack + 1]),
    frame => frames[frame]!,
  );
}

/** The builder's operation and path for a stack, as fields of an event. */
function builderOperations(
  {stacks}: SnapshotColumns,
  operationsOf: (stack: number) => StackOperation,
  frames: readonly CudaFrame[],
  builder: TraceBuilder,
): (stack: number) => {operation: number; path: number} {
  const found = new Array<{operation: number; path: number} | undefined>(stacks.count);
  // threads of the autograd engine have no Python frames; where stacks have no C++ ones, nothing is left
  const isRecorded = frames.some(isPython);
  return stack => {
    const own = operationsOf(stack);
    const operation = own.operation || (stack === 0 && isRecorded ? 'autograd' : '');
    found[stack] ??= {
      operation: builder.operation(operation),
      path: builder.path({module: '', forward: '', operation, leaf: own.leaf}),
    };
    return found[stack];
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
