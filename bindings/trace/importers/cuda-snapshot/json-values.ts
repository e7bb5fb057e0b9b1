/**
 * A snapshot that was written as JSON (`json.dump(torch.cuda.memory._snapshot(), file)`), read into the same records as
 * a pickle, chunk by chunk. JSON has no tuples: a list of two integers is the pair that it was.
 */
import {ImportError} from '../../../model/errors.ts';
import {ChunkBuffer} from '../../columns/chunk-buffer.ts';
import type {PickleSink} from '../pickle/builder.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {BOOLEAN, DICT, FLOAT, INTEGER, LIST, NONE_VALUE, OPAQUE, PAIR, TEXT, WIDE} from '../pickle/values.ts';

const FORMAT = 'cuda-snapshot';
const MOST_DEPTH = 64;
const MOST_TOKEN_BYTES = 1 << 20;
/** Items of a list that are handed on together. */
const BATCH = 1024;

/** What may come next. */
const VALUE = 0;
const VALUE_OR_END = 1;
const KEY = 2;
const KEY_OR_END = 3;
const COLON_NEXT = 4;
const COMMA_OR_END = 5;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A list or dictionary that is open. */
interface Level {
  readonly isDict: boolean;
  /** Its number; -1 as long as a list may be a pair. */
  container: number;
  /** Values not handed on yet; of a dictionary, keys and values by turns. */
  tags: number[];
  values: number[];
}

export class JsonValues {
  readonly #sink: PickleSink;
  readonly #texts: PickleTexts;
  readonly #buffer = new ChunkBuffer();
  /** Bytes before those in the buffer. */
  #base = 0;
  #at = 0;
  readonly #levels: Level[] = [];
  #next = VALUE;
  #hasEnded = false;
  tag = NONE_VALUE;
  value = 0;

  constructor(sink: PickleSink, texts: PickleTexts) {
    this.#sink = sink;
    this.#texts = texts;
  }

  get byte(): number {
    return this.#base + this.#at;
  }

  /** @throws {ImportError} with the byte where the text is not JSON. */
  push(chunk: Uint8Array): void {
    this.#buffer.append(chunk);
    this.#scan(false);
    this.#buffer.drop(this.#at);
    this.#base += this.#at;
    this.#at = 0;
  }

