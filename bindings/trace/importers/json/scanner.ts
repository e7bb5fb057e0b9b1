/**
 * Finds the objects of one array in a JSON text, without making the text a string.
 *
 * - The array is the value of a key of the top-level object, or the top-level value itself.
 * - The scanner follows strings and brackets only, so that text outside the array, and unwanted elements, cost no
 *   more than a look at each byte. The importer parses the elements it wants with JSON.parse.
 * - An element comes with the bytes of a few of its own string fields, to decide whether it is wanted.
 * - With an `ObjectReader`, elements of plain JSON are read in one pass, and have their fields. All others take the way
 *   below, which follows strings and brackets and knows the byte of an error.
 * - Writers of traces have put names into them that are no JSON (quotes and backslashes as they are). With `onDamaged`,
 *   an element with such a name is handed on as text, and the scan goes on with the next element: at `},{"field":`.
 * - What is not JSON's structure (a string right after a value, brackets that do not match, an end too early, bytes
 *   after the end) is an error with its byte. The insides of numbers and literals are not checked.
 */
import {ImportError} from '../../../model/errors.ts';
import {ChunkBuffer} from '../../columns/chunk-buffer.ts';
import {matches, ScannedElement} from './element.ts';
import type {ObjectReader} from './object-reader.ts';

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
/** Blanks between two elements, or before a key, in which the next element is looked for. */
const MOST_BLANKS = 4096;
/** Bytes of an element, or of a key. */
const MOST_ELEMENT_BYTES = 16 << 20;
/** Bytes of a damaged element that are kept to be mended. */
const MOST_DAMAGED_BYTES = 1 << 20;

/** Takes the text of an element that is no JSON, and the error of it. */
export type OnDamaged = (text: string, error: ImportError) => void;

/** Results of looking for an element. */
const NOT_ONE = -1;
const NEEDS_MORE = -2;

const encoder = new TextEncoder();

export class JsonScanner {
  readonly #format: string;
  readonly #key: Uint8Array;
  readonly #fields: readonly Uint8Array[];
  readonly #longestField: number;
  readonly #onElement: (element: ScannedElement) => void;
  readonly #onDamaged: OnDamaged | undefined;
  readonly #reader: ObjectReader | undefined;
  /** Of a damaged element: its error, and where the next one is looked for; -1 outside of such. */
  #damage: ImportError | undefined;
  #resyncAt = -1;
  /** The last error of the text itself, as opposed to one that `onElement` throws. */
  #failure: ImportError | undefined;
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
   * @param reader reads these fields and more; the first of its fields are `fields`.
   */
  constructor(
    format: string,
    key: string,
    fields: readonly string[],
    onElement: (element: ScannedElement) => void,
    onDamaged?: OnDamaged,
    reader?: ObjectReader,
  ) {
    this.#reader = reader;
    this.#onDamaged = onDamaged;
    this.#format = format;
    this.#key = encoder.encode(key);
    this.#fields = fields.map(field => encoder.encode(field));
    this.#longestField = Math.max(...this.#fields.map(({length}) => length)) + 2;
    this.#onElement = onElement;
    this.#element = new ScannedElement(fields.length);
  }

