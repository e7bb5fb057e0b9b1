/**
 * Finds the objects of one array in a JSON text, without making the text a string.
 *
 * - The array is the value of a key of the top-level object, or the top-level value itself.
 * - The scanner follows strings and brackets only, so that text outside the array, and unwanted elements, cost no
 *   more than a look at each byte. The importer parses the elements it wants with JSON.parse.
 * - An element comes with the bytes of a few of its own string fields, to decide whether it is wanted.
 * - What is not JSON's structure (a string right after a value, brackets that do not match, an end too early, bytes
 *   after the end) is an error with its byte. The insides of numbers and literals are not checked.
 */
import {ImportError} from '../../../model/errors.ts';
import {ChunkBuffer} from '../../columns/chunk-buffer.ts';
import {matches, ScannedElement} from './element.ts';

/** Kinds of the last token. */
const NOTHING = 0; // or a separator or an opening bracket: a value may follow
const VALUE = 1;
const LITERAL = 2; // inside a number, true, false, null

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const MOST_DEPTH = 512;

const encoder = new TextEncoder();

export class JsonScanner {
  readonly #format: string;
  readonly #key: Uint8Array;
  readonly #fields: readonly Uint8Array[];
  readonly #onElement: (element: ScannedElement) => void;
  readonly #element: ScannedElement;
  /** Unscanned bytes and those still needed, and where they begin in the input. */
  readonly #buffer = new ChunkBuffer();
  #base = 0;
  readonly #brackets = new Uint8Array(MOST_DEPTH + 1);
  #depth = 0;
  #last = NOTHING;
  #inString = false;
  #isEscaped = false;
  /** Depth inside the wanted array; 0 outside. */
  #arrayDepth = 0;
  /** First byte of the element that is open, or -1. */
  #elementStart = -1;
  /** The last string at a depth where keys matter. */
  #stringStart = -1;
  #stringEnd = -1;
  /** The field whose value comes next, or -1. */
  #field = -1;
  /** Whether the value that comes next is the wanted array's. */
  #keySeen = false;
  #found = false;
  #ended = false;

  /**
   * @param format for messages.
   * @param key the array's key in the top-level object.
   * @param fields the string fields of an element that `ScannedElement.is` may ask for, by their index.
   */
  constructor(
    format: string,
    key: string,
    fields: readonly string[],
    onElement: (element: ScannedElement) => void,
  ) {
    this.#format = format;
    this.#key = encoder.encode(key);
    this.#fields = fields.map(field => encoder.encode(field));
    this.#onElement = onElement;
    this.#element = new ScannedElement(fields.length);
  }

  /** @throws {ImportError} where the text is not JSON. */
  push(chunk: Uint8Array): void {
    const from = this.#buffer.length;
    this.#buffer.append(chunk);
    const next = this.#scan(from === 0 && this.#base === 0 ? this.#afterByteOrderMark() : from);
    this.#keepFrom(this.#firstNeeded(next));
  }

