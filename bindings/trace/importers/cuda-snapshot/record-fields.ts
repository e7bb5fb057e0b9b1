/** The destination of each key of a record other than an event: a column, and the reader that checks its values. */
import type {Column} from '../../columns/columns.ts';
import {BOOLEAN, INTEGER, PAIR, TEXT} from '../pickle/values.ts';
import type {CheckedValues} from './checked-values.ts';
import {ABSENT, type SnapshotColumns} from './columns.ts';
import {BLOCK, HISTORY, SEGMENT, SPAN, WORDS, wordOf} from './keys.ts';
import type {FrameFields} from './stacks.ts';

/** The number that goes into the column. @throws {ImportError} for a value that is not of its kind. */
type Reader = (tag: number, value: number, field: string) => number;
/** Takes a value of a record into that row. */
export type FieldReader = (row: number, tag: number, value: number) => void;
type AnyColumn = Column<Uint8Array> | Column<Uint32Array> | Column<Float64Array>;
/** Column and reader; or a function, for a value that does not go into one column. */
type Field = readonly [AnyColumn, Reader] | FieldReader;

/** The lists that a value may be; their numbers. */
export interface ListReader {
  /** The stack that a list of frames is; 0 for anything else. */
  stack(tag: number, value: number): number;
  /** The rows of a list of blocks. @throws {ImportError} for anything else. */
  blocks(tag: number, value: number): {readonly first: number; readonly count: number};
  /** The first row of a block's history; `ABSENT` for anything else. */
  history(tag: number, value: number): number;
}

/** Per kind of record but `EVENT`, per number of a key: the reader of its value; undefined for a key that is not read. */
export type RecordFields = readonly (readonly (FieldReader | undefined)[] | undefined)[];

export function recordFields(
  columns: SnapshotColumns,
  values: CheckedValues,
  lists: ListReader,
): RecordFields {
  const {segments, blocks, spans, history} = columns;
  const text: Reader = (tag, value, field) => values.text(field, tag, value);
  const bytes: Reader = (tag, value, field) => values.bytes(field, tag, value);
  const address: Reader = (tag, value, field) => columns.addresses.indexOf(values.word(field, tag, value));
  const stream: Reader = (tag, value, field) => columns.streams.indexOf(values.word(field, tag, value));
  const time: Reader = (tag, value) => values.time(tag, value);
  const device: Reader = (tag, value) => values.device(tag, value);
  const pool: Reader = (tag, value) => (tag === PAIR ? value : 0);
  const flag: Reader = (tag, value) => (tag === BOOLEAN ? value : 0);
  const stack: Reader = (tag, value) => lists.stack(tag, value);
  const fields: RecordFields[number][] = [];
  fields[SEGMENT] = byKey({
    device: [segments.device, device],
    address: [segments.address, address],
    total_size: [segments.total, bytes],
    stream: [segments.stream, stream],
    segment_type: [segments.type, text],
    segment_pool_id: [segments.pool, pool],
    is_expandable: [segments.isExpandable, flag],
    frames: [segments.stack, stack],
    blocks: (row, tag, value) => {
      const {first, count} = lists.blocks(tag, value);
      segments.firstBlock.array[row] = first;
      segments.blockCount.array[row] = count;
    },
  });
  fields[BLOCK] = byKey({
    address: [blocks.address, address],
    size: [blocks.size, bytes],
    requested_size: [blocks.requested, bytes],
    state: [blocks.state, text],
    frames: [blocks.stack, stack],
    history: [blocks.history, (tag, value) => lists.history(tag, value)],
  });
  fields[HISTORY] = byKey({
    real_size: [history.size, bytes],
    frames: [history.stack, stack],
  });
  fields[SPAN] = byKey({
    stage: [spans.stage, text],
    name: [spans.name, text],
    device: [spans.device, device],
    time_us: [spans.time, time],
  });
  return fields;
}

function byKey(fields: Readonly<Record<string, Field>>): (FieldReader | undefined)[] {
  const readers = new Array<FieldReader | undefined>(WORDS.length).fill(undefined);
  for (const [name, field] of Object.entries(fields)) {
    readers[wordOf(name)] = typeof field === 'function' ? field : into(...field, name);
  }
  return readers;
}

const into =
  (column: AnyColumn, read: Reader, field: string): FieldReader =>
  (row, tag, value) => {
    column.array[row] = read(tag, value, field);
  };

const FILENAME = wordOf('filename');
const NAME = wordOf('name');
const LINE = wordOf('line');
const GRAPH_NODE = wordOf('fx_node_name');
const GRAPH_TARGET = wordOf('fx_node_target');
const GRAPH_ORIGIN = wordOf('fx_original_trace');

export function readFrameField(frame: FrameFields, key: number, tag: number, value: number): void {
  if (key === FILENAME) frame.file = tag === TEXT ? value : ABSENT;
  else if (key === NAME) frame.name = tag === TEXT ? value : ABSENT;
  else if (key === GRAPH_NODE) frame.node = tag === TEXT ? value : ABSENT;
  else if (key === GRAPH_TARGET) frame.target = tag === TEXT ? value : ABSENT;
  else if (key === GRAPH_ORIGIN) frame.origin = tag === TEXT ? value : ABSENT;
  else if (key === LINE) frame.line = tag === INTEGER ? Math.max(0, Math.min(value, 0xffffffff)) : 0;
}
