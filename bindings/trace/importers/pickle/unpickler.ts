/**
 * Reads a pickle of protocol 2 to 5, opcode by opcode, out of chunks, and makes no object of it.
 *
 * - A value is a tag and a number: the integer itself, or the number of a text, list or dictionary.
 * - `PickleSink` receives lists and dictionaries; it gets their items once they are complete.
 * - Nothing is looked up by name, called or built: opcodes that ask for it are refused by name. So a pickle from
 *   anywhere can be read.
 * - No declared number is trusted either: memory follows the bytes that came, never a length or index that they declare.
 *   Beside the sink's data, that is 9 bytes per memo entry and per value on the stack (at most 16 Mi of these).
 */
import {ImportError} from '../../../model/errors.ts';
import {ChunkBuffer} from '../../columns/chunk-buffer.ts';
import {PickleBuilder, type PickleSink} from './builder.ts';
import {readInteger} from './integers.ts';
import {OP, OPCODE_BYTES} from './opcodes.ts';
import {refuse} from './refusal.ts';
import {PickleStack, u32} from './stack.ts';
import type {PickleTexts} from './texts.ts';
import {DICT, FLOAT, INTEGER, LIST, OPAQUE, TEXT, WIDE} from './values.ts';

/** Longer texts are skipped like bytes: nothing that is needed is that long. */
const MOST_TEXT_BYTES = 1 << 20;

export class Unpickler {
  readonly #sink: PickleSink;
  readonly #texts: PickleTexts;
  /** Bytes that came and are not read, and how many to skip before them; `#stack.byte` is where they begin. */
  readonly #buffer = new ChunkBuffer(1 << 12);
  #skip = 0;
  readonly #stack: PickleStack;
  readonly #builder: PickleBuilder;
  /** Bytes after the end other than 0. */
  trailingBytes = 0;

  constructor(sink: PickleSink, texts: PickleTexts) {
    this.#sink = sink;
    this.#texts = texts;
    this.#stack = new PickleStack(texts.format);
    this.#builder = new PickleBuilder(this.#stack, sink);
  }

  /** Tag and value of the whole, after `end`. */
  get tag(): number {
    return this.#stack.tags[0]!;
  }

  get value(): number {
    return this.#stack.values[0]!;
  }

  /** The byte of the opcode that is being read. */
  get byte(): number {
    return this.#stack.byte;
  }

