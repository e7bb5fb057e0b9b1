/**
 * Tables of flatbuffers, by the package of that name. It reads lazily and checks nothing, so every position is checked
 * here against the bytes that there are: whatever the file says, nothing outside it is read.
 */
import {ByteBuffer} from 'flatbuffers';
import type {FlatTable} from './types.ts';

/** Entries of lists and tables that are read of one file at most: a damaged one may point to the same list many times. */
const MOST_ENTRIES = 8_000_000;

interface Reading {
  readonly buffer: ByteBuffer;
  readonly bytes: Uint8Array;
  entries: number;
}

/** The root of a file. @throws {Error} where the file points outside itself. */
export function flatRoot(bytes: Uint8Array): FlatTable {
  const buffer = new ByteBuffer(bytes);
  checkRange(bytes, 0, 4);
  return tableAt({buffer, bytes, entries: 0}, buffer.readUint32(0));
}

function checkRange(bytes: Uint8Array, at: number, length: number): void {
  if (at < 0 || length < 0 || at + length > bytes.length)
    throw new Error(`byte ${at} and the ${length} from it on are not all in the file`);
}

const decoder = new TextDecoder();

function tableAt(reading: Reading, byte: number): FlatTable {
  const {buffer, bytes} = reading;
  checkRange(bytes, byte, 4);
  const table = byte - buffer.readInt32(byte);
  checkRange(bytes, table, 4);
  const tableSize = buffer.readUint16(table);
  checkRange(bytes, table, tableSize);

  /** Where a field's value stands, -1 where it is absent. */
  const at = (field: number, length: number): number => {
    const entry = 4 + field * 2;
    if (entry + 2 > tableSize) return -1;
    const offset = buffer.readUint16(table + entry);
    if (offset === 0) return -1;
    checkRange(bytes, byte + offset, length);
    return byte + offset;
  };
  /** Where a list's first entry stands and how many there are. */
  const list = (field: number, entryBytes: number): {first: number; count: number} | undefined => {
    const pointer = at(field, 4);
    if (pointer < 0) return undefined;
    const start = pointer + buffer.readUint32(pointer);
    checkRange(bytes, start, 4);
    const count = buffer.readUint32(start);
    checkRange(bytes, start + 4, count * entryBytes);
    if (entryBytes > 1) reading.entries += count;
    if (reading.entries > MOST_ENTRIES) throw new Error(`lists of more than ${MOST_ENTRIES} entries in all`);
    return {first: start + 4, count};
  };
  const listOfBytes = (field: number): Uint8Array | undefined => {
    const found = list(field, 1);
    return found && bytes.subarray(found.first, found.first + found.count);
  };
  return {
    byte,
    int8(field, absent) {
      const position = at(field, 1);
      return position < 0 ? absent : buffer.readInt8(position);
    },
    uint32(field, absent) {
      const position = at(field, 4);
      return position < 0 ? absent : buffer.readUint32(position);
    },
    int32s(field) {
      const found = list(field, 4);
      return Int32Array.from({length: found?.count ?? 0}, (_, i) => buffer.readInt32(found!.first + 4 * i));
    },
    bytes: listOfBytes,
    text(field) {
      const text = listOfBytes(field);
      return text && decoder.decode(text);
    },
    tables(field) {
      const found = list(field, 4);
      return Array.from({length: found?.count ?? 0}, (_, i) => {
        const pointer = found!.first + 4 * i;
        return tableAt(reading, pointer + buffer.readUint32(pointer));
      });
    },
    table(field) {
      const pointer = at(field, 4);
      return pointer < 0 ? undefined : tableAt(reading, pointer + buffer.readUint32(pointer));
    },
  };
}
