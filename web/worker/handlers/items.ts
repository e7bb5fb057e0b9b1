/** The table of items and the facts about each. */
import {detailsOf, type ItemDetails} from '../../document/item-details.ts';
import type {Between, ItemCount, ItemQuery, ItemRow} from '../../document/items.ts';
import type {OpenFile} from '../../document/open-file.ts';
import {nextPeak} from '../../document/peaks.ts';
import {transfer} from '../link.ts';

export class ItemsHandler {
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  find(query: ItemQuery): ItemCount {
    const {items, planned, subject} = this.#file;
    const through = query.call && this.#file.calls.through(query.call);
    return items.find(query, planned.offsetsByItem(subject.count), through);
  }

  /** Rows of the last search. */
  rows(from: number, count: number): ItemRow[] {
    return this.#file.items.rows(from, count, item => this.#file.offsetOf(item));
  }

  details(item: number): ItemDetails {
    const {subject, planned, items} = this.#file;
    return detailsOf(subject, planned, items.rowOf(item, this.#file.offsetOf(item)));
  }

  /** Microseconds of each moment, a copy; undefined where no times can be used. */
  times(): Float64Array | undefined {
    const times = this.#file.clock?.times.slice();
    return times && transfer(times, [times.buffer]);
  }

  /** What is live at both of two moments, and what begins and ends between them. */
  between(from: number, to: number): Between {
    return this.#file.items.between(from, to);
  }

  /** The moment of the next peak of live memory, or of the previous one. */
  peak(moment: number | undefined, direction: 1 | -1): number | undefined {
    return nextPeak(this.#file.subject, moment, direction);
  }
}
