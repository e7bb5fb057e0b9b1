/** The table of items: searched, sorted, read page by page. A million items are an index, never objects. */
import {formatBytes} from '../../bindings/model/quantities.ts';
import {csvCell} from '../../bindings/report.ts';
import type {CallChoice} from './calls.ts';
import type {Clock} from './clock.ts';
import type {Subject} from './subject.ts';

export const SORTS = ['size', 'start', 'end', 'life', 'name'] as const;
export type Sort = (typeof SORTS)[number];

export interface ItemQuery {
  /** Words that name, operation or source must contain; `>1MiB`, `<4KiB` and `=512` ask for sizes. */
  readonly text: string;
  readonly sort: Sort;
  /** Only items live at this moment. */
  readonly moment: number | undefined;
  /** Only items live somewhere in it. */
  readonly window: readonly [number, number] | undefined;
  /** Only items that the plan places. */
  readonly isPlanned: boolean;
  /** Only items that were allocated through this call. */
  readonly call?: CallChoice | undefined;
}

export interface ItemRow {
  readonly item: number;
  readonly name: string;
  readonly operation: string;
  readonly source: string;
  readonly bytes: number;
  readonly start: number;
  readonly end: number;
  /** Microseconds from the device's first event; NaN where no times were recorded. */
  readonly startTime: number;
  readonly endTime: number;
  /** Bytes, of the plan that is shown; NaN where it has none. */
  readonly offset: number;
}

export interface ItemCount {
  readonly count: number;
  /** Bytes of all of them. */
  readonly bytes: number;
}

/** Items at and between two moments. */
export interface Between {
  /** Live at both. */
  readonly both: ItemCount;
  readonly begun: ItemCount;
  readonly ended: ItemCount;
}

export class Items {
  readonly #subject: Subject;
  readonly #clock: Clock | undefined;
  #found: Uint32Array;
  #key = '';

  constructor(subject: Subject, clock?: Clock) {
    this.#subject = subject;
    this.#clock = clock;
    this.#found = subject.own;
  }

  /** @param isThrough of the query's call. @throws RangeError for a size that cannot be read. */
  find(
    query: ItemQuery,
    offsets: Float64Array,
    isThrough: (item: number) => boolean = () => true,
  ): ItemCount {
    // a plan changes which items are in it
    const key = query.isPlanned ? '' : JSON.stringify(query);
    if (key === '' || key !== this.#key) {
      const isWanted = testOf(this.#subject, query);
      const test = (item: number) =>
        isThrough(item) && isWanted(item) && !(query.isPlanned && !(offsets[item]! >= 0));
      this.#found = sorted(this.#subject, this.#subject.own.filter(test), query.sort);
      this.#key = key;
    }
    let bytes = 0;
    for (const item of this.#found) bytes += this.#subject.bytes[item]!;
    return {count: this.#found.length, bytes};
  }

  rows(from: number, count: number, offsetOf: (item: number) => number): ItemRow[] {
    return Array.from(this.#found.subarray(from, from + count), item => this.rowOf(item, offsetOf(item)));
  }

  rowOf(item: number, offset: number): ItemRow {
    const {bytes, start, end} = this.#subject;
    return {
      item,
      name: this.#subject.nameOf(item),
      operation: this.#subject.operationOf(item),
      source: this.#subject.frameOf(item),
      bytes: bytes[item]!,
      start: start[item]!,
      end: end[item]!,
      startTime: this.#clock?.timeOf(start[item]!) ?? Number.NaN,
      endTime: this.#clock?.timeOf(end[item]!) ?? Number.NaN,
      offset,
    };
  }

  /** @param from not after `to`; an item that begins or ends after `from` and not after `to` does so between. */
  between(from: number, to: number): Between {
    const {own, start, end, bytes, moments} = this.#subject;
    const sums = {both: {count: 0, bytes: 0}, begun: {count: 0, bytes: 0}, ended: {count: 0, bytes: 0}};
    const add = (sum: {count: number; bytes: number}, item: number) => {
      sum.count++;
      sum.bytes += bytes[item]!;
    };
    for (const item of own) {
      const [begin, stop] = [start[item]!, end[item]!];
      if (begin <= from && stop > to) add(sums.both, item);
      if (begin > from && begin <= to) add(sums.begun, item);
      // what stays has its end where the recording has it
      if (stop > from && stop <= to && stop < moments) add(sums.ended, item);
    }
    return sums;
  }

  /** All that were found, as CSV. Names of programs are made harmless for spreadsheets. */
  *csv(offsetOf: (item: number) => number): Generator<string> {
    yield 'name,bytes,size,start,end,offset,operation,source,start_us,end_us\n';
    for (const item of this.#found) {
      const row = this.rowOf(item, offsetOf(item));
      const {name, bytes, start, end, offset, operation, source, startTime, endTime} = row;
      const [place, from, to] = [offset, startTime, endTime].map(one => (Number.isNaN(one) ? '' : one));
      yield `${csvCell(name)},${bytes},${csvCell(formatBytes(bytes))},${start},${end},${place},${csvCell(operation)},${csvCell(source)},${from},${to}\n`;
    }
  }
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

function testOf(subject: Subject, {text, moment, window}: ItemQuery): (item: number) => boolean {
  const tests: ((item: number) => boolean)[] = [];
  const {start, end, bytes} = subject;
  if (moment !== undefined) tests.push(item => start[item]! <= moment && moment < end[item]!);
  if (window) tests.push(item => start[item]! <= window[1] && end[item]! > window[0]);
  for (const word of text
    .toLowerCase()
    .split(/\s+/)
    .filter(one => one !== '')) {
    const [, sign, digits, unit] = /^([<>=])(\d+(?:\.\d+)?)([kmgt]?)i?b?$/.exec(word) ?? [];
    if (sign !== undefined) {
      const size = Number(digits) * UNITS[unit ?? '']!;
      tests.push(item =>
        sign === '>' ? bytes[item]! >= size : sign === '<' ? bytes[item]! <= size : bytes[item] === size,
      );
    } else tests.push(wordTest(subject, word));
  }
  return item => tests.every(test => test(item));
}

/** Operations and sources are few, however many items there are: each is looked at once. */
function wordTest(subject: Subject, word: string): (item: number) => boolean {
  const known = new Map<string, boolean>();
  const has = (text: string) => {
    let found = known.get(text);
    if (found === undefined) {
      found = text.toLowerCase().includes(word);
      known.set(text, found);
    }
    return found;
  };
  return item =>
    has(subject.operationOf(item)) ||
    has(subject.frameOf(item)) ||
    subject.nameOf(item).toLowerCase().includes(word);
}

function sorted({start, end, bytes}: Subject, items: Uint32Array, sort: Sort): Uint32Array {
  if (sort === 'name') return items;
  const keys = {
    size: (item: number) => -bytes[item]!,
    start: (item: number) => start[item]!,
    end: (item: number) => end[item]!,
    life: (item: number) => start[item]! - end[item]!,
  }[sort];
  const key = Float64Array.from(items, keys);
  const order = Uint32Array.from(items, (_, k) => k).sort(
    (a, b) => key[a]! - key[b]! || items[a]! - items[b]!,
  );
  return order.map(k => items[k]!);
}
