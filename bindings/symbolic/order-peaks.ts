/** Peaks of an order of buffers at many values at once: what the search compares. */

import {sizesAt} from '../model/dimension-values.ts';
import {alignmentOf} from '../model/problem.ts';
import type {SymbolicColumns} from '../model/symbolic.ts';
import type {Sections} from './sections.ts';
import {Skyline} from './skyline.ts';

export class OrderPeaks {
  /** Values. */
  readonly numValues: number;
  /** By buffer and value, bytes: the first byte behind the buffer in the order placed last. */
  readonly ends: Float64Array;
  /** By value, bytes, in the order placed last. */
  readonly peaks: Float64Array;
  readonly #sizes: Float64Array;
  readonly #alignments: Float64Array;
  readonly #skyline: Skyline;

  constructor(columns: SymbolicColumns, sections: Sections, values: readonly Float64Array[]) {
    const {count} = columns.largest;
    this.numValues = values.length;
    this.ends = new Float64Array(count * values.length);
    this.peaks = new Float64Array(values.length);
    this.#sizes = new Float64Array(count * values.length);
    values.forEach((value, v) => {
      sizesAt(columns, value).forEach((size, i) => {
        this.#sizes[i * values.length + v] = size;
      });
    });
    this.#alignments = Float64Array.from({length: count}, (_, i) => alignmentOf(columns.largest, i));
    this.#skyline = new Skyline(sections);
  }

  /** Size of a buffer at a value, bytes. */
  sizeAt(buffer: number, value: number): number {
    return this.#sizes[buffer * this.numValues + value]!;
  }

  /** Places all buffers of an order, each on the highest of those before it that are live with it. */
  place(order: ArrayLike<number>): Float64Array {
    this.#skyline.clear();
    this.peaks.fill(0);
    for (let k = 0; k < order.length; k++) this.#placeOne(order[k]!);
    return this.peaks;
  }

  #placeOne(buffer: number): void {
    const {numValues, ends, peaks} = this;
    const skyline = this.#skyline;
    skyline.place(buffer);
    const alignment = this.#alignments[buffer]!;
    const {contacts, numContacts} = skyline;
    for (let v = 0; v < numValues; v++) {
      let offset = 0;
      for (let k = 0; k < numContacts; k++) {
        const end = ends[contacts[k]! * numValues + v]!;
        if (end > offset) offset = end;
      }
      if (alignment > 1) offset = Math.ceil(offset / alignment) * alignment;
      const end = offset + this.#sizes[buffer * numValues + v]!;
      ends[buffer * numValues + v] = end;
      if (end > peaks[v]!) peaks[v] = end;
    }
  }
}
