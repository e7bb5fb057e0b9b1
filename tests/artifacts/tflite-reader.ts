/**
 * Reads TensorFlow Lite models by the library of the format alone, with the schema's numbers written out again: nothing
 * here is shared with what writes them.
 */
import {ByteBuffer} from 'flatbuffers';

/** Positions are bytes of the file. */
export interface ReadModel {
  readonly identifier: string;
  readonly root: number;
  /** Position of each field of the root, 0 where absent; as many as its table of fields has. */
  readonly fields: readonly number[];
  /** Positions of the tables of the two lists. */
  readonly buffers: readonly number[];
  readonly metadata: readonly {readonly at: number; readonly name: string; readonly buffer: number}[];
  readonly numTensors: number;
  readonly buffer: ByteBuffer;
}

const VECTORS = {subgraphs: 2, buffers: 4, metadata: 6};

export function readModel(bytes: Uint8Array): ReadModel {
  const buffer = new ByteBuffer(bytes);
  const root = buffer.readInt32(0);
  const fieldTable = root - buffer.readInt32(root);
  const numFields = (buffer.readInt16(fieldTable) - 4) / 2;
  const fields = Array.from({length: numFields}, (_, field) => {
    const offset = buffer.__offset(root, 4 + 2 * field);
    return offset === 0 ? 0 : root + offset;
  });
  const tables = (at: number, field: number) => tablesOf(buffer, at, field);
  return {
    identifier: String.fromCharCode(...bytes.subarray(4, 8)),
    root,
    fields,
    buffers: tables(root, VECTORS.buffers),
    metadata: tables(root, VECTORS.metadata).map(at => ({
      at,
      name: String(textOf(buffer, at, 0)),
      buffer: buffer.readInt32(at + buffer.__offset(at, 6)),
    })),
    numTensors: tables(root, VECTORS.subgraphs).reduce((sum, at) => sum + tables(at, 0).length, 0),
    buffer,
  };
}

function tablesOf(buffer: ByteBuffer, table: number, field: number): number[] {
  const offset = buffer.__offset(table, 4 + 2 * field);
  if (offset === 0) return [];
  const first = buffer.__vector(table + offset);
  const length = buffer.__vector_len(table + offset);
  return Array.from({length}, (_, k) => buffer.__indirect(first + 4 * k));
}

export function textOf(buffer: ByteBuffer, table: number, field: number): string | Uint8Array | undefined {
  const offset = buffer.__offset(table, 4 + 2 * field);
  return offset === 0 ? undefined : buffer.__string(table + offset);
}

/** Where the data of a buffer begins and how long it is. */
export function dataOf({buffer, buffers}: ReadModel, index: number): {first: number; bytes: Uint8Array} {
  const table = buffers[index]!;
  const offset = buffer.__offset(table, 4);
  if (offset === 0) return {first: 0, bytes: new Uint8Array(0)};
  const first = buffer.__vector(table + offset);
  return {first, bytes: buffer.bytes().subarray(first, first + buffer.__vector_len(table + offset))};
}

/** The plan in a model: what its payload says. */
export function planIn(model: ReadModel): {
  version: number;
  subgraphs: number;
  offsets: Int32Array;
  first: number;
} {
  const entries = model.metadata.filter(({name}) => name === 'OfflineMemoryAllocation');
  if (entries.length !== 1) throw new Error(`${entries.length} plans`);
  const {first, bytes} = dataOf(model, entries[0]!.buffer);
  const words = new Int32Array(Uint8Array.from(bytes).buffer);
  if (words.length !== 3 + words[2]!) throw new Error(`${words.length} words for ${words[2]} tensors`);
  return {version: words[0]!, subgraphs: words[1]!, offsets: words.subarray(3), first};
}
