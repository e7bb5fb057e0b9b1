/** The fields of a CSV line: which column each belongs to, and exact integers out of their bytes. */
import {ImportError} from '../../../model/errors.ts';
import {cut, listNames} from '../../../model/shown.ts';

export type CsvColumn =
  | 'id'
  | 'lower'
  | 'upper'
  | 'size'
  | 'alignment'
  | 'hint'
  | 'offset'
  | 'gaps'
  | 'pool'
  | 'arena';

/** How the end of a lifetime is read: as the last tick, or as the tick after. */
export type CsvEnd = 'inclusive' | 'exclusive';

/** Fields of a line that are told apart. */
export const MOST_FIELDS = 4096;

export interface CsvHeader {
  /** The byte that separates fields. */
  readonly delimiter: number;
  /** Per field of a row; undefined where the column is unknown and ignored. */
  readonly columns: readonly (CsvColumn | undefined)[];
  /** 1 where ends (and those of `gaps`) are the last tick, not the one after: of a column `end`, or by option. */
  readonly addend: 0 | 1;
  /** Whether the column is called `end`, and no option said how to read it. */
  readonly isEndOpen: boolean;
  readonly unknown: readonly string[];
}

const COLUMNS: ReadonlyMap<string, CsvColumn> = new Map<string, CsvColumn>([
  ['id', 'id'],
  ['buffer', 'id'],
  ['buffer_id', 'id'],
  ['lower', 'lower'],
  ['start', 'lower'],
  ['begin', 'lower'],
  ['upper', 'upper'],
  ['end', 'upper'],
  ['size', 'size'],
  ['alignment', 'alignment'],
  ['hint', 'hint'],
  ['offset', 'offset'],
  ['gaps', 'gaps'],
  ['pool', 'pool'],
  ['arena', 'arena'],
]);

/** Bytes that may separate fields, in the order in which they are tried: comma, semicolon, tab, bar. */
const DELIMITERS: readonly number[] = [44, 59, 9, 124];

/** The names of a first line: in any case, with blanks or hyphens in place of underscores. */
export interface CsvNames {
  /** The byte that separates fields. */
  readonly delimiter: number;
  readonly names: readonly string[];
  /** How many of them are columns of this format. */
  readonly known: number;
}

/** Reads a first line with the delimiter by which most of its names are known. */
export function readNames(line: string): CsvNames {
  const bytes = new TextEncoder().encode(line);
  let best: CsvNames = {delimiter: COMMA, names: [], known: -1};
  for (const delimiter of DELIMITERS) {
    const fields = new CsvFields(delimiter);
    const count = fields.split(bytes, 0, bytes.length);
    const names = Array.from({length: count}, (_, field) => fields.text(field));
    const known = names.filter(name => COLUMNS.has(keyOf(name))).length;
    if (known > best.known) best = {delimiter, names, known};
  }
  return best;
}

const keyOf = (name: string): string => name.toLowerCase().replace(/[ -]/g, '_');

/** @throws {ImportError} where a column is there twice, or one of `required` is not. */
export function parseHeader(line: string, required: readonly CsvColumn[], end?: CsvEnd): CsvHeader {
  const {delimiter, names} = readNames(line);
  if (names.length > MOST_FIELDS)
    throw new ImportError(`more than ${MOST_FIELDS} columns`, {format: 'csv', line: 1});
  const columns = names.map(name => COLUMNS.get(keyOf(name)));
  for (const [index, column] of columns.entries()) {
    const first = columns.indexOf(column);
    if (column !== undefined && first < index) {
      const twice =
        names[first] === names[index] ? 'twice' : `twice, as ${cut(names[first]!)} and ${cut(names[index]!)}`;
      throw new ImportError(`the column ${column} is there ${twice}`, {format: 'csv', line: 1});
    }
  }
  for (const column of required) {
    if (columns.includes(column)) continue;
    const message = `the column ${column} is missing; expected ${required.join(', ')}, got ${listNames(names)}`;
    throw new ImportError(message, {format: 'csv', line: 1});
  }
  const unknown = names.filter((_, index) => columns[index] === undefined);
  const hasEnd = names.some(name => keyOf(name) === 'end');
  const meaning = end ?? (hasEnd ? 'inclusive' : 'exclusive');
  return {delimiter, columns, addend: meaning === 'inclusive' ? 1 : 0, isEndOpen: hasEnd && !end, unknown};
}

