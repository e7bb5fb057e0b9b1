/**
 * What the lists and dictionaries of a snapshot become: rows of columns, told by their keys.
 *
 * A dictionary with an `action` is an event, one with a `filename` a frame, and so on, wherever it stands; the lists
 * around them are ranges of rows, or stacks. Dictionaries of no such kind (settings, the whole) keep their values, up
 * to a limit. So a million events are columns and never a million objects.
 */
import {uint8Column, uint32Column} from '../../columns/columns.ts';
import type {PickleSink} from '../pickle/builder.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {BOOLEAN, DICT, FLOAT, INTEGER, LIST, PAIR, TEXT, tagName, WIDE} from '../pickle/values.ts';
import {ABSENT, SnapshotColumns} from './columns.ts';
import {SnapshotFields} from './fields.ts';
import {BLOCK, DROPPED, EMPTY, EVENT, FRAME, KIND_OF_KEY, OTHER, SEGMENT, SPAN, wordOf} from './keys.ts';

/** A value that was kept. */
export interface Kept {
  readonly tag: number;
  readonly value: number;
}

/** Values of dictionaries and lists of no known kind; pairs of integers. */
const MOST_KEPT = 1 << 18;
/** Dictionaries, and lists: a real snapshot of 1 GB has 6 and 4 million. */
const MOST_CONTAINERS = 1 << 25;

const ACTION = wordOf('action');
const ADDR = wordOf('addr');
const SIZE = wordOf('size');
const STREAM = wordOf('stream');
const TIME = wordOf('time_us');
const FRAMES = wordOf('frames');
const DEVICE_FREE = wordOf('device_free');
const POOL = wordOf('pool_id');
const CATEGORY = wordOf('category');
const FILENAME = wordOf('filename');
const NAME = wordOf('name');
const LINE = wordOf('line');
const DEVICE = wordOf('device');
const ADDRESS = wordOf('address');
const TOTAL = wordOf('total_size');
const REQUESTED = wordOf('requested_size');
const TYPE = wordOf('segment_type');
const SEGMENT_POOL = wordOf('segment_pool_id');
const EXPANDABLE = wordOf('is_expandable');
const BLOCKS = wordOf('blocks');
const STATE = wordOf('state');
const STAGE = wordOf('stage');

export class SnapshotRecords implements PickleSink {
  readonly columns = new SnapshotColumns();
  readonly fields = new SnapshotFields();
  readonly #texts: PickleTexts;
  readonly #dictKind = uint8Column();
  /** Row, or frame. */
  readonly #dictRow = uint32Column();
  readonly #listKind = uint8Column();
  /** First row, or stack. */
  readonly #listFirst = uint32Column();
  readonly #listCount = uint32Column();
  /** Of dictionaries of kind `OTHER`, by key. */
  readonly #entries = new Map<number, Map<number, Kept>>();
  /** Of lists of kind `OTHER`. */
  readonly #items = new Map<number, Kept[]>();
  #kept = 0;

  constructor(texts: PickleTexts) {
    this.#texts = texts;
  }

