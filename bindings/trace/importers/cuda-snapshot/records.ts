/**
 * Turns the lists and dictionaries of a snapshot into rows of columns, recognized by their keys.
 *
 * A dictionary with an `action` is an event, one with a `filename` a frame, and so on, wherever it is; the lists
 * around them are ranges of rows, or stacks. Dictionaries of no such kind (settings, the whole) keep their values, up
 * to a limit. So a million events are columns and never a million objects.
 */
import {uint8Column, uint32Column} from '../../columns/columns.ts';
import type {PickleSink} from '../pickle/builder.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {DICT, LIST, TEXT, tagName} from '../pickle/values.ts';
import {CheckedValues} from './checked-values.ts';
import {ABSENT, SnapshotColumns} from './columns.ts';
import {EventFields} from './event-fields.ts';
import {type Kept, KeptValues} from './kept-values.ts';
import {BLOCK, DROPPED, EMPTY, EVENT, FRAME, HISTORY, KIND_OF_KEY, OTHER, SEGMENT, SPAN} from './keys.ts';
import {type RecordFields, readFrameField, recordFields} from './record-fields.ts';
import type {FrameFields} from './stacks.ts';

/** Distinct pairs of integers. */
const MOST_PAIRS = 1 << 18;
/** Dictionaries, and lists: a real snapshot of 1 GB has 6 and 4 million. */
const MOST_CONTAINERS = 1 << 25;

const NO_FRAME: FrameFields = {
  file: ABSENT,
  name: ABSENT,
  line: 0,
  node: ABSENT,
  target: ABSENT,
  origin: ABSENT,
};

export class SnapshotRecords implements PickleSink {
  readonly columns = new SnapshotColumns();
  readonly values = new CheckedValues();
  /** Values of dictionaries and lists of kind `OTHER`. */
  readonly kept: KeptValues;
  readonly #fields: RecordFields;
  readonly #events: EventFields;
  /** Used for each frame anew: a snapshot has millions of them. */
  readonly #frameFields: FrameFields = {...NO_FRAME};
  #dicts = 0;
  readonly #dictKind = uint8Column();
  /** Row, or frame. */
  readonly #dictRow = uint32Column();
  #lists = 0;
  readonly #listKind = uint8Column();
  /** First row, or stack. */
  readonly #listFirst = uint32Column();
  readonly #listCount = uint32Column();

