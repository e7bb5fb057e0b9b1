/**
 * Buffers at fixed distances from each other: groups that share an offset, views, adjacent buffers, and inputs with the
 * outputs that take their place. A union-find that knows the distances.
 */

import {UsageError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';
import {alignmentOf, NO_ALIGNMENT, type ProblemColumns} from '../model/problem.ts';

export class Ties {
  readonly #columns: ProblemColumns;
  readonly #alignment: Bytes | undefined;
  /** Parents in the tree of distances; `#alias` has those in the tree of aliases. */
  readonly #parent: Int32Array;
  /** Bytes from the parent's offset to the buffer's own. */
  readonly #distance: Float64Array;
  readonly #alias: Int32Array;
  /** Buffers whose place depends on another, so that no default alignment holds for them. */
  readonly isPlaced: Uint8Array;
  /** Buffers that are tied to anything, once each. */
  readonly tied = new Set<number>();

  /** `alignment` in bytes, for buffers that name none, in place of the problem's. */
  constructor(columns: ProblemColumns, alignment: Bytes | undefined) {
    this.#columns = columns;
    this.#alignment = alignment;
    this.#parent = Int32Array.from({length: columns.count}, (_, i) => i);
    this.#distance = new Float64Array(columns.count);
    this.#alias = Int32Array.from({length: columns.count}, (_, i) => i);
    this.isPlaced = new Uint8Array(columns.count);
    this.#tieAll();
  }

  /** Bytes that the offset of `i` must be a multiple of. */
  alignmentOf(i: number): Bytes {
    if (this.isPlaced[i] && this.#columns.alignment[i] === NO_ALIGNMENT) return 1;
    return alignmentOf(this.#columns, i, this.#alignment);
  }

  /** The root of all buffers tied to `i`, and the bytes from its offset to that of `i`. */
  find(i: number): {readonly root: number; readonly distance: Bytes} {
    let root = i;
    let distance = 0;
    while (this.#parent[root] !== root) {
      distance += this.#distance[root]!;
      root = this.#parent[root]!;
    }
    return {root, distance};
  }

  /** The root of all buffers in the same memory as `i`. */
  aliasOf(i: number): number {
    let root = i;
    while (this.#alias[root] !== root) root = this.#alias[root]!;
    return root;
  }

  /** @throws UsageError where `b` is at another distance from `a` already. */
  tie(a: number, b: number, distance: Bytes, place: string): void {
    this.tied.add(a).add(b);
    const from = this.find(a);
    const to = this.find(b);
    const between = from.distance + distance - to.distance;
    if (from.root !== to.root) {
      this.#parent[to.root] = from.root;
      this.#distance[to.root] = between;
    } else if (between !== 0) {
      throw new UsageError(
        `${place}: buffer ${b} would begin ${distance} bytes after buffer ${a}, and by other constraints ${to.distance - from.distance}`,
      );
    }
  }

  #tieAll(): void {
    const {share = [], views = [], adjacent = []} = this.#columns.constraints ?? {};
    views.forEach(({buffer, of, offset}, k) => {
      this.isPlaced[buffer] = 1;
      this.#same(of, buffer, offset, `views[${k}]`);
    });
    share.forEach((group, k) => {
      const [first, ...others] = group;
      for (const other of others) {
        this.isPlaced[other] = 1;
        this.#same(first!, other, 0, `share[${k}]`);
      }
    });
    adjacent.forEach((group, k) => {
      let at = 0;
      for (let m = 1; m < group.length; m++) {
        const alignment = this.alignmentOf(group[m]!);
        const end = at + this.#columns.size[group[m - 1]!]!;
        at = Math.ceil(end / alignment) * alignment;
        this.tie(group[0]!, group[m]!, at, `adjacent[${k}][${m}]`);
      }
    });
  }

  #same(a: number, b: number, distance: Bytes, place: string): void {
    this.tie(a, b, distance, place);
    this.#alias[this.aliasOf(b)] = this.aliasOf(a);
  }
}
