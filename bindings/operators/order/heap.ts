/** Operators that could run, the one of the lowest key first. */
export class Heap {
  readonly #key: ArrayLike<number>;
  readonly #items: number[] = [];

  constructor(key: ArrayLike<number>) {
    this.#key = key;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: number): void {
    const items = this.#items;
    const key = this.#key;
    let at = items.push(item) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (key[items[up]!]! <= key[item]!) break;
      items[at] = items[up]!;
      at = up;
    }
    items[at] = item;
  }

  /** Undefined where it is empty. */
  pop(): number | undefined {
    const items = this.#items;
    const key = this.#key;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && key[items[down + 1]!]! < key[items[down]!]!) down++;
      if (key[items[down]!]! >= key[last]!) break;
      items[at] = items[down]!;
      at = down;
    }
    items[at] = last;
    return top;
  }
}
