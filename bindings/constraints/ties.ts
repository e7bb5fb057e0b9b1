/**
 * Buffers at fixed distances from each other: groups that share an offset, views, adjacent buffers. Ties hold by way of
 * buffers that hold nothing, too.
 */

import {UsageError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';
import {alignmentOf, NO_ALIGNMENT, type ProblemColumns} from '../model/problem.ts';
import {Forest, type Found} from './forest.ts';

export class Ties {
  readonly #columns: ProblemColumns;
  readonly #alignment: Bytes | undefined;
  readonly #distances: Forest;
  readonly #aliases: Forest;
  /** Buffers whose place depends on another, so that no default alignment holds for them. */
  readonly #isPlaced: Uint8Array;
  /** Buffers that are tied to anything. */
  readonly isTied: Uint8Array;

  /**
   * `alignment` in bytes, for buffers that name none, in place of the problem's.
   * @throws UsageError where a buffer would be at two places.
   */
  constructor(columns: ProblemColumns, alignment: Bytes | undefined) {
    this.#columns = columns;
    this.#alignment = alignment;
    this.#distances = new Forest(columns.count);
    this.#aliases = new Forest(columns.count);
    this.#isPlaced = new Uint8Array(columns.count);
    this.isTied = new Uint8Array(columns.count);
    this.#tieAll();
  }

  /** Bytes that the offset of `i` must be a multiple of. */
  alignmentOf(i: number): Bytes {
    if (this.#isPlaced[i] && this.#columns.alignment[i] === NO_ALIGNMENT) return 1;
    return alignmentOf(this.#columns, i, this.#alignment);
  }

  /** The root of all buffers tied to `i`, and the bytes from its offset to that of `i`. */
  find(i: number): Found {
    return this.#distances.find(i);
  }

  /** The root of all buffers in the same memory as `i`. */
  aliasOf(i: number): number {
    return this.#aliases.find(i).root;
  }

  #tie(a: number, b: number, distance: Bytes, place: string): void {
    this.isTied[a] = 1;
    this.isTied[b] = 1;
    const known = this.#distances.tie(a, b, distance);
    if (known === undefined) return;
    throw new UsageError(
      `${place}: buffer ${b} would begin ${distance} bytes after buffer ${a}, and by other constraints ${known}`,
    );
  }

  #tieAll(): void {
    const {share = [], views = [], adjacent = []} = this.#columns.constraints ?? {};
    views.forEach(({buffer, of, offset}, k) => {
      this.#isPlaced[buffer] = 1;
      this.#same(of, buffer, offset, `views[${k}]`);
    });
    share.forEach((group, k) => {
      const [first, ...others] = group;
      for (const other of others) {
        this.#isPlaced[other] = 1;
        this.#same(first!, other, 0, `share[${k}]`);
      }
    });
    adjacent.forEach((group, k) => {
      let at = 0;
      for (let m = 1; m < group.length; m++) {
        const alignment = this.alignmentOf(group[m]!);
        const end = at + this.#columns.size[group[m - 1]!]!;
        at = Math.ceil(end / alignment) * alignment;
        this.#tie(group[0]!, group[m]!, at, `adjacent[${k}][${m}]`);
      }
    });
  }

  #same(a: number, b: number, distance: Bytes, place: string): void {
    this.#tie(a, b, distance, place);
    this.#aliases.tie(a, b, 0);
  }
}