  /** @throws {ImportError} where the text is not JSON, unless within an element and `onDamaged` takes it. */
  push(chunk: Uint8Array): void {
    const from = this.#buffer.length;
    this.#buffer.append(chunk);
    const next = this.#scanOn(from === 0 && this.#base === 0 ? this.#afterByteOrderMark() : from);
    this.#keepFrom(this.#firstNeeded(next));
    if (this.#buffer.length <= MOST_ELEMENT_BYTES) return;
    const message = `an event or a key of more than ${MOST_ELEMENT_BYTES} bytes, the most that is read`;
    throw new ImportError(message, {format: this.#format, byte: this.#base});
  }

  /** Scans the appended bytes, past elements that are damaged; returns their end. */
  #scanOn(from: number): number {
    let at = from;
    for (;;) {
      if (this.#resyncAt >= 0) {
        at = this.#resync();
        if (at < 0) return this.#buffer.length;
      }
      try {
        return this.#scan(at);
      } catch (error) {
        const damage = this.#failure;
        if (error !== damage || !damage || !this.#onDamaged || this.#arrayDepth === 0) throw error;
        this.#damage = damage;
        if (this.#elementStart < 0) this.#elementStart = damage.byte! - this.#base;
        this.#resyncAt = this.#elementStart;
      }
    }
  }

  /** Looks for the next element, and hands on the damaged one; -1 where more bytes are needed. */
  #resync(): number {
    const {bytes, length} = this.#buffer;
    for (;;) {
      const brace = bytes.subarray(0, length).indexOf(CLOSE_BRACE, this.#resyncAt);
      const next = brace < 0 ? NEEDS_MORE : this.#elementAfter(brace);
      if (next === NEEDS_MORE) {
        this.#resyncAt = brace < 0 ? length : brace;
        return -1;
      }
      if (next === NOT_ONE) {
        this.#resyncAt = brace + 1;
        continue;
      }
      const from = Math.max(this.#elementStart, brace + 1 - MOST_DAMAGED_BYTES);
      const text = new TextDecoder().decode(bytes.subarray(from, brace + 1));
      this.#depth = this.#arrayDepth;
      this.#last = NOTHING;
      this.#inString = false;
      this.#isEscaped = false;
      this.#elementStart = -1;
      this.#stringStart = -1;
      this.#resyncAt = -1;
      const damage = this.#damage!;
      this.#damage = undefined;
      this.#onDamaged!(text, damage);
      return next;
    }
  }

  /** The `{` of `}, {"field":` whose first brace is there; else `NOT_ONE` or `NEEDS_MORE`. */
  #elementAfter(brace: number): number {
    const {bytes, length} = this.#buffer;
    let at = this.#afterBlanks(brace + 1);
    if (at < length && bytes[at] !== COMMA) return NOT_ONE;
    const open = this.#afterBlanks(at + 1);
    if (open < length && bytes[open] !== OPEN_BRACE) return NOT_ONE;
    at = this.#afterBlanks(open + 1);
    if (at < length && bytes[at] !== QUOTE) return NOT_ONE;
    if (at + 1 + this.#longestField > length) return NEEDS_MORE;
    const field = this.#fields.find(
      one => bytes[at + 1 + one.length] === QUOTE && matches(bytes, at + 1, at + 1 + one.length, one),
    );
    if (!field) return NOT_ONE;
    at = this.#afterBlanks(at + field.length + 2);
    if (at >= length) return NEEDS_MORE;
    return bytes[at] === COLON ? open : NOT_ONE;
  }

  #afterBlanks(from: number): number {
    const {bytes, length} = this.#buffer;
    let at = from;
    for (const end = from + MOST_BLANKS; at < length && at < end; at++) {
      const byte = bytes[at]!;
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
    }
    return at;
  }

  /** Whether the array is open. */
  get isInArray(): boolean {
    return this.#arrayDepth > 0;
  }

  /** The error of a text that is not complete, which may end after a damaged element; undefined for a whole one. */
  cut(): ImportError | undefined {
    if (this.#ended) return undefined;
    if (this.#damage) return this.#damage;
    const at = this.#base + this.#buffer.length;
    const within = this.#arrayDepth > 0 ? ' within the list of events' : '';
    return new ImportError(`the file is cut short: it ends${within} at byte ${at}`, {
      format: this.#format,
      byte: at,
    });
  }

  /** @throws {ImportError} where the text is not complete, or never had the array. */
  end(): void {
    const cut = this.cut();
    if (cut) throw cut;
    this.checkFound();
  }

  /** @throws {ImportError} where the text never had the array. */
  checkFound(): void {
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
    // what is too long to be mended is only looked through
    if (this.#resyncAt >= 0 && next - this.#elementStart > MOST_DAMAGED_BYTES) return this.#resyncAt;
    if (this.#elementStart >= 0) return this.#elementStart;
    return this.#depth === 1 && this.#stringStart >= 0 ? this.#stringStart : next;
  }

  #keepFrom(first: number): void {
    if (first === 0) return;
    this.#buffer.drop(first);
    this.#base += first;
    if (this.#elementStart >= 0) this.#elementStart = Math.max(0, this.#elementStart - first);
    if (this.#resyncAt >= 0) this.#resyncAt -= first;
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
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        const end = this.#readElement(byte, at);
        if (end > 0) {
          at = end;
          continue;
        }
        this.#open(byte, at);
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#close(byte, at);
      else this.#literal(byte, at);
      at++;
    }
    return at;
  }

  /** Reads an element at once. @returns the index after it; −1 where that is not possible */
  #readElement(bracket: number, at: number): number {
    const reader = this.#reader;
    if (!reader || bracket !== OPEN_BRACE || this.#last !== NOTHING) return -1;
    if (this.#depth !== this.#arrayDepth || this.#depth === 0) return -1;
    const end = reader.read(this.#buffer.bytes, at);
    if (end < 0) return -1;
    for (let field = 0; field < this.#fields.length; field++)
      this.#element.setField(field, reader.start(field), reader.end(field));
    this.#last = VALUE;
    this.#handOn(at, end, reader);
    return end;
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
    const start = this.#elementStart;
    this.#elementStart = -1;
    this.#stringStart = -1;
    // it may have come in two chunks
    const isPlain = this.#reader?.read(this.#buffer.bytes, start) === end;
    this.#handOn(start, end, isPlain ? this.#reader : undefined);
  }

  #handOn(start: number, end: number, reader: ObjectReader | undefined): void {
    const element = this.#element;
    element.bytes = this.#buffer.bytes;
    element.start = start;
    element.end = end;
    element.offset = this.#base + start;
    element.reader = reader;
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
    this.#failure = new ImportError(`damaged at byte ${byte}: ${what} ${where}`, {
      format: this.#format,
      byte,
    });
    throw this.#failure;
  }
}
