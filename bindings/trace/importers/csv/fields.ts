/** The fields of a CSV line: which column each belongs to, and exact integers out of their bytes. */
import {ImportError} from '../../../model/errors.ts';

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

export interface CsvHeader {
  /** Per field of a row; undefined where the column is unknown and ignored. */
  readonly columns: readonly (CsvColumn | undefined)[];
  /** 1 where the column is called `end`, whose values (and those of `gaps`) are the last tick, not the one after. */
  readonly addend: 0 | 1;
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

/** How many names of a first line are columns of this format. */
export function countColumns(line: string): number {
  return line.split(',').filter(name => COLUMNS.has(name.trim())).length;
}

/** @throws {ImportError} where a column is there twice, or one of `required` is not. */
export function parseHeader(line: string, required: readonly CsvColumn[]): CsvHeader {
  const names = line.split(',').map(name => name.trim());
  const columns = names.map(name => COLUMNS.get(name));
  for (const [index, column] of columns.entries()) {
    const first = columns.indexOf(column);
    if (column !== undefined && first < index) {
      const twice = names[first] === names[index] ? 'twice' : `twice, as ${names[first]} and ${names[index]}`;
      throw new ImportError(`the column ${column} is there ${twice}`, {format: 'csv', line: 1});
    }
  }
  for (const column of required) {
    if (columns.includes(column)) continue;
    const message = `the column ${column} is missing; expected ${required.join(', ')}, got ${names.join(', ')}`;
    throw new ImportError(message, {format: 'csv', line: 1});
  }
  const unknown = names.filter((_, index) => columns[index] === undefined);
  return {columns, addend: names.includes('end') ? 1 : 0, unknown};
}

/** The fields of one line, without the blanks around them. */
export class CsvFields {
  bytes: Uint8Array = new Uint8Array(0);
  readonly start: number[] = [];
  readonly end: number[] = [];

  /** @returns how many fields the line has. */
  split(bytes: Uint8Array, start: number, end: number): number {
    this.bytes = bytes;
    let count = 0;
    let from = start;
    for (let at = start; at <= end; at++) {
      if (at < end && bytes[at] !== COMMA) continue;
      let to = at;
      while (to > from && isBlank(bytes[to - 1]!)) to--;
      while (from < to && isBlank(bytes[from]!)) from++;
      this.start[count] = from;
      this.end[count++] = to;
      from = at + 1;
    }
    return count;
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

/**
 * Gaps as text, `5-7 9-11`, as `[from, to)` pairs one after the other; empty ones are left out.
 * @returns undefined where the text is something else.
 */
export function parseGaps(text: string, addend: 0 | 1): number[] | undefined {
  const pairs: [number, number][] = [];
  for (const part of text.split(' ')) {
    if (part === '') continue;
    const match = /^(\d{1,10})-(\d{1,10})$/.exec(part);
    if (!match) return undefined;
    const from = Number(match[1]);
    const to = Number(match[2]) + addend;
    if (from > to || to > 0xffffffff) return undefined;
    if (from < to) pairs.push([from, to]);
  }
  pairs.sort((a, b) => a[0] - b[0]);
  const gaps: number[] = [];
  for (const [from, to] of pairs) {
    const last = gaps.at(-1);
    // gaps that touch or overlap are one gap
    if (last !== undefined && from <= last) gaps[gaps.length - 1] = Math.max(last, to);
    else gaps.push(from, to);
  }
  return gaps;
}
