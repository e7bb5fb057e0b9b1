/**
 * Tables of flatbuffers, by the package of that name. It reads lazily and checks nothing, so every position is checked
 * here against the bytes that there are: whatever the file says, nothing outside it is read.
 */
import {ByteBuffer} from 'flatbuffers';
import type {FlatTable} from './types.ts';

/**
 * Of one file at most, since a damaged one may point to the same list, table or text many times: entries of lists, bytes
 * of texts, and tables, each of which is an object.
 */
const MOST_ENTRIES = 8_000_000;
const MOST_TABLES = 1_000_000;
const MOST_TEXT_BYTES = 64 << 20;

interface Reading {
  readonly buffer: ByteBuffer;
  readonly bytes: Uint8Array;
  entries: number;
  tables: number;
  textBytes: number;
  /** Texts by their first byte and length: many tables may have one of them. */
  readonly texts: Map<string, string>;
}

/** The root of a file. @throws {Error} where the file points outside itself. */
export function flatRoot(bytes: Uint8Array): FlatTable {
  const buffer = new ByteBuffer(bytes);
  checkRange(bytes, 0, 4);
  return new Table(
    {buffer, bytes, entries: 0, tables: 0, textBytes: 0, texts: new Map()},
    buffer.readUint32(0),
  );
}

function checkRange(bytes: Uint8Array, at: number, length: number): void {
  if (at < 0 || length < 0 || at + length > bytes.length)
    throw new Error(`byte ${at} and the ${length} from it on are not all in the file`);
}

const decoder = new TextDecoder();

class Table implements FlatTable {
  readonly byte: number;
  readonly #reading: Reading;
  /** Position and length of the table of its fields. */
  readonly #fields: number;
  readonly #fieldsBytes: number;

  constructor(reading: Reading, byte: number) {
    const {buffer, bytes} = reading;
    checkRange(bytes, byte, 4);
    if (++reading.tables > MOST_TABLES) throw new Error(`byte ${byte}: more than ${MOST_TABLES} tables`);
    this.byte = byte;
    this.#reading = reading;
    this.#fields = byte - buffer.readInt32(byte);
    checkRange(bytes, this.#fields, 4);
    this.#fieldsBytes = buffer.readUint16(this.#fields);
    checkRange(bytes, this.#fields, this.#fieldsBytes);
  }

  get length(): number {
    return this.#fieldsBytes < 4 ? 4 : this.#reading.buffer.readUint16(this.#fields + 2);
  }

  get fields(): number {
    return Math.max(0, (this.#fieldsBytes - 4) >> 1);
  }

  position(field: number): number {
    return this.#at(field, 1);
  }

  int8(field: number, absent: number): number {
    const at = this.#at(field, 1);
    return at < 0 ? absent : this.#reading.buffer.readInt8(at);
  }

  uint32(field: number, absent: number): number {
    const at = this.#at(field, 4);
    return at < 0 ? absent : this.#reading.buffer.readUint32(at);
  }

  int32s(field: number): Int32Array {
    const {first, count} = this.list(field, 4);
    return Int32Array.from({length: count}, (_, i) => this.#reading.buffer.readInt32(first + 4 * i));
  }

  bytes(field: number): Uint8Array | undefined {
    const {first, count} = this.list(field, 1);
    return first === 0 ? undefined : this.#reading.bytes.subarray(first, first + count);
  }

  text(field: number): string | undefined {
    const {first, count} = this.list(field, 1);
    if (first === 0) return undefined;
    const {bytes, texts} = this.#reading;
    const known = texts.get(`${first} ${count}`);
    if (known !== undefined) return known;
    this.#reading.textBytes += count;
    if (this.#reading.textBytes > MOST_TEXT_BYTES)
      throw new Error(`byte ${first}: texts of more than ${MOST_TEXT_BYTES} bytes in all`);
    const text = decoder.decode(bytes.subarray(first, first + count));
    texts.set(`${first} ${count}`, text);
    return text;
  }

  tables(field: number): FlatTable[] {
    const {first, count} = this.list(field, 4);
    return Array.from({length: count}, (_, i) => this.#pointed(first + 4 * i));
  }

  table(field: number): FlatTable | undefined {
    const at = this.#at(field, 4);
    return at < 0 ? undefined : this.#pointed(at);
  }

  /** 0 where there is no list. */
  list(field: number, entryBytes: number): {first: number; count: number} {
    const {buffer, bytes} = this.#reading;
    const at = this.#at(field, 4);
    if (at < 0) return {first: 0, count: 0};
    const start = at + buffer.readUint32(at);
    checkRange(bytes, start, 4);
    const count = buffer.readUint32(start);
    checkRange(bytes, start + 4, count * entryBytes);
    if (entryBytes > 1) this.#reading.entries += count;
    if (this.#reading.entries > MOST_ENTRIES)
      throw new Error(`byte ${start}: lists of more than ${MOST_ENTRIES} entries in all`);
    return {first: start + 4, count};
  }

  #pointed(at: number): FlatTable {
    return new Table(this.#reading, at + this.#reading.buffer.readUint32(at));
  }

  /** Position of a field's value; -1 where it is absent. */
  #at(field: number, length: number): number {
    const {buffer, bytes} = this.#reading;
    const entry = 4 + field * 2;
    if (entry + 2 > this.#fieldsBytes) return -1;
    const offset = buffer.readUint16(this.#fields + entry);
    if (offset === 0) return -1;
    checkRange(bytes, this.byte + offset, length);
    return this.byte + offset;
  }
}