/** The fields of one line, without the blanks around them; those in quotes (RFC 4180) without their quotes. */
export class CsvFields {
  bytes: Uint8Array = new Uint8Array(0);
  readonly start: number[] = [];
  readonly end: number[] = [];
  /** The reason why the line that was split last has no fields; empty where it has. */
  defect = '';
  /** Whether that reason is a quote that nothing closes. */
  isOpen = false;
  /** Whether the last field of the line was in quotes. */
  endsQuoted = false;
  readonly #delimiter: number;
  /** The array that was searched for quotes, and the first one at or after the last line that was split. */
  #searched: Uint8Array | undefined;
  #nextQuote = 0;

  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  /** @returns how many fields the line has; 0 where `defect` says why there are none. */
  split(bytes: Uint8Array, start: number, end: number): number {
    this.defect = '';
    this.isOpen = false;
    this.endsQuoted = false;
    if (this.#quoteFrom(bytes, start) < end) return this.#splitQuoted(bytes, start, end);
    this.bytes = bytes;
    const delimiter = this.#delimiter;
    let count = 0;
    let from = start;
    for (let at = start; at <= end; at++) {
      if (at < end && bytes[at] !== delimiter) continue;
      if (count > MOST_FIELDS) break;
      this.#trimmed(count++, from, at);
      from = at + 1;
    }
    return count;
  }

  /** The first quote from there on; a file without any is searched once per chunk. */
  #quoteFrom(bytes: Uint8Array, start: number): number {
    if (this.#searched !== bytes || this.#nextQuote < start) {
      const found = bytes.indexOf(QUOTE, start);
      this.#searched = bytes;
      this.#nextQuote = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#nextQuote;
  }

  #trimmed(field: number, from: number, to: number): void {
    const {bytes} = this;
    let first = from;
    let last = to;
    while (last > first && isBlank(bytes[last - 1]!)) last--;
    while (first < last && isBlank(bytes[first]!)) first++;
    this.start[field] = first;
    this.end[field] = last;
  }

  #splitQuoted(line: Uint8Array, start: number, end: number): number {
    const delimiter = this.#delimiter;
    this.bytes = new Uint8Array(end - start);
    let written = 0;
    let count = 0;
    let at = start;
    for (;;) {
      while (at < end && line[at] !== delimiter && isBlank(line[at]!)) at++;
      const from = written;
      if (line[at] === QUOTE && at < end) {
        const close = this.#copyQuoted(line, at + 1, end, written);
        if (close < 0)
          return this.#fail('a quote is not closed on its line: names with line breaks are not read', true);
        written = this.#written;
        at = close + 1;
        while (at < end && line[at] !== delimiter && isBlank(line[at]!)) at++;
        if (at < end && line[at] !== delimiter)
          return this.#fail('a quote ends before its field does: a quote inside one is written twice');
        this.start[count] = from;
        this.end[count++] = written;
        this.endsQuoted = true;
      } else {
        for (; at < end && line[at] !== delimiter; at++) {
          if (line[at] === QUOTE)
            return this.#fail('a quote within a field: put the field in quotes, and write the quote twice');
          this.bytes[written++] = line[at]!;
        }
        this.#trimmed(count++, from, written);
        this.endsQuoted = false;
      }
      if (at >= end || count > MOST_FIELDS) return count;
      at++;
    }
  }

  #written = 0;

  /** Copies up to the closing quote; returns its position, -1 where there is none. */
  #copyQuoted(line: Uint8Array, from: number, end: number, to: number): number {
    let written = to;
    for (let at = from; at < end; at++) {
      if (line[at] === QUOTE && line[at + 1] === QUOTE && at + 1 < end) at++;
      else if (line[at] === QUOTE) {
        this.#written = written;
        return at;
      }
      this.bytes[written++] = line[at]!;
    }
    return -1;
  }

  #fail(defect: string, isOpen = false): number {
    this.defect = defect;
    this.isOpen = isOpen;
    return 0;
  }

  isEmpty(field: number): boolean {
    return this.start[field] === this.end[field];
  }

  text(field: number): string {
    return DECODER.decode(this.bytes.subarray(this.start[field], this.end[field]));
  }

  /** The field as an integer from 0 to `most`; -1 for `-1`, NaN for anything else, Infinity beyond `most`. */
  integer(field: number, most: number): number {
    return integerOf(this.bytes, this.start[field]!, this.end[field]!, most);
  }
}

const DECODER = new TextDecoder();
const COMMA = 44;
const QUOTE = 34;
const MINUS = 45;

const isBlank = (byte: number): boolean => byte === 32 || byte === 9;

function integerOf(bytes: Uint8Array, start: number, end: number, most: number): number {
  if (start === end) return Number.NaN;
  if (bytes[start] === MINUS) return end === start + 2 && bytes[start + 1] === 49 ? -1 : Number.NaN;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    // sums beyond 2^53 are inexact, but stay beyond it
    value = value * 10 + digit;
  }
  return value <= most ? value : Number.POSITIVE_INFINITY;
}
