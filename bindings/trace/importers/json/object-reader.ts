/**
 * Reads wanted fields of a JSON object in one pass over its bytes; the rest costs no string and no object.
 *
 * It takes plain JSON only, and refuses what JSON.parse has to judge: text that is not strict JSON, an object that does
 * not end within the bytes, an escape in a key or a wanted value, an object or array as a wanted value, deep nesting.
 */
import {FieldTexts} from './field-texts.ts';
import {
  afterBlanks,
  afterLiteral,
  afterNumber,
  afterPlainString,
  afterValue,
  CLOSE_BRACE,
  COLON,
  COMMA,
  isNumberStart,
  numberOf,
  OPEN_BRACE,
  QUOTE,
} from './strict.ts';

/** Kinds of a value. */
const ABSENT = 0;
const STRING = 1;
const NUMBER = 2;
const LITERAL = 3;

const LITERALS: Readonly<Record<number, unknown>> = {110: null, 116: true, 102: false};
const encoder = new TextEncoder();

/** A key that is wanted: its own field, or the keys within its object. */
interface WantedKey {
  readonly key: Uint8Array;
  readonly field: number;
  readonly within: KeyTable | undefined;
}

/** Wanted keys by their length in bytes. */
type KeyTable = (readonly WantedKey[])[];

export class ObjectReader {
  readonly #keys: KeyTable;
  readonly #texts = new FieldTexts();
  /** By field; after those, by the first field of an object within. */
  readonly #kinds: Uint8Array;
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  #bytes: Uint8Array = new Uint8Array(0);

  /** @param fields keys of the object, or `key.key` of an object within it; `value` knows them by their index. */
  constructor(fields: readonly string[]) {
    this.#kinds = new Uint8Array(fields.length * 2);
    this.#from = new Int32Array(fields.length);
    this.#to = new Int32Array(fields.length);
    this.#keys = tableOf(
      fields.map((path, field) => ({path: path.split('.'), field})),
      fields.length,
    );
  }

  /**
   * Reads the object whose `{` is at `start`. A byte that JSON does not allow, such as 0, must follow the bytes.
   * @returns the index after its `}`; −1 where the object is refused.
   */
  read(bytes: Uint8Array, start: number): number {
    this.#bytes = bytes;
    this.#kinds.fill(ABSENT);
    return bytes[start] === OPEN_BRACE ? this.#object(start, this.#keys) : -1;
  }

  /** The value, as JSON.parse would return it; valid until the bytes change. */
  value(field: number): unknown {
    const kind = this.#kinds[field]!;
    if (kind === ABSENT) return undefined;
    const from = this.#from[field]!;
    if (kind === STRING) return this.#texts.of(this.#bytes, from, this.#to[field]!);
    if (kind === NUMBER) return numberOf(this.#bytes, from, this.#to[field]!);
    return LITERALS[this.#bytes[from]!];
  }

  /** Where the bytes of a string begin, and the index after them; both 0 where the field is no string. */
  start(field: number): number {
    return this.#kinds[field] === STRING ? this.#from[field]! : 0;
  }

  end(field: number): number {
    return this.#kinds[field] === STRING ? this.#to[field]! : 0;
  }

  #object(start: number, keys: KeyTable): number {
    const bytes = this.#bytes;
    let at = afterBlanks(bytes, start + 1);
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      if (bytes[at] !== QUOTE) return -1;
      const keyStart = at + 1;
      at = afterPlainString(bytes, keyStart);
      if (at < 0) return -1;
      const wanted = find(keys, bytes, keyStart, at - 1);
      at = afterBlanks(bytes, at);
      if (bytes[at] !== COLON) return -1;
      at = afterBlanks(bytes, at + 1);
      at = wanted === undefined ? afterValue(bytes, at, 0) : this.#wanted(wanted, at);
      if (at < 0) return -1;
      at = afterBlanks(bytes, at);
      if (bytes[at] === CLOSE_BRACE) return at + 1;
      if (bytes[at] !== COMMA) return -1;
      at = afterBlanks(bytes, at + 1);
    }
  }

  #wanted({field, within}: WantedKey, at: number): number {
    const bytes = this.#bytes;
    const first = bytes[at]!;
    const isAgain = this.#kinds[field] !== ABSENT;
    // of keys that are there twice, the last counts: JSON.parse knows
    if (isAgain) return -1;
    if (within) {
      this.#kinds[field] = LITERAL;
      return first === OPEN_BRACE ? this.#object(at, within) : -1;
    }
    const isString = first === QUOTE;
    const isNumber = isNumberStart(first);
    const from = isString ? at + 1 : at;
    const end = isString
      ? afterPlainString(bytes, from)
      : isNumber
        ? afterNumber(bytes, at)
        : afterLiteral(bytes, at);
    this.#kinds[field] = isString ? STRING : isNumber ? NUMBER : LITERAL;
    this.#from[field] = from;
    this.#to[field] = isString ? end - 1 : end;
    return end;
  }
}

interface Path {
  readonly path: readonly string[];
  readonly field: number;
}

function tableOf(paths: readonly Path[], fields: number): KeyTable {
  const table: KeyTable = [];
  for (const first of new Set(paths.map(({path}) => path[0]!))) {
    const own = paths.filter(({path}) => path[0] === first);
    const inner = own.filter(({path}) => path.length > 1);
    const key = encoder.encode(first);
    const within = inner.map(({path, field}) => ({path: path.slice(1), field}));
    const wanted =
      within.length > 0
        ? {key, field: fields + within[0]!.field, within: tableOf(within, fields)}
        : {key, field: own[0]!.field, within: undefined};
    table[key.length] = [...(table[key.length] ?? []), wanted];
  }
  return table;
}

function find(keys: KeyTable, bytes: Uint8Array, from: number, to: number): WantedKey | undefined {
  const length = to - from;
  const candidates = length < keys.length ? keys[length] : undefined;
  if (candidates === undefined) return undefined;
  for (let i = 0; i < candidates.length; i++) {
    const {key} = candidates[i]!;
    let same = 0;
    while (same < length && bytes[from + same] === key[same]) same++;
    if (same === length) return candidates[i];
  }
  return undefined;
}