  /** @throws {ImportError} where the text is not complete. */
  end(): void {
    this.#scan(true);
    if (this.#hasEnded) return;
    const byte = this.#base + this.#buffer.length;
    throw new ImportError(`the file is cut short: it ends within the JSON text at byte ${byte}`, {
      format: FORMAT,
      byte,
    });
  }

  #scan(isLast: boolean): void {
    const {bytes, length} = this.#buffer;
    if (this.#base === 0 && this.#at === 0 && bytes[0] === 0xef) this.#at = 3;
    while (this.#at < length) {
      const byte = bytes[this.#at]!;
      if (byte === 32 || byte === 10 || byte === 13 || byte === 9) this.#at++;
      else if (this.#hasEnded) throw this.#fail('a byte after the end of the JSON text');
      else if (byte === QUOTE) {
        if (!this.#text()) return;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#open(byte === OPEN_BRACE);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#close(byte === CLOSE_BRACE);
      else if (byte === COMMA || byte === COLON) this.#separator(byte);
      else if (!this.#literal(isLast)) return;
    }
  }

  /** A text, or a key; false where not all of it is there. */
  #text(): boolean {
    const {bytes, length} = this.#buffer;
    let isEscaped = false;
    let end = this.#at + 1;
    while (end < length && bytes[end] !== QUOTE) {
      if (bytes[end] === BACKSLASH) isEscaped = true;
      end += bytes[end] === BACKSLASH ? 2 : 1;
    }
    if (end >= length) return this.#isTooLong(length);
    const isKey = this.#next === KEY || this.#next === KEY_OR_END;
    if (!isKey && this.#next !== VALUE && this.#next !== VALUE_OR_END) throw this.#fail('a text');
    const text = isEscaped
      ? this.#indexOf(encoder.encode(this.#unescaped(end)))
      : this.#texts.indexOf(bytes, this.#at + 1, end);
    this.#at = end + 1;
    if (!isKey) this.#take(TEXT, text);
    else {
      this.#keep(TEXT, text);
      this.#next = COLON_NEXT;
    }
    return true;
  }

  #indexOf(bytes: Uint8Array): number {
    return this.#texts.indexOf(bytes, 0, bytes.length);
  }

  #unescaped(end: number): string {
    try {
      return JSON.parse(decoder.decode(this.#buffer.bytes.subarray(this.#at, end + 1))) as string;
    } catch {
      throw this.#fail('a text with an escape that JSON does not have');
    }
  }

  #isTooLong(length: number): false {
    if (length - this.#at > MOST_TOKEN_BYTES)
      throw this.#fail(`a text of more than ${MOST_TOKEN_BYTES} bytes`);
    return false;
  }

  /** A number, true, false or null; false where not all of it is there. */
  #literal(isLast: boolean): boolean {
    const {bytes, length} = this.#buffer;
    let end = this.#at;
    while (end < length && isLiteralByte(bytes[end]!)) end++;
    if (end === length && !isLast) return this.#isTooLong(length);
    if (end === this.#at) throw this.#fail(`the byte 0x${bytes[end]!.toString(16).padStart(2, '0')}`);
    if (this.#next !== VALUE && this.#next !== VALUE_OR_END) throw this.#fail('a value');
    const text = decoder.decode(bytes.subarray(this.#at, end));
    const [tag, value] = this.#valueOf(text);
    this.#at = end;
    this.#take(tag, value);
    return true;
  }

  #valueOf(text: string): readonly [tag: number, value: number] {
    if (text === 'true' || text === 'false') return [BOOLEAN, text === 'true' ? 1 : 0];
    // Python writes NaN and Infinity
    if (text === 'null' || text === 'NaN' || /^-?Infinity$/.test(text)) return [NONE_VALUE, 0];
    if (/^-?\d{1,20}$/.test(text)) {
      const value = Number(text);
      if (Number.isSafeInteger(value)) return [INTEGER, value];
      const wide = BigInt(text);
      const fits = wide < 1n << 64n && wide >= -(1n << 63n);
      return fits ? [WIDE, this.#sink.wide(wide)] : [OPAQUE, 0];
    }
    if (/^-?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,4})?$/.test(text)) return [FLOAT, Number(text)];
    throw this.#fail(`${JSON.stringify(text.slice(0, 20))}`);
  }

  #open(isDict: boolean): void {
    if (this.#next !== VALUE && this.#next !== VALUE_OR_END) throw this.#fail('a bracket');
    if (this.#levels.length === MOST_DEPTH) throw this.#fail('one more level of brackets');
    const container = isDict ? this.#sink.newDict() : -1;
    this.#levels.push({isDict, container, tags: [], values: []});
    this.#next = isDict ? KEY_OR_END : VALUE_OR_END;
    this.#at++;
  }

  #close(isDict: boolean): void {
    const level = this.#levels.at(-1);
    const isOpen = this.#next === COMMA_OR_END || this.#next === (isDict ? KEY_OR_END : VALUE_OR_END);
    if (!level || level.isDict !== isDict || !isOpen) throw this.#fail('a closing bracket');
    const {tags, values} = level;
    const isPair = level.container < 0 && tags.length === 2 && tags[0] === INTEGER && tags[1] === INTEGER;
    if (!isPair) this.#handOn(level);
    this.#levels.pop();
    this.#at++;
    if (isPair) this.#take(PAIR, this.#sink.pair(values[0]!, values[1]!));
    else this.#take(isDict ? DICT : LIST, level.container);
  }

  #separator(byte: number): void {
    const level = this.#levels.at(-1);
    if (byte === COLON && this.#next === COLON_NEXT) this.#next = VALUE;
    else if (byte === COMMA && level && this.#next === COMMA_OR_END) this.#next = level.isDict ? KEY : VALUE;
    else throw this.#fail(byte === COLON ? 'a colon' : 'a comma');
    this.#at++;
  }

  /** A whole value. */
  #take(tag: number, value: number): void {
    const level = this.#levels.at(-1);
    this.#next = COMMA_OR_END;
    if (level) {
      this.#keep(tag, value);
      if (level.tags.length >= BATCH && !level.isDict) this.#handOn(level);
      return;
    }
    [this.tag, this.value] = [tag, value];
    this.#hasEnded = true;
  }

  #keep(tag: number, value: number): void {
    const level = this.#levels.at(-1)!;
    level.tags.push(tag);
    level.values.push(value);
  }

  #handOn(level: Level): void {
    if (level.container < 0) level.container = this.#sink.newList();
    const tags = Uint8Array.from(level.tags);
    const values = Float64Array.from(level.values);
    if (level.isDict) this.#sink.setItems(level.container, tags, values, 0, tags.length);
    else this.#sink.append(level.container, tags, values, 0, tags.length);
    level.tags.length = 0;
    level.values.length = 0;
  }

  #fail(what: string): ImportError {
    const {byte} = this;
    return new ImportError(`damaged at byte ${byte}: ${what} where JSON allows none`, {format: FORMAT, byte});
  }
}

function isLiteralByte(byte: number): boolean {
  const isDigit = byte >= 48 && byte <= 57;
  const isLetter = (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90);
  return isDigit || isLetter || byte === 43 || byte === 45 || byte === 46;
}
