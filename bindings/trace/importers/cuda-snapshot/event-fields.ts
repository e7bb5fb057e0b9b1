/**
 * The values of an entry of a device trace, checked, into their columns. Entries are nearly all of a snapshot, so each key has its
 * line here, which the host compiles for that column alone; readers chosen from a table would share one.
 */
import {INTEGER, PAIR} from '../pickle/values.ts';
import type {CheckedValues} from './checked-values.ts';
import type {EventRows, SnapshotColumns} from './columns.ts';
import {wordOf} from './keys.ts';

const ACTION = wordOf('action');
const ADDRESS = wordOf('addr');
const SIZE = wordOf('size');
const STREAM = wordOf('stream');
const TIME = wordOf('time_us');
const FRAMES = wordOf('frames');
const DEVICE_FREE = wordOf('device_free');
const POOL = wordOf('pool_id');
const CATEGORY = wordOf('category');

export class EventFields {
  readonly #rows: EventRows;
  readonly #columns: SnapshotColumns;
  readonly #values: CheckedValues;
  readonly #stackOf: (tag: number, value: number) => number;

  /** @param stackOf the stack that a list of frames is; 0 for anything else. */
  constructor(
    columns: SnapshotColumns,
    values: CheckedValues,
    stackOf: (tag: number, value: number) => number,
  ) {
    this.#rows = columns.events;
    this.#columns = columns;
    this.#values = values;
    this.#stackOf = stackOf;
  }

  /** @throws {ImportError} for a value that is not of its kind. */
  read(row: number, key: number, tag: number, value: number): void {
    const rows = this.#rows;
    if (key === ACTION) rows.action.array[row] = this.#values.text('action', tag, value);
    else if (key === ADDRESS) {
      const word = tag === INTEGER ? value : this.#values.word('addr', tag, value);
      rows.address.array[row] = this.#columns.addresses.indexOf(word);
    } else if (key === SIZE) rows.size.array[row] = this.#values.bytes('size', tag, value);
    else if (key === STREAM) rows.stream.array[row] = this.#streamOf(tag, value);
    else if (key === TIME) rows.time.array[row] = this.#values.time(tag, value);
    else if (key === FRAMES) rows.stack.array[row] = this.#stackOf(tag, value);
    else if (key === POOL) rows.pool.array[row] = tag === PAIR ? value : 0;
    else if (key === CATEGORY) rows.categories++;
    else if (key === DEVICE_FREE) {
      rows.freeRow.push(row);
      rows.freeBytes.push(this.#values.bytes('device_free', tag, value));
    }
  }

  /** Stream 0 is entry 0, and nearly the only one. */
  #streamOf(tag: number, value: number): number {
    if (tag === INTEGER && value === 0) return 0;
    return this.#columns.streams.indexOf(this.#values.word('stream', tag, value));
  }
}