  newDict(): number {
    if (this.#dictKind.length === MOST_CONTAINERS)
      throw this.fields.fail(`more than ${MOST_CONTAINERS} dictionaries`);
    this.#dictKind.push(EMPTY);
    this.#dictRow.push(0);
    return this.#dictKind.length - 1;
  }

  newList(): number {
    if (this.#listKind.length === MOST_CONTAINERS)
      throw this.fields.fail(`more than ${MOST_CONTAINERS} lists`);
    this.#listKind.push(EMPTY);
    this.#listFirst.push(0);
    this.#listCount.push(0);
    return this.#listKind.length - 1;
  }

  pair(first: number, second: number): number {
    const {pools} = this.columns;
    if (pools.first.length === MOST_KEPT) throw this.fields.fail(`more than ${MOST_KEPT} pairs of integers`);
    return pools.indexOf(first, second);
  }

  wide(value: bigint): number {
    return this.fields.wide(value);
  }

  /** The value of that key in a dictionary that was kept. */
  entry(dict: number, key: number): Kept | undefined {
    return this.#entries.get(dict)?.get(key);
  }

  /** The keys and values of a dictionary that was kept. */
  entries(dict: number): ReadonlyMap<number, Kept> {
    return this.#entries.get(dict) ?? new Map();
  }

  /** The values of a list that was kept; undefined for one that holds records, or was dropped. */
  items(list: number): readonly Kept[] | undefined {
    return this.#listKind.array[list] === EMPTY ? [] : this.#items.get(list);
  }

  /** The rows of a list of records of one kind; undefined for any other list. */
  rows(list: number, kind: number): {readonly first: number; readonly count: number} | undefined {
    if (this.#listKind.array[list] === EMPTY) return {first: 0, count: 0};
    if (this.#listKind.array[list] !== kind) return undefined;
    return {first: this.#listFirst.array[list]!, count: this.#listCount.array[list]!};
  }

  append(list: number, tags: Uint8Array, values: Float64Array, from: number, to: number): void {
    let at = from;
    while (at < to) {
      const kind = tags[at] === DICT ? this.#dictKind.array[values[at]!]! : OTHER;
      if (this.#listKind.array[list] === EMPTY) this.#open(list, kind === EMPTY ? OTHER : kind);
      if (this.#listKind.array[list] === FRAME) at = this.#appendFrames(list, tags, values, at, to);
      else this.#appendOne(list, kind, tags[at]!, values[at++]!);
    }
  }

  setItems(dict: number, tags: Uint8Array, values: Float64Array, from: number, to: number): void {
    let kind = this.#dictKind.array[dict]!;
    if (kind === EMPTY || kind === OTHER) {
      const told = kindOf(tags, values, from, to);
      if (kind === EMPTY || told !== OTHER) {
        this.#begin(dict, told);
        kind = told;
      }
    }
    if (kind === DROPPED) return;
    if (kind === FRAME) {
      this.#frame(dict, tags, values, from, to);
      return;
    }
    const row = this.#dictRow.array[dict]!;
    for (let at = from; at < to; at += 2) {
      if (tags[at] !== TEXT) throw this.fields.fail(`a key that is ${tagName(tags[at]!)}, not a text`);
      const key = values[at]!;
      const tag = tags[at + 1]!;
      const value = values[at + 1]!;
      if (kind === EVENT) this.#event(row, key, tag, value);
      else if (kind === SEGMENT) this.#segment(row, key, tag, value);
      else if (kind === BLOCK) this.#block(row, key, tag, value);
      else if (kind === SPAN) this.#span(row, key, tag, value);
      else this.#keep(dict, key, tag, value);
    }
  }

  /** Settings as they would be in JSON; what is not plain becomes null. */
  plain(kept: Kept | undefined, depth = 0): unknown {
    if (!kept || depth > 4) return null;
    const {tag, value} = kept;
    if (tag === INTEGER || tag === FLOAT) return value;
    if (tag === BOOLEAN) return value === 1;
    if (tag === TEXT) return this.#texts.text(value);
    if (tag === WIDE) return String(this.fields.wideOf(value));
    if (tag !== DICT) return null;
    const entries = [...this.entries(value)].map(
      ([key, item]) => [this.#texts.text(key), this.plain(item, depth + 1)] as const,
    );
    return Object.fromEntries(entries);
  }

  /** Gives a dictionary its kind and row; what was kept of it before moves into the row. */
  #begin(dict: number, kind: number): void {
    const {events, segments, blocks, spans} = this.columns;
    const before = this.#entries.get(dict);
    this.#entries.delete(dict);
    this.#dictKind.array[dict] = kind;
    if (kind === EVENT) this.#dictRow.array[dict] = events.add();
    else if (kind === SEGMENT) this.#dictRow.array[dict] = segments.add();
    else if (kind === BLOCK) this.#dictRow.array[dict] = blocks.add();
    else if (kind === SPAN) this.#dictRow.array[dict] = spans.add();
    else if (kind === FRAME) this.#dictRow.array[dict] = ABSENT;
    else if (kind === OTHER) this.#entries.set(dict, new Map());
    for (const [key, {tag, value}] of before ?? [])
      this.setItems(dict, Uint8Array.of(TEXT, tag), Float64Array.of(key, value), 0, 2);
  }

  #frame(dict: number, tags: Uint8Array, values: Float64Array, from: number, to: number): void {
    const {frames} = this.columns;
    const before = this.#dictRow.array[dict]!;
    let file = before === ABSENT ? ABSENT : frames.file.array[before]!;
    let name = before === ABSENT ? ABSENT : frames.name.array[before]!;
    let line = before === ABSENT ? 0 : frames.line.array[before]!;
    for (let at = from; at < to; at += 2) {
      if (tags[at] !== TEXT) throw this.fields.fail(`a key that is ${tagName(tags[at]!)}, not a text`);
      const key = values[at]!;
      const tag = tags[at + 1]!;
      if (key === FILENAME) file = tag === TEXT ? values[at + 1]! : ABSENT;
      else if (key === NAME) name = tag === TEXT ? values[at + 1]! : ABSENT;
      else if (key === LINE) line = tag === INTEGER ? Math.max(0, Math.min(values[at + 1]!, 0xffffffff)) : 0;
    }
    this.#dictRow.array[dict] = frames.indexOf(file, name, line);
  }

  #event(row: number, key: number, tag: number, value: number): void {
    const {events, addresses, streams} = this.columns;
    if (key === ACTION) events.action.array[row] = this.fields.text('action', tag, value);
    else if (key === ADDR)
      events.address.array[row] = addresses.indexOf(this.fields.word('addr', tag, value));
    else if (key === SIZE) events.size.array[row] = this.fields.bytes('size', tag, value);
    else if (key === STREAM)
      events.stream.array[row] = streams.indexOf(this.fields.word('stream', tag, value));
    else if (key === TIME) events.time.array[row] = this.fields.time(tag, value);
    else if (key === FRAMES) events.stack.array[row] = this.#stack(tag, value);
    else if (key === POOL) events.pool.array[row] = tag === PAIR ? value : 0;
    else if (key === CATEGORY) events.categories++;
    else if (key === DEVICE_FREE) {
      events.freeRow.push(row);
      events.freeBytes.push(this.fields.bytes('device_free', tag, value));
    }
  }

  #segment(row: number, key: number, tag: number, value: number): void {
    const {segments, addresses, streams} = this.columns;
    if (key === DEVICE) segments.device.array[row] = this.fields.device(tag, value);
    else if (key === ADDRESS)
      segments.address.array[row] = addresses.indexOf(this.fields.word('address', tag, value));
    else if (key === TOTAL) segments.total.array[row] = this.fields.bytes('total_size', tag, value);
    else if (key === STREAM)
      segments.stream.array[row] = streams.indexOf(this.fields.word('stream', tag, value));
    else if (key === TYPE) segments.type.array[row] = this.fields.text('segment_type', tag, value);
    else if (key === SEGMENT_POOL) segments.pool.array[row] = tag === PAIR ? value : 0;
    else if (key === EXPANDABLE) segments.isExpandable.array[row] = tag === BOOLEAN ? value : 0;
    else if (key === FRAMES) segments.stack.array[row] = this.#stack(tag, value);
    else if (key === BLOCKS) {
      const blocks = tag === LIST ? this.rows(value, BLOCK) : undefined;
      if (!blocks) throw this.fields.fail(`blocks: expected a list of blocks, got ${tagName(tag)}`);
      segments.firstBlock.array[row] = blocks.first;
      segments.blockCount.array[row] = blocks.count;
    }
  }

  #block(row: number, key: number, tag: number, value: number): void {
    const {blocks, addresses} = this.columns;
    if (key === ADDRESS)
      blocks.address.array[row] = addresses.indexOf(this.fields.word('address', tag, value));
    else if (key === SIZE) blocks.size.array[row] = this.fields.bytes('size', tag, value);
    else if (key === REQUESTED) blocks.requested.array[row] = this.fields.bytes('requested_size', tag, value);
    else if (key === STATE) blocks.state.array[row] = this.fields.text('state', tag, value);
    else if (key === FRAMES) blocks.stack.array[row] = this.#stack(tag, value);
  }

  #span(row: number, key: number, tag: number, value: number): void {
    const {spans} = this.columns;
    if (key === STAGE) spans.stage.array[row] = this.fields.text('stage', tag, value);
    else if (key === NAME) spans.name.array[row] = this.fields.text('name', tag, value);
    else if (key === DEVICE) spans.device.array[row] = this.fields.device(tag, value);
    else if (key === TIME) spans.time.array[row] = this.fields.time(tag, value);
  }

  #keep(dict: number, key: number, tag: number, value: number): void {
    this.#count();
    this.#entries.get(dict)!.set(key, {tag, value});
  }

  #count(): void {
    if (++this.#kept > MOST_KEPT)
      throw this.fields.fail(`more than ${MOST_KEPT} values that are neither events nor frames nor blocks`);
  }

  /** Says what a list is a list of, when its first item comes. */
  #open(list: number, kind: number): void {
    this.#listKind.array[list] = kind;
    if (kind === OTHER) this.#items.set(list, []);
  }

