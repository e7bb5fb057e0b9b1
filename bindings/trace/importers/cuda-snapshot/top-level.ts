/** The whole of a snapshot: a dictionary with device traces, segments, annotations and settings. */

import {ImportError} from '../../../model/errors.ts';
import {HOW_TO_RECORD} from '../../cuda-end-state.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {DICT, LIST} from '../pickle/values.ts';
import type {Kept} from './kept-values.ts';
import {EVENT, SEGMENT, wordOf} from './keys.ts';
import type {SnapshotRecords} from './records.ts';

const FORMAT = 'cuda-snapshot';
const READ = ['segments', 'device_traces', 'allocator_settings', 'external_annotations'].map(wordOf);
/** Keys that a message names. */
const MOST_NAMED = 8;

/** Rows of one kind of record: `[first, first + count)`. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/** The entries of one device. */
export interface TraceRows extends RowRange {
  /** The number of the device in the program. */
  readonly ordinal: number;
}

export class TopLevel {
  readonly #records: SnapshotRecords;
  readonly #texts: PickleTexts;
  readonly #top: Kept;

  constructor(records: SnapshotRecords, texts: PickleTexts, top: Kept) {
    this.#records = records;
    this.#texts = texts;
    this.#top = top;
  }

  /**
   * The devices that have entries: none where the file holds only the allocator's state. @throws {ImportError} where
   * this is no snapshot, or an empty one.
   */
  deviceTraces(): TraceRows[] {
    const traces = this.#top.tag === DICT ? this.#valueOf('device_traces') : undefined;
    const lists = traces?.tag === LIST ? this.#records.items(traces.value) : undefined;
    if (!lists && !this.#hasSegments()) throw new ImportError(this.#describe(), {format: FORMAT});
    const found: TraceRows[] = [];
    for (const [ordinal, list] of (lists ?? []).entries()) {
      const rows = list.tag === LIST ? this.#records.rows(list.value, EVENT) : undefined;
      if (!rows) {
        const message = `device_traces[${ordinal}]: expected a list of entries, each once`;
        throw new ImportError(message, {format: FORMAT});
      }
      if (rows.count > 0) found.push({...rows, ordinal});
    }
    if (found.length > 0 || this.#hasSegments()) return found;
    throw new ImportError(`the snapshot has no events and no segments: ${HOW_TO_RECORD}`, {format: FORMAT});
  }

  /** The segments, which an old file has as the whole. */
  segments(warn: (text: string) => void): RowRange {
    if (this.#top.tag !== LIST) return this.rowsOf('segments', SEGMENT, warn);
    return this.#records.rows(this.#top.value, SEGMENT) ?? {first: 0, count: 0};
  }

  #hasSegments(): boolean {
    return this.segments(() => {}).count > 0;
  }

  /** The records of that kind below a key; none where there is no such key, and `warn` where it holds something else. */
  rowsOf(key: string, kind: number, warn: (text: string) => void): RowRange {
    const list = this.#valueOf(key);
    const rows = list?.tag === LIST ? this.#records.rows(list.value, kind) : undefined;
    if (rows) return rows;
    if (list) warn(`${key}: not a list of the expected kind, left out`);
    return {first: 0, count: 0};
  }

  /** `allocator_settings`; empty where there are none. */
  settings(): Readonly<Record<string, unknown>> {
    const settings = this.#records.kept.plain(this.#valueOf('allocator_settings'));
    return typeof settings === 'object' && settings !== null ? (settings as Record<string, unknown>) : {};
  }

  /** The first keys that are not read. */
  unreadKeys(): string[] {
    const others = this.#keys().filter(key => !READ.includes(key));
    return this.#namesOf(others).map(name =>
      /^host_(traces|segments)$/.test(name) ? `${name} (pinned memory of the host: in no figure here)` : name,
    );
  }

  #valueOf(key: string): Kept | undefined {
    return this.#top.tag === DICT ? this.#records.entry(this.#top.value, wordOf(key)) : undefined;
  }

  #keys(): number[] {
    return this.#top.tag === DICT ? [...this.#records.kept.entries(this.#top.value).keys()] : [];
  }

  #namesOf(keys: readonly number[]): string[] {
    return keys.slice(0, MOST_NAMED).map(key => this.#texts.text(key).slice(0, 40));
  }

  #describe(): string {
    const isDict = this.#top.tag === DICT;
    const names = isDict ? this.#namesOf(this.#keys()).map(name => JSON.stringify(name)) : [];
    const got = isDict ? `a dictionary with ${names.join(', ') || 'nothing in it'}` : 'something else';
    return `not a memory snapshot: expected a dictionary with a list of device_traces, got ${got}`;
  }
}