  /** @throws {ImportError} where the bytes are no pickle, or ask for more than plain data. */
  push(chunk: Uint8Array): void {
    let from = 0;
    if (this.#skip > 0) {
      from = Math.min(this.#skip, chunk.length);
      this.#skip -= from;
      this.#stack.byte += from;
    }
    if (from === chunk.length) return;
    const buffer = this.#buffer;
    if (buffer.length === 0) {
      const next = this.#read(chunk, from, chunk.length);
      this.#skip = Math.max(0, next - chunk.length);
      if (next < chunk.length) buffer.append(chunk.subarray(next));
      return;
    }
    buffer.append(chunk);
    const next = this.#read(buffer.bytes, 0, buffer.length);
    this.#skip = Math.max(0, next - buffer.length);
    buffer.drop(Math.min(next, buffer.length));
  }

  /** @throws {ImportError} where the pickle is not complete. */
  end(): void {
    if (this.#builder.hasEnded) return;
    const byte = this.#stack.byte + this.#buffer.length;
    const message = `the file is cut short: it ends within the pickle at byte ${byte}`;
    throw new ImportError(message, {format: this.#texts.format, byte});
  }

  /**
   * The loop that everything passes through. It is small so that the host compiles it soon.
   * @returns the first byte not read; beyond `end` where bytes to come are to be skipped.
   */
  #read(bytes: Uint8Array, from: number, end: number): number {
    const origin = this.#stack.byte - from;
    let at = from;
    while (at < end && !this.#builder.hasEnded) {
      const opcode = bytes[at]!;
      if (at + OPCODE_BYTES[opcode]! > end) break;
      if (opcode === OP.BINGET || opcode === OP.LONG_BINGET) {
        at = this.#stack.get(bytes, at, end, origin);
        continue;
      }
      this.#stack.byte = origin + at;
      const after = this.#step(opcode, bytes, at, end);
      if (after < 0) break;
      at = after;
    }
    this.#stack.byte = origin + Math.min(at, end);
    return this.#builder.hasEnded ? this.#afterEnd(bytes, at, end) : at;
  }

  /** One opcode that does not read the memo; returns the byte after it, or -1 where not all of it is there. */
  #step(opcode: number, bytes: Uint8Array, at: number, end: number): number {
    switch (opcode) {
      case OP.BININT1:
        this.#stack.push(INTEGER, bytes[at + 1]!);
        return at + 2;
      case OP.BININT:
        this.#stack.push(INTEGER, u32(bytes, at + 1) | 0);
        return at + 5;
      case OP.BININT2:
        this.#stack.push(INTEGER, bytes[at + 1]! | (bytes[at + 2]! << 8));
        return at + 3;
      case OP.EMPTY_DICT:
        this.#stack.push(DICT, this.#sink.newDict());
        return at + 1;
      case OP.EMPTY_LIST:
        this.#stack.push(LIST, this.#sink.newList());
        return at + 1;
      case OP.MEMOIZE:
        this.#stack.put(this.#stack.memoCount);
        return at + 1;
      case OP.BINPUT:
        this.#stack.put(bytes[at + 1]!);
        return at + 2;
      case OP.LONG_BINPUT:
        this.#stack.put(u32(bytes, at + 1));
        return at + 5;
      case OP.MARK:
        this.#stack.mark();
        return at + 1;
      case OP.LONG1:
        return this.#integer(bytes, at + 2, bytes[at + 1]!, end);
      case OP.LONG4:
        return this.#integer(bytes, at + 5, u32(bytes, at + 1), end);
      case OP.SHORT_BINUNICODE:
        return this.#text(bytes, at + 2, bytes[at + 1]!, end);
      case OP.BINUNICODE:
        return this.#text(bytes, at + 5, u32(bytes, at + 1), end);
      case OP.BINUNICODE8:
        return this.#text(bytes, at + 9, u64(bytes, at + 1), end);
      case OP.SHORT_BINBYTES:
        return this.#opaque(at + 2, bytes[at + 1]!);
      case OP.BINBYTES:
        return this.#opaque(at + 5, u32(bytes, at + 1));
      case OP.BINBYTES8:
      case OP.BYTEARRAY8:
        return this.#opaque(at + 9, u64(bytes, at + 1));
      case OP.BINFLOAT:
        this.#stack.push(FLOAT, new DataView(bytes.buffer, bytes.byteOffset).getFloat64(at + 1));
        return at + 9;
      case OP.FRAME:
        return at + 9; // where frames begin and end says nothing about the values
      case OP.PROTO:
        this.#protocol(bytes[at + 1]!);
        return at + 2;
    }
    return this.#builder.build(opcode) ? at + 1 : refuse(opcode, bytes, at, end, this.#stack, this.#texts);
  }

  /** A little-endian two's complement of so many bytes. */
  #integer(bytes: Uint8Array, from: number, length: number, end: number): number {
    if (length > 9) return this.#opaque(from, length);
    if (from + length > end) return -1;
    const value = readInteger(bytes, from, length);
    if (value === undefined) this.#stack.push(OPAQUE, 0);
    else if (typeof value === 'number') this.#stack.push(INTEGER, value);
    else this.#stack.push(WIDE, this.#sink.wide(value));
    return from + length;
  }

  #text(bytes: Uint8Array, from: number, length: number, end: number): number {
    if (length > MOST_TEXT_BYTES) return this.#opaque(from, length);
    if (from + length > end) return -1;
    this.#stack.push(TEXT, this.#texts.indexOf(bytes, from, from + length));
    return from + length;
  }

  /** Skips a value that no importer reads, without holding it. */
  #opaque(from: number, length: number): number {
    if (length > Number.MAX_SAFE_INTEGER) throw this.#stack.fail(`a text or bytes of more than 2^53 bytes`);
    this.#stack.push(OPAQUE, 0);
    return from + length;
  }

  #protocol(version: number): void {
    if (version < 2 || version > 5)
      throw this.#stack.fail(`pickle protocol ${version}; protocols 2 to 5 are read`);
  }

  #afterEnd(bytes: Uint8Array, from: number, end: number): number {
    for (let at = from; at < end; at++) if (bytes[at] !== 0) this.trailingBytes++;
    return end;
  }
}

function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) + u32(bytes, at + 4) * 0x1_0000_0000;
}