  #appendOne(list: number, kind: number, tag: number, value: number): void {
    const own = this.#listKind.array[list]!;
    if (own === DROPPED) return;
    if (own === OTHER) {
      this.#count();
      this.#items.get(list)!.push({tag, value});
      return;
    }
    const row = kind === own ? this.#dictRow.array[value]! : ABSENT;
    const count = this.#listCount.array[list]!;
    if (count === 0) this.#listFirst.array[list] = row;
    // a list of records that stand elsewhere, too: nothing that a snapshot needs is one
    if (row !== this.#listFirst.array[list]! + count) this.#listKind.array[list] = DROPPED;
    else this.#listCount.array[list] = count + 1;
  }

  /** Adds the frames that follow; returns the first item that is none. */
  #appendFrames(list: number, tags: Uint8Array, values: Float64Array, from: number, to: number): number {
    const {stacks} = this.columns;
    const [kinds, rows] = [this.#dictKind.array, this.#dictRow.array];
    const before = this.#listFirst.array[list]!;
    let length = before === 0 ? 0 : stacks.load(before);
    const scratch = stacks.reserve(length + to - from);
    let at = from;
    for (; at < to; at++) {
      const dict = values[at]!;
      if (tags[at] !== DICT || kinds[dict] !== FRAME) break;
      scratch[length++] = rows[dict]!;
    }
    if (at < to) this.#listKind.array[list] = DROPPED;
    this.#listFirst.array[list] = stacks.intern(length);
    // every frame of a stack takes two bytes at least, unless a list is made to grow again and again
    if (stacks.frames.length > this.fields.byte() + 1000)
      throw this.fields.fail('call stacks that are longer than the file');
    return at;
  }

  #stack(tag: number, value: number): number {
    return tag === LIST && this.#listKind.array[value] === FRAME ? this.#listFirst.array[value]! : 0;
  }
}

function kindOf(tags: Uint8Array, values: Float64Array, from: number, to: number): number {
  for (let at = from; at < to; at += 2) {
    const key = values[at]!;
    if (tags[at] !== TEXT || key >= KIND_OF_KEY.length) continue;
    if (KIND_OF_KEY[key] !== OTHER) return KIND_OF_KEY[key]!;
  }
  return OTHER;
}
