/** A binary heap of items by an integer key, the smaller first; among equals the larger second key, then the item that came first. */
export class Heap {
  readonly #key: number[] = [];
  readonly #second: number[] = [];
  readonly #item: number[] = [];

  get size(): number {
    return this.#item.length;
  }

  push(key: number, second: number, item: number): void {
    let i = this.#item.length;
    this.#set(i, key, second, item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#isBefore(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  /** @returns the key and the item of the first; the heap must not be empty. */
  pop(): {readonly key: number; readonly item: number} {
    const first = {key: this.#key[0]!, item: this.#item[0]!};
    const last = this.#item.length - 1;
    this.#swap(0, last);
    this.#key.pop();
    this.#second.pop();
    this.#item.pop();
    let i = 0;
    for (;;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < last && this.#isBefore(child, least)) least = child;
      }
      if (least === i) return first;
      this.#swap(i, least);
      i = least;
    }
  }

  #set(i: number, key: number, second: number, item: number): void {
    this.#key[i] = key;
    this.#second[i] = second;
    this.#item[i] = item;
  }

  #isBefore(a: number, b: number): boolean {
    if (this.#key[a] !== this.#key[b]) return this.#key[a]! < this.#key[b]!;
    if (this.#second[a] !== this.#second[b]) return this.#second[a]! > this.#second[b]!;
    return this.#item[a]! < this.#item[b]!;
  }

  #swap(a: number, b: number): void {
    const [key, second, item] = [this.#key[a]!, this.#second[a]!, this.#item[a]!];
    this.#set(a, this.#key[b]!, this.#second[b]!, this.#item[b]!);
    this.#set(b, key, second, item);
  }
}
