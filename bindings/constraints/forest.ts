/** A union-find that knows the distances between its items, with path compression and union by size. */
import {LimitError} from '../model/errors.ts';
import type {Bytes} from '../model/numbers.ts';

/** Where an item is: in the tree of `root`, `distance` bytes after it. */
export interface Found {
  readonly root: number;
  readonly distance: Bytes;
}

export class Forest {
  readonly #parent: Int32Array;
  /** Bytes from the parent's offset to the item's own. */
  readonly #distance: Float64Array;
  readonly #size: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({length: count}, (_, i) => i);
    this.#distance = new Float64Array(count);
    this.#size = new Int32Array(count).fill(1);
  }

  find(i: number): Found {
    let root = i;
    let distance = 0;
    while (this.#parent[root] !== root) {
      distance += this.#distance[root]!;
      root = this.#parent[root]!;
    }
    let at = i;
    for (let left = distance; this.#parent[at] !== root; ) {
      const [up, own] = [this.#parent[at]!, this.#distance[at]!];
      this.#parent[at] = root;
      this.#distance[at] = left;
      left -= own;
      at = up;
    }
    return {root, distance};
  }

  /** Places `b` `distance` bytes after `a`. @returns the distance known before, where it is another one */
  tie(a: number, b: number, distance: Bytes): Bytes | undefined {
    const from = this.find(a);
    const to = this.find(b);
    const between = from.distance + distance - to.distance;
    if (from.root === to.root) return between === 0 ? undefined : to.distance - from.distance;
    if (!Number.isSafeInteger(between))
      throw new LimitError('buffers tied together are 2^53 bytes apart or more');
    const isLarger = this.#size[from.root]! >= this.#size[to.root]!;
    const [root, child] = isLarger ? [from.root, to.root] : [to.root, from.root];
    this.#parent[child] = root;
    this.#distance[child] = isLarger ? between : -between;
    this.#size[root]! += this.#size[child]!;
    return undefined;
  }
}
