/** Sync points in the order of the sorted events. */
import {uint32Column} from './columns/columns.ts';
import type {WordTable} from './columns/word-table.ts';
import {NONE, RECORD, type SyncPoints, WAIT} from './trace.ts';

/** In order of adding. */
export interface RecordedSyncs {
  readonly kind: Uint8Array;
  readonly device: Uint32Array;
  /** Entry of `streams`, or `NONE`. */
  readonly stream: Uint32Array;
  /** Entry of `fences`. */
  readonly fence: Uint32Array;
  readonly fences: WordTable;
}

export class SyncReplay {
  readonly #rows: RecordedSyncs;
  readonly #streams: WordTable;
  readonly #order = uint32Column();
  readonly #event = uint32Column();
  /** Per fence: 1 once it was recorded. */
  readonly #recorded: Uint8Array;
  #unrecorded = 0;

  constructor(rows: RecordedSyncs, streams: WordTable) {
    this.#rows = rows;
    this.#streams = streams;
    this.#recorded = new Uint8Array(rows.fences.count);
  }

  /** How many were added. */
  get count(): number {
    return this.#order.length;
  }

  /** @param event the first event after it. */
  add(row: number, event: number): void {
    const fence = this.#rows.fence[row]!;
    if (this.#rows.kind[row] === RECORD) this.#recorded[fence] = 1;
    else if (this.#rows.kind[row] === WAIT && this.#recorded[fence] === 0) this.#unrecorded++;
    this.#order.push(row);
    this.#event.push(event);
  }

  points(): SyncPoints | undefined {
    const {kind, device, stream, fence, fences} = this.#rows;
    const order = this.#order.view();
    if (order.length === 0) return undefined;
    const none = this.#streams.indexOf(0);
    const named = order.map(row => (stream[row] === NONE ? none : stream[row]!));
    return {
      count: order.length,
      kind: Uint8Array.from(order, row => kind[row]!),
      event: this.#event.toArray(),
      device: order.map(row => device[row]!),
      hasStream: Uint8Array.from(order, row => (stream[row] === NONE ? 0 : 1)),
      stream: this.#streams.select(named),
      fence: fences.select(order.map(row => fence[row]!)),
    };
  }

  warning(): [count: number, text: string] {
    return [this.#unrecorded, 'waits for a fence that was not recorded before: they order nothing'];
  }
}