  constructor(texts: PickleTexts) {
    this.kept = new KeptValues(this.values, texts);
    const stack = (tag: number, value: number) => this.#stackOf(tag, value);
    this.#events = new EventFields(this.columns, this.values, stack);
    this.#fields = recordFields(this.columns, this.values, {
      stack,
      blocks: (tag, value) => this.#blocksOf(tag, value),
      history: (tag, value) => this.#historyOf(tag, value),
    });
  }

  newDict(): number {
    const dict = this.#dicts++;
    if (dict === this.#dictKind.array.length) this.#growDicts(dict * 2);
    return dict;
  }

  newList(): number {
    const list = this.#lists++;
    if (list === this.#listKind.array.length) this.#growLists(list * 2);
    return list;
  }

  /** New ones are of kind `EMPTY`, which is 0. */
  #growDicts(capacity: number): void {
    if (capacity > MOST_CONTAINERS) throw this.values.fail(`more than ${MOST_CONTAINERS} dictionaries`);
    this.#dictKind.grow(capacity);
    this.#dictRow.grow(capacity);
  }

  #growLists(capacity: number): void {
    if (capacity > MOST_CONTAINERS) throw this.values.fail(`more than ${MOST_CONTAINERS} lists`);
    this.#listKind.grow(capacity);
    this.#listFirst.grow(capacity);
    this.#listCount.grow(capacity);
  }

  /** The pickle is read: its dictionaries are rows by now, so what they were is forgotten. */
  seal(): void {
    this.#dictKind.take();
    this.#dictRow.take();
  }

  pair(first: number, second: number): number {
    const {pools} = this.columns;
    if (pools.first.length === MOST_PAIRS)
      throw this.values.fail(`more than ${MOST_PAIRS} pairs of integers`);
    return pools.indexOf(first, second);
  }

  wide(value: bigint): number {
    return this.values.wide(value);
  }

  /** The value of that key in a dictionary that was kept. */
  entry(dict: number, key: number): Kept | undefined {
    return this.kept.entries(dict).get(key);
  }

  /** The values of a list that was kept; undefined for one that holds records, or was dropped. */
  items(list: number): readonly Kept[] | undefined {
    return this.#listKind.array[list] === EMPTY ? [] : this.kept.items(list);
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
      const found = kindOf(tags, values, from, to);
      if (kind === EMPTY || found !== OTHER) {
        this.#begin(dict, found);
        kind = found;
      }
    }
    if (kind === DROPPED) return;
    if (kind === FRAME) {
      this.#frame(dict, tags, values, from, to);
      return;
    }
    const row = this.#dictRow.array[dict]!;
    if (kind === EVENT) {
      for (let at = from; at < to; at += 2)
        this.#events.read(row, this.#keyAt(tags, values, at), tags[at + 1]!, values[at + 1]!);
      return;
    }
    const fields = this.#fields[kind];
    for (let at = from; at < to; at += 2) {
      const key = this.#keyAt(tags, values, at);
      if (fields) fields[key]?.(row, tags[at + 1]!, values[at + 1]!);
      else this.kept.set(dict, key, {tag: tags[at + 1]!, value: values[at + 1]!});
    }
  }

  #keyAt(tags: Uint8Array, values: Float64Array, at: number): number {
    if (tags[at] === TEXT) return values[at]!;
    throw this.values.fail(`a key that is ${tagName(tags[at]!)}, not a text`);
  }

  /** Sets the kind of a dictionary, and its row; its values kept before move into the row. */
  #begin(dict: number, kind: number): void {
    const isNew = this.#dictKind.array[dict] === EMPTY;
    this.#dictKind.array[dict] = kind;
    if (kind !== OTHER && kind !== DROPPED) this.#dictRow.array[dict] = this.#newRow(kind);
    if (isNew) {
      if (kind === OTHER) this.kept.openDict(dict);
      return;
    }
    const before = this.kept.takeDict(dict);
    for (const [key, {tag, value}] of before)
      this.setItems(dict, Uint8Array.of(TEXT, tag), Float64Array.of(key, value), 0, 2);
  }

  #newRow(kind: number): number {
    const {events, segments, blocks, spans, history} = this.columns;
    if (kind === EVENT) return events.add();
    if (kind === SEGMENT) return segments.add();
    if (kind === BLOCK) return blocks.add();
    if (kind === SPAN) return spans.add();
    return kind === HISTORY ? history.add() : ABSENT;
  }

  /** Frames are kept once, so a frame whose keys come in two batches may get another number. */
  #frame(dict: number, tags: Uint8Array, values: Float64Array, from: number, to: number): void {
    const {frames} = this.columns;
    const before = this.#dictRow.array[dict]!;
    const isNew = before === ABSENT;
    const frame = Object.assign(this.#frameFields, isNew ? NO_FRAME : frames.at(before));
    for (let at = from; at < to; at += 2)
      readFrameField(frame, this.#keyAt(tags, values, at), tags[at + 1]!, values[at + 1]!);
    this.#dictRow.array[dict] = frames.indexOf(frame);
  }

  /** Sets the kind of a list, when its first item comes. */
  #open(list: number, kind: number): void {
    this.#listKind.array[list] = kind;
    if (kind === OTHER) this.kept.openList(list);
  }

  #appendOne(list: number, kind: number, tag: number, value: number): void {
    const own = this.#listKind.array[list]!;
    if (own === DROPPED) return;
    if (own === OTHER) {
      this.kept.push(list, {tag, value});
      return;
    }
    const row = kind === own ? this.#dictRow.array[value]! : ABSENT;
    const count = this.#listCount.array[list]!;
    if (count === 0) this.#listFirst.array[list] = row;
    // a list of records that are elsewhere, too: nothing that a snapshot needs is one
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
    if (stacks.frames.length > this.values.byte() + 1000)
      throw this.values.fail('call stacks that are longer than the file');
    return at;
  }

  #stackOf(tag: number, value: number): number {
    return tag === LIST && this.#listKind.array[value] === FRAME ? this.#listFirst.array[value]! : 0;
  }

  #blocksOf(tag: number, value: number): {readonly first: number; readonly count: number} {
    const blocks = tag === LIST ? this.rows(value, BLOCK) : undefined;
    if (!blocks) throw this.values.fail(`blocks: expected a list of blocks, got ${tagName(tag)}`);
    return blocks;
  }

  #historyOf(tag: number, value: number): number {
    const rows = tag === LIST ? this.rows(value, HISTORY) : undefined;
    return rows && rows.count > 0 ? rows.first : ABSENT;
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