  /** @throws {ImportError} where the text is not complete, or never had the array. */
  end(): void {
    const at = this.#base + this.#buffer.length;
    if (!this.#ended) {
      const within = this.#arrayDepth > 0 ? ' within the list of events' : '';
      throw new ImportError(`the file is cut short: it ends${within} at byte ${at}`, {
        format: this.#format,
        byte: at,
      });
    }
    if (!this.#found) {
      const key = new TextDecoder().decode(this.#key);
      throw new ImportError(`the file has no list of ${key}`, {format: this.#format});
    }
  }

  #afterByteOrderMark(): number {
    const {bytes} = this.#buffer;
    return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  }

  #firstNeeded(next: number): number {
    if (this.#elementStart >= 0) return this.#elementStart;
    return this.#depth === 1 && this.#stringStart >= 0 ? this.#stringStart : next;
  }

  #keepFrom(first: number): void {
    if (first === 0) return;
    this.#buffer.drop(first);
    this.#base += first;
    if (this.#elementStart >= 0) this.#elementStart -= first;
    if (this.#stringStart >= 0) this.#stringStart -= first;
    this.#stringEnd -= first;
    this.#element.shift(first);
  }

  /** Scans the appended bytes, from `at`; returns their end. */
  #scan(from: number): number {
    const {bytes, length} = this.#buffer;
    let at = from;
    while (at < length) {
      if (this.#inString) {
        at = this.#scanString(at);
        continue;
      }
      const byte = bytes[at]!;
      if (byte === 32 || byte === 10 || byte === 13 || byte === 9) {
        if (this.#last === LITERAL) this.#endValue();
      } else if (byte === QUOTE) this.#openString(at);
      else if (byte === COLON) this.#colon(at);
      else if (byte === COMMA) this.#comma(at);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#open(byte, at);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#close(byte, at);
      else this.#literal(byte, at);
      at++;
    }
    return at;
  }

  /** Runs to the end of the string, or of the bytes. */
  #scanString(from: number): number {
    const {bytes, length} = this.#buffer;
    let at = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      at++;
    }
    while (at < length) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.#closeString(at);
        return at + 1;
      }
      if (byte === BACKSLASH) at++;
      at++;
    }
    // a backslash was the last byte there is
    this.#isEscaped = at > length;
    return length;
  }

  #openString(at: number): void {
    if (this.#last !== NOTHING || this.#depth === 0) this.#fail('a string', at);
    this.#inString = true;
    if (this.#depth === 1 || this.#isFieldDepth()) this.#stringStart = at + 1;
  }

  #closeString(at: number): void {
    this.#inString = false;
    this.#last = VALUE;
    this.#stringEnd = at;
    if (this.#field >= 0 && this.#isFieldDepth()) {
      this.#element.setField(this.#field, this.#stringStart, at);
      this.#field = -1;
    }
  }

  /** Whether strings here are keys and values of the element itself. */
  #isFieldDepth(): boolean {
    return this.#elementStart >= 0 && this.#depth === this.#arrayDepth + 1;
  }

  #colon(at: number): void {
    if (this.#last !== VALUE || this.#brackets[this.#depth] !== OPEN_BRACE) this.#fail('a colon', at);
    this.#last = NOTHING;
    if (this.#isFieldDepth()) this.#field = this.#fieldOf();
    else if (this.#depth === 1)
      this.#keySeen = matches(this.#buffer.bytes, this.#stringStart, this.#stringEnd, this.#key);
  }

  #fieldOf(): number {
    for (let field = 0; field < this.#fields.length; field++) {
      if (matches(this.#buffer.bytes, this.#stringStart, this.#stringEnd, this.#fields[field]!)) return field;
    }
    return -1;
  }

  #comma(at: number): void {
    if (this.#last === NOTHING || this.#depth === 0) this.#fail('a comma', at);
    this.#last = NOTHING;
    this.#endMember();
  }

  #endMember(): void {
    this.#field = -1;
    if (this.#depth === 1) {
      this.#stringStart = -1;
      this.#keySeen = false;
    }
  }

  #open(bracket: number, at: number): void {
    if (this.#last !== NOTHING || this.#ended) this.#fail('a bracket', at);
    if (this.#depth === MOST_DEPTH) this.#fail('one more level of brackets', at);
    if (this.#depth === this.#arrayDepth && this.#arrayDepth > 0 && bracket === OPEN_BRACE) {
      this.#elementStart = at;
      this.#element.clearFields();
    }
    this.#brackets[++this.#depth] = bracket;
    this.#field = -1;
    const isWanted = bracket === OPEN_BRACKET && (this.#depth === 1 || (this.#depth === 2 && this.#keySeen));
    if (isWanted) {
      this.#arrayDepth = this.#depth;
      this.#found = true;
    }
  }

  #close(bracket: number, at: number): void {
    // ] and } come two after [ and {
    if (this.#depth === 0 || this.#brackets[this.#depth] !== bracket - 2) this.#fail('a closing bracket', at);
    if (this.#depth === this.#arrayDepth) this.#arrayDepth = 0;
    this.#depth--;
    this.#endValue();
    if (this.#elementStart >= 0 && this.#depth === this.#arrayDepth) this.#emit(at + 1);
  }

  #endValue(): void {
    this.#last = VALUE;
    if (this.#depth === 0) this.#ended = true;
  }

  #emit(end: number): void {
    const element = this.#element;
    element.bytes = this.#buffer.bytes;
    element.start = this.#elementStart;
    element.end = end;
    element.offset = this.#base + this.#elementStart;
    this.#elementStart = -1;
    this.#stringStart = -1;
    this.#onElement(element);
  }

  #literal(byte: number, at: number): void {
    // digits, signs, points and letters: 1e+5, true, NaN; a top-level value of that kind has no events in it
    const isPart =
      (byte >= 48 && byte <= 57) ||
      (byte >= 97 && byte <= 122) ||
      (byte >= 65 && byte <= 90) ||
      byte === 43 ||
      byte === 45 ||
      byte === 46;
    if (!isPart || this.#last === VALUE || this.#depth === 0)
      this.#fail(`the byte 0x${byte.toString(16).padStart(2, '0')}`, at);
    this.#last = LITERAL;
  }

  #fail(what: string, at: number): never {
    const byte = this.#base + at;
    const where = this.#ended ? 'after the end of the JSON text' : 'where JSON allows none';
    throw new ImportError(`damaged at byte ${byte}: ${what} ${where}`, {format: this.#format, byte});
  }
}
